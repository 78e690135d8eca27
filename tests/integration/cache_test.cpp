// What the cache saves, told by MariaDB's own counters.

#include <gtest/gtest.h>

#include <thread>

#include "integration/sample_world.hpp"

namespace maproom::test {
namespace {

class CacheTest : public testing::Test {
 protected:
  static void SetUpTestSuite() { shared_mariadb().make_sample_database(); }

  void start(const PrivateRedis* redis) {
    // Longer than any test runs, so that nothing is refreshed meanwhile.
    daemon.configure(sample_config(shared_mariadb(), redis, ports, daemon.path("socketmap"),
                                   "positive_ttl = \"1 h\"\nnegative_ttl = \"1 h\"\n"));
    daemon.start();
    if (redis != nullptr) {
      ASSERT_TRUE(wait_until([&] { return daemon.log_lines({"event=redis_up"}) > 0; })) << daemon.log();
    }
    // The maps' own proof (mynetworks) is asked for at the start, and cached like everything else.
    ASSERT_TRUE(wait_until([&] { return daemon.run({"query", "mynetworks", "192.0.2.1"}).status == 0; }));
  }
  void restart() {
    ASSERT_EQ(daemon.stop(), 0) << daemon.log();
    daemon.start();
    ASSERT_TRUE(wait_until([&] { return daemon.log_lines({"event=redis_up"}) >= 2; })) << daemon.log();
  }
  Judged ask(const std::string& map, const std::string& key, const std::string& protocol = "socketmap-unix") {
    return postmap.query(key, table_of(map, protocol, ports, daemon.path("socketmap")));
  }
  void ask_everything() {
    EXPECT_EQ(ask("virtual_alias_maps", "Sales+Q3@Hosted.Example"),
              found("anna+Q3@hosted.example, ben+Q3@hosted.example"));
    EXPECT_EQ(ask("virtual_alias_maps", "nobody@hosted.example"), not_found());
    EXPECT_EQ(ask("relay_domains", "a.b.relayed.example", "tcp"), found("1"));
    EXPECT_EQ(ask("virtual_mailbox_domains", "foreign.example", "tcp"), not_found());
    EXPECT_EQ(ask("mynetworks", "192.0.2.1"), found("OK"));
    EXPECT_EQ(ask("mynetworks", "192.0.9.1"), not_found());
    EXPECT_EQ(ask("mynetworks", "unknown"), not_found());
  }

  Ports ports;
  Daemon daemon;
  Postmap postmap;
};

TEST_F(CacheTest, SecondLookupOfAnyKeyCostsMariadbNothing) {
  const PrivateRedis redis;
  start(&redis);
  ask_everything();
  const auto before = shared_mariadb().selects();
  ask_everything();
  EXPECT_EQ(shared_mariadb().selects(), before);
}

TEST_F(CacheTest, HostNameInMynetworksCostsMariadbNothingEvenTheFirstTime) {
  start(nullptr);
  const auto before = shared_mariadb().selects();
  EXPECT_EQ(ask("mynetworks", "unknown"), not_found());
  EXPECT_EQ(ask("mynetworks", "mail.hosted.example"), not_found());
  EXPECT_EQ(shared_mariadb().selects(), before);
}

TEST_F(CacheTest, AfterARestartTheAnswersComeFromRedis) {
  const PrivateRedis redis;
  start(&redis);
  ask_everything();
  const auto before = shared_mariadb().selects();
  restart();
  const auto explained = daemon.run({"query", "virtual_alias_maps", "sales@hosted.example", "--explain"});
  EXPECT_EQ(explained.status, 0);
  EXPECT_NE(explained.out.find("from Redis"), std::string::npos) << explained.out;
  ask_everything();
  EXPECT_EQ(shared_mariadb().selects(), before);
  EXPECT_EQ(daemon.counter("virtual_alias_maps", "database"), 0U);
  EXPECT_GT(daemon.counter("virtual_alias_maps", "redis"), 0U);
}

TEST_F(CacheTest, WithoutRedisEverythingWorks) {
  start(nullptr);
  ask_everything();
  ask_everything();
}

TEST_F(CacheTest, RedisThatGoesAwayChangesNoAnswer) {
  PrivateRedis redis;
  start(&redis);
  ask_everything();
  redis.stop();
  ASSERT_TRUE(wait_until([&] { return daemon.log_lines({"event=redis_down"}) > 0; })) << daemon.log();
  EXPECT_EQ(daemon.run({"flush"}).status, 75) << "it says that Redis could not be asked";
  ask_everything();
  redis.start();
  ASSERT_TRUE(wait_until([&] { return daemon.log_lines({"event=redis_up"}) >= 2; })) << daemon.log();
  ask_everything();
}

TEST_F(CacheTest, GarbageInRedisIsAMiss) {
  const PrivateRedis redis;
  start(&redis);
  ask_everything();
  for (const char* garbage : {"", "MR", "garbage", "OK"}) {
    redis.command(
        {"EVAL",
         "for _, k in ipairs(redis.call('KEYS', 'maproom:*')) do redis.call('SET', k, ARGV[1], 'PX', '3600000') end",
         "0", garbage});
    restart();
    ask_everything();
  }
}

TEST_F(CacheTest, SimultaneousMissesForOneKeyAreOneQuery) {
  daemon.configure("[mariadb]\nhosts = [\"unix:" + shared_mariadb().socket() +
                   "\"]\npassword = \"secret\"\n[socketmap]\nlisten = [\"unix:" + daemon.path("socketmap") +
                   "\"]\n[maps.slow]\nparameter = \"exact\"\nquery = \"SELECT CONCAT('%s', SLEEP(0.5))\"\n");
  daemon.start();
  // The links' own statements are done before the count begins.
  ASSERT_EQ(ask("slow", "warm"), found("warm0"));
  const auto before = shared_mariadb().selects();
  std::vector<std::thread> clients;
  std::vector<Judged> answers(12);
  for (auto& answer : answers) clients.emplace_back([&] { answer = ask("slow", "one"); });
  for (auto& client : clients) client.join();
  for (const auto& answer : answers) EXPECT_EQ(answer, found("one0"));
  EXPECT_EQ(shared_mariadb().selects() - before, 1U);
}

TEST_F(CacheTest, FlushBringsAChangeToLightAtOnce) {
  const PrivateRedis redis;
  start(&redis);
  EXPECT_EQ(ask("relay_domains", "new.example"), not_found());
  EXPECT_EQ(ask("relay_domains", "newer.example"), not_found());
  shared_mariadb().sql("REPLACE INTO mr_relay_domain (domain) VALUES ('new.example'), ('newer.example')", "mail");
  EXPECT_EQ(ask("relay_domains", "new.example"), not_found()) << "cached";
  EXPECT_EQ(daemon.run({"flush", "relay_domains", "new.example"}).status, 0);
  EXPECT_EQ(ask("relay_domains", "new.example"), found("1"));
  EXPECT_EQ(ask("relay_domains", "newer.example"), not_found());
  EXPECT_EQ(daemon.run({"flush", "relay_domains"}).status, 0);
  EXPECT_EQ(ask("relay_domains", "newer.example"), found("1"));
  shared_mariadb().sql("DELETE FROM mr_relay_domain WHERE domain LIKE 'new%'", "mail");
  EXPECT_EQ(daemon.run({"flush"}).status, 0);
  EXPECT_EQ(ask("relay_domains", "newer.example"), not_found());
  EXPECT_EQ(redis.command({"KEYS", "maproom:*"}).find("garbage"), std::string::npos);
}

}  // namespace
}  // namespace maproom::test
