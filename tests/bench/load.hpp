#pragma once
// The load that Postfix makes: many connections, on each one lookup under way, the next as soon as its reply is there.
// One thread, epoll. Every reply is judged. Ends by itself, whatever the server does.

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "exchange.hpp"
#include "histogram.hpp"
#include "maproom/core/endpoint.hpp"
#include "maproom/core/result.hpp"

namespace maproom::bench {

struct Target {
  Endpoint endpoint;
  Protocol protocol = Protocol::tcp;
  std::vector<Lookup> lookups;
};

struct Outcome {
  Histogram latencies;  ///< of right answers
  double seconds = 0;
  std::uint64_t wrong = 0;       ///< found, not found or a value where another answer was expected
  std::uint64_t temporary = 0;   ///< 4xx and TEMP
  std::uint64_t broken = 0;      ///< connections that ended, or whose bytes were no reply
  std::uint64_t unanswered = 0;  ///< lookups older than a second when the time was over
  std::string example;           ///< the first thing that went wrong

  [[nodiscard]] bool good() const noexcept {
    return wrong + temporary + broken + unanswered == 0 && latencies.count() > 0;
  }
};

/// Every key once, one after the other on one connection: fills the server's cache. Fails on the first bad answer.
[[nodiscard]] Result<void> ask_each_once(const Target& target);

[[nodiscard]] Result<Outcome> run_load(const Target& target, std::size_t connections,
                                       std::chrono::milliseconds duration);

/// Opens connections that have nothing to say (after one lookup on each, if there are any), announces them on standard
/// output and holds them for `duration`. Returns how many the server closed meanwhile: Postfix pays a second for each.
[[nodiscard]] Result<std::size_t> hold_idle(const Target& target, std::size_t connections,
                                            std::chrono::milliseconds duration);

}  // namespace maproom::bench
