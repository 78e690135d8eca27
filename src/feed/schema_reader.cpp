#include "maproom/feed/schema_reader.hpp"

#include <map>

#include "maproom/map/sql_quote.hpp"

namespace maproom::feed {
namespace asio = boost::asio;
namespace {

using Row = std::vector<std::optional<std::string>>;

std::string quoted(const std::string& text, map::SqlMode mode) {
  std::string quoted = "'";
  map::append_sql_quoted(quoted, text, '\'', mode);
  return quoted + "'";
}

/// Databases whose name stands somewhere in a query. A name within another word counts as well, which is no harm.
std::string only_these(const std::string& database, const std::vector<std::string>& queries, map::SqlMode mode,
                       const std::string& column) {
  std::string where = " WHERE (" + column + " = " + quoted(database, mode);
  for (const auto& query : queries) where += " OR LOCATE(" + column + ", " + quoted(query, mode) + ") > 0";
  return where + ") AND " + column + " NOT IN ('information_schema', 'performance_schema', 'mysql', 'sys')";
}

const std::string& text(const Row& row, std::size_t column) {
  static const std::string empty;
  return row[column] ? *row[column] : empty;
}

bool is_ascii_text(const Row& row) {
  const auto& type = text(row, 3);
  const bool is_text = type == "char" || type == "varchar" || type == "tinytext" || type == "text" ||
                       type == "mediumtext" || type == "longtext";
  const auto& charset = text(row, 4);
  const bool wide = charset.empty() || charset.starts_with("ucs2") || charset.starts_with("utf16") ||
                    charset.starts_with("utf32") || charset == "swe7" || charset == "sjis" || charset == "cp932";
  return is_text && !wide;
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
      "SELECT TABLE_SCHEMA, TABLE_NAME, COLUMN_NAME, DATA_TYPE, CHARACTER_SET_NAME, IS_GENERATED FROM "
      "information_schema.COLUMNS" +
      only_these(database, queries, mode, "TABLE_SCHEMA") + " ORDER BY TABLE_SCHEMA, TABLE_NAME, ORDINAL_POSITION";
  auto columns = co_await link.command(columns_query, deadline);
  if (!columns) co_return columns.error();
  const std::string routines_query =
      "SELECT ROUTINE_NAME FROM information_schema.ROUTINES" + only_these(database, queries, mode, "ROUTINE_SCHEMA");
  auto routines = co_await link.command(routines_query, deadline);
  if (!routines) co_return routines.error();

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
    column.text = is_ascii_text(row);
    column.generated = text(row, 5) != "NEVER";
    schema.tables[place->second].columns.push_back(std::move(column));
  }
  for (const auto& row : routines->rows) schema.routines.push_back(text(row, 0));
  co_return schema;
}

}  // namespace maproom::feed
