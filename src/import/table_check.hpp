#pragma once
// Whether the daemon could ask a table that main.cf names: the file is there, and good. Pure: the caller reads it.

#include <map>
#include <optional>
#include <string>

#include "maproom/config/mysql_table_file.hpp"
#include "maproom/map/file_kind.hpp"

namespace maproom::imports {

class TableCheck {
 public:
  TableCheck(const config::ReadFile& read_file, bool smtputf8_enable)
      : read_file_{read_file}, smtputf8_enable_{smtputf8_enable} {}

  /// Why a mysql_table(5) file cannot be asked, if it cannot; names the file.
  [[nodiscard]] std::optional<std::string> sql_problem(const std::string& path);
  /// The same of a text table; begins with the path.
  [[nodiscard]] std::optional<std::string> text_problem(const std::string& path) const;
  /// The same of a pattern table.
  [[nodiscard]] std::optional<std::string> pattern_problem(const std::string& path, map::FileKind kind,
                                                           bool may_substitute) const;
  /// The same of its lines. Postfix skips, in some parameters, lines whose value has a part of the key in it.
  [[nodiscard]] std::optional<std::string> rules_problem(const std::string& lines, map::FileKind kind,
                                                         bool may_substitute) const;
  /// Any path in maproom.toml.
  [[nodiscard]] static std::optional<std::string> path_problem(const std::string& path);

 private:
  [[nodiscard]] std::optional<std::string> find_sql_problem(const std::string& path) const;
  const config::ReadFile& read_file_;
  bool smtputf8_enable_;
  std::map<std::string, std::optional<std::string>> known_;
};

}  // namespace maproom::imports
