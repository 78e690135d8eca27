#pragma once
// Substance: whether a run has tried enough for "all answers were right" to mean something. Nobody is wrong where
// nobody was asked: a run without commits, without answers (in peace, and while things were broken), with a tier of the
// cache that never answered, or with faults that nobody felt, fails. Pure; the demands are far below what a run does on
// a loaded machine.

#include <array>
#include <chrono>
#include <cstddef>
#include <map>
#include <string>
#include <vector>

namespace maproom::checker {

/// What a run has tried.
struct Tally {
  std::chrono::duration<double> length{};
  std::size_t commits = 0, of_xa = 0;
  struct OfDaemon {
    std::size_t found = 0, absent = 0;
    std::size_t put_off = 0;                       ///< temporary errors and broken connections
    std::size_t tight = 0;                         ///< answers under the tightest bound
    std::size_t behind = 0;                        ///< of those, what was older than a reader should see (`promised`)
    std::size_t during_faults = 0;                 ///< answers that were asked for and given while something was broken
    std::chrono::duration<double> fault_length{};  ///< without those faults during which it cannot answer
    std::size_t traced = 0;
    std::map<std::string, std::size_t> parts{};  ///< of the traced ones, by tier
    std::size_t from_redis_at_the_end = 0;       ///< after its restart
  };
  std::array<OfDaemon, 2> daemons;
  struct OfFault {
    std::size_t times = 0, felt = 0;
  };
  std::map<std::string, OfFault> faults{};
  bool faults_wanted = true;
  bool shares_redis = true;     ///< both daemons follow one server
  bool has_the_machine = true;  ///< for itself: what is later than promised is wrong
};

/// Sentences for people; none: it was a run.
[[nodiscard]] std::vector<std::string> what_it_lacks(const Tally& tally);

}  // namespace maproom::checker
