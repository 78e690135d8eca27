#include "table_check.hpp"

#include "maproom/core/fold.hpp"
#include "maproom/core/logical_lines.hpp"
#include "maproom/map/file_table.hpp"
#include "maproom/map/substitution.hpp"
#include "maproom/map/table.hpp"

namespace maproom::imports {

std::optional<std::string> TableCheck::sql_problem(const std::string& path) {
  const auto [known, fresh] = known_.try_emplace(path);
  if (fresh) known->second = find_sql_problem(path);
  return known->second;
}

std::optional<std::string> TableCheck::find_sql_problem(const std::string& path) const {
  if (!path.starts_with('/'))
    return "mysql:" + path +
           " is no absolute path (a name is the ancient form with its settings in main.cf; put them into a "
           "mysql_table(5) file)";
  if (const auto why = path_problem(path)) return why;
  const auto text = read_file_(path);
  if (!text) return text.error().detail;
  const auto file = config::parse_mysql_table_file(*text, 1, read_file_);
  if (!file) return path + ": " + file.error().detail;
  const auto compiled = map::Table::compile(file->table, smtputf8_enable_);
  if (!compiled) return path + ": " + compiled.error().detail;
  return std::nullopt;
}

std::optional<std::string> TableCheck::text_problem(const std::string& path) const {
  if (!path.starts_with('/')) return path + " is no absolute path";
  if (const auto why = path_problem(path)) return why;
  const auto text = read_file_(path);
  if (!text) return text.error().detail + " (Maproom reads the text that postmap(1) makes the table of)";
  for (const auto& line : logical_lines(*text).all) {
    const auto key = std::string_view{line.text}.substr(0, line.text.find_first_of(white_space));
    if (key.ends_with(':'))
      return path + ", line " + std::to_string(line.number) +
             ", is in the format of aliases(5), which only local(8) can use";
  }
  return std::nullopt;
}

std::optional<std::string> TableCheck::pattern_problem(const std::string& path, map::FileKind kind,
                                                       bool may_substitute) const {
  if (!path.starts_with('/')) return path + " is no absolute path";
  if (const auto why = path_problem(path)) return why;
  const auto text = read_file_(path);
  if (!text) return text.error().detail;
  if (const auto why = rules_problem(*text, kind, may_substitute)) return path + ", " + *why;
  return std::nullopt;
}

std::optional<std::string> TableCheck::rules_problem(const std::string& lines, map::FileKind kind,
                                                     bool may_substitute) const {
  const auto table = map::FileTable::parse(kind, lines, smtputf8_enable_);
  if (!table) return table.error().detail;
  if (!may_substitute && table->substitutes()) return "which " + std::string{map::why_no_substitution};
  return std::nullopt;
}

std::optional<std::string> TableCheck::path_problem(const std::string& path) {
  if (is_valid_utf8(path)) return std::nullopt;
  return "a path that is not UTF-8, which maproom.toml has to be";
}

}  // namespace maproom::imports
