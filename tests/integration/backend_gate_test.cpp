// A pool behind a gate that spoils what MariaDB says, or loses it: what the pool may say then, how often it tries, and
// how soon it is back.

#include <algorithm>
#include <optional>

#include "integration/backend_fixture.hpp"
#include "maproom/backend/error_streak.hpp"
#include "support/sql_gate.hpp"

namespace maproom::test {
namespace {

using namespace std::chrono_literals;
using Way = SqlGate::Way;
const std::string three_rows = "SELECT seq FROM seq_1_to_3";
const std::string no_row = "SELECT seq FROM seq_1_to_3 WHERE seq = 9";

class BackendGateTest : public PoolTest {
 protected:
  backend::Pool& gated() { return pool(over_tcp("127.0.0.1", gate.port())); }

  /// As many lookups as a busy Postfix has. They are answered without a wait: nothing but what is ready now is run.
  void expect_answers_at_once(backend::Pool& p, Errc expected) {
    int answered = 0;
    for (int i = 0; i < 200; ++i)
      start_asking(p, three_rows, 60s, [&](Answer got) {
        ++answered;
        ASSERT_FALSE(got);
        EXPECT_EQ(got.error().code, expected) << got.error().detail;
      });
    io.restart();
    io.poll();
    EXPECT_EQ(answered, 200);
    pump_until([&] { return answered == 200; });
  }
  /// The shortest time between two failed attempts to connect, of five.
  milliseconds shortest_gap(backend::Pool& p) {
    auto shortest = milliseconds::max();
    auto before = Clock::time_point{};
    for (int i = 0; i < 6; ++i) {
      const auto failed = p.counters().errors;
      EXPECT_TRUE(pump_until([&] { return p.counters().errors > failed; }));
      const auto now = Clock::now();
      if (i > 0) shortest = std::min(shortest, std::chrono::duration_cast<milliseconds>(now - before));
      before = now;
    }
    return shortest;
  }
  void expect_back(backend::Pool& p) {
    const auto begun = Clock::now();
    gate.set(Way::open);
    EXPECT_TRUE(pump_until([&] { return p.counters().open > 0; }));
    EXPECT_EQ(ask(p, three_rows)->rows.rows.size(), 3U);
    const auto took = std::chrono::duration_cast<milliseconds>(Clock::now() - begun);
    RecordProperty("recovery_ms", static_cast<int>(took.count()));
    EXPECT_LT(took, 5s) << "one second, on a machine that has nothing else to do";
    EXPECT_FALSE(p.known_down());
  }

  SqlGate gate{server.port()};
};

TEST_F(BackendGateTest, AResultThatIsCutIsAnErrorWhereverTheCutIs) {
  auto& p = gated();
  ASSERT_EQ(ask(p, three_rows)->rows.rows.size(), 3U);
  gate.set(Way::cut_mid_row);
  int rounds = 0;
  ASSERT_TRUE(pump_until([&] {
    for (const auto& query : {three_rows, no_row}) {
      const auto answer = ask(p, query);
      EXPECT_FALSE(answer) << answer->rows.rows.size() << " rows";
      EXPECT_TRUE(answer || answer.error().code == Errc::unavailable) << answer.error().detail;
    }
    return ++rounds >= 20 && p.known_down();
  }));
  EXPECT_GT(gate.spoilt(), 4);
  // No fresh connection for each lookup: it is known where that leads.
  gate.count_anew();
  const auto since = Clock::now();
  int asked = 0;
  int answered = 0;
  while (Clock::now() - since < 1500ms) {
    for (int i = 0; i < 50; ++i, ++asked)
      start_asking(p, three_rows, 60s, [&](Answer got) {
        ++answered;
        EXPECT_FALSE(got);
      });
    ASSERT_TRUE(pump_until([&] { return answered == asked; }));
    pump_until([] { return false; }, 10ms);
  }
  EXPECT_GT(asked, 500);
  EXPECT_LE(gate.connections(), 20);
  EXPECT_LE(gate.most_at_once(), 1);
  gate.set(Way::open);
  EXPECT_TRUE(pump_until([&] { return ask(p, no_row).has_value(); }));
  EXPECT_EQ(ask(p, three_rows)->rows.rows.size(), 3U);
  EXPECT_FALSE(p.known_down());
}

TEST_F(BackendGateTest, EveryQueryInErrorIsAwayAndOneAnswerIsNot) {
  auto& p = gated();
  gate.say(1142, "SELECT command denied");
  gate.set(Way::errors);
  const auto fails = [&] {
    const auto answer = ask(p, three_rows);
    EXPECT_FALSE(answer);
    EXPECT_TRUE(answer || answer.error().code == Errc::query) << answer.error().detail;
  };
  for (int i = 0; i < 10; ++i) fails();
  EXPECT_FALSE(p.known_down()) << "a moment's trouble";
  ASSERT_TRUE(pump_until([&] {
    fails();
    return p.known_down();
  }));
  EXPECT_TRUE(ask(p, "SELECT 1"));
  EXPECT_FALSE(p.known_down()) << "it is not every query";
  fails();
  EXPECT_FALSE(p.known_down());
}

TEST_F(BackendGateTest, QueriesThatHangAreTriedOneAtATimeAndNobodyElseWaits) {
  auto& p = gated();
  ASSERT_TRUE(ask(p, three_rows));
  gate.set(Way::hang);
  ASSERT_TRUE(pump_until([&] {
    const auto answer = ask(p, three_rows, "key", 300ms);
    EXPECT_FALSE(answer);
    return p.known_down();
  }));
  // Whoever comes first when there is a connection again finds out.
  std::optional<Answer> first;
  ASSERT_TRUE(pump_until([&] { return p.counters().open == 1; }));
  start_asking(p, three_rows, 60s, [&](Answer got) { first.emplace(std::move(got)); });
  expect_answers_at_once(p, Errc::unavailable);
  EXPECT_FALSE(first);
  gate.set(Way::open);
  EXPECT_TRUE(pump_until([&] { return first.has_value(); }));
  EXPECT_TRUE(first && *first);
  EXPECT_TRUE(ask(p, three_rows));
  EXPECT_FALSE(p.known_down());
}

TEST_F(BackendGateTest, WhileItRefusesThereIsOneAttemptAtATimeAndNobodyWaits) {
  auto& p = gated();
  gate.set(Way::closed);
  EXPECT_FALSE(ask(p, three_rows));
  ASSERT_TRUE(p.known_down());
  pump_until([] { return false; }, 1s);  // the back-off grows
  gate.count_anew();
  const auto begun = Clock::now();
  for (int round = 0; round < 10; ++round) {
    expect_answers_at_once(p, Errc::unavailable);
    pump_until([] { return false; }, 100ms);
  }
  // 2,000 lookups. Half a second between attempts.
  const auto most = 2 + (Clock::now() - begun) / 500ms;
  EXPECT_GE(gate.connections(), 1);
  EXPECT_LE(gate.connections(), most);
  expect_back(p);
}

TEST_F(BackendGateTest, ABlackHoleIsTriedWithFreshPacketsAndNobodyWaits) {
  auto& p = gated();
  gate.set(Way::black_hole);
  EXPECT_FALSE(ask(p, three_rows));
  ASSERT_TRUE(p.known_down());
  expect_answers_at_once(p, Errc::unavailable);
  // Half a second for the attempt, a breath until the next. The kernel would send its packet anew after 1, 3 and 7 s.
  EXPECT_LT(shortest_gap(p), 900ms);
  expect_back(p);
}

TEST_F(BackendGateTest, ABlackHoleBehindTheOnlyHostsDoesNotDoubleTheWay) {
  auto with = over_tcp("127.0.0.1", gate.port());
  SqlGate other{server.port()};
  with.hosts.push_back({Endpoint::Kind::inet, "127.0.0.1", static_cast<std::uint16_t>(other.port()), {}});
  auto& p = pool(with);
  gate.set(Way::black_hole);
  other.set(Way::black_hole);
  EXPECT_FALSE(ask(p, three_rows));
  EXPECT_TRUE(pump_until([&] { return p.known_down(); }));
  // One after the other, no two of them could end within half a second.
  EXPECT_LT(shortest_gap(p), 300ms);
  expect_back(p);
}

TEST_F(BackendGateTest, AConnectionWhosePeerVanishedIsNoticedWellBeforeTheDeadline) {
  auto& p = gated();
  ASSERT_TRUE(ask(p, three_rows));
  gate.set(Way::black_hole);
  // What stood idle, and what was asked on it: an error, long before the lookup's minute is over.
  const auto answer = ask(p, three_rows, "key", 60s);
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, Errc::unavailable) << answer.error().detail;
  EXPECT_TRUE(pump_until([&] { return p.known_down(); }));
  expect_back(p);
}

TEST_F(BackendGateTest, AQueryUnderWayWhosePeerVanishedIsNoticedToo) {
  auto& p = gated();
  std::optional<Answer> answer;
  start_asking(p, "SELECT SLEEP(50)", 60s, [&](Answer got) { answer.emplace(std::move(got)); });
  ASSERT_TRUE(pump_until([&] {
    return server.sql("SELECT COUNT(*) FROM information_schema.processlist WHERE info = 'SELECT SLEEP(50)'") == "1\n";
  }));
  gate.set(Way::black_hole);
  EXPECT_TRUE(pump_until([&] { return answer.has_value(); }));
  EXPECT_TRUE(answer && !*answer);
  expect_back(p);
}

TEST_F(BackendGateTest, ASilentServerWhoseHostAnswersIsGivenItsTime) {
  auto& p = gated();
  EXPECT_EQ(value(ask(p, "SELECT SLEEP(4)", "key", 30s)), "0");
  EXPECT_EQ(p.counters().errors, 0U);
}

}  // namespace
}  // namespace maproom::test
