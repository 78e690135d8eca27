#include "maproom/resolver/resolver.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <array>
#include <boost/asio/steady_timer.hpp>
#include <utility>

#include "flight.hpp"

namespace maproom::resolver {
namespace asio = boost::asio;
using Clock = std::chrono::steady_clock;
namespace {

/// A lookup that is overtaken by changes so often in a row is told to come again.
constexpr int most_walks = 4;
/// A feed that worked within that time is expected back.
constexpr std::chrono::minutes lately{10};

Step step_of(const std::string& candidate, std::size_t table) { return {.candidate = candidate, .table = table}; }

}  // namespace

/// One walk through candidates and tables.
struct Resolver::Walked {
  /// A part of a "not found".
  struct Absence {
    std::size_t table;
    std::string key;
    feed::Mark mark;
    std::shared_ptr<const map::TextTable> text;  ///< of a text table
  };
  std::optional<Answer> answer;  ///< none: not found
  std::vector<Absence> absences;
  bool away = false;                                ///< it is an error, because the database is known to be away
  cache::TimePoint read{};                          ///< the latest of the absences
  cache::TimePoint born = cache::TimePoint::max();  ///< the oldest of those from the database, now or earlier
  bool stale = false;                               ///< allowed by the map's limits although it may be old
  bool by_feed = false;                             ///< a part of it is good only while the feed is healthy
};

Resolver::Resolver(asio::any_io_executor executor, cache::Store& store, std::shared_ptr<cache::RedisTier> redis,
                   feed::Ledger& ledger)
    : executor_{std::move(executor)}, store_{store}, redis_{std::move(redis)}, ledger_{ledger} {}
Resolver::~Resolver() = default;

std::optional<Resolver::Usable> Resolver::usable(const ServedMap& map, std::size_t table, std::string_view key,
                                                 const map::Freshness& freshness, cache::TimePoint now,
                                                 Staleness staleness) {
  const auto& id = map.map.tables[table].id;
  const auto* entry = store_.get(id, key);
  if (entry == nullptr) return std::nullopt;
  const auto age = now - entry->born;
  const auto* followed = map.followed_table(table);
  auto standing = feed::Ledger::Standing::good;
  if (followed != nullptr) {
    standing = ledger_.judge(*followed, key, entry->mark);
    if (standing == feed::Ledger::Standing::dropped) {
      store_.erase(id, key);
      return std::nullopt;
    }
  }
  if (standing == feed::Ledger::Standing::good) {
    if (freshness.fresh(entry->positive(), age)) return Usable{entry, false, false};
    if (followed != nullptr && followed->long_lived && ledger_.healthy(now) &&
        freshness.fresh_followed(entry->positive(), age))
      return Usable{entry, false, true};
  }
  if (staleness == Staleness::fresh_only) return std::nullopt;
  // What may have changed unseen: values only, and only now that the database cannot be asked.
  if (standing == feed::Ledger::Standing::suspect && !entry->positive()) return std::nullopt;
  if (!freshness.usable_stale(entry->positive(), age)) return std::nullopt;
  return Usable{entry, true, false, standing == feed::Ledger::Standing::suspect};
}

bool Resolver::surely_absent(const ServedMap& map, std::size_t table, std::string_view key, cache::TimePoint now,
                             Staleness staleness) const {
  const auto* followed = map.followed_table(table);
  if (followed == nullptr || !followed->set.lacks(key)) return false;
  if (ledger_.healthy(now)) return true;
  return staleness == Staleness::stale_too &&
         absent_while_away(map, table, key, now, map.map.freshness.stale_keys_limit);
}

bool Resolver::absent_while_away(const ServedMap& map, std::size_t table, std::string_view key, cache::TimePoint now,
                                 std::chrono::milliseconds limit) const {
  const auto* followed = map.followed_table(table);
  if (followed == nullptr || !followed->set.lacks(key) || !ledger_.following()) return false;
  const auto& backend = *map.backends[table];
  // If the feed was lost while the database was still there, what has changed since is not known.
  const bool lost_together = backend.last_answered() <= ledger_.proven() + feed::Ledger::alive_limit;
  return backend.known_down() && lost_together && now - ledger_.proven() < limit;
}

std::optional<Resolver::Known> Resolver::known(const ServedMap& map, std::size_t table, std::string_view key,
                                               cache::TimePoint now) {
  if (const auto& text = map.map.tables[table].text; text != nullptr) {
    if (text->table == nullptr) return std::nullopt;
    return Known{text->table->find(key)};
  }
  const auto held = usable(map, table, key, map.map.freshness, now, Staleness::fresh_only);
  if (!held) {
    if (surely_absent(map, table, key, now, Staleness::fresh_only)) return Known{nullptr, {}, true};
    return std::nullopt;
  }
  if (now - held->entry->born >= map.map.freshness.refresh_after(held->entry->positive()))
    refresh_later(map, table, key);
  return Known{held->entry->positive() ? &*held->entry->value : nullptr, held->entry->read};
}

std::optional<Answer> Resolver::from_memory(const ServedMap& map, std::string_view key) {
  if (map.trust != Trust::trusted) return std::nullopt;
  const auto now = Clock::now();
  std::uint64_t hits = 0;
  std::size_t absences = 0;
  cache::TimePoint read{};  // the latest of them
  std::uint64_t by_keys = 0;
  // The first table that holds a value; null: none does; nullopt: memory does not know.
  const auto walk = [&](std::string_view candidate) -> std::optional<Known> {
    for (std::size_t table = 0; table < map.map.tables.size(); ++table) {
      if (!map.map.tables[table].asks(candidate)) continue;
      const auto there = known(map, table, candidate, now);
      if (!there) return std::nullopt;
      ++(there->by_keys ? by_keys : hits);
      if (there->value != nullptr) return there;
      ++absences;
      read = std::max(read, there->read);
    }
    return Known{nullptr};
  };
  const auto found = [&](std::string value) {
    map.counters->memory += hits;
    map.counters->keys += by_keys;
    ++map.counters->found;
    return Answer::found(std::move(value));
  };
  if (map.map.plain_first_candidate(key, folded_)) {
    const auto there = walk(folded_);
    if (!there) return std::nullopt;
    if (there->value != nullptr) return found(*there->value);
    hits = by_keys = absences = 0;
  }
  for (const auto& candidate : map.map.candidates(key)) {
    const auto there = walk(candidate.key);
    if (!there) return std::nullopt;
    if (there->value != nullptr) return found(map.map.reply(candidate, *there->value));
  }
  if (absences > 1 && (lost_sight(map, now) || !settled(read, now))) return std::nullopt;
  map.counters->memory += hits;
  map.counters->keys += by_keys;
  ++map.counters->not_found;
  return Answer::not_found();
}

asio::awaitable<Answer> Resolver::resolve(std::shared_ptr<ServedMap> map, std::string key, Trace* trace) {
  const auto deadline = Clock::now() + map->map.deadline;
  auto& counters = *map->counters;
  const auto temporary = [&counters](std::string why) {
    ++counters.temporary;
    return Answer::temporary(std::move(why));
  };
  const auto candidates = map->map.candidates(key);
  if (!candidates.empty() && map->trust != Trust::trusted) {
    if (map->trust == Trust::unproven) co_await prove(map);
    if (map->trust == Trust::refused) co_return temporary("map refused: it answers every key");
    if (map->trust != Trust::trusted) co_return temporary("map not yet proven safe");
  }
  const auto begun = Clock::now();
  cache::TimePoint since{};
  bool twice = false;
  for (int walks = 0; walks < most_walks; ++walks) {
    auto walked = co_await walk(map, candidates, deadline, trace, since);
    if (walked.answer && walked.answer->is_temporary()) {
      std::string_view harmless;
      if (walked.away) harmless = co_await rejects_nobody(map, key, candidates, deadline);
      if (harmless.empty()) {
        ++counters.temporary;
        co_return std::move(*walked.answer);
      }
      ++counters.not_found;
      ++counters.stale;
      if (trace != nullptr) trace->steps.back().error += "; \"not found\", since " + std::string{harmless};
      co_return Answer::not_found();
    }
    if (walked.answer) co_return std::move(*walked.answer);
    // A row that moved from one candidate to another within one transaction must not be missed because one absence is
    // from before it and the other from after: a query may have seen the move before the feed told of it.
    const bool several = walked.absences.size() > 1;
    const auto now = Clock::now();
    if (several && !walked.stale && lost_sight(*map, now)) {
      // The feed cannot tell now: all is asked within this lookup, and once more, so that a single move between two of
      // the queries shows.
      if (walked.born < begun || !std::exchange(twice, true)) {
        since = walked.born < begun ? begun : now;
        continue;
      }
    }
    if (several && !settled(walked.read, now)) {
      const bool reached = co_await follower_->reach_now(deadline);
      if (!reached && Clock::now() >= deadline) co_return temporary("lookup deadline passed");
      if (!reached) continue;
    }
    // What was waited for may have outlasted the feed's health, which is judged now.
    if (walked.by_feed && !ledger_.healthy(Clock::now())) continue;
    if (!several || still_holds(*map, walked)) {
      ++counters.not_found;
      co_return Answer::not_found();
    }
  }
  co_return temporary("the database changes faster than it can be asked");
}

asio::awaitable<Resolver::Walked> Resolver::walk(std::shared_ptr<ServedMap> map,
                                                 const std::vector<map::Candidate>& candidates,
                                                 backend::Deadline deadline, Trace* trace, cache::TimePoint since) {
  auto& counters = *map->counters;
  Walked walked;
  for (const auto& candidate : candidates) {
    for (std::size_t table = 0; table < map->map.tables.size(); ++table) {
      const auto& asked = map->map.tables[table];
      Step step = step_of(candidate.key, table);
      if (!asked.asks(candidate.key)) {
        step.asked = false;
        if (trace != nullptr) trace->steps.push_back(std::move(step));
        continue;
      }
      const auto begun = Clock::now();
      const auto text = asked.is_text() ? asked.text->table : nullptr;
      auto part = co_await ask(map, table, candidate.key, map->map.freshness, deadline, since);
      if (trace != nullptr) {
        step.took = std::chrono::duration_cast<std::chrono::microseconds>(Clock::now() - begun);
        describe(step, *map, part);
        trace->steps.push_back(std::move(step));
      }
      if (!part) {
        walked.answer = Answer::temporary(part.error().detail);
        walked.away = !asked.is_text() && map->backends[table]->known_down();
        co_return walked;
      }
      switch (part->tier) {
        case Tier::memory:
        case Tier::text:
          ++counters.memory;
          break;
        case Tier::keys:
          ++counters.keys;
          break;
        case Tier::redis:
          ++counters.redis;
          break;
        case Tier::database:
          ++counters.database;
          break;
      }
      if (part->by_feed) walked.by_feed = true;
      if (part->stale) ++counters.stale;
      if (!part->value) {
        walked.absences.push_back({table, candidate.key, part->mark, text});
        walked.read = std::max(walked.read, part->read);
        if (!asked.is_text()) walked.born = std::min(walked.born, part->born);
        if (part->stale) walked.stale = true;
        continue;
      }
      ++counters.found;
      walked.answer = Answer::found(map->map.reply(candidate, std::move(*part->value)));
      co_return walked;
    }
  }
  co_return walked;
}

void Resolver::describe(Step& step, const ServedMap& map, const Result<Part>& part) const {
  if (!part) {
    step.error = part.error().detail;
    return;
  }
  step.tier = part->tier;
  step.stale = part->stale;
  step.by_feed = part->by_feed;
  step.joined = part->joined;
  if (const auto* followed = map.followed_table(step.table); followed != nullptr) {
    step.mark = part->mark;
    step.last_drop = ledger_.last_drop(*followed, step.candidate);
  }
  step.age = std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - part->born);
  step.statement = part->statement;
  step.host = part->host;
  step.rows = part->rows;
  step.value = part->value;
}

bool Resolver::lost_sight(const ServedMap& map, cache::TimePoint now) const {
  if (follower_ == nullptr || ledger_.healthy(now)) return false;
  // One that has just begun counts as well: what Redis holds is older than it.
  if (now - std::max(ledger_.last_proven(), follower_since_) >= lately) return false;
  for (std::size_t table = 0; table < map.map.tables.size(); ++table)
    if (!map.map.tables[table].is_text() && map.followed_table(table) == nullptr) return false;
  return true;
}

bool Resolver::still_holds(const ServedMap& map, const Walked& walked) const {
  return std::all_of(walked.absences.begin(), walked.absences.end(), [&](const Walked::Absence& absence) {
    const auto& table = map.map.tables[absence.table];
    if (table.is_text()) return table.text->table == absence.text;
    const auto* followed = map.followed_table(absence.table);
    return followed == nullptr || ledger_.holds(*followed, absence.key, absence.mark);
  });
}

void Resolver::refresh_later(const ServedMap& map, std::size_t table, std::string_view key) {
  // Whoever made the map for serving made it with make_shared; the flight needs it for as long as it takes.
  const auto shared = std::const_pointer_cast<ServedMap>(map.shared_from_this());
  static_cast<void>(join(shared, table, std::string{key}, map.map.freshness, Clock::now() + map.map.deadline, true));
}

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
