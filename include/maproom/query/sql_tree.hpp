#pragma once
// The tree of a SELECT as the part of MariaDB's grammar gives it that queries of mail tables are written in. Pure.
//
// It is made by read_sql() of a query template ("%%" is a percent sign, expansions stand in literals), for those who
// must know what a row of its result needs. What no rule asks about is one kind, `other`: it has no meaning here.

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "maproom/core/result.hpp"
#include "maproom/query/key_form.hpp"

namespace maproom::query {

/// From byte to byte of the template.
struct Place {
  std::size_t begin = 0;
  std::size_t end = 0;
};

struct Statement;

struct Expression {
  enum class Kind : unsigned char {
    column,
    text,        ///< a literal; its pieces
    number,      ///< its digits in `name`
    constant,    ///< NULL, TRUE, FALSE: `name`, small
    function,    ///< `name`, small; `parts` are the arguments
    all_of,      ///< AND
    any_of,      ///< OR
    negation,    ///< NOT
    comparison,  ///< `name`: =, <=>, <>, <, >, <=, >=
    like,        ///< two parts
    among,       ///< IN (...): the first part, and the others
    among_rows,  ///< IN (SELECT ...)
    between,
    is_null,
    is_not_null,
    exists,
    rows,   ///< (SELECT ...) as a value
    cases,  ///< CASE WHEN a THEN b ... ELSE c: a, b, ..., c; where there is no ELSE, c is NULL
    other,
  };
  Kind kind = Kind::other;
  std::string name{};                    ///< of a column its last part; of `other` a sign before one part
  std::vector<std::string> qualifier{};  ///< of a column: table, or schema and table
  std::vector<FormPiece> pieces{};       ///< of a text
  bool escapes = false;                  ///< of a text: it holds backslashes, which sql_mode decides about
  bool bracketed = false;                ///< it stands in parentheses
  bool whole = true;                     ///< of a function: all its arguments are `parts`
  std::vector<Expression> parts{};
  std::shared_ptr<const Statement> rows{};  ///< of exists, rows, among_rows
  Place place{};
};

/// What stands behind FROM.
struct Source {
  enum class Kind : unsigned char { table, rows, join, left_join, right_join };
  Kind kind = Kind::table;
  std::string schema{}, table{};
  std::string called{};                     ///< the alias, or the table's name
  std::shared_ptr<const Statement> rows{};  ///< a derived table
  std::vector<Source> parts{};              ///< of a join: left and right
  std::optional<Expression> on{};
  bool shares_columns = false;  ///< USING or NATURAL
  Place place{};
};

struct Select {
  struct Item {
    Expression value;
    std::string called;  ///< its alias, or the column's name; empty: neither
    bool star = false;   ///< "*", or "a.*"
  };
  std::vector<Item> items;
  std::optional<Source> from;
  std::optional<Expression> where;
  bool grouped = false;  ///< GROUP BY
  /// Behind SELECT, HAVING or ORDER BY stands a function that may be an aggregate: without GROUP BY there is one row
  /// then, whatever the tables hold.
  bool may_aggregate = false;
  Place place{};
};

struct Statement {
  std::vector<Select> arms;  ///< united by UNION, with or without ALL
};

/// Error: not understood; the detail names the piece and where it begins.
[[nodiscard]] Result<Statement> read_sql(std::string_view text);

/// A piece of a query for a message: its text, cut short, and where it stands.
[[nodiscard]] std::string piece_of(std::string_view text, Place place);

/// `name` as SQL reads it between backquotes.
[[nodiscard]] std::string quoted_name(std::string_view name);

}  // namespace maproom::query
