#pragma once
// Where in a statement quoted literals stand. Pure. The rules are those of MariaDB's lexer (sql/sql_lex.cc): '...' and
// "..." with doubled quotes and backslash escapes, `...`, "-- " and # comments, /* */ comments.

#include <string_view>
#include <vector>

#include "maproom/query/query_template.hpp"

namespace maproom::query {

enum class SqlPlace : unsigned char {
  bare,
  single_quoted,  ///< in '...'
  double_quoted,  ///< in "...": a literal, or under ANSI_QUOTES an identifier
  after_escape,   ///< in a literal, right behind a backslash that escapes what comes here
  identifier,     ///< in `...`, or in "..." under ANSI_QUOTES
  comment,
  /// Behind text that is read differently from one server version to another, so that nobody can say: an executable
  /// comment (/*! /*M! /*+) that holds a quote or another comment, or "--" where the lexer may not see a comment.
  uncertain,
};

/// The place of a byte that would be inserted before each byte of `sql` (and one more, for the end).
[[nodiscard]] std::vector<SqlPlace> sql_places(std::string_view sql, SqlMode mode);

}  // namespace maproom::query
