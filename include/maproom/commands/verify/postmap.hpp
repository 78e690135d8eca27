#pragma once
// PostmapTable: one table as Postfix itself reads it, asked through postmap(1). Blocks; for the command line.

#include <map>
#include <optional>
#include <set>
#include <string>

#include "maproom/commands/verify/postfix_folder.hpp"
#include "maproom/config/config.hpp"
#include "maproom/core/result.hpp"
#include "maproom/map/candidates.hpp"

namespace maproom::commands {

class PostmapTable {
 public:
  /// A mysql_table(5) file, a text or a pattern table is asked as it stands. For a query in maproom.toml a file is
  /// written that only its owner may read, and removed at the end. Error: it cannot be written, or cannot say what the
  /// table says. `postfix` outlives it.
  [[nodiscard]] static Result<PostmapTable> make(const config::TableConfig& table, const PostfixFolder& postfix);
  ~PostmapTable();
  PostmapTable(PostmapTable&& other) noexcept
      : postfix_{other.postfix_},
        name_{std::move(other.name_)},
        file_{std::exchange(other.file_, {})},
        pattern_{other.pattern_} {}
  PostmapTable(const PostmapTable&) = delete;
  PostmapTable& operator=(const PostmapTable&) = delete;
  PostmapTable& operator=(PostmapTable&&) = delete;

  struct Answer {
    std::optional<std::string> value;  ///< none: not found
    std::string error;                 ///< not empty: this key's lookup fails
  };
  /// All keys by as few processes as can be, one at a time. Error: postmap cannot be run, or does not know such tables.
  [[nodiscard]] Result<std::map<std::string, Answer>> ask(const std::set<std::string>& keys) const;
  /// The candidate as Postfix asks such a table for it; empty: it does not.
  [[nodiscard]] const std::string& key_of(const map::Candidate& candidate) const noexcept {
    return pattern_ ? candidate.whole : candidate.key;
  }
  /// "mysql:/path"
  [[nodiscard]] const std::string& name() const noexcept { return name_; }

 private:
  PostmapTable(const PostfixFolder& postfix, std::string name, std::string file, bool pattern = false)
      : postfix_{&postfix}, name_{std::move(name)}, file_{std::move(file)}, pattern_{pattern} {}
  [[nodiscard]] Result<Answer> ask_one(const std::string& key) const;
  [[nodiscard]] bool of_file() const { return !name_.starts_with("mysql:"); }
  const PostfixFolder* postfix_;
  std::string name_;
  std::string file_;  ///< to be removed
  bool pattern_;      ///< asked for whole keys alone
};

/// What a mysql_table(5) file would say of this table. nullopt: no such file can say it (a comment in a query of
/// several lines, a password with blanks at its ends). Pure.
[[nodiscard]] std::optional<std::string> mysql_table_text(const config::TableConfig& table);

}  // namespace maproom::commands
