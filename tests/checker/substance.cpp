#include "checker/substance.hpp"

namespace maproom::checker {
namespace {

constexpr double commits_a_second = 2;
constexpr double answers_a_second = 20;
constexpr double absences_a_second = 2;
// Held back, the pool makes a daemon's readers wait one by one until all of them do.
constexpr double answers_a_second_of_faults = 0.5;
constexpr double seconds_that_bring_a_fault = 15;
/// So often may a fault have come at a bad moment (the link that it cuts was being made anew).
constexpr std::size_t unfelt = 3;

}  // namespace

std::vector<std::string> what_it_lacks(const Tally& tally) {
  std::vector<std::string> lacks;
  const auto seconds = tally.length.count();
  const auto want = [&lacks](bool is_there, const std::string& what) {
    if (!is_there) lacks.push_back(what);
  };
  const auto at_least = [&want](std::size_t count, double least, const std::string& what) {
    want(count > 0 && static_cast<double>(count) >= least, what + ": " + std::to_string(count));
  };
  at_least(tally.commits, commits_a_second * seconds, "commits");
  at_least(tally.of_xa, 1, "commits by XA");
  for (std::size_t i = 0; i < tally.daemons.size(); ++i) {
    const auto& daemon = tally.daemons[i];
    const auto whose = "daemon " + std::to_string(i) + ", ";
    at_least(daemon.found, answers_a_second * seconds, whose + "values");
    at_least(daemon.absent, absences_a_second * seconds, whose + "\"not found\"");
    at_least(daemon.tight, answers_a_second, whose + "answers under the tightest bound");
    want(daemon.put_off <= daemon.found + daemon.absent,
         whose + "more errors than answers: " + std::to_string(daemon.put_off));
    if (daemon.fault_length.count() > 1)
      at_least(daemon.during_faults, answers_a_second_of_faults * daemon.fault_length.count(),
               whose + "answers while something was broken");
    at_least(daemon.found + daemon.absent - daemon.traced, answers_a_second * seconds, whose + "plain answers");
    at_least(daemon.traced, seconds, whose + "answers with a trace");
    for (const char* tier : {"memory", "Redis", "key set", "database"}) {
      if (tier == std::string{"Redis"} && !tally.shares_redis) continue;
      const auto parts = daemon.parts.find(tier);
      at_least(parts == daemon.parts.end() ? 0 : parts->second, 1, whose + "parts of answers from the " + tier);
    }
    if (tally.shares_redis)
      at_least(daemon.from_redis_at_the_end, 1, whose + "entries that it found in Redis at the end");
  }
  std::size_t times = 0;
  for (const auto& [name, fault] : tally.faults) {
    times += fault.times;
    want(fault.felt > 0 || fault.times < unfelt, "nobody felt " + name + ", " + std::to_string(fault.times) + " times");
  }
  if (tally.faults_wanted && seconds >= seconds_that_bring_a_fault) at_least(times, 1, "faults");
  return lacks;
}

}  // namespace maproom::checker
