// The Redis tier against a Redis that is well: what comes back, how old it is, what is refused, what is deleted.

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <boost/asio/co_spawn.hpp>

#include "integration/redis_fixture.hpp"
#include "support/redis_proxy.hpp"

namespace maproom::cache {
namespace {

using namespace std::chrono_literals;
using test::PrivateRedis;

class RedisTierTest : public RedisFixture {
 protected:
  static bool has_ipv6_loopback() {
    const int descriptor = ::socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (descriptor < 0) return false;
    sockaddr_in6 address{};
    address.sin6_family = AF_INET6;
    address.sin6_addr = in6addr_loopback;
    const bool bound = ::bind(descriptor, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0;
    ::close(descriptor);
    return bound;
  }
  static bool has(const std::string& command, const std::string& word) {
    return command.find("\r\n" + word + "\r\n") != std::string::npos;
  }
  void expect_round_trip(const RedisSettings& settings) {
    const auto tier = tier_of(settings);
    put(*tier, "joe@mbox.example", "mbox/joe/");
    put(*tier, "nobody@mbox.example", std::nullopt);
    EXPECT_EQ(get(*tier, "joe@mbox.example"), "mbox/joe/");
    EXPECT_EQ(get(*tier, "nobody@mbox.example"), std::nullopt);
    EXPECT_EQ(get(*tier, "never-asked@mbox.example"), nothing);
    EXPECT_EQ(tier->counters().hits, 2U);
    EXPECT_EQ(tier->counters().misses, 1U);
    EXPECT_EQ(tier->counters().errors, 0U);
  }

  PrivateRedis redis;
};

TEST_F(RedisTierTest, BringsBackValuesAndAbsencesOverAUnixSocket) { expect_round_trip(settings_of(redis)); }

TEST_F(RedisTierTest, BringsThemBackOverIpv4AndByName) {
  auto settings = settings_of(redis);
  for (const char* host : {"127.0.0.1", "localhost"}) {
    SCOPED_TRACE(host);
    settings.server = inet(host, redis.port());
    settings.prefix = std::string{host} + ":";
    expect_round_trip(settings);
  }
}

TEST_F(RedisTierTest, BringsThemBackOverIpv6) {
  if (!has_ipv6_loopback()) GTEST_SKIP() << "this host has no ::1";
  const PrivateRedis both{{"--bind", "127.0.0.1", "::1"}};
  auto settings = settings_of(both);
  settings.server = inet("::1", both.port());
  expect_round_trip(settings);
}

TEST_F(RedisTierTest, TakesAnyBytesForAKeyAndForAValue) {
  const auto tier = tier_of(redis);
  const std::string odd{"\0\r\n$-1\r\n*?[a]\\ \xff\"'", 18};
  for (const auto& key : {odd, std::string{}, std::string(70'000, 'k')}) {
    put(*tier, key, odd + key);
    EXPECT_EQ(get(*tier, key), odd + key);
  }
  EXPECT_EQ(get(*tier, odd.substr(0, 1)), nothing);
}

TEST_F(RedisTierTest, ThousandLookupsAtOnceGetEachItsOwnAnswer) {
  const auto tier = tier_of(redis);
  for (int i = 0; i < 1000; ++i) put(*tier, std::to_string(i), "value of " + std::to_string(i));
  std::vector<std::optional<Entry>> got(1000);
  int done = 0;
  for (std::size_t i = 0; i < got.size(); ++i)
    boost::asio::co_spawn(loop, tier->get("t", std::to_string(i)),
                          [&got, &done, i](std::exception_ptr, std::optional<TaggedEntry> found) {
                            if (found) got[i] = std::move(found->entry);
                            ++done;
                          });
  ASSERT_TRUE(until([&] { return done == 1000; }));
  for (std::size_t i = 0; i < got.size(); ++i) {
    ASSERT_TRUE(got[i]) << i;
    EXPECT_EQ(got[i]->value, "value of " + std::to_string(i));
  }
}

// ---- age -----------------------------------------------------------------------------------------------------------

TEST_F(RedisTierTest, AgeIsNeverResetHoweverOftenAnEntryIsCopied) {
  const auto tier = tier_of(redis);
  const auto born = Clock::now() - 20s;
  tier->put("t", "0", {"v", born}, 60s);
  for (int copy = 0; copy < 20; ++copy) {
    const auto got = entry(*tier, std::to_string(copy));
    ASSERT_TRUE(got);
    EXPECT_LE(got->born, born) << "it grew younger at copy " << copy;
    EXPECT_GT(got->born, born - 2s) << "it grew older than it is at copy " << copy;
    tier->put("t", std::to_string(copy + 1), {*got}, 60s);
  }
}

TEST_F(RedisTierTest, EntryPastItsLifetimeIsNotWritten) {
  const auto tier = tier_of(redis);
  tier->put("t", "over", {"v", Clock::now() - 61s}, 60s);
  tier->put("t", "never", {"v", Clock::now()}, 0s);
  EXPECT_EQ(get(*tier, "over"), nothing);
  EXPECT_EQ(get(*tier, "never"), nothing);
  EXPECT_EQ(redis.command({"DBSIZE"}), "0");
}

TEST_F(RedisTierTest, EntryEndsWithItsLifetimeCountedFromBirth) {
  const auto tier = tier_of(redis);
  const auto born = Clock::now() - 59s;
  tier->put("t", "k", {"v", born}, 60s);
  EXPECT_EQ(get(*tier, "k"), "v");
  ASSERT_TRUE(until([&] { return Clock::now() >= born + 60s; }));
  EXPECT_EQ(get(*tier, "k"), nothing);
}

// A Redis that hangs reads the command when it wakes, however long ago it was sent.
TEST_F(RedisTierTest, WriteThatRedisReadsLateKeepsItsAge) {
  const auto tier = tier_of(redis);
  redis.pause();
  const auto born = Clock::now();
  tier->put("t", "late", {"v", born}, 60s);
  tier->put("t", "too late", {"v", born}, 300ms);
  ASSERT_TRUE(until([&] { return Clock::now() >= born + 500ms; }));
  redis.resume();
  const auto late = entry(*tier, "late");
  ASSERT_TRUE(late);
  EXPECT_LE(late->born, born);
  EXPECT_EQ(get(*tier, "too late"), nothing);
}

// Another daemon writes while our commands are under way: its remaining time must not be taken for the old value's.
TEST_F(RedisTierTest, EntryReplacedWhileItIsReadHasTheAgeOfItsOwnValue) {
  const auto writer = tier_of(redis);
  writer->put("t", "k", {"old", Clock::now() - 50s}, 60s);
  ASSERT_EQ(get(*writer, "k"), "old");

  test::RedisProxy proxy{loop, redis.socket()};
  const auto young = Clock::now();
  bool replaced = false;
  proxy.after_command = [&](const std::string& command) {
    // Whichever of the two comes first; redis-cli cannot write our bytes, but it can copy them with their time.
    if (replaced || (!has(command, "GET") && !has(command, "PTTL"))) return;
    redis.command({"COPY", "maproom:t:young", "maproom:t:k", "REPLACE"});
    replaced = true;
  };
  writer->put("t", "young", {"new", young}, 60s);
  ASSERT_EQ(get(*writer, "young"), "new");
  auto settings = settings_of(redis);
  settings.server = inet("127.0.0.1", proxy.port());
  const auto reader = tier_of(settings);
  const auto got = entry(*reader, "k");
  ASSERT_TRUE(replaced);
  ASSERT_TRUE(got);
  EXPECT_LE(got->born, got->value == "old" ? young - 50s + 1s : young) << "the value is " << *got->value;
}

// ---- what is not ours ----------------------------------------------------------------------------------------------

TEST_F(RedisTierTest, ForeignAndBrokenEntriesAreMisses) {
  const auto tier = tier_of(redis);
  const auto good = encode({"v", 60s});
  const auto set = [&](const std::string& key, const std::string& bytes, const std::string& left) {
    command(redis, {"SET", "maproom:t:" + key, bytes, "PX", left});
  };
  set("good", good, "60000");
  ASSERT_EQ(get(*tier, "good"), "v");

  set("foreign", "joe@mbox.example", "60000");
  set("empty", "", "60000");
  for (std::size_t size = 0; size < good.size(); ++size)
    set("cut" + std::to_string(size), good.substr(0, size), "60000");
  set("longer", good + '\0', "60000");
  auto next_version = good;
  ++next_version[2];
  set("next version", next_version, "60000");
  set("more time than it was given", good, "61000");
  command(redis, {"SET", "maproom:t:for ever", good});
  command(redis, {"HSET", "maproom:t:hash", "field", good});
  command(redis, {"RPUSH", "maproom:t:list", good});
  set("large", std::string(std::size_t{8} << 20, 'x'), "60000");

  const auto before = tier->counters().misses;
  std::uint64_t asked = 0;
  for (const char* key : {"foreign", "empty", "longer", "next version", "more time than it was given", "for ever",
                          "hash", "list", "large"}) {
    EXPECT_EQ(get(*tier, key), nothing) << key;
    ++asked;
  }
  for (std::size_t size = 0; size < good.size(); ++size, ++asked)
    EXPECT_EQ(get(*tier, "cut" + std::to_string(size)), nothing) << size;
  EXPECT_EQ(tier->counters().misses, before + asked);
  EXPECT_TRUE(tier->counters().connected);
  EXPECT_EQ(get(*tier, "good"), "v");
}

TEST_F(RedisTierTest, NewEntryTakesTheForeignOnesPlace) {
  const auto tier = tier_of(redis);
  command(redis, {"HSET", "maproom:t:k", "field", "x"});
  put(*tier, "k", "v");
  EXPECT_EQ(get(*tier, "k"), "v");
}

// ---- databases -----------------------------------------------------------------------------------------------------

TEST_F(RedisTierTest, KeepsToItsDatabase) {
  auto settings = settings_of(redis);
  settings.database = 3;
  const auto tier = tier_of(settings);
  put(*tier, "k", "v");
  EXPECT_EQ(get(*tier, "k"), "v");
  EXPECT_EQ(redis.command({"-n", "3", "EXISTS", "maproom:t:k"}), "1");
  EXPECT_EQ(redis.command({"-n", "0", "EXISTS", "maproom:t:k"}), "0");
}

// ---- deleting ------------------------------------------------------------------------------------------------------

TEST_F(RedisTierTest, DeletesLeaveForeignKeysAlone) {
  auto settings = settings_of(redis);
  settings.prefix = "m*[a-z]?\\:";  // every character that a pattern could misread
  const auto tier = tier_of(settings);
  const int many = 3000;  // several rounds of SCAN
  for (int i = 0; i < many; ++i) put(*tier, std::to_string(i), "v", "t1");
  put(*tier, "a", "v", "t2");
  put(*tier, "b", std::nullopt, "t2");
  put(*tier, "*", "v", "t2");
  const std::vector<std::string> foreign{"maproom:t1:1", "mXa?\\:t1:1", "m*[a-z]", "m*b?\\:t1:1", "other"};
  for (const auto& key : foreign) command(redis, {"SET", key, "x"});
  ASSERT_EQ(get(*tier, "2999", "t1"), "v");

  EXPECT_EQ(run(tier->erase("t2", "*")), 1U);
  EXPECT_EQ(run(tier->erase("t2", "*")), 0U);
  EXPECT_EQ(get(*tier, "a", "t2"), "v");
  EXPECT_EQ(run(tier->erase_table("t1")), static_cast<std::uint64_t>(many));
  EXPECT_EQ(get(*tier, "1", "t1"), nothing);
  EXPECT_EQ(get(*tier, "a", "t2"), "v");
  EXPECT_EQ(run(tier->erase_table("t")), 0U) << "a table whose name only begins alike";
  EXPECT_EQ(run(tier->clear()), 2U);
  EXPECT_EQ(run(tier->clear()), 0U);
  for (const auto& key : foreign) EXPECT_EQ(command(redis, {"EXISTS", key}).integer, 1) << key;
}

}  // namespace
}  // namespace maproom::cache
