#pragma once
// table_id: the name of a table's definition in the caches. Pure.

#include <string>
#include <vector>

#include "maproom/cache/entry.hpp"

namespace maproom::cache {

/// From everything that decides a key's value. Each field counts with its length, so that no two lists of fields read
/// alike.
[[nodiscard]] TableId table_id(const std::vector<std::string>& fields);

}  // namespace maproom::cache
