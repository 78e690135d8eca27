#pragma once
// Trace: what one lookup did, step by step, for `maproom query --explain`. Filled only when asked for.

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace maproom::resolver {

enum class Tier : std::uint8_t { memory, redis, database, text, keys };

[[nodiscard]] constexpr std::string_view to_string(Tier tier) {
  switch (tier) {
    case Tier::memory:
      return "memory";
    case Tier::redis:
      return "Redis";
    case Tier::database:
      return "database";
    case Tier::text:
      return "text file";
    case Tier::keys:
      return "key set";
  }
  return "";
}

struct Step {
  std::string candidate{};
  std::size_t table = 0;  ///< position in the map
  bool asked = true;      ///< false: `mysql:` would not ask this key, and neither did we
  std::optional<Tier> tier{};
  bool stale = false;
  bool by_feed = false;       ///< older than the plain times to live: good because the feed is healthy
  bool as_of_outage = false;  ///< an absence as it was when the database went away
  bool joined = false;        ///< another lookup's query, which was under way
  /// Of a table whose changes are followed: the change (counted by this daemon, feed::Mark) up to which the answer is
  /// known to be true, and the last one that touched its key. Never the second above the first.
  std::optional<std::uint64_t> mark{}, last_drop{};
  std::chrono::milliseconds age{};
  std::string statement{};  ///< as sent, when the database was asked
  std::string host{};
  std::size_t rows = 0;
  std::chrono::microseconds took{};
  std::optional<std::string> value{};
  std::string error{};
};

struct Trace {
  std::vector<Step> steps;
};

}  // namespace maproom::resolver
