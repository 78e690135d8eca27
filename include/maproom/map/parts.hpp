#pragma once
// The cost of a key's parents. A name of N labels stands for N candidates, each a piece of it: what a stranger sends as
// "a.a.a..." would cost the square of its length in memory, and a query for each. Pure.

#include <cstddef>
#include <string_view>

#include "maproom/map/profile.hpp"

namespace maproom::map {

/// Bytes of all candidates that come of a name's parents, at most. A name of the DNS has 255 bytes and 127 labels, half
/// of this.
inline constexpr std::size_t most_parent_bytes = 64 * 1024;

/// true: this key's parents are more than that, so that what a table says of them is not asked. Cost: the key's length,
/// and nothing for keys that a name of the DNS fits into.
[[nodiscard]] bool too_many_parents(const Profile& profile, std::string_view key);

}  // namespace maproom::map
