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
#include "maproom/map/candidates.hpp"
#include "maproom/map/file_table.hpp"
#include "maproom/map/table.hpp"

namespace maproom::resolver {

/// Rows of a database, asked with SQL.
struct SqlTable {
  TableId id;  ///< equal definitions share their entries in the caches
  map::Table definition;
  std::shared_ptr<backend::Backend> database;
  std::shared_ptr<feed::Ledger::Table> followed;  ///< null: its changes are not followed
};

/// Lines of a file. They stand in memory, and need neither cache nor database.
using LinesOfFile = std::shared_ptr<const map::CurrentFile>;

struct ServedTable {
  std::variant<SqlTable, LinesOfFile> rows;
  std::string origin;  ///< "FILE:LINE" or the file, for messages

  /// Null: a file.
  [[nodiscard]] const SqlTable* sql() const noexcept { return std::get_if<SqlTable>(&rows); }
  [[nodiscard]] SqlTable* sql() noexcept { return std::get_if<SqlTable>(&rows); }
  /// What the file says at present; null: of SQL, or not read yet.
  [[nodiscard]] const std::shared_ptr<const map::FileTable>& file() const noexcept {
    static const std::shared_ptr<const map::FileTable> none;
    const auto* current = std::get_if<LinesOfFile>(&rows);
    return current == nullptr ? none : (*current)->table;
  }
  /// Postfix asks it the whole key alone, and does not fold it.
  [[nodiscard]] bool is_pattern() const noexcept {
    const auto* current = std::get_if<LinesOfFile>(&rows);
    return current != nullptr && map::is_pattern((*current)->kind);
  }
  /// Null: of SQL, or its changes are not followed.
  [[nodiscard]] const feed::Ledger::Table* followed() const noexcept {
    const auto* table = sql();
    return table == nullptr ? nullptr : table->followed.get();
  }
  /// The candidate as this table is asked for it; empty: it is not.
  [[nodiscard]] const std::string& key_of(const map::Candidate& candidate) const noexcept {
    return is_pattern() ? candidate.whole : candidate.key;
  }
  /// false: Postfix's own table would say "not found" to this key of its own without looking.
  [[nodiscard]] bool asks(std::string_view key) const {
    const auto* table = sql();
    return table == nullptr ? !key.empty() : table->definition.asks(key);
  }
};

}  // namespace maproom::resolver
