#pragma once
// Entry: what the database said for one (table, key): a value, or that there is none. Pure.
//
// Whether an entry may be used is judged by the reader from its age and the reading map's times to live; the entry
// itself only knows when its query was *sent*. Age is never reset by copying between tiers.

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "maproom/core/clock.hpp"
#include "maproom/core/mark.hpp"

namespace maproom::cache {

struct Entry {
  std::optional<std::string> value;  ///< nullopt: the database has no value for this key
  TimePoint born;                    ///< when the query was sent
  Mark mark = 0;                     ///< up to which it is known to be true; this process's own
  TimePoint read{};                  ///< when it came here: it may know of changes up to then
  [[nodiscard]] bool positive() const noexcept { return value.has_value(); }
  friend bool operator==(const Entry&, const Entry&) = default;
};

/// The versioned byte form for Redis. `lifetime` is what the entry is given to live there, counted from its birth, so
/// that a reader derives the age from Redis's own clock: age = lifetime - remaining time (PTTL).
struct StoredEntry {
  std::optional<std::string> value;
  std::chrono::milliseconds lifetime{};
  /// feed::Ledger::tag(): the position up to which it is true; empty: written without a change feed.
  std::string tag{};
  friend bool operator==(const StoredEntry&, const StoredEntry&) = default;
};

/// No entry is given longer to live, and whoever claims so is not believed: as nanoseconds on a clock it is far from
/// where numbers end.
constexpr std::chrono::milliseconds longest_lifetime = std::chrono::hours{24 * 3650};

[[nodiscard]] std::string encode(const StoredEntry& entry);
/// nullopt for anything that encode did not write (foreign, truncated, other version, a lifetime of no sense): a miss,
/// never an answer.
[[nodiscard]] std::optional<StoredEntry> decode(std::string_view bytes);

}  // namespace maproom::cache
