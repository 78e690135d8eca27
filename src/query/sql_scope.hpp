#pragma once
// Whose column a name is: the tables behind FROM, and what a column of a derived table is made of.

#include <deque>
#include <optional>
#include <string>
#include <vector>

#include "maproom/query/listing.hpp"
#include "maproom/query/sql_tree.hpp"

namespace maproom::query {

struct Scope;

/// A table behind FROM. Each has an identity of its own: `alias a, alias b` are two.
struct TableRef {
  const Source* source = nullptr;
  bool nullable = false;  ///< behind an outer join: it may stand there without a row
  struct Arm {
    const Select* select;
    const Scope* scope;
  };
  std::vector<Arm> arms;  ///< of a derived table
};

struct Scope {
  const Scope* outer = nullptr;
  std::vector<const TableRef*> tables;
};

/// A column: of a base table, or an item of a derived one.
struct Resolved {
  const TableRef* table = nullptr;
  std::string column;
};

class Scopes {
 public:
  explicit Scopes(const ColumnsOf& columns_of) : columns_of_{columns_of} {}
  /// What `select` sees. It must outlive this.
  const Scope& open(const Select& select, const Scope* outer);
  /// nullopt: not certain.
  [[nodiscard]] std::optional<Resolved> resolve(const Expression& column, const Scope& scope) const;
  [[nodiscard]] static bool is_base(const TableRef& table) { return table.source->kind == Source::Kind::table; }
  /// The items of that name, one for each arm; empty: not certain.
  struct Made {
    const Expression* value;
    const Scope* scope;
  };
  [[nodiscard]] static std::vector<Made> made_of(const Resolved& column);

 private:
  enum class Has : unsigned char { yes, no, perhaps };
  void add(const Source& source, bool nullable, Scope& scope);
  [[nodiscard]] Has has(const TableRef& table, const std::string& column) const;

  const ColumnsOf& columns_of_;
  std::deque<Scope> scopes_;
  std::deque<TableRef> tables_;
};

/// Without GROUP BY, and perhaps with an aggregate: one row comes whatever the tables hold.
[[nodiscard]] inline bool gives_a_row_always(const Select& select) { return select.may_aggregate && !select.grouped; }

}  // namespace maproom::query
