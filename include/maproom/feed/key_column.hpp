#pragma once
// key_column_of: for a query of the simple shape SELECT ... FROM table WHERE column = '%s' [AND ...], the column that
// holds the key. Pure.
//
// With the whole key compared to one column, and every other condition joined to it by AND, only rows whose column
// equals the key can touch its answer. Anything that is not plainly of this shape has none: a second table, OR, a
// subquery, a comment, a function round the column.

#include <optional>
#include <string_view>

#include "maproom/feed/watch.hpp"

namespace maproom::feed {

[[nodiscard]] std::optional<KeyColumn> key_column_of(std::string_view query);

}  // namespace maproom::feed
