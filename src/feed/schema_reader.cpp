#include "maproom/feed/schema_reader.hpp"

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

/// Databases whose name stands somewhere in a query. A name within another word counts as well, which is no harm.
std::string only_these(const std::string& database, const std::vector<std::string>& queries, query::SqlMode mode,
                       const std::string& column) {
  std::string where = " WHERE (" + column + " = " + quoted(database, mode);
  for (const auto& query : queries) where += " OR LOCATE(" + column + ", " + quoted(query, mode) + ") > 0";
  return where + ") AND " + column + " NOT IN ('information_schema', 'performance_schema', 'mysql', 'sys')";
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

}  // namespace

asio::awaitable<Result<Schema>> read_schema(backend::Link& link, std::string database, std::vector<std::string> queries,
                                            backend::Deadline deadline) {
  const auto mode = link.sql_mode();
  const std::string tables_query =
      "SELECT TABLE_SCHEMA, TABLE_NAME, TABLE_TYPE, ENGINE FROM information_schema.TABLES" +
      only_these(database, queries, mode, "TABLE_SCHEMA");
  auto tables = co_await link.command(tables_query, deadline);
  if (!tables) co_return tables.error();
  const std::string columns_query =
      "SELECT TABLE_SCHEMA, TABLE_NAME, COLUMN_NAME, DATA_TYPE, CHARACTER_SET_NAME, IS_GENERATED, COLLATION_NAME FROM "
      "information_schema.COLUMNS" +
      only_these(database, queries, mode, "TABLE_SCHEMA") + " ORDER BY TABLE_SCHEMA, TABLE_NAME, ORDINAL_POSITION";
  auto columns = co_await link.command(columns_query, deadline);
  if (!columns) co_return columns.error();
  const std::string routines_query =
      "SELECT ROUTINE_NAME FROM information_schema.ROUTINES" + only_these(database, queries, mode, "ROUTINE_SCHEMA");
  auto routines = co_await link.command(routines_query, deadline);
  if (!routines) co_return routines.error();

  std::set<std::pair<std::string, std::string>> used;
  for (const auto& row : columns->rows)
    if (is_text(row)) used.emplace(text(row, 4), text(row, 6));
  auto plain = co_await plain_collations(link, std::move(used), deadline);
  if (!plain) co_return plain.error();

  Schema schema;
  std::map<std::pair<std::string, std::string>, std::size_t> places;
  for (const auto& row : tables->rows) {
    places[{text(row, 0), text(row, 1)}] = schema.tables.size();
    auto& table = schema.tables.emplace_back();
    table.database = text(row, 0);
    table.name = text(row, 1);
    table.kind = text(row, 2);
    table.engine = text(row, 3);
  }
  for (const auto& row : columns->rows) {
    const auto place = places.find({text(row, 0), text(row, 1)});
    if (place == places.end()) continue;
    Schema::Column column;
    column.name = text(row, 2);
    const bool is_listed = text(row, 3) == "enum" || text(row, 3) == "set";
    column.text = is_text(row) && !is_listed && plain->contains(text(row, 6));
    column.odd_text = is_text(row) && !plain->contains(text(row, 6));
    column.generated = text(row, 5) != "NEVER";
    schema.tables[place->second].columns.push_back(std::move(column));
  }
  for (const auto& row : routines->rows) schema.routines.push_back(text(row, 0));
  co_return schema;
}

}  // namespace maproom::feed
