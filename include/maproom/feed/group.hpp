#pragma once
// Group: one event group of the binlog (a transaction, or a statement that commits by itself), and what it may have
// changed. Grouper: makes groups of events. Pure.
//
// A group counts when it is complete: XID, COMMIT, ROLLBACK, XA PREPARE, or its one statement. What is not understood
// becomes a change of everything; a table that was mapped and shows no rows has changed as a whole (a foreign key's
// cascade, whose rows are not logged).

#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "maproom/feed/binlog_event.hpp"
#include "maproom/feed/gtid.hpp"

namespace maproom::feed {

struct Change {
  enum class What : std::uint8_t { rows, table, everything } what = What::everything;
  std::shared_ptr<const TableMap> table;  ///< of rows and table
  RowsEvent rows;                         ///< of rows
  std::string why;                        ///< of everything, for people
};

struct Group {
  Gtid gtid;
  FilePlace end;
  std::vector<Change> changes;
  bool layout_changed = false;  ///< a statement that may have changed tables' columns
  bool rights_changed = false;  ///< one that may have changed what can be read
  enum class Xa : std::uint8_t { none, prepared, committed, rolled_back } xa = Xa::none;
  std::string xid;  ///< as in XA COMMIT X'..',X'..',1
};

/// A file of the binlog begins. `created` (Unix time) and `server` tell it from a file of the same name in another life
/// of the server (RESET MASTER, another machine).
struct FileEntered {
  std::string file;
  std::uint32_t created = 0, server = 0;
  bool at_start = false;  ///< of the server; no part of which file it is, see FileBegin
  friend bool operator==(const FileEntered& a, const FileEntered& b) {
    return a.file == b.file && a.created == b.created && a.server == b.server;
  }
};

using Item = std::variant<Group, FileEntered>;

class Grouper {
 public:
  /// Changes beyond this many bytes of rows in one group are summed up as "the table".
  static constexpr std::size_t max_row_bytes = 16U << 20;

  /// What is complete with this event, in order.
  [[nodiscard]] std::vector<Item> add(BinlogEvent event);

 private:
  void add_rows(RowsEvent rows);
  void add_query(const Query& query);
  void add_xa(std::string_view statement);
  void new_statement();
  void note(Change change);
  void unclear(std::string why);
  void finish(std::vector<Item>& items);

  std::string file_;
  std::uint64_t offset_ = 0;
  std::string before_;  ///< what was not understood outside a group: it counts with the next one
  bool open_ = false;
  bool standalone_ = false;
  bool closing_ = false;
  Group group_;
  std::size_t row_bytes_ = 0;
  std::map<std::uint64_t, std::shared_ptr<const TableMap>> maps_;
  std::set<std::uint64_t> without_rows_;
  bool rows_seen_ = false;
};

}  // namespace maproom::feed
