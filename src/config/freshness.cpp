#include "maproom/config/freshness.hpp"

#include <algorithm>

namespace maproom::config {

map::Freshness freshness_of(const MapConfig& map, const FeedConfig& feed, bool followed) {
  const std::chrono::milliseconds followed_ttl = followed ? feed.followed_ttl : std::chrono::milliseconds{0};
  return {map.positive_ttl,
          map.negative_ttl,
          map.stale_limit,
          map.stale_negative_limit,
          followed_ttl,
          map::waits_in_outage(map::wrong_not_found(map.parameter))
              ? map.stale_negative_limit
              : std::max(map.stale_limit, map.stale_negative_limit),
          map.complete_keys != map::KeySet::none ? followed_ttl : std::chrono::milliseconds{0}};
}

}  // namespace maproom::config
