#pragma once
// How old a map's answers may be, from its settings: for the registry that serves it, and for doctor that foretells an
// outage where no daemon can be asked.

#include "maproom/config/config.hpp"
#include "maproom/map/map.hpp"

namespace maproom::config {

/// `followed`: whether the change feed follows it, as [feed] wants it and the daemon can.
[[nodiscard]] map::Freshness freshness_of(const MapConfig& map, const FeedConfig& feed, bool followed);

}  // namespace maproom::config
