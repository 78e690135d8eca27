#pragma once
// OneMoment: may the absences that a walk found be told together as "not found"? Only if all were true at one moment: a
// row that moved from one candidate to another within one transaction must not be missed because one absence is from
// before it and the other from after.
//
// While the database is known to be away that moment is the one when it went, see AsOfOutage. Otherwise, while the feed
// is healthy, it shows that nothing touched them since. While it is away for a moment all is asked within the lookup,
// and once more, so that a single move between two of the queries shows. Without a feed the negative time to live
// bounds it, and so it does ten minutes after one was last there. No I/O: time is passed in.

#include <cstdint>
#include <optional>

#include "maproom/core/clock.hpp"
#include "maproom/feed/ledger.hpp"
#include "maproom/resolver/absences.hpp"
#include "maproom/resolver/served_map.hpp"

namespace maproom::resolver {

class OneMoment {
 public:
  /// `follower_since`: since when there is a feed, none if there is none; a reload may change it during the lookup. All
  /// outlive this.
  OneMoment(const feed::Ledger& ledger, const ServedMap& map, const std::optional<TimePoint>& follower_since,
            TimePoint begun)
      : ledger_{ledger}, map_{map}, follower_since_{follower_since}, begun_{begun} {}

  enum class Verdict : std::uint8_t {
    say,           ///< if it holds()
    ask_the_feed,  ///< whether it has all that the absences may know of; then say
    ask_anew,      ///< and take nothing from before since()
    doubt,         ///< the database is away, and it is not known whole what the map said when it went
  };
  [[nodiscard]] Verdict judge(const Absences& absences, TimePoint now);
  /// Of a value behind the absences: they must still be true, where that can be had from a snapshot. All may be known
  /// as of the moment when the database went away, or none. (say, ask_anew or doubt.)
  [[nodiscard]] Verdict judge_value(const Absences& absences, TimePoint value_read, bool value_suspect);
  /// Nothing that the absences were taken from has changed since.
  [[nodiscard]] bool holds(const Absences& absences, TimePoint now) const;
  [[nodiscard]] TimePoint since() const noexcept { return since_; }

 private:
  /// The feed saw all of this map's tables until a moment ago, or is about to, and cannot tell now.
  [[nodiscard]] bool lost_sight(TimePoint now) const;
  [[nodiscard]] bool untouched(const Absences& absences) const;

  const feed::Ledger& ledger_;
  const ServedMap& map_;
  const std::optional<TimePoint>& follower_since_;
  TimePoint begun_;
  TimePoint since_{};
  bool asked_anew_ = false;
  bool value_asked_anew_ = false;
};

}  // namespace maproom::resolver
