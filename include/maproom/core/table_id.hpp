#pragma once
// TableId: the name of a table's definition, in the caches and in the ledger. Pure.

#include <string>
#include <vector>

#include "maproom/core/table_id.hpp"

namespace maproom {

/// Equal definitions (query, result rule, database, hosts) share entries, on every daemon; a changed definition never
/// sees old ones. The first 16 hexadecimal digits of a SHA-256.
using TableId = std::string;

/// From everything that decides a key's value. Each field counts with its length, so that no two lists of fields read
/// alike.
[[nodiscard]] TableId table_id(const std::vector<std::string>& fields);

}  // namespace maproom
