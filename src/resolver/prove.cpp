// May a client list be trusted? See Trust.

#include <spdlog/spdlog.h>

#include <array>

#include "maproom/core/clock.hpp"
#include "maproom/resolver/resolver.hpp"
#include "maproom/resolver/walk.hpp"

namespace maproom::resolver {
namespace asio = boost::asio;

asio::awaitable<void> Resolver::prove(std::shared_ptr<ServedMap> map, backend::Deadline deadline) {
  if (!map->map.guarded()) co_return;
  // ".invalid" is nobody's (RFC 6761), so a table that finds it finds everything.
  static const std::array<map::Candidate, 2> probes{
      map::Candidate{"unknown", {}, {}, "unknown"},
      map::Candidate{"maproom-probe.invalid", {}, {}, "maproom-probe.invalid"}};
  auto freshness = map->map.freshness;
  // That it did not answer them an hour ago still tells the definition from an open relay while the database is away.
  freshness.stale_negative_limit = freshness.stale_limit;
  // A refused map is asked again in earnest: its owner is mending it right now.
  if (map->trust == Trust::refused) freshness.positive_ttl = freshness.stale_limit = freshness.followed_ttl = {};
  auto files = map->files();  // one that is read again meanwhile is not proven by this
  for (const auto place : Walk{*map, probes}) {
    if (!place.asks) continue;
    Question question{map, place.table, place.key, freshness, deadline, {}};
    const auto part = co_await ask(std::move(question));
    if (!part) co_return;  // no word from the database: what was known stays known
    if (!part->value) continue;
    if (map->trust != Trust::refused)
      spdlog::error(
          "event=map_refused map={} table=\"{}\" key={} what=\"the table answers a key that is no address: every "
          "client "
          "could relay; mend its query or its lines; temporary errors until then\"",
          map->map.name, place.table.origin, place.candidate.key);
    map->trust = Trust::refused;
    map->proven_files = std::move(files);
    co_return;
  }
  if (map->trust == Trust::refused) spdlog::warn("event=map_trusted map={} what=\"served again\"", map->map.name);
  map->trust = Trust::trusted;
  map->proven = Clock::now();
  map->proven_files = std::move(files);
}

}  // namespace maproom::resolver
