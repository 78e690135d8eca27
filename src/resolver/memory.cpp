// What memory knows of a key, and the answer that it alone can give.

#include <algorithm>

#include "flight.hpp"
#include "maproom/core/clock.hpp"
#include "maproom/resolver/one_moment.hpp"

namespace maproom::resolver {

std::optional<Resolver::Usable> Resolver::usable(const ServedMap& map, std::size_t table, std::string_view key,
                                                 const map::Freshness& freshness, TimePoint now, Staleness staleness) {
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

namespace {

/// The set of the table's keys, as it was at `at`, had none. Maps of one definition share their set; whether it may be
/// used is each map's own affair.
bool set_lacks(const ServedMap& map, std::size_t table, std::string_view key, TimePoint at) {
  const auto* followed = map.followed_table(table);
  return followed != nullptr && map.map.key_set != map::KeySet::none && followed->set.lacks(key) &&
         at - followed->set.read_at() < map.map.freshness.followed_ttl;
}

}  // namespace

bool Resolver::surely_absent(const ServedMap& map, std::size_t table, std::string_view key, TimePoint now,
                             Staleness staleness) const {
  if (ledger_.healthy(now)) return set_lacks(map, table, key, now);
  return staleness == Staleness::stale_too &&
         absent_while_away(map, table, key, now, map.map.freshness.stale_keys_limit);
}

bool Resolver::absent_while_away(const ServedMap& map, std::size_t table, std::string_view key, TimePoint now,
                                 std::chrono::milliseconds limit) const {
  if (!ledger_.following() || !set_lacks(map, table, key, ledger_.proven())) return false;
  const auto& backend = *map.backends[table];
  // If the feed was lost while the database was still there, what has changed since is not known.
  const bool lost_together = backend.last_answered() <= ledger_.proven() + feed::Ledger::alive_limit;
  return backend.known_down() && lost_together && now - ledger_.proven() < limit;
}

std::optional<Resolver::Known> Resolver::known(const ServedMap& map, std::size_t table, std::string_view key,
                                               TimePoint now) {
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

void Resolver::refresh_later(const ServedMap& map, std::size_t table, std::string_view key) {
  // Whoever made the map for serving made it with make_shared; the flight needs it for as long as it takes.
  const auto shared = std::const_pointer_cast<ServedMap>(map.shared_from_this());
  static_cast<void>(join(shared, table, std::string{key}, map.map.freshness, Clock::now() + map.map.deadline, true));
}

std::optional<Answer> Resolver::from_memory(const ServedMap& map, std::string_view key) {
  if (map.trust != Trust::trusted) return std::nullopt;
  const auto now = Clock::now();
  std::uint64_t hits = 0;
  std::uint64_t by_keys = 0;
  Absences absences;
  // The first table that holds a value; null: none does; nullopt: memory does not know.
  const auto walk = [&](std::string_view candidate) -> std::optional<Known> {
    for (std::size_t table = 0; table < map.map.tables.size(); ++table) {
      if (!map.map.tables[table].asks(candidate)) continue;
      const auto there = known(map, table, candidate, now);
      if (!there) return std::nullopt;
      ++(there->by_keys ? by_keys : hits);
      if (there->value != nullptr) return there;
      ++absences.count;
      absences.read = std::max(absences.read, there->read);
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
    hits = by_keys = 0;
    absences = {};
  }
  for (const auto& candidate : map.map.candidates(key)) {
    const auto there = walk(candidate.key);
    if (!there) return std::nullopt;
    if (there->value != nullptr) return found(map.map.reply(candidate, *there->value));
  }
  OneMoment moment{ledger_, map, follower_since_, now};
  if (moment.judge(absences, now) != OneMoment::Verdict::say) return std::nullopt;
  map.counters->memory += hits;
  map.counters->keys += by_keys;
  ++map.counters->not_found;
  return Answer::not_found();
}

}  // namespace maproom::resolver
