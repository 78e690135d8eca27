#pragma once
// metrics_text: every counter in Prometheus' text format; names and meanings are listed in docs/operations.md.

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "maproom/backend/pool.hpp"
#include "maproom/cache/redis_tier.hpp"
#include "maproom/cache/store.hpp"
#include "maproom/feed/feed.hpp"
#include "maproom/net/session_set.hpp"
#include "maproom/resolver/served_map.hpp"

namespace maproom::ops {

[[nodiscard]] std::string metrics_text(const resolver::Registry& registry, const cache::Store& store,
                                       const cache::RedisTier* redis,
                                       const std::vector<std::pair<std::string, const backend::Pool*>>& pools,
                                       const net::SessionSet& sessions, const std::optional<feed::FeedStatus>& feed);

}  // namespace maproom::ops
