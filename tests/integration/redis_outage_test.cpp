// The Redis tier against a Redis that is absent, hangs, dies, or does not let us in: a lookup loses its budget once and
// no more, and gets an answer of its own or none.

#include <spdlog/sinks/ostream_sink.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <sstream>

#include "integration/redis_fixture.hpp"

namespace maproom::cache {
namespace {

using namespace std::chrono_literals;
using test::PrivateRedis;

class RedisOutageTest : public RedisFixture {
 protected:
  RedisOutageTest() {
    spdlog::set_default_logger(
        std::make_shared<spdlog::logger>("test", std::make_shared<spdlog::sinks::ostream_sink_mt>(log)));
  }
  ~RedisOutageTest() override { spdlog::set_default_logger(before); }

  bool logged(const std::string& text) {
    return until([&] { return log.str().find(text) != std::string::npos; });
  }
  /// Starts lookups that nobody waits for yet.
  void start_lookups(RedisTier& tier, int count) {
    for (int i = 0; i < count; ++i)
      boost::asio::co_spawn(loop, tier.get("t", "k"), [this](std::exception_ptr error, std::optional<TaggedEntry> got) {
        EXPECT_FALSE(error);
        EXPECT_FALSE(got);
        ++ended;
      });
  }
  void turn_the_loop() {
    loop.restart();
    loop.poll();
  }

  std::shared_ptr<spdlog::logger> before = spdlog::default_logger();
  std::ostringstream log;
  int ended = 0;
};

TEST_F(RedisOutageTest, ServerThatIsAbsentAtStartIsFoundWhenItComes) {
  PrivateRedis redis{{}, false};
  for (const bool over_unix : {true, false}) {
    SCOPED_TRACE(over_unix);
    auto settings = settings_of(redis);
    if (!over_unix) settings.server = inet("127.0.0.1", redis.port());
    RedisTier tier{loop.get_executor(), settings};
    tier.start();
    EXPECT_TRUE(logged("event=redis_down server=" + settings.server.to_string()));
    EXPECT_EQ(get(tier, "k"), nothing);
    EXPECT_EQ(tier.counters().skipped, 1U);
    put(tier, "k", "v");
    EXPECT_EQ(run(tier.clear()), std::nullopt);
    redis.start();
    ASSERT_TRUE(connected(tier));
    put(tier, "k", "v");
    EXPECT_EQ(get(tier, "k"), "v");
    redis.stop();
    log.str("");
  }
}

TEST_F(RedisOutageTest, HungServerCostsItsBudgetOnceAndIsThenPassedBy) {
  const PrivateRedis redis;
  auto settings = settings_of(redis);
  settings.budget = 100ms;
  const auto tier = tier_of(settings);
  put(*tier, "a", "1");
  put(*tier, "b", "2");
  ASSERT_EQ(get(*tier, "a"), "1");

  redis.pause();
  auto begun = Clock::now();
  EXPECT_EQ(get(*tier, "a"), nothing);
  EXPECT_GE(Clock::now() - begun, 100ms);
  EXPECT_LT(Clock::now() - begun, 10s);
  EXPECT_EQ(tier->counters().timeouts, 1U);
  EXPECT_EQ(tier->counters().errors, 0U) << "each lookup counts once";
  EXPECT_FALSE(tier->counters().connected);
  begun = Clock::now();
  for (int i = 0; i < 100; ++i) EXPECT_EQ(get(*tier, "a"), nothing);
  EXPECT_LT(Clock::now() - begun, 10s) << "a hundred lookups, less than one budget";
  EXPECT_EQ(tier->counters().skipped, 100U);
  EXPECT_EQ(tier->counters().timeouts, 1U);

  // The late reply to the lookup of "a" is nobody's.
  redis.resume();
  ASSERT_TRUE(connected(*tier));
  EXPECT_EQ(get(*tier, "b"), "2");
  EXPECT_EQ(get(*tier, "a"), "1");
  EXPECT_EQ(tier->counters().timeouts, 1U);
}

TEST_F(RedisOutageTest, ServerThatHangsForLongIsLeftAndComesBack) {
  const PrivateRedis redis;
  auto settings = settings_of(redis);
  settings.budget = 50ms;
  const auto tier = tier_of(settings);
  put(*tier, "k", "v");
  ASSERT_EQ(get(*tier, "k"), "v");
  redis.pause();
  EXPECT_EQ(get(*tier, "k"), nothing);
  ASSERT_TRUE(logged("event=redis_down"));
  EXPECT_EQ(get(*tier, "k"), nothing);
  EXPECT_EQ(tier->counters().timeouts, 1U);
  redis.resume();
  ASSERT_TRUE(connected(*tier));
  EXPECT_EQ(get(*tier, "k"), "v");
}

TEST_F(RedisOutageTest, HungServerIsNoticedWithoutAnyLookup) {
  const PrivateRedis redis;
  auto settings = settings_of(redis);
  settings.probe_interval = 100ms;
  const auto tier = tier_of(settings);
  redis.pause();
  ASSERT_TRUE(until([&] { return !tier->counters().connected; }));
  EXPECT_EQ(tier->counters().timeouts, 0U) << "no lookup has waited";
  redis.resume();
  ASSERT_TRUE(connected(*tier));
}

TEST_F(RedisOutageTest, KilledServerEndsTheLookupsThatWaitAndIsFoundAgain) {
  PrivateRedis redis;
  const auto tier = tier_of(redis);
  put(*tier, "k", "v");
  ASSERT_EQ(get(*tier, "k"), "v");
  redis.pause();
  start_lookups(*tier, 10);
  turn_the_loop();
  const auto begun = Clock::now();
  redis.stop();
  ASSERT_TRUE(until([&] { return ended == 10; }));
  EXPECT_LT(Clock::now() - begun, 9s) << "their budget is 10 s";
  EXPECT_FALSE(tier->counters().connected);
  EXPECT_EQ(get(*tier, "k"), nothing);
  redis.start();
  ASSERT_TRUE(connected(*tier));
  EXPECT_EQ(get(*tier, "k"), nothing) << "it had no persistence";
  put(*tier, "k", "w");
  EXPECT_EQ(get(*tier, "k"), "w");
}

TEST_F(RedisOutageTest, FloodTowardsAHungServerIsBounded) {
  const PrivateRedis redis;
  const auto tier = tier_of(redis);
  redis.pause();
  const int many = 50'000;
  for (int i = 0; i < many; ++i) put(*tier, std::to_string(i), "v");
  start_lookups(*tier, 100);
  ASSERT_TRUE(until([&] { return ended == 100; }, 5s)) << "there is no room for them, so they need not wait";
  redis.resume();
  ASSERT_TRUE(until([&] {
    put(*tier, "after", "w");
    return get(*tier, "after") == "w";
  }));
  const auto kept = std::stoi(redis.command({"DBSIZE"}));
  EXPECT_GT(kept, 1000);
  EXPECT_LT(kept, many / 2);
}

// ---- the door ------------------------------------------------------------------------------------------------------

TEST_F(RedisOutageTest, PasswordOpensAndAWrongOneIsToldButNotShown) {
  const PrivateRedis redis{{"--requirepass", "s3cret"}};
  auto settings = settings_of(redis);
  settings.password = "s3cret";
  {
    const auto tier = tier_of(settings);
    put(*tier, "k", "v");
    EXPECT_EQ(get(*tier, "k"), "v");
  }
  settings.password = "wr0ng";
  RedisTier wrong{loop.get_executor(), settings};
  wrong.start();
  ASSERT_TRUE(logged("AUTH refused: WRONGPASS")) << log.str();
  EXPECT_EQ(get(wrong, "k"), nothing);
  EXPECT_EQ(log.str().find("wr0ng"), std::string::npos);
}

TEST_F(RedisOutageTest, MissingPasswordIsTold) {
  const PrivateRedis redis{{"--requirepass", "s3cret"}};
  RedisTier tier{loop.get_executor(), settings_of(redis)};
  tier.start();
  ASSERT_TRUE(logged("refused: NOAUTH")) << log.str();
  EXPECT_EQ(get(tier, "k"), nothing);
}

TEST_F(RedisOutageTest, AclUserIsLetInAndNeedsNoMoreThanTheListedCommands) {
  std::vector<std::string> options{"--user", "maproom", "on", ">s3cret", "~maproom:*"};
  for (const char* command :
       {"+select", "+time", "+multi", "+exec", "+get", "+pttl", "+set", "+pexpireat", "+unlink", "+scan"})
    options.emplace_back(command);
  const PrivateRedis redis{options};
  auto settings = settings_of(redis);
  settings.username = "maproom";
  settings.password = "s3cret";
  settings.probe_interval = 50ms;
  {
    const auto tier = tier_of(settings);
    put(*tier, "k", "v");
    EXPECT_EQ(get(*tier, "k"), "v");
    EXPECT_EQ(run(tier->erase("t", "k")), 1U);
    put(*tier, "k", "v");
    EXPECT_EQ(run(tier->clear()), 1U);
    EXPECT_EQ(tier->counters().errors + tier->counters().refused_writes, 0U);
    EXPECT_EQ(log.str().find("redis_refused"), std::string::npos) << log.str();
  }
  settings.username = "stranger";
  RedisTier wrong{loop.get_executor(), settings};
  wrong.start();
  ASSERT_TRUE(logged("AUTH refused: WRONGPASS")) << log.str();
}

// An administrator would not learn otherwise that his Redis keeps nothing.
TEST_F(RedisOutageTest, RefusedCommandsAreCountedAndTold) {
  const PrivateRedis redis{{"--user", "maproom", "on", ">s3cret", "~maproom:*", "+select", "+time", "+multi", "+exec"}};
  auto settings = settings_of(redis);
  settings.username = "maproom";
  settings.password = "s3cret";
  const auto tier = tier_of(settings);
  put(*tier, "joe@mbox.example", "v");
  ASSERT_TRUE(until([&] { return tier->counters().refused_writes == 1; }));
  ASSERT_TRUE(logged("event=redis_refused")) << log.str();
  EXPECT_NE(log.str().find("NOPERM"), std::string::npos) << log.str();
  EXPECT_EQ(get(*tier, "joe@mbox.example"), nothing);
  EXPECT_EQ(tier->counters().errors, 1U);
  EXPECT_EQ(tier->counters().misses, 0U);
  EXPECT_EQ(run(tier->clear()), std::nullopt);
  EXPECT_EQ(log.str().find("joe"), std::string::npos) << "keys are for the debug log";
}

TEST_F(RedisOutageTest, DatabaseThatIsNotThereIsTold) {
  const PrivateRedis redis;
  auto settings = settings_of(redis);
  settings.database = 99;
  RedisTier tier{loop.get_executor(), settings};
  tier.start();
  ASSERT_TRUE(logged("SELECT refused: ERR DB index is out of range")) << log.str();
  EXPECT_EQ(get(tier, "k"), nothing);
}

// ---- the end -------------------------------------------------------------------------------------------------------

TEST_F(RedisOutageTest, DestructorEndsTheLookupsThatWait) {
  const PrivateRedis redis;
  auto tier = tier_of(redis);
  redis.pause();
  start_lookups(*tier, 50);
  bool erased = false;
  boost::asio::co_spawn(loop, tier->clear(), [&](std::exception_ptr, std::optional<std::uint64_t> gone) {
    EXPECT_EQ(gone, std::nullopt);
    erased = true;
  });
  turn_the_loop();
  EXPECT_EQ(ended, 0);
  const auto begun = Clock::now();
  tier.reset();
  ASSERT_TRUE(until([&] { return ended == 50 && erased; }));
  EXPECT_LT(Clock::now() - begun, 9s) << "their budget is 10 s";
}

TEST_F(RedisOutageTest, DestructorIsGoodAtAnyStepOfConnecting) {
  const PrivateRedis redis;
  for (const auto& server : {unix_socket(redis), inet("127.0.0.1", redis.port()), inet("localhost", redis.port())})
    for (int steps = 0; steps < 30; ++steps) {
      auto settings = settings_of(redis);
      settings.server = server;
      auto tier = std::make_unique<RedisTier>(loop.get_executor(), settings);
      tier->start();
      loop.restart();
      for (int step = 0; step < steps; ++step) loop.run_one_for(1ms);
      tier.reset();
      loop.restart();
      loop.run();  // comes to an end: nothing of the tier is left
    }
}

TEST_F(RedisOutageTest, DestructorIsGoodWhileItWaitsToConnectAgain) {
  const PrivateRedis redis{{}, false};
  auto tier = std::make_unique<RedisTier>(loop.get_executor(), settings_of(redis));
  tier->start();
  ASSERT_TRUE(logged("event=redis_down"));
  tier.reset();
  loop.restart();
  const auto begun = Clock::now();
  loop.run();
  EXPECT_LT(Clock::now() - begun, 10s);
}

/// Takes one connection after another, answers the greeting as Redis would, and then sends what nobody asked for.
class Impostor {
 public:
  Impostor(boost::asio::io_context& loop, std::string head, std::string endless)
      : acceptor_{loop, {boost::asio::ip::address_v4::loopback(), 0}},
        head_{std::move(head)},
        endless_{std::move(endless)} {
    boost::asio::co_spawn(loop, serve(), [](std::exception_ptr) {});
  }
  ~Impostor() { acceptor_.close(); }
  Impostor(const Impostor&) = delete;
  Impostor& operator=(const Impostor&) = delete;
  [[nodiscard]] int port() const { return acceptor_.local_endpoint().port(); }

  std::size_t most_sent = 0;  ///< by one connection: whoever is not told yet comes again
  int left = 0;               ///< connections that the other end has closed

 private:
  boost::asio::awaitable<void> serve() {
    using boost::asio::use_awaitable;
    for (;;) {
      auto socket = co_await acceptor_.async_accept(use_awaitable);
      try {
        std::string read(4096, '\0');
        co_await socket.async_read_some(boost::asio::buffer(read), use_awaitable);
        const std::string greeting = "+OK\r\n*2\r\n$10\r\n1700000000\r\n$1\r\n0\r\n";
        co_await boost::asio::async_write(socket, boost::asio::buffer(greeting + head_), use_awaitable);
        for (std::size_t sent = 0; !endless_.empty(); most_sent = std::max(most_sent, sent))
          sent += co_await boost::asio::async_write(socket, boost::asio::buffer(endless_), use_awaitable);
        for (;;) co_await socket.async_read_some(boost::asio::buffer(read), use_awaitable);
      } catch (const boost::system::system_error&) {
        ++left;
      }
    }
  }
  boost::asio::ip::tcp::acceptor acceptor_;
  std::string head_, endless_;
};

TEST_F(RedisOutageTest, WhatNobodyAskedForEndsTheLinkAndNothingElse) {
  struct Attack {
    std::string head, endless, told;
  };
  const std::string chunk(64 * 1024, 'x');
  for (const auto& [head, endless, told] :
       {Attack{"+OK\r\n", "", "not asked for"}, Attack{":7\r\n", "", "not asked for"},
        Attack{"$-1\r\n", "", "not asked for"}, Attack{"*2147483647\r\n", "", "too many elements"},
        Attack{"$9000000000\r\n", chunk, "too long"}}) {
    log.str({});
    Impostor impostor{loop, head, endless};
    RedisSettings settings;
    settings.server = inet("127.0.0.1", impostor.port());
    RedisTier tier{loop.get_executor(), settings};
    tier.start();
    EXPECT_TRUE(until([&] { return impostor.left > 0; })) << head;
    EXPECT_TRUE(logged(told)) << head << log.str();
    EXPECT_LT(impostor.most_sent, std::size_t{64} << 20) << head;
  }
}

}  // namespace
}  // namespace maproom::cache
