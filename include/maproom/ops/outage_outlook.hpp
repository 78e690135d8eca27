#pragma once
// What becomes of a map's lookups while its database is away, in words for people (docs/operations.md, "While the
// database is away"). Pure.

#include <string>

#include "maproom/map/map.hpp"

namespace maproom::ops {

struct OutageOutlook {
  std::string found;   ///< of keys whose row was seen before: "flows ..." or "waits ..."
  std::string absent;  ///< of keys without a row, or never asked for
};

enum class Changes : bool { unseen, followed };
enum class Keys : bool { unknown, complete };

[[nodiscard]] OutageOutlook outage_outlook(const map::Freshness& freshness, map::WrongNotFound cost, Changes changes,
                                           Keys keys);

}  // namespace maproom::ops
