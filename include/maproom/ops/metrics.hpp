#pragma once
// metrics_text: every counter in Prometheus' text format; names and meanings are listed in docs/operations.md.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "maproom/backend/pool.hpp"
#include "maproom/cache/redis_tier.hpp"
#include "maproom/cache/store.hpp"
#include "maproom/core/clock.hpp"
#include "maproom/feed/feed.hpp"
#include "maproom/ops/process_facts.hpp"
#include "maproom/resolver/served_map.hpp"

namespace maproom::ops {

/// What is counted, as it stands at `now`. Read once; nothing of it is kept.
struct MetricsView {
  const resolver::Registry& maps;
  const cache::Store& store;
  const cache::RedisCounters* redis = nullptr;  ///< null: not configured
  std::vector<std::pair<std::string, backend::PoolCounters>> pools{};
  std::optional<feed::FeedStatus> feed{};
  std::size_t connections = 0;
  std::uint64_t requests = 0, protocol_errors = 0, unknown_maps = 0;
  ProcessFacts process{};
  TimePoint now{};
};

[[nodiscard]] std::string metrics_text(const MetricsView& view);

}  // namespace maproom::ops
