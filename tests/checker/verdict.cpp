#include "checker/verdict.hpp"

#include <nlohmann/json.hpp>
#include <thread>

#include "checker/groups.hpp"
#include "support/wire.hpp"

namespace maproom::checker {
using namespace std::chrono_literals;
namespace {

/// For what this machine, which others use as well, may be late by.
constexpr milliseconds slack{500};
/// The feed may be taken for healthy for a second after its last proof.
constexpr milliseconds healthy_bound = 1000ms + slack;
/// So soon a change shall be seen, in 99 of 100 cases.
constexpr milliseconds promised{100};
/// One of so many answers may be put off in peace.
constexpr std::size_t most_put_off = 200;
constexpr std::size_t most_told = 10;

milliseconds bound_of(Takes taken, bool found) {
  switch (taken) {
    case Takes::nothing:
      return healthy_bound;
    case Takes::feed:
      return std::max(healthy_bound, (found ? positive_ttl : negative_ttl) + slack);
    case Takes::database:
      // "Not found" of aliases rejects nobody: it is said as it was when the database went away.
      return std::max(healthy_bound, stale_limit + slack);
  }
  return {};
}

/// An answer from memory whose key was dropped after it was known to be true.
bool serves_what_was_dropped(const nlohmann::json& steps) {
  return std::any_of(steps.begin(), steps.end(), [](const nlohmann::json& step) {
    return step.value("from", "") == "memory" && step.contains("last_change") &&
           step["last_change"] > step["true_up_to_change"];
  });
}

std::size_t judge_failures(const std::vector<std::unique_ptr<Reader>>& readers, const Faults& faults, Tally& tally) {
  std::map<std::string, std::size_t> in_peace;
  std::size_t all = 0;
  std::size_t wrong = 0;
  for (const auto& reader : readers)
    for (const auto& failure : reader->failures()) {
      ++all;
      ++tally.daemons[failure.daemon].put_off;
      if (!faults.excuse_errors(failure.called, failure.returned)) ++in_peace[failure.why];
    }
  std::printf("%zu temporary errors and broken connections\n", all);
  for (const auto& [why, times] : in_peace) {
    // Rightly put off: several candidates that are changed again and again while they are asked for; and while the pool
    // has gone back to an earlier host (some seconds after the fault), and the feed is on its way there.
    const bool honest = why == "the database changes faster than it can be asked" ||
                        why.find("may lack changes that were already seen") != std::string::npos;
    const auto answers = tally.daemons[0].tight + tally.daemons[1].tight;
    const bool seldom = times * most_put_off < answers;
    std::printf("%swithout a fault near, %zu times: %s\n", honest && seldom ? "" : "WRONG: ", times,
                why.empty() ? "the connection broke" : why.c_str());
    if (!honest || !seldom) wrong += times;
  }
  return wrong;
}

/// The rows of both tables.
State all_rows(World& world) {
  State rows;
  auto text = world.primary().sql(
      "SELECT address, goto FROM mail.alias WHERE active = 1 UNION ALL SELECT CONCAT(id, '@n.example'), CONCAT(n, "
      "'@numbers.example') FROM mail.numbers");
  for (std::string::size_type at = 0, end = 0; at < text.size(); at = end + 1) {
    end = text.find('\n', at);
    const auto tab = text.find('\t', at);
    rows[text.substr(at, tab - at)] = text.substr(tab + 1, end - tab - 1);
  }
  return rows;
}

/// Entries of Redis that a daemon has used since it began.
std::size_t used_of_redis(const World& world, unsigned daemon) {
  std::size_t used = 0;
  for (const char* map : {"aliases", "keyed", "numbers", "mailboxes"})
    used += world.daemons[daemon].counter(map, "redis");
  return used;
}

std::size_t compare(World& world, unsigned daemon, const State& rows, const std::string& when) {
  std::size_t wrong = 0;
  for (int group = 0; group < groups; ++group)
    for (const auto& map : maps_of(group)) {
      test::Wire wire{world.ports[daemon][map]};
      auto questions = questions_of(group);
      // Behind an address that is there nobody sees the catch-all.
      if (is_of_aliases(group)) questions.push_back({"nobody" + keys_of(group).back(), keys_of(group).back()});
      for (const auto& candidates : questions) {
        const auto line = wire.ask_tcp(candidates.front());
        const auto expected =
            is_of_mailboxes(group) ? std::optional<std::string>{mailbox_value} : answer_of(rows, candidates);
        const bool right = expected ? line == "200 " + *expected + "\n" : line.starts_with("500 ");
        if (right || ++wrong > most_told) continue;
        std::printf("STALE FOR EVER, %s: daemon %u, map %s, %s: %s    and the table says %s\n", when.c_str(), daemon,
                    map.c_str(), candidates.front().c_str(), line.c_str(), expected ? expected->c_str() : "not found");
      }
    }
  return wrong;
}

}  // namespace

std::size_t judge_all(const std::map<int, const History*>& histories,
                      const std::vector<std::unique_ptr<Reader>>& readers, const Faults& faults, Tally& tally) {
  std::size_t found = 0;
  std::size_t absent = 0;
  std::size_t tight = 0;
  std::size_t wrong = 0;
  std::size_t commits = 0;
  for (const auto& [group, history] : histories) {
    commits += history->commits.size();
    for (const auto& commit : history->commits) tally.of_xa += commit.of_xa ? 1 : 0;
  }
  tally.commits += commits;
  for (const auto& window : faults.windows()) {
    auto& fault = tally.faults[window.name];
    ++fault.times;
    if (window.felt) ++fault.felt;
    for (unsigned i = 0; i < tally.daemons.size(); ++i)
      if ((window.silences() >> i & 1) == 0) tally.daemons[i].fault_length += window.end - window.begin;
  }
  const auto tell = [&](const char* what, const Read& read, milliseconds bound) {
    if (++wrong > most_told) return;
    std::printf("%s: daemon %u, map %s, bound %lld ms, %s\n    faults:%s\n", what, read.daemon, read.map.c_str(),
                static_cast<long long>(bound.count()), around(*histories.at(read.group), read.answer).c_str(),
                faults.near(read.answer.called, read.answer.returned).c_str());
    if (!read.trace.empty()) std::printf("    %s\n", read.trace.c_str());
  };
  for (const auto& reader : readers)
    for (const auto& read : reader->reads()) {
      auto& daemon = tally.daemons[read.daemon];
      ++(read.answer.value ? found : absent);
      ++(read.answer.value ? daemon.found : daemon.absent);
      const auto lag = faults.lag(read.answer.called, read.answer.returned);
      const auto taken = faults.taken(read.daemon, read.answer.called, read.answer.returned);
      if (taken == Takes::nothing) {
        ++tight;
        ++daemon.tight;
        if (judge(*histories.at(read.group), read.answer, promised + lag) != Verdict::right) ++daemon.behind;
      }
      if (faults.was_within(read.answer.called, read.answer.returned)) ++daemon.during_faults;
      nlohmann::json steps = nlohmann::json::array();
      if (!read.trace.empty()) {
        ++daemon.traced;
        steps = nlohmann::json::parse(read.trace).at("steps");
      }
      for (const auto& step : steps) ++daemon.parts[step.value("from", "nobody")];
      const auto bound = bound_of(taken, read.answer.value.has_value()) + lag;
      switch (judge(*histories.at(read.group), read.answer, bound)) {
        case Verdict::right:
          if (serves_what_was_dropped(steps)) tell("DROPPED", read, bound);
          break;
        case Verdict::too_old:
          tell("TOO OLD", read, bound);
          break;
        case Verdict::never_true:
          tell("NEVER TRUE", read, bound);
          break;
      }
    }
  for (unsigned i = 0; i < tally.daemons.size(); ++i)
    if (const auto& daemon = tally.daemons[i]; daemon.behind * 100 > daemon.tight) {
      wrong += tally.has_the_machine ? daemon.behind : 0;
      std::printf("TOO LATE: daemon %u, %zu answers were older than %lld ms\n", i, daemon.behind,
                  static_cast<long long>(promised.count()));
    }
  std::printf("%zu commits, %zu faults; %zu found, %zu not found (%zu of them under the tightest bound); %zu wrong\n",
              commits, faults.windows().size(), found, absent, tight, wrong);
  return wrong + judge_failures(readers, faults, tally);
}

Result<std::size_t> look_for_what_is_stale_for_ever(World& world, Tally& tally) {
  if (world.has_replica()) world.catch_up();
  if (!world.wait_healthy()) return fail(Errc::unavailable, "the feeds do not become healthy at the end");
  std::this_thread::sleep_for(healthy_bound);
  const auto rows = all_rows(world);
  std::size_t wrong = 0;
  for (const unsigned daemon : {0U, 1U}) wrong += compare(world, daemon, rows, "in memory");
  // One after the other: what Redis lacks now, the first one brings there.
  for (const unsigned daemon : {0U, 1U}) {
    world.daemons[daemon].kill();
    world.daemons[daemon].start();
    if (!world.wait_healthy()) return fail(Errc::unavailable, "the feeds do not become healthy after a restart");
    wrong += compare(world, daemon, rows, "in Redis");
    tally.daemons[daemon].from_redis_at_the_end = used_of_redis(world, daemon);
  }
  return wrong;
}

}  // namespace maproom::checker
