#pragma once
// Foreign keys: a change of a row may change rows of other tables that refer to it, and the binlog has no word of those
// (docs/freshness.md, section 1; seen also where other rows of that table have events in the same statement, and in a
// table that refers to itself). Pure.

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "maproom/feed/group.hpp"

namespace maproom::feed {

/// As information_schema has it.
struct ForeignKey {
  std::string database, table;          ///< whose rows refer
  std::string parent_database, parent;  ///< to rows of this one
  std::vector<std::string> columns;     ///< by these of its columns
  bool on_update = true;                ///< ON UPDATE may change rows; true as well where that is not to be seen
  bool on_delete = true;                ///< the same of ON DELETE
};

/// A table whose changes may change rows of a table that is read.
struct Parent {
  std::string database, name;
  std::size_t columns = 0;            ///< it has so many; 0: not known
  std::vector<std::size_t> referred;  ///< those by which it is referred to
  bool on_update = true, on_delete = true;
  friend bool operator==(const Parent&, const Parent&) = default;
};

/// The foreign keys that lead from one of `tables` (of a database and a name) upwards, over any number of tables.
[[nodiscard]] std::vector<ForeignKey> keys_upwards(const std::vector<std::pair<std::string, std::string>>& tables,
                                                   const std::vector<ForeignKey>& all);

/// May this change of a parent's rows change rows that refer to them?
[[nodiscard]] bool reaches_children(const Parent& parent, const Change& change);

}  // namespace maproom::feed
