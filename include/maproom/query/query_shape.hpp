#pragma once
// QueryShape: what the simplest kind of query reads, for those that must know which rows belong to which keys (the
// change feed, verify's samples, check). Pure.
//
// Understood is `SELECT columns FROM one_table [[AS] alias] WHERE column = '%s' [AND simple condition]... [LIMIT n]`,
// and nothing else: no join, union, subquery, OR, NOT, LIKE, IN, arithmetic, ordering or grouping, no function but a
// few built-in ones that depend on their arguments alone and only among the results, no comment, and nothing that
// another sql_mode reads differently (double quotes, backslashes). Whatever is not fully understood has no shape; a
// query without a shape is no mistake, it is only not known in advance.
//
// What the text cannot tell, and the user of a shape must find out: whether the table is a view, and how the key
// column's collation compares (a row may belong to more keys than the one spelled like its column).

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "maproom/query/query_template.hpp"

namespace maproom::query {

struct QueryShape {
  std::string schema;  ///< empty: the connection's database
  std::string table;
  std::string key_column;
  /// What of the key the column is compared with: 's' the whole, 'u' the local part, 'd' the domain, '1' to '9' a
  /// label. Only with 's' does a row's column alone name the key.
  char expansion = 's';
  bool all_columns = false;          ///< "*": then `columns` is not the whole list
  std::vector<std::string> columns;  ///< each column read anywhere, once, as first written, the key column included
  std::string condition;             ///< the other conditions, joined by " AND ", as written; empty: none
  bool limited = false;              ///< LIMIT: not every row that belongs to a key is in its answer
  friend bool operator==(const QueryShape&, const QueryShape&) = default;
};

/// nullopt: not fully understood.
[[nodiscard]] std::optional<QueryShape> query_shape(const QueryTemplate& query);

/// `name` in backquotes.
[[nodiscard]] std::string quoted_identifier(std::string_view name);
/// The table, quoted, with its schema if it has one.
[[nodiscard]] std::string quoted_table(const QueryShape& shape);
/// The statement that lists up to `limit` values of the key column (rows outside of the condition too: keys that must
/// not be found are worth asking).
[[nodiscard]] std::string key_listing(const QueryShape& shape, std::size_t limit);

}  // namespace maproom::query
