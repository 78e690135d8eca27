// May a client list be trusted? See Trust.

#include <spdlog/spdlog.h>

#include <array>

#include "flight.hpp"
#include "maproom/core/clock.hpp"

namespace maproom::resolver {
namespace asio = boost::asio;

asio::awaitable<void> Resolver::prove(std::shared_ptr<ServedMap> map) {
  if (!map->map.guarded()) co_return;
  // ".invalid" is nobody's (RFC 6761), so a table that finds it finds everything.
  static constexpr std::array<std::string_view, 2> probes{"unknown", "maproom-probe.invalid"};
  auto freshness = map->map.freshness;
  // That it did not answer them an hour ago still tells the definition from an open relay while the database is away.
  freshness.stale_negative_limit = freshness.stale_limit;
  // A refused map is asked again in earnest: its owner is mending it right now.
  if (map->trust == Trust::refused) freshness.positive_ttl = freshness.stale_limit = freshness.followed_ttl = {};
  for (std::size_t table = 0; table < map->map.tables.size(); ++table) {
    for (const auto probe : probes) {
      if (!map->map.tables[table].asks(probe)) continue;
      auto part = co_await ask(map, table, std::string{probe}, freshness, Clock::now() + map->map.deadline);
      if (!part) co_return;  // no word from the database: what was known stays known
      if (!part->value) continue;
      if (map->trust != Trust::refused)
        spdlog::error(
            "event=map_refused map={} table=\"{}\" key={} what=\"the table answers a key that is no address: every "
            "client "
            "could relay; mend its query; temporary errors until then\"",
            map->map.name, map->map.tables[table].origin, probe);
      map->trust = Trust::refused;
      co_return;
    }
  }
  if (map->trust == Trust::refused) spdlog::warn("event=map_trusted map={} what=\"served again\"", map->map.name);
  map->trust = Trust::trusted;
  map->proven = Clock::now();
}

}  // namespace maproom::resolver
