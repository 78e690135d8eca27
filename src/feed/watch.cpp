#include "maproom/feed/watch.hpp"

#include <algorithm>
#include <array>
#include <set>

#include "maproom/query/sql_literals.hpp"

namespace maproom::feed {
namespace {

bool is_word_byte(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '$';
}

std::string lower(std::string_view text) {
  std::string lower{text};
  for (char& c : lower)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return lower;
}

/// Every word of the text, wherever it stands, in lower case.
class Words {
 public:
  explicit Words(std::string_view text) {
    for (std::size_t i = 0; i < text.size();) {
      auto end = i;
      while (end < text.size() && is_word_byte(text[end])) ++end;
      if (end > i) words_.insert(lower(text.substr(i, end - i)));
      i = end + 1;
    }
  }
  /// A name that is no plain word (`my-table`, an umlaut) cannot be found by words, and counts as there.
  [[nodiscard]] bool may_hold(std::string_view name) const {
    return !std::all_of(name.begin(), name.end(), is_word_byte) || words_.contains(lower(name));
  }
  [[nodiscard]] bool has(std::string_view word) const { return words_.contains(std::string{word}); }

 private:
  std::set<std::string> words_;
};

// Functions whose value changes without a change in the database (schema-notes 3.3; MariaDB manual, "Unsafe Statements"
// and the date functions). A column of the same name makes a map careful for nothing, which is no harm.
constexpr std::array<std::string_view, 34> restless{"now",
                                                    "unix_timestamp",
                                                    "curdate",
                                                    "current_date",
                                                    "curtime",
                                                    "current_time",
                                                    "sysdate",
                                                    "current_timestamp",
                                                    "localtime",
                                                    "utc_date",
                                                    "utc_time",
                                                    "utc_timestamp",
                                                    "localtimestamp",
                                                    "rand",
                                                    "uuid",
                                                    "uuid_short",
                                                    "sys_guid",
                                                    "connection_id",
                                                    "last_insert_id",
                                                    "found_rows",
                                                    "row_count",
                                                    "sleep",
                                                    "get_lock",
                                                    "is_free_lock",
                                                    "is_used_lock",
                                                    "release_lock",
                                                    "load_file",
                                                    "nextval",
                                                    "lastval",
                                                    "setval",
                                                    "random_bytes",
                                                    "from_unixtime",
                                                    "benchmark",
                                                    "master_gtid_wait"};
// FROM_UNIXTIME is restless for its time zone alone; CURRENT_USER and USER are the pool's own and do not change.

constexpr std::array<std::string_view, 4> system_databases{"information_schema", "performance_schema", "mysql", "sys"};
/// Engines that keep their rows here and log every change of them.
constexpr std::array<std::string_view, 3> known_engines{"innodb", "aria", "myisam"};

template <class List>
bool contains(const List& list, std::string_view word) {
  return std::find(list.begin(), list.end(), word) != list.end();
}

/// "@" outside of quotes: a user variable, or a server's.
bool has_variable(std::string_view query) {
  const auto places = query::sql_places(query, {});
  for (std::size_t i = 0; i < query.size(); ++i)
    if (query[i] == '@' && places[i] != query::SqlPlace::single_quoted && places[i] != query::SqlPlace::double_quoted)
      return true;
  return false;
}

bool is_select(std::string_view query) {
  const auto begin = query.find_first_not_of(" \t\r\n(");
  return begin != std::string_view::npos &&
         (lower(query.substr(begin, 6)) == "select" || lower(query.substr(begin, 4)) == "with");
}

Watch anything(std::string why) {
  Watch watch;
  watch.why = std::move(why);
  return watch;
}

}  // namespace

Watch watch_of(std::string_view query, std::string_view database, const Schema& schema,
               const std::vector<KeyColumn>& keys) {
  if (!is_select(query)) return anything("the statement is no SELECT");
  const Words words{query};
  for (const auto& routine : schema.routines)
    if (words.may_hold(routine)) return anything("it may call the routine " + routine);
  Watch watch;
  watch.anything = false;
  watch.timeless = true;
  watch.snapshots = true;
  const auto restless_for = [&](std::string why) {
    watch.timeless = false;
    if (watch.why.empty()) watch.why = std::move(why);
  };
  for (const auto function : restless)
    if (words.has(function)) restless_for("it uses " + std::string{function});
  for (const auto system : system_databases)
    if (words.has(system)) restless_for("it reads " + std::string{system});
  if (has_variable(query)) restless_for("it uses a variable");
  const bool collates = words.has("collate");  // another equality than the column's
  const bool all_columns = query.find('*') != std::string_view::npos || words.has("natural");
  for (const auto& table : schema.tables) {
    if (!words.may_hold(table.name)) continue;
    if (table.database != database && !words.may_hold(table.database)) continue;
    if (table.kind == "VIEW") return anything("it may read the view " + table.name);
    if (table.kind != "BASE TABLE" || !contains(known_engines, lower(table.engine)))
      restless_for("the changes of " + table.name + " are not in the binlog");
    watch.snapshots = watch.snapshots && lower(table.engine) == "innodb";
    ReadTable read;
    read.database = table.database;
    read.name = table.name;
    read.columns = table.columns.size();
    watch.odd_text = watch.odd_text || collates;
    bool generated = false;
    for (std::size_t i = 0; i < table.columns.size(); ++i) {
      if (!all_columns && !words.may_hold(table.columns[i].name)) continue;
      read.read.push_back(i);
      watch.odd_text = watch.odd_text || table.columns[i].odd_text;
      generated = generated || table.columns[i].generated;
    }
    if (generated) {  // what it is made of may be any other column
      read.read.clear();
      for (std::size_t i = 0; i < table.columns.size(); ++i) read.read.push_back(i);
    }
    for (const auto& key : keys) {
      if (collates || lower(key.table) != lower(table.name)) continue;
      for (std::size_t i = 0; i < table.columns.size(); ++i)
        if (lower(key.column) == lower(table.columns[i].name) && table.columns[i].text && !table.columns[i].generated)
          read.key = i;
    }
    watch.tables.push_back(std::move(read));
  }
  // A name that is not to be seen may be one that this user may not see.
  if (watch.tables.empty() && words.has("from") && !words.has("dual"))
    return anything("the tables that it reads are not to be seen");
  return watch;
}

namespace {

bool read_values_equal(const ReadTable& table, const RowChange& row) {
  return std::all_of(table.read.begin(), table.read.end(),
                     [&](std::size_t column) { return row.before[column] == row.after[column]; });
}

}  // namespace

bool key_is_text(const Watch& watch, std::string_view table) {
  bool known = false;
  for (const auto& each : watch.tables) {
    if (lower(each.name) != lower(table)) continue;
    if (!each.key) return false;
    known = true;
  }
  return known;
}

Effect effect_of(const Watch& watch, const Change& change) {
  if (watch.anything || change.what == Change::What::everything) return {true, {}};
  Effect effect;
  for (const auto& table : watch.tables) {
    // lower_case_table_names may write other letters than were asked for.
    if (lower(table.name) != lower(change.table->table) || lower(table.database) != lower(change.table->database))
      continue;
    if (change.what == Change::What::table || change.rows.columns != table.columns) return {true, {}};
    const auto rows = read_rows(*change.table, change.rows);
    if (!rows) return {true, {}};
    for (const auto& row : *rows) {
      const bool updated = !row.before.empty() && !row.after.empty();
      if (updated && read_values_equal(table, row)) continue;
      if (!table.key || !is_text(*change.table, *table.key)) return {true, {}};
      for (const auto* image : {&row.before, &row.after}) {
        if (image->empty()) continue;
        // NULL equals no key.
        if (const auto& value = (*image)[*table.key]) effect.keys.push_back(*value);
      }
    }
  }
  return effect;
}

}  // namespace maproom::feed
