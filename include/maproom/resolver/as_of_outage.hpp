#pragma once
// AsOfOutage: what the map said when the database went away. Pure.
//
// While the database is known to be away, and the feed had seen everything until it went, there is one moment up to
// which all is known: the feed's last proof. An absence is known as of that moment if a complete key set lacks the key,
// or if an absence is held, of whatever age, that no change has dropped. Such absences let a lookup go on to later
// candidates and tables, and a value further on is then what the map said at that moment. "Not found" may be said too,
// for as long as the map's limit allows (map::WrongNotFound).
//
// Several absences, or absences and a value, must all be of that one moment: what came here after it may know of a
// change that the others do not. What was not known as of that moment is a temporary error, always.

#include <optional>
#include <string_view>

#include "maproom/cache/entry.hpp"
#include "maproom/core/clock.hpp"
#include "maproom/feed/ledger.hpp"
#include "maproom/map/map.hpp"
#include "maproom/resolver/absences.hpp"

namespace maproom::resolver {

class AsOfOutage {
 public:
  struct Database {
    bool known_down;
    TimePoint last_answered;
  };
  /// nullopt: the database is there; or the feed was lost while it still answered, or has a gap, so that nobody knows
  /// what has changed until it went. `ledger` outlives this.
  [[nodiscard]] static std::optional<AsOfOutage> of(const feed::Ledger& ledger, const Database& database);

  [[nodiscard]] TimePoint moment() const noexcept { return moment_; }
  /// The table had no row with this key at that moment, nor has one come to be known since. `held`: what the cache has
  /// of it, or null. `keys_ttl`: how old the key set may have been at that moment.
  [[nodiscard]] bool absent(const feed::Ledger::Table& table, std::string_view key, const cache::Entry* held,
                            std::chrono::milliseconds keys_ttl) const;
  /// Beside what was absent the map held this value: both are of that moment.
  [[nodiscard]] bool may_give(const Absences& absences, TimePoint value_read) const {
    return absences.read <= moment_ && value_read <= moment_;
  }
  /// Nothing was there at that moment.
  [[nodiscard]] bool may_deny(const Absences& absences) const { return absences.count < 2 || absences.read <= moment_; }
  /// The moment is not too long ago for that.
  [[nodiscard]] bool within(std::chrono::milliseconds limit, TimePoint now) const { return now - moment_ < limit; }

 private:
  AsOfOutage(const feed::Ledger& ledger, TimePoint moment) : ledger_{&ledger}, moment_{moment} {}
  const feed::Ledger* ledger_;
  TimePoint moment_;
};

}  // namespace maproom::resolver
