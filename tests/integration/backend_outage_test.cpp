// What happens when the server is slow, silent, gone, or back; and the pool's bound.

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <optional>

#include "integration/backend_fixture.hpp"
#include "maproom/backend/link_state.hpp"

namespace maproom::test {
namespace {

using namespace std::chrono_literals;

class BackendOutageTest : public PoolTest {
 protected:
  void TearDown() override {
    server.resume();
    if (stopped_) server.start();
  }
  void stop_server() {
    server.stop();
    stopped_ = true;
  }
  void start_server() {
    server.start();
    stopped_ = false;
  }
  /// How long the last ask took.
  Answer timed(backend::Pool& p, const std::string& query, milliseconds limit) {
    const auto begin = Clock::now();
    auto answer = ask(p, query, "key", limit);
    took = Clock::now() - begin;
    return answer;
  }
  Clock::duration took{};

 private:
  bool stopped_ = false;
};

TEST_F(BackendOutageTest, AConnectionKilledWhileIdleIsReplacedUnseen) {
  auto& p = pool(settings(1));
  const auto id = value(ask(p, "SELECT CONNECTION_ID()"));
  server.sql("KILL " + id);
  const auto gone = [&] {
    return server.sql("SELECT COUNT(*) FROM information_schema.processlist WHERE id = " + id) == "0\n";
  };
  ASSERT_TRUE(wait_until(gone));
  const auto other = ask(p, "SELECT CONNECTION_ID()");
  ASSERT_TRUE(other) << other.error().detail;
  EXPECT_NE(value(other), id);
  EXPECT_EQ(p.counters().errors, 0U);
}

TEST_F(BackendOutageTest, AProcedureThatMayHaveBegunIsNotRepeatedAndAReadIs) {
  server.sql("CREATE OR REPLACE TABLE begun (n INT) ENGINE=Aria TRANSACTIONAL=0", "probe");
  run_command(
      {"mariadb", "--no-defaults", "-uroot", "-S", server.socket(), "probe"},
      "DELIMITER //\n"
      "CREATE OR REPLACE PROCEDURE begin_and_hang() BEGIN INSERT INTO begun VALUES (1); SELECT SLEEP(20); END//\n"
      "CREATE OR REPLACE FUNCTION begin_and_wait() RETURNS INT BEGIN INSERT INTO begun VALUES (1); "
      "RETURN SLEEP(IF((SELECT COUNT(*) FROM begun) > 1, 0, 20)); END//\n");
  // The server dies under the query and is back before its deadline.
  const auto die_under = [&](const std::string& query) {
    server.sql("TRUNCATE begun", "probe");
    auto& p = pool(settings(1));
    std::optional<Answer> answer;
    start_asking(p, query, 30s, [&](Answer got) { answer.emplace(std::move(got)); });
    EXPECT_TRUE(pump_until([&] { return server.sql("SELECT COUNT(*) FROM begun", "probe") == "1\n"; }));
    server.sql("FLUSH TABLES probe.begun WITH READ LOCK; UNLOCK TABLES");
    server.kill();
    server.start();
    EXPECT_TRUE(pump_until([&] { return answer.has_value(); }));
    return *answer;
  };
  const auto called = die_under("CALL begin_and_hang()");
  ASSERT_FALSE(called);
  EXPECT_EQ(called.error().code, Errc::unavailable);
  EXPECT_EQ(server.sql("SELECT COUNT(*) FROM begun", "probe"), "1\n");
  EXPECT_EQ(value(die_under("SELECT begin_and_wait()")), "0");
}

TEST_F(BackendOutageTest, ASilentServerCostsNoMoreThanTheDeadline) {
  auto& p = pool(settings(1));
  ASSERT_TRUE(ask(p, "SELECT 1"));
  server.pause();
  // On the connection that is there, then on one that cannot come about.
  for (int i = 0; i < 2; ++i) {
    const auto answer = timed(p, "SELECT 1", 300ms);
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().code, Errc::timeout) << answer.error().detail;
    EXPECT_GE(took, 290ms);
    EXPECT_LT(took, 10s);
  }
  server.resume();
  EXPECT_EQ(value(ask(p, "SELECT 'back'")), "back");
}

TEST_F(BackendOutageTest, ASlowQueryEndsAtItsDeadlineAndTheNextIsAnswered) {
  auto& p = pool(settings(1));
  const auto slow = timed(p, "SELECT SLEEP(10)", 200ms);
  ASSERT_FALSE(slow);
  EXPECT_EQ(slow.error().code, Errc::timeout);
  EXPECT_LT(took, 10s);
  EXPECT_EQ(value(ask(p, "SELECT 'next'")), "next");
}

TEST_F(BackendOutageTest, AServerThatIsGoneIsSaidAtOnceAndItsReturnIsSeenWithinASecond) {
  auto& p = pool();
  ASSERT_TRUE(ask(p, "SELECT 1"));
  stop_server();
  for (int i = 0; i < 5; ++i) {
    const auto answer = timed(p, "SELECT 1", 5s);
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().code, Errc::unavailable);
    EXPECT_NE(answer.error().detail.find(server.socket()), std::string::npos) << answer.error().detail;
    EXPECT_LT(took, 10s);
  }
  EXPECT_EQ(p.counters().open, 0U);
  // The back-off grows to its longest meanwhile.
  const auto begin = Clock::now();
  pump_until([&] { return Clock::now() - begin > 1500ms; });
  const auto attempts = p.counters().errors;
  EXPECT_LT(attempts, 12U) << "one attempt at a time, at growing intervals";
  start_server();
  const auto back = Clock::now();
  EXPECT_TRUE(pump_until([&] { return p.counters().open > 0; }));
  EXPECT_EQ(value(ask(p, "SELECT 'back'")), "back");
  EXPECT_LT(Clock::now() - back, 10s);
  EXPECT_EQ(p.counters().last_error, "");
}

TEST_F(BackendOutageTest, AServerThatRestartsUnderIdleConnectionsIsNoError) {
  auto& p = pool();
  ASSERT_TRUE(ask(p, "SELECT 1"));
  stop_server();
  start_server();
  EXPECT_EQ(value(ask(p, "SELECT 'back'")), "back");
  EXPECT_EQ(p.counters().errors, 0U);
}

TEST_F(BackendOutageTest, AHundredLookupsNeverOpenMoreThanTheBound) {
  auto& p = pool(settings(3));
  int answered = 0;
  int most = 0;
  for (int i = 0; i < 100; ++i)
    start_asking(
        p, "SELECT COUNT(*) + SLEEP(0.005) FROM information_schema.processlist WHERE user = 'reader' AND db = 'probe'",
        20s, [&](Answer got) {
          most = std::max(most, std::atoi(value(got).c_str()));
          ++answered;
        });
  ASSERT_TRUE(pump_until([&] {
    EXPECT_LE(p.counters().open, 3U);
    return answered == 100;
  }));
  EXPECT_EQ(most, 3) << "as many as allowed, and no more";
  EXPECT_EQ(p.counters().connects, 3U);
}

TEST_F(BackendOutageTest, WaitingLookupsAreServedInTheirOrderAndLateOnesDropOut) {
  auto& p = pool(settings(1));
  std::vector<int> order;
  std::optional<Errc> late;
  start_asking(p, "SELECT SLEEP(0.4)", 5s, [&](Answer) { order.push_back(0); });
  start_asking(p, "SELECT 1", 5s, [&](Answer got) { order.push_back(got ? 1 : -1); });
  start_asking(p, "SELECT 1", 100ms, [&](Answer got) {
    order.push_back(2);
    late = got ? std::nullopt : std::optional{got.error().code};
  });
  start_asking(p, "SELECT 1", 5s, [&](Answer got) { order.push_back(got ? 3 : -3); });
  ASSERT_TRUE(pump_until([&] { return order.size() == 4; }));
  EXPECT_EQ(order, (std::vector<int>{2, 0, 1, 3}));
  EXPECT_EQ(late, Errc::timeout);
}

TEST_F(BackendOutageTest, AnIdleConnectionIsClosedAfterItsInterval) {
  auto with = settings();
  with.idle_interval = 50ms;
  auto& p = pool(with);
  ASSERT_TRUE(ask(p, "SELECT 1"));
  EXPECT_EQ(p.counters().open, 1U);
  EXPECT_TRUE(pump_until([&] { return p.counters().open == 0; }, 2s));
}

TEST_F(BackendOutageTest, StoppingAnswersWhoWaitsAndLetsAQueryEnd) {
  auto& p = pool(settings(1));
  std::optional<Answer> running;
  std::optional<Answer> waiting;
  start_asking(p, "SELECT SLEEP(0.2)", 5s, [&](Answer got) { running.emplace(std::move(got)); });
  start_asking(p, "SELECT 1", 5s, [&](Answer got) { waiting.emplace(std::move(got)); });
  ASSERT_TRUE(pump_until([&] { return p.counters().queries == 1; }));
  p.stop();
  ASSERT_TRUE(pump_until([&] { return waiting.has_value(); }, 100ms));
  EXPECT_EQ(waiting->error().code, Errc::unavailable);
  ASSERT_TRUE(pump_until([&] { return running.has_value(); }));
  EXPECT_EQ(value(*running), "0");
  EXPECT_EQ(p.counters().open, 0U);
  EXPECT_EQ(ask(p, "SELECT 1").error().code, Errc::unavailable);
}

TEST_F(BackendOutageTest, ALoopThatEndsInMidQueryLeavesNothingBehind) {
  // What the address sanitizer looks at: a connect, a query and a fetch that stand half way.
  for (const char* query :
       {"SELECT SLEEP(5)", "SELECT seq, IF(seq = 100, SLEEP(5), REPEAT('x', 1000)) FROM seq_1_to_200"}) {
    boost::asio::io_context short_lived{1};
    backend::Pool p{short_lived.get_executor(), settings()};
    const auto parsed = query::QueryTemplate::parse(query);
    const std::string key = "key";
    boost::asio::co_spawn(short_lived, p.fetch(*parsed, key, Clock::now() + 10s), [](auto, auto) {});
    const auto end = Clock::now() + 300ms;
    while (Clock::now() < end) short_lived.run_one_for(10ms);
  }
  server.pause();
  boost::asio::io_context short_lived{1};
  backend::Pool p{short_lived.get_executor(), settings()};
  const auto parsed = query::QueryTemplate::parse("SELECT 1");
  const std::string key = "key";
  boost::asio::co_spawn(short_lived, p.fetch(*parsed, key, Clock::now() + 10s), [](auto, auto) {});
  short_lived.run_for(100ms);
}

// ---- several hosts -------------------------------------------------------------------------------------------------

TEST_F(BackendOutageTest, AnAbsentFirstHostIsPassedOver) {
  auto with = settings();
  with.hosts.insert(with.hosts.begin(),
                    {Endpoint::Kind::inet, "127.0.0.1", static_cast<std::uint16_t>(free_port()), {}});
  auto& p = pool(with);
  const auto answer = ask(p, "SELECT 1");
  ASSERT_TRUE(answer) << answer.error().detail;
  EXPECT_EQ(answer->host, "unix:" + server.socket());
  EXPECT_NE(p.counters().last_error, "") << "the first host's trouble is worth telling";
}

TEST_F(BackendOutageTest, EveryAddressOfAHostIsTried) {
  // localhost is ::1 too on most hosts; the server listens on 127.0.0.1 alone.
  EXPECT_EQ(value(ask(pool(over_tcp("localhost", server.port())), "SELECT 'reached'")), "reached");
}

TEST_F(BackendOutageTest, LookupsGoBackToTheFirstHostWhenItReturnsAndDoNotReconnectUntilThen) {
  PrivateMariadb first;
  first.sql(
      "CREATE DATABASE probe; CREATE USER reader@localhost IDENTIFIED BY 'secret'; GRANT SELECT ON probe.* TO "
      "reader@localhost");
  first.stop();
  auto with = settings(1);
  with.hosts.insert(with.hosts.begin(), {Endpoint::Kind::unix_socket, {}, 0, first.socket()});
  auto& p = pool(with);
  const auto second_host = "unix:" + server.socket();
  ASSERT_EQ(ask(p, "SELECT 1")->host, second_host);
  // Beyond the interval in which the first host is tried again.
  const auto begin = Clock::now();
  while (Clock::now() - begin < backend::LinkState::return_interval + 1s) {
    const auto answer = ask(p, "SELECT 1");
    ASSERT_TRUE(answer);
    ASSERT_EQ(answer->host, second_host);
    pump_until([] { return false; }, 50ms);
  }
  EXPECT_EQ(p.counters().connects, 1U) << "the connection to the second host is kept";
  first.start();
  EXPECT_TRUE(pump_until([&] {
    const auto answer = ask(p, "SELECT 1");
    EXPECT_TRUE(answer) << answer.error().detail;
    return answer && answer->host == "unix:" + first.socket();
  }));
  EXPECT_EQ(p.counters().open, 1U);
  EXPECT_EQ(p.counters().last_error, "");
}

TEST_F(BackendOutageTest, KeysThatTheColumnCannotHoldAreNoFailureOfTheServer) {
  server.sql("CREATE OR REPLACE TABLE narrow (name VARCHAR(64) CHARACTER SET latin1) ENGINE=InnoDB", "probe");
  auto& p = pool();
  const auto begun = Clock::now();
  const auto worn_out = [&] { return Clock::now() - begun > 1500ms; };  // longer than a streak needs to count
  int asked = 0;
  while (!worn_out() || asked < 8) {
    const auto strange =
        ask(p, "SELECT 1 FROM narrow WHERE name = '%s'", "z" + std::to_string(++asked) + "\xf0\x9f\x98\x80@a.example");
    ASSERT_FALSE(strange);
    EXPECT_NE(strange.error().detail.find("collations"), std::string::npos) << strange.error().detail;
    const auto pattern = ask(p, "SELECT 1 FROM narrow WHERE name REGEXP '%s'", "(" + std::to_string(asked));
    ASSERT_FALSE(pattern);
    EXPECT_FALSE(p.known_down());
  }
  EXPECT_EQ(value(ask(p, "SELECT 1")), "1");
}

}  // namespace
}  // namespace maproom::test
