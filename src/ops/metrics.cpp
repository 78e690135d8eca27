#include "maproom/ops/metrics.hpp"

#include <array>

#include "maproom/feed/gtid.hpp"
#include "maproom/ops/exposition.hpp"

namespace maproom::ops {
namespace {

using resolver::MapCounters;
using resolver::Tier;
using enum Exposition::Type;

constexpr std::array<std::string_view, 3> answer_names{"found", "not_found", "temporary"};  // as Answer::Kind
constexpr std::array<std::pair<Tier, std::string_view>, 4> tiers{
    {{Tier::memory, "memory"}, {Tier::keys, "key_set"}, {Tier::redis, "redis"}, {Tier::database, "database"}}};

double seconds(std::chrono::nanoseconds duration) { return std::chrono::duration<double>(duration).count(); }
std::uint64_t flag(bool set) { return set ? 1 : 0; }

void lookups(Exposition& out, const MetricsView& view) {
  out.family(counter, "maproom_lookups_total", "Answers sent to Postfix, by map, protocol and kind of answer.");
  for (const auto& [name, map] : view.maps)
    for (std::size_t p = 0; p < resolver::protocol_names.size(); ++p)
      for (std::size_t a = 0; a < answer_names.size(); ++a)
        out.sample({{"map", name}, {"protocol", resolver::protocol_names[p]}, {"answer", answer_names[a]}},
                   map->counters->sent[p][a]);
  out.family(histogram, "maproom_lookup_duration_seconds",
             "Time from reading a request to its answer, by map and by the furthest tier that was asked.");
  for (const auto& [name, map] : view.maps)
    for (const auto& [tier, tier_name] : tiers) {
      const auto& took = map->counters->took_by(tier);
      const bool never = (tier == Tier::redis && view.redis == nullptr) || (tier == Tier::keys && !key_set_of(*map));
      if (!never || took.count() > 0) out.sample({{"map", name}, {"tier", tier_name}}, took);
    }
  out.family(counter, "maproom_temporary_errors_total", "Temporary errors, by map and reason.");
  for (const auto& [name, map] : view.maps)
    for (std::size_t t = 0; t < resolver::trouble_names.size(); ++t)
      out.sample({{"map", name}, {"reason", resolver::trouble_names[t]}}, map->counters->troubles[t]);
  out.family(counter, "maproom_candidates_total", "Candidate keys answered, by map and tier.");
  for (const auto& [name, map] : view.maps) {
    const auto& c = *map->counters;
    out.sample({{"map", name}, {"tier", "memory"}}, c.memory);
    out.sample({{"map", name}, {"tier", "key_set"}}, c.keys);
    out.sample({{"map", name}, {"tier", "redis"}}, c.redis);
    out.sample({{"map", name}, {"tier", "database"}}, c.database);
  }
}

void by_map(Exposition& out, const MetricsView& view, Exposition::Type type, std::string_view name,
            std::string_view help, std::uint64_t (*value)(const MapCounters&)) {
  out.family(type, name, help);
  for (const auto& [map_name, map] : view.maps) out.sample({{"map", map_name}}, value(*map->counters));
}

void staleness(Exposition& out, const MetricsView& view) {
  by_map(out, view, counter, "maproom_stale_total",
         "Candidates served past their time to live because the database could not say.",
         [](const MapCounters& c) { return c.stale; });
  out.family(gauge, "maproom_stale_age_seconds",
             "Age of the oldest stale answer served within the last one to two minutes; 0: none was.");
  for (const auto& [name, map] : view.maps)
    out.sample({{"map", name}}, seconds(map->counters->oldest_stale.at(view.now)));
  by_map(out, view, counter, "maproom_joined_total", "Lookups that waited for another one's query.",
         [](const MapCounters& c) { return c.joined; });
  by_map(out, view, counter, "maproom_too_long_total", "Answers too long for their protocol, or with a NUL.",
         [](const MapCounters& c) { return c.too_long; });
}

void trust(Exposition& out, const MetricsView& view) {
  out.family(gauge, "maproom_map_trusted",
             "Of client lists. 0: not served, since it answers every key or is unproven.");
  for (const auto& [name, map] : view.maps)
    if (map->map.guarded()) out.sample({{"map", name}}, flag(map->standing() == resolver::Trust::trusted));
  out.family(gauge, "maproom_map_refused", "Of client lists. 1: it answers every key, and is not served.");
  for (const auto& [name, map] : view.maps)
    if (map->map.guarded()) out.sample({{"map", name}}, flag(map->standing() == resolver::Trust::refused));
}

void key_sets(Exposition& out, const MetricsView& view) {
  const auto each = [&](std::string_view name, std::string_view help, auto value) {
    out.family(gauge, name, help);
    for (const auto& [map_name, map] : view.maps)
      if (const auto set = key_set_of(*map))
        out.sample({{"map", map_name}, {"of", to_string(set->of)}}, std::uint64_t{value(*set)});
  };
  using resolver::KeySetStatus;
  each("maproom_key_set_complete", "1: keys or domains that the database lacks are known without asking it.",
       [](const KeySetStatus& set) { return flag(set.complete); });
  each("maproom_key_set_keys", "Keys, or domains, in the map's sets.",
       [](const KeySetStatus& set) { return set.size; });
  each("maproom_key_set_bytes", "Memory of the map's sets.", [](const KeySetStatus& set) { return set.bytes; });
}

void caches(Exposition& out, const MetricsView& view) {
  out.family(gauge, "maproom_cache_entries", "Entries in memory.");
  out.sample({}, std::uint64_t{view.store.size()});
  out.family(gauge, "maproom_cache_bytes", "Bytes of the memory cache.");
  out.sample({}, view.store.bytes());
  out.family(counter, "maproom_cache_evictions_total", "Entries evicted from memory.");
  out.sample({}, view.store.evictions());
  if (view.redis == nullptr) return;
  const auto& c = *view.redis;
  out.family(gauge, "maproom_redis_connected", "1 while Redis answers.");
  out.sample({}, flag(c.connected));
  out.family(gauge, "maproom_redis_breaker_open",
             "1: Redis was too slow, and is left alone until a probe is answered.");
  out.sample({}, flag(c.breaker_open));
  out.family(counter, "maproom_redis_lookups_total", "Lookups in Redis, by result.");
  out.sample({{"result", "hit"}}, c.hits);
  out.sample({{"result", "miss"}}, c.misses);
  out.sample({{"result", "error"}}, c.errors);
  out.sample({{"result", "timeout"}}, c.timeouts);
  out.sample({{"result", "skipped"}}, c.skipped);
  out.family(counter, "maproom_redis_refused_writes_total", "Writes that Redis answered with an error.");
  out.sample({}, c.refused_writes);
}

void pools(Exposition& out, const MetricsView& view) {
  using Counters = backend::PoolCounters;
  const auto each = [&](Exposition::Type type, std::string_view name, std::string_view help, auto value) {
    out.family(type, name, help);
    for (const auto& [pool, c] : view.pools) out.sample({{"pool", pool}}, value(c));
  };
  each(gauge, "maproom_pool_down", "1: all hosts are away, or every query fails; answers come from the caches.",
       [](const Counters& c) { return flag(c.known_down); });
  each(gauge, "maproom_pool_open", "SQL connections open.", [](const Counters& c) { return std::uint64_t{c.open}; });
  each(gauge, "maproom_pool_busy", "SQL connections with a query under way.",
       [](const Counters& c) { return std::uint64_t{c.busy}; });
  each(gauge, "maproom_pool_waiting", "Lookups waiting for a SQL connection.",
       [](const Counters& c) { return std::uint64_t{c.waiting}; });
  each(histogram, "maproom_pool_wait_seconds", "How long lookups waited that found no SQL connection idle.",
       [](const Counters& c) -> const Histogram& { return c.waits; });
  each(counter, "maproom_pool_queries_total", "Queries sent.", [](const Counters& c) { return c.queries; });
  each(counter, "maproom_pool_errors_total", "Queries and connects that failed.",
       [](const Counters& c) { return c.errors; });
  each(counter, "maproom_pool_connects_total", "SQL connections made.", [](const Counters& c) { return c.connects; });
}

void feed(Exposition& out, const MetricsView& view) {
  if (!view.feed) return;
  const auto& feed = *view.feed;
  out.family(gauge, "maproom_feed_healthy", "1 while the feed proves that it sees every change.");
  out.sample({}, flag(feed.healthy));
  out.family(gauge, "maproom_feed_layout_known", "0: the tables' columns are not known, and every change drops all.");
  out.sample({}, flag(feed.layout_known));
  out.family(gauge, "maproom_feed_proof_age_seconds", "Time since the feed last proved that it sees every change.");
  out.sample({}, seconds(feed.proven_ago));
  out.family(gauge, "maproom_feed_lag_seconds", "Of the last change: from its event to its being visible.");
  out.sample({}, seconds(feed.lag));
  const auto position = [&](std::string_view name, std::string_view help, const std::string& text) {
    const auto parsed = feed::Position::parse(text);
    out.family(gauge, name, help);
    if (!parsed) return;
    for (const auto& gtid : parsed->gtids()) out.sample({{"domain", std::to_string(gtid.domain)}}, gtid.sequence);
  };
  position("maproom_feed_position", "Sequence number of the last change seen (GTID), by domain.", feed.position);
  position("maproom_feed_confirmed_position", "Sequence number of the last change known to be visible, by domain.",
           feed.confirmed);
  out.family(counter, "maproom_feed_groups_total", "Event groups (transactions) seen.");
  out.sample({}, feed.groups);
  out.family(counter, "maproom_feed_eras_total", "New beginnings: each makes what was cached before suspect.");
  out.sample({}, feed.eras);
  out.family(counter, "maproom_feed_reconnects_total", "Connections of the feed that ended.");
  out.sample({}, feed.reconnects);
  out.family(counter, "maproom_dropped_total", "Drops of answers that a change touched (a key, or a whole table's).");
  for (const auto& [name, map] : view.maps) {
    std::uint64_t drops = 0;
    for (const auto& table : map->tables)
      if (const auto* followed = table.followed()) drops += followed->drops;
    out.sample({{"map", name}}, drops);
  }
}

void service(Exposition& out, const MetricsView& view) {
  out.family(gauge, "maproom_connections", "Postfix connections.");
  out.sample({}, std::uint64_t{view.connections});
  out.family(counter, "maproom_requests_total", "Requests read.");
  out.sample({}, view.requests);
  out.family(counter, "maproom_protocol_errors_total", "Malformed requests.");
  out.sample({}, view.protocol_errors);
  out.family(counter, "maproom_unknown_map_total", "Requests for a map that is not configured.");
  out.sample({}, view.unknown_maps);
  out.family(gauge, "maproom_build_info", "Always 1; what runs here.");
  out.sample({{"version", MAPROOM_VERSION}, {"compiler", __VERSION__}}, std::uint64_t{1});
  const auto& p = view.process;
  out.family(counter, "process_cpu_seconds_total", "Processor time, of user and system.");
  out.sample({}, p.cpu_seconds);
  out.family(gauge, "process_start_time_seconds", "When it was started, since 1970.");
  out.sample({}, p.start_seconds);
  out.family(gauge, "process_resident_memory_bytes", "Memory that is resident.");
  out.sample({}, p.resident_bytes);
  out.family(gauge, "process_virtual_memory_bytes", "Address space.");
  out.sample({}, p.virtual_bytes);
  out.family(gauge, "process_open_fds", "File descriptors open.");
  out.sample({}, p.open_descriptors);
  out.family(gauge, "process_max_fds", "File descriptors that it may open.");
  out.sample({}, p.most_descriptors);
}

}  // namespace

std::string metrics_text(const MetricsView& view) {
  Exposition out;
  lookups(out, view);
  staleness(out, view);
  trust(out, view);
  key_sets(out, view);
  caches(out, view);
  pools(out, view);
  feed(out, view);
  service(out, view);
  return std::move(out).text();
}

}  // namespace maproom::ops
