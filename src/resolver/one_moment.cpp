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
  if (absences.count < 2 && !absences.as_of_outage) return Verdict::say;
  const bool lost = lost_sight(now);
  if (absences.as_of_outage || lost) {
    const auto outage = map_.outage(ledger_);
    if (outage && outage->may_deny(absences)) {
      const bool allowed = !absences.stale || outage->within(map_.map.freshness.outage_not_found_limit, now);
      return allowed ? Verdict::say : Verdict::doubt;
    }
    // The database is back, or some of the absences are newer than the outage.
    if (absences.as_of_outage) return outage ? Verdict::doubt : Verdict::ask_anew;
  }
  if (!absences.stale && lost) {
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

OneMoment::Verdict OneMoment::judge_value(const Absences& absences, TimePoint value_read, bool value_suspect) {
  if (!absences.as_of_outage) {
    // Where every commit may touch a table, walking again would never come to an end.
    const bool enough = untouched(absences) || !map_.has_snapshots() || std::exchange(value_asked_anew_, true);
    return enough ? Verdict::say : Verdict::ask_anew;
  }
  const auto outage = map_.outage(ledger_);
  if (!outage || !untouched(absences)) return Verdict::ask_anew;
  return !value_suspect && outage->may_give(absences, value_read) ? Verdict::say : Verdict::doubt;
}

bool OneMoment::holds(const Absences& absences, TimePoint now) const {
  if (absences.by_feed && !ledger_.healthy(now)) return false;
  if (absences.count < 2 && !absences.as_of_outage) return true;
  return untouched(absences);
}

bool OneMoment::untouched(const Absences& absences) const {
  return std::all_of(absences.parts.begin(), absences.parts.end(), [&](const Absences::Part& part) {
    const auto& table = map_.tables[part.table];
    if (table.sql() == nullptr) return table.file() == part.file;
    const auto* followed = table.followed();
    return followed == nullptr || ledger_.holds(*followed, part.key, part.mark);
  });
}

bool OneMoment::lost_sight(TimePoint now) const {
  if (!follower_since_ || ledger_.healthy(now)) return false;
  // One that has just begun counts as well: what Redis holds is older than it.
  return now - std::max(ledger_.last_proven(), *follower_since_) < lately && map_.is_followed();
}

}  // namespace maproom::resolver
