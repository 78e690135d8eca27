#include "maproom/feed/watch.hpp"

#include <algorithm>
#include <array>
#include <set>

#include "maproom/feed/names.hpp"
#include "maproom/query/sql_literals.hpp"

namespace maproom::feed {
namespace {

bool is_word_byte(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '$';
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

// Functions whose value changes without a change in the database (MariaDB's manual: "Unsafe Statements", and the date
// functions). A column of the same name makes a map careful for nothing, which is no harm.
constexpr std::array<std::string_view, 36> restless{"now",
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
                                                    "master_gtid_wait",
                                                    "current_role",
                                                    "convert_tz"};
// FROM_UNIXTIME is restless for its time zone alone; CURRENT_USER and USER are the pool's own and do not change.

constexpr std::array<std::string_view, 4> system_databases{"information_schema", "performance_schema", "mysql", "sys"};
/// The one whose rows are in a snapshot if and only if the snapshot's place in the binlog says so. Of Aria a row was
/// seen to come after that place had passed it.
constexpr std::string_view engine_of_snapshots = "innodb";

/// Engines that log every change, and keep no snapshots.
bool logs_early(std::string_view engine) { return lower(engine) == "aria" || lower(engine) == "myisam"; }

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

Watch anything(std::string why, std::string through = {}) {
  Watch watch;
  watch.why = std::move(why);
  watch.through = std::move(through);
  return watch;
}

void add_parents(Watch& watch, const Schema& schema) {
  std::vector<std::pair<std::string, std::string>> read;
  for (const auto& table : watch.tables) read.emplace_back(table.database, table.name);
  for (const auto& key : keys_upwards(read, schema.foreign_keys)) {
    Parent parent{key.parent_database, key.parent, 0, {}, key.on_update, key.on_delete};
    const auto known = std::find_if(schema.tables.begin(), schema.tables.end(), [&](const Schema::Table& table) {
      return may_be_one_name(table.name, parent.name) && may_be_one_name(table.database, parent.database);
    });
    if (known == schema.tables.end() || known->partly) {
      // Whatever it refers to itself is not to be seen, and may change it without a word.
      watch.timeless = false;
      if (watch.why.empty())
        watch.why = "the foreign keys of " + parent.database + "." + parent.name +
                    ", to which its tables refer, are not to be seen; GRANT SELECT ON it";
    } else {
      for (const auto& column : key.columns)
        for (std::size_t i = 0; i < known->columns.size(); ++i)
          if (may_be_one_name(column, known->columns[i].name)) parent.referred.push_back(i);
      if (parent.referred.size() == key.columns.size()) parent.columns = known->columns.size();
    }
    watch.parents.push_back(std::move(parent));
  }
}

}  // namespace

/// The table that the server takes for this name. null: none is to be seen, or it may be one of several.
const Schema::Table* table_of(const Schema& schema, std::string_view database, std::string_view name) {
  const Schema::Table* alike = nullptr;
  std::size_t count = 0;
  for (const auto& table : schema.tables) {
    if (table.name == name && table.database == database) return &table;
    if (!may_be_one_name(table.name, name) || !may_be_one_name(table.database, database)) continue;
    alike = &table;
    ++count;
  }
  return count == 1 ? alike : nullptr;
}

Watch watch_of(std::string_view query, std::string_view database, const Schema& schema,
               const std::vector<KeyColumn>& keys) {
  if (!is_select(query)) return anything("the statement is no SELECT");
  const Words words{query};
  for (const auto& routine : schema.routines)
    if (words.may_hold(routine)) return anything("it may call the routine " + routine, routine);
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
  // A row comes into a partition and goes from it by columns that the query need not name.
  const bool all_columns = query.find('*') != std::string_view::npos || words.has("natural") || words.has("partition");
  for (const auto& table : schema.tables) {
    if (!words.may_hold(table.name)) continue;
    if (!may_be_one_name(table.database, database) && !words.may_hold(table.database)) continue;
    if (table.kind == "VIEW") return anything("it may read the view " + table.name, table.name);
    const bool snapshots = lower(table.engine) == engine_of_snapshots;
    if (logs_early(table.engine))
      restless_for("a row of " + table.name + " may be seen later than its change; ALTER TABLE " + table.name +
                   " ENGINE = InnoDB");
    else if (table.kind != "BASE TABLE" || !snapshots)
      restless_for("the changes of " + table.name + " are not in the binlog");
    if (table.partly)
      restless_for("the foreign keys of " + table.name + " are not to be seen; GRANT SELECT ON it as a whole");
    watch.snapshots = watch.snapshots && snapshots;
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
          read.keys.assign(1, RowKey{{{i}}});
    }
    watch.tables.push_back(std::move(read));
  }
  add_parents(watch, schema);
  // A name that is not to be seen may be one that this user may not see.
  if (watch.tables.empty() && words.has("from") && !words.has("dual"))
    return anything("the tables that it reads are not to be seen");
  return watch;
}

namespace {

std::optional<std::size_t> column_of(const Schema::Table& table, std::string_view name) {
  for (std::size_t i = 0; i < table.columns.size(); ++i)
    if (lower(table.columns[i].name) == lower(name)) return i;
  return std::nullopt;
}

/// What a row of the part's table has for a key; nullopt: only the server can tell.
std::optional<RowKey> row_key_of(const query::ListingPart& part, const Schema::Table& table) {
  RowKey key;
  for (const auto& piece : part.row) {
    const auto column = column_of(table, piece.column);
    if (!piece.column.empty() && (!column || table.columns[*column].generated)) return std::nullopt;
    key.pieces.push_back({piece.column.empty() ? std::nullopt : column, piece.text});
  }
  return key.pieces.empty() ? std::nullopt : std::optional{std::move(key)};
}

}  // namespace

Watch watch_of(const query::Listing& listing, std::string_view database, const Schema& schema) {
  Watch watch;
  watch.anything = false;
  watch.timeless = true;
  watch.snapshots = true;
  std::set<const Schema::Table*> untold;
  std::vector<const Schema::Table*> tables;  // of watch.tables, likewise
  for (const auto& part : listing.parts) {
    if (part.table.empty()) continue;
    const auto* table = table_of(schema, part.schema.empty() ? database : part.schema, part.table);
    if (table == nullptr) return anything("the table " + part.table + " is not to be seen");
    if (table->kind != "BASE TABLE") return anything(part.table + " is no base table, but a view or the like");
    if (table->partly)
      return anything("the foreign keys of " + part.table + " are not to be seen; GRANT SELECT ON it as a whole");
    const bool snapshots = lower(table->engine) == engine_of_snapshots;
    if (!snapshots && !logs_early(table->engine))
      return anything("the changes of " + part.table + " are not in the binlog");
    watch.snapshots = watch.snapshots && snapshots;
    auto place = static_cast<std::size_t>(std::find(tables.begin(), tables.end(), table) - tables.begin());
    if (place == tables.size()) {
      tables.push_back(table);
      watch.tables.push_back({table->database, table->name, table->columns.size(), {}, {}});
    }
    auto& read = watch.tables[place];
    bool generated = false;
    for (const auto* names : {&part.columns, &part.conditions}) {
      for (const auto& name : *names) {
        const auto column = column_of(*table, name);
        if (!column) return anything("the column " + name + " of " + part.table + " is not to be seen");
        if (names == &part.columns && !table->columns[*column].text)
          return anything("the column " + name + " of " + part.table + " is no text that compares as ASCII");
        generated = generated || table->columns[*column].generated;
        read.read.push_back(*column);
      }
    }
    // What a generated column is made of may be any other.
    if (generated)
      for (std::size_t i = 0; i < table->columns.size(); ++i) read.read.push_back(i);
    if (auto key = row_key_of(part, *table); key && !untold.contains(table)) {
      read.keys.push_back(std::move(*key));
    } else {
      untold.insert(table);
      read.keys.clear();
    }
  }
  add_parents(watch, schema);
  return watch;
}

namespace {

bool keys_are_text(const ReadTable& table, const TableMap& map) {
  for (const auto& key : table.keys)
    for (const auto& piece : key.pieces)
      if (piece.column && !is_text(map, *piece.column)) return false;
  return !table.keys.empty();
}

/// nullopt: NULL, which equals no key.
std::optional<std::string> text_of(const RowKey& key, const std::vector<std::optional<std::string>>& values) {
  std::string text;
  for (const auto& piece : key.pieces) {
    if (piece.column && !values[*piece.column]) return std::nullopt;
    text += piece.column ? *values[*piece.column] : piece.text;
  }
  return text;
}

bool read_values_equal(const ReadTable& table, const RowChange& row) {
  return std::all_of(table.read.begin(), table.read.end(),
                     [&](std::size_t column) { return row.before[column] == row.after[column]; });
}

}  // namespace

Watch with_what_was_seen(Watch now, const Watch& before) {
  if (!now.anything && !before.through.empty() &&
      std::none_of(now.tables.begin(), now.tables.end(),
                   [&](const ReadTable& each) { return may_be_one_name(each.name, before.through); }))
    return before;
  if (now.anything || before.anything) return now;
  for (const auto& table : before.tables)
    if (std::none_of(now.tables.begin(), now.tables.end(),
                     [&](const ReadTable& each) { return each.name == table.name && each.database == table.database; }))
      now.tables.push_back(table);
  for (const auto& parent : before.parents)
    if (std::none_of(now.parents.begin(), now.parents.end(),
                     [&](const Parent& each) { return each.name == parent.name && each.database == parent.database; }))
      now.parents.push_back(parent);
  return now;
}

Effect effect_of(const Watch& watch, const Change& change) {
  if (watch.anything || change.what == Change::What::everything) return {true, {}};
  if (std::any_of(watch.parents.begin(), watch.parents.end(),
                  [&](const Parent& parent) { return reaches_children(parent, change); }))
    return {true, {}};
  Effect effect;
  for (const auto& table : watch.tables) {
    if (!may_be_one_name(table.name, change.table->table) || !may_be_one_name(table.database, change.table->database))
      continue;
    if (change.what == Change::What::table || change.rows.columns != table.columns) return {true, {}};
    const auto rows = read_rows(*change.table, change.rows);
    if (!rows) return {true, {}};
    for (const auto& row : *rows) {
      const bool updated = !row.before.empty() && !row.after.empty();
      if (updated && read_values_equal(table, row)) continue;
      if (!keys_are_text(table, *change.table)) return {true, {}};
      for (const auto* image : {&row.before, &row.after}) {
        if (image->empty()) continue;
        for (const auto& key : table.keys)
          if (auto text = text_of(key, *image)) effect.keys.push_back(std::move(*text));
      }
    }
  }
  return effect;
}

}  // namespace maproom::feed
