#pragma once
// TextTables: the files of text and pattern tables, each read again when it has changed. Used on the event loop's
// thread; reading a file blocks it, as any reload does.
//
// A file that is being written reads as half a table, and what stands in the other half would be "not found". So, as
// Postfix's texthash: does (util/dict_thash.c), a file is only believed when it was last written more than a second
// ago and stays the same while it is read. Until then the last reading serves; before the first one there is none, and
// lookups are temporary errors. A file that goes away, or that no table can be made of any more, leaves its last
// reading in force.

#include <map>
#include <memory>
#include <string>
#include <utility>

#include "maproom/map/file_table.hpp"

namespace maproom::app {

/// How the file of a table is to be read.
struct Reading {
  map::FileKind kind = map::FileKind::text;
  bool smtputf8_enable = true;
  bool may_substitute = true;  ///< see map/substitution.hpp; else a file that does is not taken
  friend auto operator<=>(const Reading&, const Reading&) = default;
};

class TextTables {
 public:
  TextTables();
  ~TextTables();
  TextTables(const TextTables&) = delete;
  TextTables& operator=(const TextTables&) = delete;

  /// The same one for the same file and reading, for as long as somebody holds it.
  [[nodiscard]] std::shared_ptr<const map::CurrentFile> of(const std::string& file, const Reading& reading);
  /// Looks at every file; reads those that have changed and settled. To be called every second or so.
  void look();
  /// Every file in use has been read.
  [[nodiscard]] bool all_read() const;

 private:
  struct File;
  std::map<std::pair<std::string, Reading>, std::unique_ptr<File>> files_;
};

}  // namespace maproom::app
