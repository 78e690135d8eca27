#pragma once
// Texts that a query makes of one table's row, or of the key alone, and conditions on one table alone.

#include <optional>
#include <string>
#include <vector>

#include "sql_scope.hpp"

namespace maproom::query {

struct RowText {
  const TableRef* table = nullptr;  ///< a base table; null: a constant
  std::string sql{};                ///< where that table alone is read
  std::vector<std::string> columns{};
  std::vector<RowPiece> pieces{};  ///< see ListingPart::row
  bool is_column = false;          ///< nothing but a column, and compared in its own collation: equal ones are one key
  bool nullable = false;           ///< its table may stand there without a row: all is NULL then
};

/// What the value may be, where a row makes it; several where it comes out of a UNION. Empty: not understood.
[[nodiscard]] std::vector<RowText> row_texts(const Expression& value, const Scope& scope, const Scopes& scopes);

/// nullopt: there is more in it than the key and texts.
[[nodiscard]] std::optional<KeyForm> form_of(const Expression& value);

/// The condition, if it reads this table and constants, with what depends on nothing else. `columns`: those it reads.
[[nodiscard]] std::optional<std::string> condition_on(const Expression& condition, const Scope& scope,
                                                      const TableRef& table, const Scopes& scopes,
                                                      std::vector<std::string>& columns);

}  // namespace maproom::query
