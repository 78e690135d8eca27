#include "maproom/resolver/one_moment.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

#include "maproom/core/clock.hpp"

namespace maproom::resolver {
namespace {

/// A feed that worked within that time is expected back.
constexpr std::chrono::minutes lately{10};

}  // namespace

OneMoment::Verdict OneMoment::judge(const Absences& absences, TimePoint now) {
  if (absences.count < 2) return Verdict::say;
  if (!absences.stale && lost_sight(now)) {
    // A query may have seen a move before the feed told of it.
    const bool old = absences.born < begun_;
    if (old || !std::exchange(asked_anew_, true)) {
      since_ = old ? begun_ : now;
      return Verdict::ask_anew;
    }
  }
  const bool settled = !follower_since_ || !ledger_.healthy(now) || absences.read <= ledger_.proven();
  return settled ? Verdict::say : Verdict::ask_the_feed;
}

bool OneMoment::holds(const Absences& absences, TimePoint now) const {
  if (absences.by_feed && !ledger_.healthy(now)) return false;
  if (absences.count < 2) return true;
  return std::all_of(absences.parts.begin(), absences.parts.end(), [&](const Absences::Part& part) {
    const auto& table = map_.map.tables[part.table];
    if (table.is_text()) return table.text->table == part.text;
    const auto* followed = map_.followed_table(part.table);
    return followed == nullptr || ledger_.holds(*followed, part.key, part.mark);
  });
}

bool OneMoment::lost_sight(TimePoint now) const {
  if (!follower_since_ || ledger_.healthy(now)) return false;
  // One that has just begun counts as well: what Redis holds is older than it.
  if (now - std::max(ledger_.last_proven(), *follower_since_) >= lately) return false;
  for (std::size_t table = 0; table < map_.map.tables.size(); ++table)
    if (!map_.map.tables[table].is_text() && map_.followed_table(table) == nullptr) return false;
  return true;
}

}  // namespace maproom::resolver
