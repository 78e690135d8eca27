#include "flight.hpp"

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "maproom/core/clock.hpp"
#include "maproom/core/log.hpp"
#include "maproom/core/mark.hpp"
#include "maproom/core/spawn.hpp"

namespace maproom::resolver {
namespace asio = boost::asio;

asio::awaitable<Result<Resolver::Part>> Resolver::ask(std::shared_ptr<ServedMap> map, std::size_t table,
                                                      std::string key, map::Freshness freshness,
                                                      backend::Deadline deadline, TimePoint since) {
  if (const auto& text = map->map.tables[table].text; text != nullptr) {
    if (text->table == nullptr) co_return fail(Errc::unavailable, map->map.tables[table].origin + ": not read yet");
    Part part;
    part.tier = Tier::text;
    part.born = Clock::now();
    if (const auto* value = text->table->find(key)) part.value = *value;
    co_return part;
  }
  if (auto part = from_store(*map, table, key, freshness, Staleness::fresh_only); part && part->born >= since)
    co_return std::move(*part);
  if (auto part = from_keys(*map, table, key, Staleness::fresh_only)) co_return std::move(*part);
  if (Clock::now() >= deadline) co_return fail(Errc::timeout, "lookup deadline passed");
  const auto asked = Clock::now();
  const auto flight = join(map, table, std::move(key), freshness, deadline, false, since);
  if (!flight->outcome) {
    boost::system::error_code ignored;
    co_await flight->done.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
  }
  Result<Part> outcome =
      flight->outcome ? *flight->outcome : Result<Part>{fail(Errc::timeout, "lookup deadline passed")};
  if (outcome) {
    outcome->joined = flight->begun < asked;
    co_return outcome;
  }
  if (auto part = from_store(*map, table, flight->key, freshness, Staleness::stale_too)) co_return std::move(*part);
  if (auto part = from_keys(*map, table, flight->key, Staleness::stale_too)) co_return std::move(*part);
  co_return outcome;
}

std::optional<Resolver::Part> Resolver::from_store(const ServedMap& map, std::size_t table, std::string_view key,
                                                   const map::Freshness& freshness, Staleness staleness) {
  const auto held = usable(map, table, key, freshness, Clock::now(), staleness);
  if (!held) return std::nullopt;
  Part part;
  part.value = held->entry->value;
  part.stale = held->stale;
  part.suspect = held->suspect;
  part.by_feed = held->by_feed;
  part.born = held->entry->born;
  part.mark = held->entry->mark;
  part.read = held->entry->read;
  return part;
}

std::optional<Resolver::Part> Resolver::from_keys(const ServedMap& map, std::size_t table, std::string_view key,
                                                  Staleness staleness) const {
  const auto now = Clock::now();
  if (!surely_absent(map, table, key, now, staleness)) return std::nullopt;
  Part part;
  part.tier = Tier::keys;
  part.stale = !ledger_.healthy(now);
  part.by_feed = !part.stale;
  part.born = part.stale ? ledger_.proven() : now;
  part.mark = ledger_.dispatched();  // the set lacks every key that was touched up to here
  return part;
}

std::shared_ptr<Resolver::Flight> Resolver::join(const std::shared_ptr<ServedMap>& map, std::size_t table,
                                                 std::string key, const map::Freshness& freshness,
                                                 backend::Deadline deadline, bool refresh, TimePoint since) {
  // The map's address stands in the name, so that only lookups with the same times to live wait for one another.
  auto name = std::to_string(reinterpret_cast<std::uintptr_t>(map.get())) + ':' + std::to_string(table) + ':' + key;
  auto& slot = flights_[name];
  // A query that may have read the row before its last change would answer a lookup that began after it.
  const auto too_old = [this](const Flight& flight) {
    return flight.mark && flight.followed() != nullptr && !ledger_.holds(*flight.followed(), flight.key, *flight.mark);
  };
  if (slot && slot->begun >= since && !too_old(*slot)) {
    if (!refresh) ++map->counters->joined;
    return slot;
  }
  auto flight = slot = std::make_shared<Flight>(executor_, deadline);
  flight->map = map;
  flight->table = table;
  flight->key = std::move(key);
  flight->freshness = freshness;
  flight->name = std::move(name);
  flight->begun = Clock::now();
  flight->refresh = refresh || since != TimePoint{};
  flight->forgotten = forgotten_;
  spawn(executor_, "flight", fly(flight));
  return flight;
}

asio::awaitable<void> Resolver::fly(std::shared_ptr<Flight> flight) {
  const auto& served = *flight->map;
  const auto& id = served.map.tables[flight->table].id;
  const auto& table = *served.map.tables[flight->table].table;
  const auto* const followed = flight->followed();
  const auto redis = redis_;
  // An exception is a bug, and spawn logs it; those who wait get a temporary error, and the next lookup flies anew.
  struct Landing {
    Resolver& resolver;
    std::shared_ptr<Flight> flight;
    ~Landing() {
      if (!flight->outcome) flight->outcome = Result<Part>{fail(Errc::bad_data, "internal error")};
      // A later flight for the same key may have taken its place.
      const auto named = resolver.flights_.find(flight->name);
      if (named != resolver.flights_.end() && named->second == flight) resolver.flights_.erase(named);
      flight->done.cancel();
    }
  } landing{*this, flight};

  if (redis != nullptr && !flight->refresh) {
    const bool answered = co_await fly_to_redis(flight);
    if (answered) co_return;
  }

  Part part;
  part.tier = Tier::database;
  const auto mark = followed != nullptr ? ledger_.now() : std::optional<Mark>{0};
  const auto tag = followed != nullptr ? ledger_.tag() : std::string{};
  part.mark = mark.value_or(0);
  flight->mark = part.mark;
  part.born = Clock::now();
  auto fetched = co_await served.backends[flight->table]->fetch(table.query(), flight->key, flight->deadline);
  if (!fetched) {
    flight->outcome = Result<Part>{fetched.error()};
    log_limited(LogLevel::warning, "lookup_failed", served.map.name,
                fmt::format("map={} host_error=\"{}\"", served.map.name, fetched.error().detail));
    co_return;
  }
  part.read = Clock::now();
  auto value = table.value(fetched->rows, flight->key);
  if (!value) {
    flight->outcome = Result<Part>{value.error()};
    log_limited(LogLevel::error, "bad_rows", served.map.name,
                fmt::format("map={} table=\"{}\" what=\"{}\"", served.map.name, served.map.tables[flight->table].origin,
                            value.error().detail));
    co_return;
  }
  part.value = std::move(*value);
  part.statement = std::move(fetched->statement);
  part.host = std::move(fetched->host);
  part.rows = fetched->rows.rows.size();
  const auto source =
      followed != nullptr && follower_ != nullptr ? follower_->source(fetched->server) : feed::Source::followed;
  if (source == feed::Source::other && !part.value) {
    flight->outcome = Result<Part>{
        fail(Errc::unavailable, part.host + " may lack changes that were already seen; \"not found\" is not believed")};
    log_limited(LogLevel::warning, "host_behind", part.host,
                fmt::format("host={} map={} what=\"its replica has not caught up\"", part.host, served.map.name));
    co_return;
  }
  const bool true_still =
      followed == nullptr || (source == feed::Source::followed && mark && ledger_.holds(*followed, flight->key, *mark));
  if (true_still && flight->forgotten == forgotten_) {
    cache::Entry entry{part.value, part.born, part.mark, part.read};
    const bool tagged = followed != nullptr && followed->long_lived;
    const auto keep =
        tagged ? flight->freshness.keep_followed(entry.positive()) : flight->freshness.keep(entry.positive());
    if (redis != nullptr) redis->put(id, flight->key, {entry, tag}, keep);
    store_.put(id, flight->key, std::move(entry));
  }
  flight->outcome = Result<Part>{std::move(part)};
}

asio::awaitable<bool> Resolver::fly_to_redis(std::shared_ptr<Flight> flight) {
  const auto& id = flight->map->map.tables[flight->table].id;
  auto found = co_await redis_->get(id, flight->key);
  if (!found || flight->forgotten != forgotten_) co_return false;
  if (const auto* followed = flight->followed(); followed != nullptr) {
    const auto mark = accept(*followed, flight->key, found->tag);
    if (!mark) co_return false;
    found->entry.mark = *mark;
  }
  found->entry.read = Clock::now();
  store_.put(id, flight->key, std::move(found->entry));
  auto part = from_store(*flight->map, flight->table, flight->key, flight->freshness, Staleness::fresh_only);
  if (!part) co_return false;
  part->tier = Tier::redis;
  flight->outcome = Result<Part>{std::move(*part)};
  co_return true;
}

std::optional<Mark> Resolver::accept(const feed::Ledger::Table& followed, std::string_view key,
                                     const std::string& tag) const {
  // Without a feed so far nothing is known to have changed, and the age alone counts.
  if (!ledger_.has_ever_followed()) return ledger_.dispatched();
  // Entries without a position cannot be compared with what was dropped, nor can those of another history.
  const auto mark = ledger_.mark_of(tag);
  if (!mark || !ledger_.holds(followed, key, *mark)) return std::nullopt;
  return mark;
}

}  // namespace maproom::resolver
