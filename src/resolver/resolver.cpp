#include "maproom/resolver/resolver.hpp"

#include <spdlog/spdlog.h>

#include <array>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "maproom/core/spawn.hpp"
#include "maproom/ops/log.hpp"

namespace maproom::resolver {
namespace asio = boost::asio;
using Clock = std::chrono::steady_clock;

/// What one table said about one candidate.
struct Resolver::Part {
  std::optional<std::string> value;
  Tier tier = Tier::memory;
  bool stale = false;
  cache::TimePoint born;
  std::string statement, host;
  std::size_t rows = 0;
};

/// One question to Redis and MariaDB that any number of lookups wait for. The timer is the condition variable: it ends
/// at the deadline whatever happens, and is cancelled when there is an outcome.
struct Resolver::Flight {
  Flight(const asio::any_io_executor& executor, backend::Deadline end) : done{executor, end}, deadline{end} {}
  asio::steady_timer done;
  backend::Deadline deadline;
  std::shared_ptr<ServedMap> map;
  std::size_t table = 0;
  std::string key;
  map::Freshness freshness;
  std::string name;  ///< in flights_
  std::uint64_t forgotten = 0;
  std::optional<Result<Part>> outcome;
};

Resolver::Resolver(asio::any_io_executor executor, cache::Store& store, std::shared_ptr<cache::RedisTier> redis)
    : executor_{std::move(executor)}, store_{store}, redis_{std::move(redis)} {}
Resolver::~Resolver() = default;

std::optional<Resolver::Part> Resolver::from_store(const ServedMap& map, std::size_t table, std::string_view key,
                                                   const map::Freshness& freshness, Staleness staleness) {
  const auto* entry = store_.get(map.map.tables[table].id, key);
  if (entry == nullptr) return std::nullopt;
  const auto age = Clock::now() - entry->born;
  const bool fresh = freshness.fresh(entry->positive(), age);
  if (!fresh && !(staleness == Staleness::stale_too && freshness.usable_stale(entry->positive(), age)))
    return std::nullopt;
  Part part;
  part.value = entry->value;
  part.stale = !fresh;
  part.born = entry->born;
  return part;
}

std::optional<Resolver::Known> Resolver::known(const ServedMap& map, const map::MapTable& table, std::string_view key,
                                               cache::TimePoint now) {
  if (table.is_text()) {
    if (table.text->table == nullptr) return std::nullopt;
    return Known{table.text->table->find(key)};
  }
  const auto* entry = store_.get(table.id, key);
  if (entry == nullptr || !map.map.freshness.fresh(entry->positive(), now - entry->born)) return std::nullopt;
  return Known{entry->positive() ? &*entry->value : nullptr};
}

std::optional<Answer> Resolver::from_memory(const ServedMap& map, std::string_view key) {
  if (map.trust != Trust::trusted) return std::nullopt;
  const auto now = Clock::now();
  std::uint64_t hits = 0;
  // The first table that holds a value; null: none does; nullopt: memory does not know.
  const auto walk = [&](std::string_view candidate) -> std::optional<Known> {
    for (const auto& table : map.map.tables) {
      if (!table.asks(candidate)) continue;
      const auto there = known(map, table, candidate, now);
      if (!there) return std::nullopt;
      ++hits;
      if (there->value != nullptr) return there;
    }
    return Known{nullptr};
  };
  const auto found = [&](std::string value) {
    map.counters->memory += hits;
    ++map.counters->found;
    return Answer::found(std::move(value));
  };
  if (map.map.plain_first_candidate(key, folded_)) {
    const auto there = walk(folded_);
    if (!there) return std::nullopt;
    if (there->value != nullptr) return found(*there->value);
    hits = 0;
  }
  for (const auto& candidate : map.map.candidates(key)) {
    const auto there = walk(candidate.key);
    if (!there) return std::nullopt;
    if (there->value != nullptr) return found(map.map.reply(candidate, *there->value));
  }
  map.counters->memory += hits;
  ++map.counters->not_found;
  return Answer::not_found();
}

asio::awaitable<Answer> Resolver::resolve(std::shared_ptr<ServedMap> map, std::string key, Trace* trace) {
  const auto deadline = Clock::now() + map->map.deadline;
  auto& counters = *map->counters;
  const auto candidates = map->map.candidates(key);
  if (!candidates.empty() && map->trust != Trust::trusted) {
    if (map->trust == Trust::unproven) co_await prove(map);
    if (map->trust != Trust::trusted) {
      ++counters.temporary;
      co_return Answer::temporary(map->trust == Trust::refused ? "map refused: it answers every key"
                                                               : "map not yet proven safe");
    }
  }
  for (const auto& candidate : candidates) {
    for (std::size_t table = 0; table < map->map.tables.size(); ++table) {
      if (!map->map.tables[table].asks(candidate.key)) {
        if (trace != nullptr) trace->steps.push_back({.candidate = candidate.key, .table = table, .asked = false});
        continue;
      }
      const auto begun = Clock::now();
      auto part = co_await ask(map, table, candidate.key, map->map.freshness, deadline);
      if (trace != nullptr) {
        Step step{.candidate = candidate.key, .table = table};
        step.took = std::chrono::duration_cast<std::chrono::microseconds>(Clock::now() - begun);
        if (part) {
          step.tier = part->tier;
          step.stale = part->stale;
          step.age = std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - part->born);
          step.statement = part->statement;
          step.host = part->host;
          step.rows = part->rows;
          step.value = part->value;
        } else {
          step.error = part.error().detail;
        }
        trace->steps.push_back(std::move(step));
      }
      if (!part) {
        ++counters.temporary;
        co_return Answer::temporary(part.error().detail);
      }
      switch (part->tier) {
        case Tier::memory:
        case Tier::text:
          ++counters.memory;
          break;
        case Tier::redis:
          ++counters.redis;
          break;
        case Tier::database:
          ++counters.database;
          break;
      }
      if (part->stale) ++counters.stale;
      if (!part->value) continue;
      ++counters.found;
      co_return Answer::found(map->map.reply(candidate, std::move(*part->value)));
    }
  }
  ++counters.not_found;
  co_return Answer::not_found();
}

asio::awaitable<Result<Resolver::Part>> Resolver::ask(std::shared_ptr<ServedMap> map, std::size_t table,
                                                      std::string key, map::Freshness freshness,
                                                      backend::Deadline deadline) {
  if (const auto& text = map->map.tables[table].text; text != nullptr) {
    if (text->table == nullptr) co_return fail(Errc::unavailable, map->map.tables[table].origin + ": not read yet");
    Part part;
    part.tier = Tier::text;
    part.born = Clock::now();
    if (const auto* value = text->table->find(key)) part.value = *value;
    co_return part;
  }
  if (auto part = from_store(*map, table, key, freshness, Staleness::fresh_only)) co_return std::move(*part);
  if (Clock::now() >= deadline) co_return fail(Errc::timeout, "lookup deadline passed");

  // The map's address stands in the name, so that only lookups with the same times to live wait for one another.
  auto name = std::to_string(reinterpret_cast<std::uintptr_t>(map.get())) + ':' + std::to_string(table) + ':' + key;
  auto& slot = flights_[name];
  std::shared_ptr<Flight> flight = slot;
  if (flight) {
    ++map->counters->joined;
  } else {
    flight = slot = std::make_shared<Flight>(executor_, deadline);
    flight->map = map;
    flight->table = table;
    flight->key = key;
    flight->freshness = freshness;
    flight->name = std::move(name);
    flight->forgotten = forgotten_;
    spawn(executor_, "flight", fly(flight));
  }
  if (!flight->outcome) {
    boost::system::error_code ignored;
    co_await flight->done.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
  }
  Result<Part> outcome =
      flight->outcome ? *flight->outcome : Result<Part>{fail(Errc::timeout, "lookup deadline passed")};
  if (outcome) co_return outcome;
  if (auto part = from_store(*map, table, key, freshness, Staleness::stale_too)) co_return std::move(*part);
  co_return outcome;
}

asio::awaitable<void> Resolver::fly(std::shared_ptr<Flight> flight) {
  const auto& served = *flight->map;
  const auto& id = served.map.tables[flight->table].id;
  const auto& table = *served.map.tables[flight->table].table;
  const auto redis = redis_;
  // An exception is a bug, and spawn logs it; those who wait get a temporary error, and the next lookup flies anew.
  struct Landing {
    Resolver& resolver;
    Flight& flight;
    ~Landing() {
      if (!flight.outcome) flight.outcome = Result<Part>{fail(Errc::bad_data, "internal error")};
      resolver.flights_.erase(flight.name);
      flight.done.cancel();
    }
  } landing{*this, *flight};

  if (redis != nullptr) {
    auto entry = co_await redis->get(id, flight->key);
    if (entry && flight->forgotten == forgotten_) {
      const bool positive = entry->positive();
      const auto born = entry->born;
      store_.put(id, flight->key, *entry);
      if (flight->freshness.fresh(positive, Clock::now() - born)) {
        Part part;
        part.value = std::move(entry->value);
        part.tier = Tier::redis;
        part.born = born;
        flight->outcome = Result<Part>{std::move(part)};
        co_return;
      }
    }
  }

  Part part;
  part.tier = Tier::database;
  part.born = Clock::now();
  auto fetched = co_await served.backends[flight->table]->fetch(table.query(), flight->key, flight->deadline);
  if (!fetched) {
    flight->outcome = Result<Part>{fetched.error()};
    ops::log_limited(ops::Level::warning, "lookup_failed", served.map.name,
                     fmt::format("map={} host_error=\"{}\"", served.map.name, fetched.error().detail));
    co_return;
  }
  auto value = table.value(fetched->rows, flight->key);
  if (!value) {
    flight->outcome = Result<Part>{value.error()};
    ops::log_limited(ops::Level::error, "bad_rows", served.map.name,
                     fmt::format("map={} table=\"{}\" what=\"{}\"", served.map.name,
                                 served.map.tables[flight->table].origin, value.error().detail));
    co_return;
  }
  part.value = std::move(*value);
  part.statement = std::move(fetched->statement);
  part.host = std::move(fetched->host);
  part.rows = fetched->rows.rows.size();
  if (flight->forgotten == forgotten_) {
    cache::Entry entry{part.value, part.born};
    if (redis != nullptr) redis->put(id, flight->key, entry, flight->freshness.keep(entry.positive()));
    store_.put(id, flight->key, std::move(entry));
  }
  flight->outcome = Result<Part>{std::move(part)};
}

asio::awaitable<void> Resolver::prove(std::shared_ptr<ServedMap> map) {
  if (!map->map.guarded()) co_return;
  // ".invalid" is nobody's (RFC 6761), so a table that finds it finds everything.
  static constexpr std::array<std::string_view, 2> probes{"unknown", "maproom-probe.invalid"};
  auto freshness = map->map.freshness;
  // That it did not answer them an hour ago still tells the definition from an open relay while the database is away.
  freshness.stale_negative_limit = freshness.stale_limit;
  // A refused map is asked again in earnest: its owner is mending it right now.
  if (map->trust == Trust::refused) freshness.positive_ttl = freshness.stale_limit = std::chrono::milliseconds{0};
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

void Resolver::forget(const ServedMap& map, std::string_view key) {
  ++forgotten_;
  for (const auto& candidate : map.map.candidates(key))
    for (const auto& table : map.map.tables) store_.erase(table.id, candidate.key);
}

void Resolver::forget(const ServedMap& map) {
  ++forgotten_;
  for (const auto& table : map.map.tables) store_.erase_table(table.id);
}

void Resolver::forget_all() {
  ++forgotten_;
  store_.clear();
}

}  // namespace maproom::resolver
