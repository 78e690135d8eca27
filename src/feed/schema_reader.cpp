#include "maproom/feed/schema_reader.hpp"

#include <algorithm>
#include <functional>
#include <map>
#include <set>
#include <utility>

#include "maproom/query/sql_quote.hpp"

namespace maproom::feed {
namespace asio = boost::asio;
namespace {

using Row = std::vector<std::optional<std::string>>;

std::string quoted(const std::string& text, query::SqlMode mode) {
  std::string quoted = "'";
  query::append_sql_quoted(quoted, text, '\'', mode);
  return quoted + "'";
}

/// A condition on the column that holds a database's name.
using Where = std::function<std::string(const std::string& column)>;

/// Databases whose name stands somewhere in a query. A name within another word counts as well, which is no harm.
/// (information_schema compares without regard to capitals, whatever the server does.)
Where only_these(std::string database, std::vector<std::string> queries, query::SqlMode mode) {
  return [=](const std::string& column) {
    std::string where = " WHERE (" + column + " = " + quoted(database, mode);
    for (const auto& query : queries) where += " OR LOCATE(" + column + ", " + quoted(query, mode) + ") > 0";
    return where + ") AND " + column + " NOT IN ('information_schema', 'performance_schema', 'mysql', 'sys')";
  };
}

Where only_these(const std::set<std::string>& databases, query::SqlMode mode) {
  std::string list;
  for (const auto& database : databases) list += (list.empty() ? "" : ", ") + quoted(database, mode);
  return [list](const std::string& column) { return " WHERE " + column + " IN (" + list + ")"; };
}

const std::string& text(const Row& row, std::size_t column) {
  static const std::string empty;
  return row[column] ? *row[column] : empty;
}

bool is_text(const Row& row) {
  const auto& type = text(row, 3);
  return type == "char" || type == "varchar" || type == "tinytext" || type == "text" || type == "mediumtext" ||
         type == "longtext" || type == "enum" || type == "set";
}

bool writes_ascii(const std::string& charset) {
  return !charset.empty() && !charset.starts_with("ucs2") && !charset.starts_with("utf16") &&
         !charset.starts_with("utf32") && charset != "swe7" && charset != "sjis" && charset != "cp932";
}

/// How many of the printable ASCII characters, capitals aside, differ under this collation.
std::string difference_query(const std::string& charset, const std::string& collation) {
  std::string characters;
  for (char c = '!'; c <= '~'; ++c) {
    if (c >= 'A' && c <= 'Z') continue;
    const std::string number = std::to_string(static_cast<int>(c));
    characters += characters.empty() ? "SELECT " + number + " AS n" : " UNION ALL SELECT " + number;
  }
  return "SELECT COUNT(DISTINCT CONVERT(CHAR(n USING ascii) USING " + charset + ") COLLATE " + collation + ") FROM (" +
         characters + ") AS characters";
}
constexpr const char* all_differ = "68";

bool is_name(const std::string& text) {
  return !text.empty() &&
         text.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_") == std::string::npos;
}

/// Those under which no two of them are equal.
asio::awaitable<Result<std::set<std::string>>> plain_collations(backend::Link& link,
                                                                std::set<std::pair<std::string, std::string>> used,
                                                                backend::Deadline deadline) {
  std::set<std::string> plain;
  for (const auto& [charset, collation] : used) {
    if (!writes_ascii(charset) || !is_name(charset) || !is_name(collation)) continue;
    const auto query = difference_query(charset, collation);
    auto rows = co_await link.command(query, deadline);
    if (!rows) co_return rows.error();
    if (rows->rows.size() == 1 && text(rows->rows[0], 0) == all_differ) plain.insert(collation);
  }
  co_return plain;
}

using Rows = std::vector<Row>;

asio::awaitable<Result<Rows>> rows_of(backend::Link& link, std::string query, backend::Deadline deadline) {
  auto result = co_await link.command(query, deadline);
  if (!result) co_return result.error();
  co_return std::move(result->rows);
}

void add_tables(Schema& schema, const Rows& tables, const Rows& columns, const std::set<std::string>& plain,
                const Rows& partly) {
  std::map<std::pair<std::string, std::string>, std::size_t> places;
  for (const auto& row : tables) {
    places[{text(row, 0), text(row, 1)}] = schema.tables.size();
    auto& table = schema.tables.emplace_back();
    table.database = text(row, 0);
    table.name = text(row, 1);
    table.kind = text(row, 2);
    table.engine = text(row, 3);
  }
  for (const auto& row : columns) {
    const auto place = places.find({text(row, 0), text(row, 1)});
    if (place == places.end()) continue;
    auto& table = schema.tables[place->second];
    Schema::Column column;
    column.name = text(row, 2);
    const bool is_listed = text(row, 3) == "enum" || text(row, 3) == "set";
    column.text = is_text(row) && !is_listed && plain.contains(text(row, 6));
    column.odd_text = is_text(row) && !plain.contains(text(row, 6));
    column.generated = text(row, 5) != "NEVER";
    table.columns.push_back(std::move(column));
    if (text(row, 7) != std::to_string(table.columns.size())) table.partly = true;
  }
  for (const auto& row : partly)
    if (const auto place = places.find({text(row, 0), text(row, 1)}); place != places.end())
      schema.tables[place->second].partly = true;
}

/// `rules`: what information_schema shows of a foreign key's actions. To a user who may only SELECT it shows nothing of
/// them, and then each may act.
void add_foreign_keys(Schema& schema, const Rows& columns, const Rows& rules) {
  const auto may_act = [](const std::string& rule) { return rule != "RESTRICT" && rule != "NO ACTION"; };
  const Row* last = nullptr;
  for (const auto& row : columns) {
    const bool goes_on = last != nullptr && std::equal(row.begin(), row.begin() + 3, last->begin());
    last = &row;
    if (!goes_on) {
      auto& key = schema.foreign_keys.emplace_back();
      key.database = text(row, 0);
      key.table = text(row, 1);
      key.parent_database = text(row, 3);
      key.parent = text(row, 4);
      for (const auto& rule : rules) {
        if (!std::equal(row.begin(), row.begin() + 3, rule.begin())) continue;
        key.on_update = may_act(text(rule, 3));
        key.on_delete = may_act(text(rule, 4));
      }
    }
    schema.foreign_keys.back().columns.push_back(text(row, 5));
  }
}

asio::awaitable<Result<void>> add_databases(backend::Link& link, Schema& schema, Where where,
                                            backend::Deadline deadline) {
  const auto of_schema = where("TABLE_SCHEMA");
  auto tables = co_await rows_of(
      link, "SELECT TABLE_SCHEMA, TABLE_NAME, TABLE_TYPE, ENGINE FROM information_schema.TABLES" + of_schema, deadline);
  if (!tables) co_return tables.error();
  auto columns = co_await rows_of(link,
                                  "SELECT TABLE_SCHEMA, TABLE_NAME, COLUMN_NAME, DATA_TYPE, CHARACTER_SET_NAME, "
                                  "IS_GENERATED, COLLATION_NAME, ORDINAL_POSITION FROM information_schema.COLUMNS" +
                                      of_schema + " ORDER BY TABLE_SCHEMA, TABLE_NAME, ORDINAL_POSITION",
                                  deadline);
  if (!columns) co_return columns.error();
  auto partly = co_await rows_of(
      link, "SELECT DISTINCT TABLE_SCHEMA, TABLE_NAME FROM information_schema.COLUMN_PRIVILEGES" + of_schema, deadline);
  if (!partly) co_return partly.error();
  auto routines = co_await rows_of(
      link, "SELECT ROUTINE_NAME FROM information_schema.ROUTINES" + where("ROUTINE_SCHEMA"), deadline);
  if (!routines) co_return routines.error();
  auto referring = co_await rows_of(link,
                                    "SELECT TABLE_SCHEMA, TABLE_NAME, CONSTRAINT_NAME, REFERENCED_TABLE_SCHEMA, "
                                    "REFERENCED_TABLE_NAME, REFERENCED_COLUMN_NAME FROM "
                                    "information_schema.KEY_COLUMN_USAGE" +
                                        of_schema +
                                        " AND REFERENCED_TABLE_NAME IS NOT NULL ORDER BY TABLE_SCHEMA, TABLE_NAME, "
                                        "CONSTRAINT_NAME, ORDINAL_POSITION",
                                    deadline);
  if (!referring) co_return referring.error();
  auto rules = co_await rows_of(link,
                                "SELECT CONSTRAINT_SCHEMA, TABLE_NAME, CONSTRAINT_NAME, UPDATE_RULE, DELETE_RULE FROM "
                                "information_schema.REFERENTIAL_CONSTRAINTS" +
                                    where("CONSTRAINT_SCHEMA"),
                                deadline);
  if (!rules) co_return rules.error();
  std::set<std::pair<std::string, std::string>> used;
  for (const auto& row : *columns)
    if (is_text(row)) used.emplace(text(row, 4), text(row, 6));
  auto plain = co_await plain_collations(link, std::move(used), deadline);
  if (!plain) co_return plain.error();
  add_tables(schema, *tables, *columns, *plain, *partly);
  add_foreign_keys(schema, *referring, *rules);
  for (const auto& row : *routines) schema.routines.push_back(text(row, 0));
  co_return Result<void>{};
}

/// Of tables that are referred to, and that have not been looked at.
std::set<std::string> further_databases(const Schema& schema, const std::set<std::string>& looked_at) {
  std::set<std::string> further;
  for (const auto& key : schema.foreign_keys)
    if (!looked_at.contains(key.parent_database)) further.insert(key.parent_database);
  return further;
}

}  // namespace

asio::awaitable<Result<Schema>> read_schema(backend::Link& link, std::string database, std::vector<std::string> queries,
                                            backend::Deadline deadline) {
  const auto mode = link.sql_mode();
  Schema schema;
  auto read = co_await add_databases(link, schema, only_these(std::move(database), std::move(queries), mode), deadline);
  if (!read) co_return read.error();
  std::set<std::string> looked_at;
  for (const auto& table : schema.tables) looked_at.insert(table.database);
  for (auto further = further_databases(schema, looked_at); !further.empty();
       further = further_databases(schema, looked_at)) {
    read = co_await add_databases(link, schema, only_these(further, mode), deadline);
    if (!read) co_return read.error();
    looked_at.merge(further);
  }
  co_return schema;
}

}  // namespace maproom::feed
