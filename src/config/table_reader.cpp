#include "table_reader.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "maproom/config/main_cf_syntax.hpp"
#include "maproom/config/mysql_table_file.hpp"
#include "maproom/config/text_file.hpp"
#include "maproom/map/file_table.hpp"
#include "maproom/map/substitution.hpp"

namespace maproom::config {
namespace {

struct FileSetting {
  const char* name;
  map::FileKind kind;
};
constexpr std::array file_settings{FileSetting{"file", map::FileKind::text}, FileSetting{"cidr", map::FileKind::cidr},
                                   FileSetting{"regexp", map::FileKind::regexp},
                                   FileSetting{"pcre", map::FileKind::pcre}};

struct TableReader {
  static constexpr std::array query_settings{"result_format", "domain", "expansion_limit", "require_result_set"};
  const Config& config;
  bool may_substitute;

  /// "TABLE.COLUMN": changed rows of this table touch only the answer whose key stands in this column.
  static std::vector<feed::KeyColumn> feed_keys(TomlSection& section) {
    std::vector<std::string> given;
    section.get_list("feed_keys", given);
    std::vector<feed::KeyColumn> keys;
    for (const auto& each : given) {
      const auto dot = each.find('.');
      if (dot == 0 || dot == std::string::npos || dot + 1 == each.size())
        section.error("feed_keys", "\"" + each + "\" is no TABLE.COLUMN");
      else
        keys.push_back({each.substr(0, dot), each.substr(dot + 1)});
    }
    return keys;
  }

  /// What a person declares of a table's keys, beside what its query's shape tells.
  struct Declared {
    std::vector<feed::KeyColumn> feed_keys;
    std::string keys_query;
  };
  static Declared declared(TomlSection& section) {
    Declared declared{feed_keys(section), {}};
    section.get("keys_query", declared.keys_query);
    const auto begin = declared.keys_query.find_first_not_of(" \t\r\n");
    const auto word = begin == std::string::npos ? std::string{} : declared.keys_query.substr(begin, 6);
    const bool select = word.size() == 6 &&
                        std::equal(word.begin(), word.end(), "select", [](char a, char b) { return (a | 0x20) == b; });
    if (section.has("keys_query") && !select)
      section.error("keys_query", "expected a SELECT that lists every key for which the query finds a row");
    return declared;
  }

  /// Notes the settings of the file, and their defaults, under the name of the map that uses it.
  static void tell_in_force(TomlSection& section, const std::string& path, const std::string& text,
                            const MysqlTableFile& file) {
    const auto given = parse_main_cf(text);
    if (!given) return;
    std::string hosts;
    for (const auto& host : file.connection.hosts) hosts += (hosts.empty() ? "" : ", ") + host.to_string();
    const std::vector<std::pair<std::string, std::string>> defaults{
        {"hosts", hosts},
        {"charset", file.connection.charset},
        {"query", file.table.query},
        {"result_format", file.table.result_format},
        {"expansion_limit", std::to_string(file.table.expansion_limit)},
        {"require_result_set", file.table.require_result_set ? "yes" : "no"}};
    std::vector<std::pair<std::size_t, std::string>> lines;
    for (const auto& [name, definition] : given->all) lines.emplace_back(definition.line, name);
    std::sort(lines.begin(), lines.end());
    for (const auto& [line, name] : lines)
      section.in_table_file(path, name, given->all.at(name).value, path + ":" + std::to_string(line));
    for (const auto& [name, value] : defaults)
      if (!given->all.contains(name)) section.in_table_file(path, name, value, {});
  }

  static void refuse_query_settings(TomlSection& section, const std::string& why) {
    for (const auto* const name : query_settings)
      if (section.has(name)) section.error(name, why);
  }

  std::optional<TableConfig> from_file(TomlSection& section, std::string_view setting, const std::string& path,
                                       std::vector<std::string>& warnings) const {
    if (!path.starts_with('/')) {
      section.error(setting, "\"" + path +
                                 "\" is no absolute path (a name without a slash is the ancient form with settings in "
                                 "main.cf, which is not supported)");
      return std::nullopt;
    }
    const auto text = read_text_file(path);
    if (!text) {
      section.error(setting, text.error().detail);
      return std::nullopt;
    }
    auto file = parse_mysql_table_file(*text, config.mariadb.connections, read_text_file);
    if (!file) {
      section.error(setting, path + ": " + file.error().detail);
      return std::nullopt;
    }
    tell_in_force(section, path, *text, *file);
    for (const auto& warning : file->warnings) warnings.push_back(path + ": " + warning);
    return checked(section, setting,
                   TableConfig{std::move(file->table), std::move(file->connection), path, {}, {}, true, {}});
  }

  std::optional<TableConfig> inline_query(TomlSection& section) const {
    TableConfig table{{}, config.mariadb, section.origin("query"), {}, {}, false, {}};
    section.get("query", table.settings.query);
    section.get("result_format", table.settings.result_format);
    std::vector<std::string> domain;
    section.get_list("domain", domain);
    std::string all;
    for (const auto& each : domain) all += each + ",";
    if (auto names = read_domain_list(all, read_text_file)) {
      table.settings.domain = std::move(*names);
      table.settings.domain_names_nothing = table.settings.domain.empty() && !domain.empty();
    } else {
      section.error("domain", names.error().detail);
    }
    section.get("expansion_limit", table.settings.expansion_limit, -1, 1'000'000'000);
    section.get("require_result_set", table.settings.require_result_set);
    return checked(section, "query", std::move(table));
  }

  /// Read here to say at once what is wrong with it; app::TextTables reads it again when it changes.
  std::optional<TableConfig> file_table(TomlSection& section, const FileSetting& setting,
                                        std::vector<std::string>& warnings) const {
    TableConfig table;
    table.file_kind = setting.kind;
    section.get(setting.name, table.text_file);
    table.origin = table.text_file;
    if (!table.text_file.starts_with('/')) {
      section.error(setting.name, "\"" + table.text_file + "\" is no absolute path");
      return std::nullopt;
    }
    const auto text = read_text_table(table.text_file);
    if (!text) {
      section.error(setting.name, text.error().detail);
      return std::nullopt;
    }
    const auto parsed = map::FileTable::parse(setting.kind, *text, config.postfix.smtputf8_enable);
    if (!parsed) {
      section.error(setting.name, table.text_file + ": " + parsed.error().detail);
      return std::nullopt;
    }
    if (!may_substitute && parsed->substitutes()) {
      section.error(setting.name, table.text_file + " " + std::string{map::why_no_substitution});
      return std::nullopt;
    }
    for (const auto& warning : parsed->warnings()) warnings.push_back(table.text_file + ": " + warning);
    return table;
  }

  std::optional<TableConfig> checked(TomlSection& section, std::string_view setting, TableConfig table) const {
    if (auto compiled = map::Table::compile(table.settings, config.postfix.smtputf8_enable); !compiled) {
      const auto& what = compiled.error().detail;
      // Its messages begin with the setting they are about.
      const auto colon = what.find(": ");
      const auto about = what.substr(0, colon);
      if (setting != "query")
        section.error(setting, table.origin + ": " + what);
      else if (colon != std::string::npos && section.has(about))
        section.error(about, what.substr(colon + 2));
      else
        section.error(setting, what);
      return std::nullopt;
    }
    return table;
  }

  void read(TomlSection& section, std::vector<TableConfig>& tables, std::vector<std::string>& warnings) const {
    const int given =
        (section.has("query") ? 1 : 0) + (section.has("mysql_table") ? 1 : 0) + (section.has("tables") ? 1 : 0);
    if (given != 1) {
      section.error(given == 0 ? "" : "query",
                    given == 0 ? "says nothing to ask; expected one of query, mysql_table and tables"
                               : "expected only one of query, mysql_table and tables");
      for (const auto* const name : query_settings) static_cast<void>(section.has(name));
      return;
    }
    const auto for_all = declared(section);
    const auto add_with = [&](std::optional<TableConfig> table, Declared own) {
      if (!table) return;
      table->feed_keys = for_all.feed_keys;
      table->feed_keys.insert(table->feed_keys.end(), own.feed_keys.begin(), own.feed_keys.end());
      table->keys_query = own.keys_query.empty() ? for_all.keys_query : std::move(own.keys_query);
      tables.push_back(std::move(*table));
    };
    const auto add = [&](std::optional<TableConfig> table) { add_with(std::move(table), {}); };
    if (section.has("query")) {
      add(inline_query(section));
    } else if (section.has("mysql_table")) {
      std::vector<std::string> files;
      section.get_list("mysql_table", files);
      if (files.empty())
        section.error("mysql_table", "is empty; expected the path of a mysql_table(5) file, or several in order");
      for (const auto& file : files) add(from_file(section, "mysql_table", file, warnings));
      if (files.size() > 1 && section.has("keys_query"))
        section.error("keys_query", "is for one table; write tables = [{ mysql_table = ..., keys_query = ... }, ...]");
      refuse_query_settings(section, "belongs into the mysql_table(5) file, or goes with query");
    } else {
      auto elements = section.elements("tables");
      for (auto& element : elements) {
        const bool query = element.has("query");
        const FileSetting* file_setting = nullptr;
        int kinds = (query ? 1 : 0) + (element.has("mysql_table") ? 1 : 0);
        for (const auto& setting : file_settings)
          if (element.has(setting.name)) {
            file_setting = &setting;
            ++kinds;
          }
        if (kinds != 1)
          element.error(query ? "query" : "",
                        "expected exactly one of query, mysql_table, file, cidr, regexp and pcre in each table");
        else if (query)
          add_with(inline_query(element), declared(element));
        else if (file_setting != nullptr)
          add(file_table(element, *file_setting, warnings));
        else {
          std::string file;
          element.get("mysql_table", file);
          add_with(from_file(element, "mysql_table", file, warnings), declared(element));
        }
        if (!query)
          refuse_query_settings(element, file_setting != nullptr
                                             ? "goes with a query, not with a table that is a file"
                                             : "belongs into the mysql_table(5) file, or goes with query");
        element.finish();
      }
      refuse_query_settings(section, "belongs into the element of tables that it is for");
      if (section.has("keys_query")) section.error("keys_query", "belongs into the element of tables that it is for");
    }
  }
};

}  // namespace

void read_tables(TomlSection& section, const Config& config, std::string_view parameter,
                 std::vector<TableConfig>& tables, std::vector<std::string>& warnings) {
  TableReader{config, map::may_substitute(parameter)}.read(section, tables, warnings);
}

}  // namespace maproom::config
