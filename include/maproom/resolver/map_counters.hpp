#pragma once
// MapCounters: what became of the lookups of one map since the daemon started; kept over reloads. What counts is never
// in a lookup's way: plain numbers, no allocation, and the clock only where it was read anyway or something was waited
// for.

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "maproom/core/answer.hpp"
#include "maproom/core/clock.hpp"
#include "maproom/core/histogram.hpp"
#include "maproom/core/recent_peak.hpp"
#include "maproom/core/result.hpp"
#include "maproom/resolver/trace.hpp"

namespace maproom::resolver {

enum class Protocol : std::uint8_t { tcp, socketmap };
inline constexpr std::array<std::string_view, 2> protocol_names{"tcp", "socketmap"};

/// Why an answer was a temporary error.
enum class Trouble : std::uint8_t {
  unavailable,  ///< the database is away, or a text table has not been read
  timeout,      ///< the lookup's deadline passed
  overload,     ///< too many lookups wait
  query,        ///< the server answered with an error
  bad_rows,     ///< the rows are no answer
  refused,      ///< a client list that answers every key
  unproven,     ///< a client list that has not been proven yet
  overtaken,    ///< changes came faster than the answers
  doubt,        ///< in an outage: it is not known what may be said
  unsendable    ///< the value is too long for its protocol, or holds a NUL
};
inline constexpr std::array<std::string_view, 10> trouble_names{"unavailable", "timeout",   "overload", "query",
                                                                "bad_rows",    "refused",   "unproven", "overtaken",
                                                                "doubt",       "unsendable"};

[[nodiscard]] constexpr Trouble trouble_of(Errc code) noexcept {
  switch (code) {
    case Errc::timeout:
      return Trouble::timeout;
    case Errc::overload:
      return Trouble::overload;
    case Errc::query:
      return Trouble::query;
    case Errc::bad_data:
    case Errc::invalid:
      return Trouble::bad_rows;
    case Errc::unavailable:
      break;
  }
  return Trouble::unavailable;
}

/// The one that takes longer to ask: memory (and text), key set, Redis, database.
[[nodiscard]] constexpr Tier further(Tier one, Tier other) noexcept {
  const auto way = [](Tier tier) {
    switch (tier) {
      case Tier::memory:
      case Tier::text:
        return 0;
      case Tier::keys:
        return 1;
      case Tier::redis:
        return 2;
      case Tier::database:
        break;
    }
    return 3;
  };
  return way(one) < way(other) ? other : one;
}

struct MapCounters {
  std::uint64_t found = 0, not_found = 0, temporary = 0;  ///< answers
  std::uint64_t memory = 0, redis = 0, database = 0;      ///< where each asked candidate's answer came from
  std::uint64_t keys = 0;                                 ///< likewise: absent by the complete key set
  std::uint64_t stale = 0;                                ///< of those, served because the database could not say
  std::uint64_t joined = 0;                               ///< lookups that waited for another one's query
  std::uint64_t too_long = 0;                             ///< answers too long for their protocol
  /// What was sent to Postfix, by protocol and kind of answer.
  std::array<std::array<std::uint64_t, 3>, protocol_names.size()> sent{};
  std::array<std::uint64_t, trouble_names.size()> troubles{};  ///< the temporary errors among them, by reason
  /// How long lookups took, by the furthest tier that was asked; `text` counts as memory.
  std::array<Histogram, 5> took{};
  RecentPeak oldest_stale;  ///< the age of what is counted in `stale`

  void because(Trouble trouble) noexcept { ++troubles[static_cast<std::size_t>(trouble)]; }
  void finished(Answer::Kind kind, Tier furthest, Clock::duration time) noexcept {
    ++(kind == Answer::Kind::found ? found : kind == Answer::Kind::not_found ? not_found : temporary);
    took[static_cast<std::size_t>(furthest == Tier::text ? Tier::memory : furthest)].observe(time);
  }
  void sending(Protocol protocol, Answer::Kind kind) noexcept {
    ++sent[static_cast<std::size_t>(protocol)][static_cast<std::size_t>(kind)];
  }
  [[nodiscard]] const Histogram& took_by(Tier tier) const noexcept { return took[static_cast<std::size_t>(tier)]; }
};

}  // namespace maproom::resolver
