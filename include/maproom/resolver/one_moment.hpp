#pragma once
// OneMoment: may the absences that a walk found be told together as "not found"? Only if all were true at one moment: a
// row that moved from one candidate to another within one transaction must not be missed because one absence is from
// before it and the other from after.
//
// While the feed is healthy it shows that nothing touched them since. While it is away for a moment all is asked within
// the lookup, and once more, so that a single move between two of the queries shows. Without a feed the negative time
// to live bounds it, and so it does ten minutes after one was last there. Pure: time is passed in.

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "maproom/cache/entry.hpp"
#include "maproom/core/clock.hpp"
#include "maproom/core/mark.hpp"
#include "maproom/feed/ledger.hpp"
#include "maproom/map/text_table.hpp"
#include "maproom/resolver/served_map.hpp"

namespace maproom::resolver {

/// What a "not found" is made of.
struct Absences {
  struct Part {
    std::size_t table;
    std::string key;
    Mark mark;
    std::shared_ptr<const map::TextTable> text;  ///< of a text table
  };
  std::vector<Part> parts;  ///< not kept by a walk that nothing can come between
  std::size_t count = 0;
  TimePoint read{};                   ///< the latest: they may know of changes up to then
  TimePoint born = TimePoint::max();  ///< the oldest of those from the database, now or earlier
  bool stale = false;                 ///< allowed by the map's limits although it may be old
  bool by_feed = false;               ///< one of them is good only while the feed is healthy
};

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
  };
  [[nodiscard]] Verdict judge(const Absences& absences, TimePoint now);
  /// Nothing that the absences were taken from has changed since.
  [[nodiscard]] bool holds(const Absences& absences, TimePoint now) const;
  [[nodiscard]] TimePoint since() const noexcept { return since_; }

 private:
  /// The feed saw all of this map's tables until a moment ago, or is about to, and cannot tell now.
  [[nodiscard]] bool lost_sight(TimePoint now) const;

  const feed::Ledger& ledger_;
  const ServedMap& map_;
  const std::optional<TimePoint>& follower_since_;
  TimePoint begun_;
  TimePoint since_{};
  bool asked_anew_ = false;
};

}  // namespace maproom::resolver
