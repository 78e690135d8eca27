#pragma once
// ServedTable: one of a map's tables at work: its definition, and where its rows are. Made with the map; lookups hold
// the map, so that a table stays where it is for as long as one is under way.

#include <memory>
#include <string>
#include <string_view>
#include <variant>

#include "maproom/backend/backend.hpp"
#include "maproom/core/table_id.hpp"
#include "maproom/feed/ledger.hpp"
#include "maproom/map/table.hpp"
#include "maproom/map/text_table.hpp"

namespace maproom::resolver {

/// Rows of a database, asked with SQL.
struct SqlTable {
  TableId id;  ///< equal definitions share their entries in the caches
  map::Table definition;
  std::shared_ptr<backend::Backend> database;
  std::shared_ptr<feed::Ledger::Table> followed;  ///< null: its changes are not followed
};

/// Lines of a file. They stand in memory, and need neither cache nor database.
using TextTable = std::shared_ptr<const map::CurrentText>;

struct ServedTable {
  std::variant<SqlTable, TextTable> rows;
  std::string origin;  ///< "FILE:LINE" or the file, for messages

  /// Null: of text.
  [[nodiscard]] const SqlTable* sql() const noexcept { return std::get_if<SqlTable>(&rows); }
  [[nodiscard]] SqlTable* sql() noexcept { return std::get_if<SqlTable>(&rows); }
  /// What the file says at present; null: of SQL, or not read yet.
  [[nodiscard]] const std::shared_ptr<const map::TextTable>& text() const noexcept {
    static const std::shared_ptr<const map::TextTable> none;
    const auto* current = std::get_if<TextTable>(&rows);
    return current == nullptr ? none : (*current)->table;
  }
  /// Null: of SQL, or its changes are not followed.
  [[nodiscard]] const feed::Ledger::Table* followed() const noexcept {
    const auto* table = sql();
    return table == nullptr ? nullptr : table->followed.get();
  }
  /// false: Postfix's own table would say "not found" to this key without looking.
  [[nodiscard]] bool asks(std::string_view key) const {
    const auto* table = sql();
    return table == nullptr ? !key.empty() : table->definition.asks(key);
  }
};

}  // namespace maproom::resolver
