#pragma once
// What a statement that stands in the binlog may have changed. Pure.
//
// The server writes down statements that are no row changes: DDL, statements about accounts, marks of a transaction,
// and under binlog_format STATEMENT or MIXED all others. Only a short list is known to change no row; whatever is not
// on it, or not spelled as there (ANALYZE FORMAT=JSON UPDATE, FLUSH TABLES, a comment that is executed), may change
// everything.

#include <cstdint>
#include <string>
#include <string_view>

namespace maproom::feed {

enum class StatementKind : std::uint8_t {
  nothing,     ///< changes no row, no table, no right
  end,         ///< COMMIT or ROLLBACK: the end of an event group
  xa,          ///< XA START, END, PREPARE, COMMIT, ROLLBACK
  rights,      ///< who may read what; no row
  rows,        ///< rows of any table; no table's columns
  everything,  ///< rows, columns, and what tables there are
};

[[nodiscard]] StatementKind kind_of(std::string_view statement);

/// Its first words in upper case, one blank between them.
[[nodiscard]] std::string first_words(std::string_view statement, int count);

}  // namespace maproom::feed
