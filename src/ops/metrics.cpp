#include "maproom/ops/metrics.hpp"

#include <prometheus/metric_family.h>
#include <prometheus/text_serializer.h>

namespace maproom::ops {
namespace {

using Labels = std::vector<std::pair<std::string, std::string>>;

class Families {
 public:
  void add(const std::string& name, const std::string& help, prometheus::MetricType type, const Labels& labels,
           std::uint64_t value) {
    if (all_.empty() || all_.back().name != name) {
      auto same = all_.begin();
      while (same != all_.end() && same->name != name) ++same;
      if (same != all_.end()) return append(*same, labels, value);
      all_.push_back({});
      all_.back().name = name;
      all_.back().help = help;
      all_.back().type = type;
    }
    append(all_.back(), labels, value);
  }
  void counter(const std::string& name, const std::string& help, const Labels& labels, std::uint64_t value) {
    add(name, help, prometheus::MetricType::Counter, labels, value);
  }
  void gauge(const std::string& name, const std::string& help, const Labels& labels, std::uint64_t value) {
    add(name, help, prometheus::MetricType::Gauge, labels, value);
  }
  [[nodiscard]] std::string text() const { return prometheus::TextSerializer{}.Serialize(all_); }

 private:
  static void append(prometheus::MetricFamily& family, const Labels& labels, std::uint64_t value) {
    prometheus::ClientMetric metric;
    for (const auto& [label, text] : labels) metric.label.push_back({label, text});
    if (family.type == prometheus::MetricType::Counter)
      metric.counter.value = static_cast<double>(value);
    else
      metric.gauge.value = static_cast<double>(value);
    family.metric.push_back(std::move(metric));
  }
  std::vector<prometheus::MetricFamily> all_;
};

}  // namespace

std::string metrics_text(const resolver::Registry& registry, const cache::Store& store, const cache::RedisTier* redis,
                         const std::vector<std::pair<std::string, const backend::Pool*>>& pools,
                         const net::SessionSet& sessions, const std::optional<feed::FeedStatus>& feed) {
  Families f;
  for (const auto& [name, map] : registry) {
    const auto& c = *map->counters;
    const auto answers = [&](const char* kind, std::uint64_t n) {
      f.counter("maproom_answers_total", "Answers given, by map and kind.", {{"map", name}, {"kind", kind}}, n);
    };
    answers("found", c.found);
    answers("not_found", c.not_found);
    answers("temporary", c.temporary);
    const auto tiers = [&](const char* tier, std::uint64_t n) {
      f.counter("maproom_candidates_total", "Candidate keys answered, by map and tier.",
                {{"map", name}, {"tier", tier}}, n);
    };
    tiers("memory", c.memory);
    tiers("redis", c.redis);
    tiers("database", c.database);
    tiers("key_set", c.keys);
    if (const auto set = resolver::key_set_of(*map)) {
      const Labels labels{{"map", name}, {"of", std::string{to_string(set->of)}}};
      f.gauge("maproom_key_set_complete", "1: keys or domains that the database lacks are known without asking it.",
              labels, set->complete ? 1 : 0);
      f.gauge("maproom_key_set_keys", "Keys, or domains, in the map's sets.", labels, set->size);
      f.gauge("maproom_key_set_bytes", "Memory of the map's sets.", labels, set->bytes);
    }
    f.counter("maproom_stale_total", "Candidates served past their time to live because the database could not say.",
              {{"map", name}}, c.stale);
    f.counter("maproom_joined_total", "Lookups that waited for another one's query.", {{"map", name}}, c.joined);
    f.counter("maproom_too_long_total", "Answers too long for their protocol.", {{"map", name}}, c.too_long);
    std::uint64_t drops = 0;
    for (const auto& table : map->tables)
      if (const auto* followed = table.followed()) drops += followed->drops;
    if (feed)
      f.counter("maproom_dropped_total", "Drops of answers that a change touched (a key, or a whole table's).",
                {{"map", name}}, drops);
    if (map->map.guarded())
      f.gauge("maproom_map_trusted", "0: the map answers every key and is not served.", {{"map", name}},
              map->trust == resolver::Trust::trusted ? 1 : 0);
  }
  f.gauge("maproom_cache_entries", "Entries in memory.", {}, store.size());
  f.gauge("maproom_cache_bytes", "Bytes of the memory cache.", {}, store.bytes());
  f.counter("maproom_cache_evictions_total", "Entries evicted from memory.", {}, store.evictions());
  if (redis != nullptr) {
    const auto& c = redis->counters();
    f.gauge("maproom_redis_connected", "1 while Redis answers.", {}, c.connected ? 1 : 0);
    const auto results = [&](const char* result, std::uint64_t n) {
      f.counter("maproom_redis_lookups_total", "Lookups in Redis, by result.", {{"result", result}}, n);
    };
    results("hit", c.hits);
    results("miss", c.misses);
    results("error", c.errors);
    results("timeout", c.timeouts);
    results("skipped", c.skipped);
  }
  for (const auto& [name, pool] : pools) {
    const auto c = pool->counters();
    f.gauge("maproom_pool_open", "SQL connections open.", {{"pool", name}}, c.open);
    f.gauge("maproom_pool_busy", "SQL connections with a query under way.", {{"pool", name}}, c.busy);
    f.gauge("maproom_pool_waiting", "Lookups waiting for a SQL connection.", {{"pool", name}}, c.waiting);
    f.counter("maproom_pool_queries_total", "Queries sent.", {{"pool", name}}, c.queries);
    f.counter("maproom_pool_errors_total", "Queries and connects that failed.", {{"pool", name}}, c.errors);
    f.counter("maproom_pool_connects_total", "SQL connections made.", {{"pool", name}}, c.connects);
  }
  if (feed) {
    f.gauge("maproom_feed_healthy", "1 while the feed proves that it sees every change.", {}, feed->healthy ? 1 : 0);
    f.counter("maproom_feed_groups_total", "Event groups (transactions) seen.", {}, feed->groups);
    f.counter("maproom_feed_eras_total", "New beginnings: each makes what was cached before suspect.", {}, feed->eras);
    f.counter("maproom_feed_reconnects_total", "Connections of the feed that ended.", {}, feed->reconnects);
    f.gauge("maproom_feed_lag_microseconds", "Of the last change: from its event to its being visible.", {},
            static_cast<std::uint64_t>(feed->lag.count()));
  }
  f.gauge("maproom_connections", "Postfix connections.", {}, sessions.size());
  f.counter("maproom_requests_total", "Requests read.", {}, sessions.requests);
  f.counter("maproom_protocol_errors_total", "Malformed requests.", {}, sessions.protocol_errors);
  return f.text();
}

}  // namespace maproom::ops
