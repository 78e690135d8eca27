// Redis behind Sentinel: the master is found, and found again after a fail-over; lookups go on meanwhile.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>
#include <nlohmann/json.hpp>

#include "integration/feed_world.hpp"

namespace maproom::test {
namespace {

class SentinelTest : public testing::Test {
 protected:
  SentinelTest() {
    make_followed_database(mariadb);
    // Sentinel writes what it learns into its file.
    const auto file = dir.write("sentinel.conf", "port " + std::to_string(port) +
                                                     "\nbind 127.0.0.1\nsentinel monitor maproom-test 127.0.0.1 " +
                                                     std::to_string(first.port()) +
                                                     " 1\nsentinel down-after-milliseconds maproom-test 500\nsentinel "
                                                     "failover-timeout maproom-test 3000\n");
    sentinel = Process{{"redis-server", file, "--sentinel"}, dir.path("log")};
    if (!wait_until([this] {
          return ask_sentinel({"SENTINEL", "replicas", "maproom-test"}).find("slave") != std::string::npos;
        }))
      throw std::runtime_error{"Sentinel does not see the replica: " + read_text(dir.path("log"))};
    daemon.configure(
        "[mariadb]\nhosts = [\"unix:" + mariadb.socket() +
        "\"]\npassword = \"secret\"\n[redis]\nsentinels = [\"inet:127.0.0.1:" + std::to_string(free_port()) +
        "\", \"inet:127.0.0.1:" + std::to_string(port) +
        "\"]\nmaster = \"maproom-test\"\n[maps.boxes]\nparameter = \"exact\"\nlisten = \"inet:127.0.0.1:" +
        std::to_string(ports["boxes"]) + "\"\nquery = \"SELECT maildir FROM mailbox WHERE username = '%s'\"\n");
    daemon.start();
  }
  std::string ask_sentinel(const std::vector<std::string>& words) const {
    std::vector<std::string> command{"redis-cli", "-p", std::to_string(port)};
    command.insert(command.end(), words.begin(), words.end());
    return run_command(command).out;
  }
  [[nodiscard]] bool connected() const {
    return nlohmann::json::parse(daemon.run({"status", "--json"}).out).at("redis").at("connected").get<bool>();
  }
  [[nodiscard]] Judged ask(const std::string& key) {
    return postmap.query(key, "tcp:127.0.0.1:" + std::to_string(ports["boxes"]));
  }
  static std::size_t entries(const PrivateRedis& redis) {
    const auto keys = redis.command({"KEYS", "maproom:*"});
    return keys.empty() ? 0 : static_cast<std::size_t>(std::count(keys.begin(), keys.end(), '\n')) + 1;
  }

  PrivateMariadb mariadb{binlog_options()};
  PrivateRedis first;
  PrivateRedis second{{"--replicaof", "127.0.0.1", std::to_string(first.port())}};
  TempDir dir;
  int port = free_port();
  Process sentinel;
  Ports ports;
  Postmap postmap;
  Daemon daemon;
};

TEST_F(SentinelTest, TheMasterIsFoundAndFollowedThroughAFailOver) {
  ASSERT_TRUE(wait_until([&] { return connected(); })) << daemon.log();
  EXPECT_EQ(ask("joe@d.example"), found("joe/"));
  EXPECT_TRUE(wait_until([&] { return entries(first) > 0; }));
  // It takes a moment until the replica is good enough for it.
  ASSERT_TRUE(wait_until([&] { return ask_sentinel({"SENTINEL", "FAILOVER", "maproom-test"}) == "OK\n"; }));
  EXPECT_TRUE(wait_until([&] {
    EXPECT_EQ(ask("joe@d.example"), found("joe/"));
    EXPECT_EQ(ask("nobody@d.example"), not_found());
    return second.command({"ROLE"}).starts_with("master") && connected() &&
           daemon.log_lines({"event=redis_up", ":" + std::to_string(second.port())}) > 0;
  })) << daemon.log();
  const auto before = entries(second);
  EXPECT_EQ(ask("ann@d.example"), found("ann/"));
  EXPECT_TRUE(wait_until([&] { return entries(second) > before; })) << daemon.log();
  EXPECT_EQ(daemon.stop(), 0);
  daemon.start();
  EXPECT_EQ(ask("ann@d.example"), found("ann/"));
  EXPECT_EQ(daemon.counter("boxes", "redis"), 1U);
}

TEST_F(SentinelTest, CheckLooksAtTheMasterThatASentinelNames) {
  static_cast<void>(first.command({"CONFIG", "SET", "maxmemory-policy", "allkeys-lru"}));
  const auto found = daemon.run({"check", "--main-cf", "none"});
  EXPECT_EQ(found.status, 0);
  EXPECT_THAT(found.err, testing::AllOf(testing::HasSubstr(std::to_string(first.port()) + ": maxmemory-policy"),
                                        testing::HasSubstr("allkeys-lru")));
  sentinel.stop(SIGKILL);
  EXPECT_THAT(daemon.run({"check", "--main-cf", "none"}).err,
              testing::HasSubstr("[redis]: master maproom-test: no Sentinel names the master: "));
}

TEST_F(SentinelTest, WithoutAnySentinelLookupsGoOn) {
  ASSERT_TRUE(wait_until([&] { return connected(); }));
  sentinel.stop(SIGKILL);
  first.stop();
  EXPECT_TRUE(wait_until([&] {
    EXPECT_EQ(ask("joe@d.example"), found("joe/"));
    return daemon.log_lines({"event=redis_down"}) > 0 && !connected();
  })) << daemon.log();
  EXPECT_EQ(ask("ann@d.example"), found("ann/"));
}

TEST_F(SentinelTest, AServerThatBecameAReplicaIsLeft) {
  ASSERT_TRUE(wait_until([&] { return connected(); }));
  sentinel.stop(SIGKILL);
  first.command({"REPLICAOF", "127.0.0.1", std::to_string(second.port())});  // which leaves the link as it is
  EXPECT_TRUE(wait_until([&] {
    return daemon.log_lines({"event=redis_down", "it is a replica now"}) > 0;
  })) << daemon.log();
  EXPECT_EQ(ask("joe@d.example"), found("joe/"));
}

}  // namespace
}  // namespace maproom::test
