// What a run must have tried: each demand, by a run that lacks just that.

#include "checker/substance.hpp"

#include <gmock/gmock.h>

#include <functional>

namespace maproom::checker {
namespace {

Tally enough() {
  Tally tally;
  tally.length = std::chrono::seconds{60};
  tally.commits = 1000;
  tally.of_xa = 100;
  for (auto& daemon : tally.daemons)
    daemon = {.found = 10000,
              .absent = 1000,
              .put_off = 500,
              .tight = 5000,
              .during_faults = 1000,
              .fault_length = std::chrono::seconds{20},
              .traced = 500,
              .parts = {{"memory", 400}, {"Redis", 20}, {"key set", 50}, {"database", 100}},
              .from_redis_at_the_end = 30};
  tally.faults = {{"redis-kill", {5, 5}}, {"feed-cut", {2, 0}}};
  return tally;
}

TEST(Substance, AWholeRunLacksNothing) { EXPECT_THAT(what_it_lacks(enough()), testing::IsEmpty()); }

TEST(Substance, EachLackIsTold) {
  const std::vector<std::pair<std::string, std::function<void(Tally&)>>> lacks{
      {"commits: 0", [](Tally& t) { t.commits = 0; }},
      {"commits: 119", [](Tally& t) { t.commits = 119; }},
      {"commits by XA: 0", [](Tally& t) { t.of_xa = 0; }},
      {"daemon 0, values: 1199", [](Tally& t) { t.daemons[0].found = 1199; }},
      {"daemon 1, \"not found\": 0", [](Tally& t) { t.daemons[1].absent = 0; }},
      {"daemon 1, answers under the tightest bound: 0", [](Tally& t) { t.daemons[1].tight = 0; }},
      {"daemon 0, more errors than answers: 11001", [](Tally& t) { t.daemons[0].put_off = 11001; }},
      {"daemon 0, answers while something was broken: 9", [](Tally& t) { t.daemons[0].during_faults = 9; }},
      {"daemon 0, plain answers: 1199",
       [](Tally& t) { t.daemons[0].traced = t.daemons[0].found + t.daemons[0].absent - 1199; }},
      {"daemon 1, answers with a trace: 0", [](Tally& t) { t.daemons[1].traced = 0; }},
      {"daemon 1, parts of answers from the Redis: 0", [](Tally& t) { t.daemons[1].parts.erase("Redis"); }},
      {"daemon 0, parts of answers from the memory: 0", [](Tally& t) { t.daemons[0].parts["memory"] = 0; }},
      {"daemon 0, entries that it found in Redis at the end: 0",
       [](Tally& t) { t.daemons[0].from_redis_at_the_end = 0; }},
      {"nobody felt feed-cut, 3 times", [](Tally& t) { t.faults["feed-cut"].times = 3; }},
      {"faults: 0", [](Tally& t) { t.faults.clear(); }}};
  for (const auto& [what, take] : lacks) {
    auto tally = enough();
    take(tally);
    EXPECT_THAT(what_it_lacks(tally), testing::ElementsAre(what));
  }
}

TEST(Substance, WithoutFaultsNoneIsWanted) {
  auto tally = enough();
  tally.faults_wanted = false;
  tally.faults.clear();
  for (auto& daemon : tally.daemons) daemon.during_faults = 0, daemon.fault_length = {};
  EXPECT_THAT(what_it_lacks(tally), testing::IsEmpty());
}

TEST(Substance, DaemonsOfTwoServersShareNothingInRedis) {
  auto tally = enough();
  tally.shares_redis = false;
  for (auto& daemon : tally.daemons) {
    daemon.parts.erase("Redis");
    daemon.from_redis_at_the_end = 0;
  }
  EXPECT_THAT(what_it_lacks(tally), testing::IsEmpty());
}

}  // namespace
}  // namespace maproom::checker
