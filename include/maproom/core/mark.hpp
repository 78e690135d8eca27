#pragma once
// Mark: the number of a change in this process. Every event group that the feed hands over gets the next one; a cached
// answer bears the mark up to which it is known to be true. 0: before any change.

#include <cstdint>

namespace maproom {

using Mark = std::uint64_t;

}  // namespace maproom
