// Several daemons on one Redis, each following the database: none takes from Redis what it knows to have changed.

#include <gtest/gtest.h>

#include "integration/feed_world.hpp"

namespace maproom::test {
namespace {

PrivateMariadb& server() {
  static PrivateMariadb mariadb{binlog_options()};
  return mariadb;
}

class FeedRedisTest : public testing::Test {
 protected:
  FeedRedisTest() { make_followed_database(server()); }
  Followed::Wish wish() {
    return {.mariadb = server(), .redis = &redis, .cache = "positive_ttl = \"1 h\"\nnegative_ttl = \"1 h\""};
  }
  std::string cli(std::vector<std::string> words) const {
    words.insert(words.begin(), {"redis-cli", "-s", redis.socket()});
    auto out = run_command(words).out;
    while (out.ends_with('\n')) out.pop_back();
    return out;
  }
  /// The name of the one entry for this key.
  std::string entry_of(const std::string& key) const { return cli({"--scan", "--pattern", "maproom:*:" + key}); }
  static std::uint64_t from_redis(const Followed& followed) { return followed.daemon.counter("mailboxes", "redis"); }

  PrivateRedis redis;
};

TEST_F(FeedRedisTest, OneDaemonUsesWhatTheOtherHasStored) {
  Followed one{wish()};
  Followed two{wish()};
  one.start();
  two.start();
  EXPECT_EQ(one.ask("mailboxes", "joe@d.example"), found("joe/"));
  ASSERT_TRUE(wait_until([&] { return !entry_of("joe@d.example").empty(); }));
  EXPECT_EQ(two.ask("mailboxes", "joe@d.example"), found("joe/"));
  EXPECT_EQ(from_redis(two), 1U);
  EXPECT_EQ(two.from_database("mailboxes"), 0U);
}

TEST_F(FeedRedisTest, AnOldEntryThatComesBackIsRefused) {
  Followed one{wish()};
  Followed two{wish()};
  one.start();
  two.start();
  EXPECT_EQ(one.ask("mailboxes", "new@d.example"), not_found());
  ASSERT_TRUE(wait_until([&] { return !entry_of("new@d.example").empty(); }));
  const auto name = entry_of("new@d.example");
  ASSERT_EQ(cli({"COPY", name, "kept"}), "1");
  server().sql("INSERT INTO mail.mailbox (username, maildir) VALUES ('new@d.example', 'new/')");
  EXPECT_TRUE(wait_until([&] { return one.ask("mailboxes", "new@d.example") == found("new/"); }));
  // A delayed write of a slow daemon; a Redis that was restored from an older dump.
  ASSERT_EQ(cli({"COPY", "kept", name, "REPLACE"}), "1");
  EXPECT_EQ(two.ask("mailboxes", "new@d.example"), found("new/"));
  EXPECT_EQ(from_redis(two), 0U);
}

TEST_F(FeedRedisTest, ARestartedDaemonUsesRedisAgainAndNotWhatChangedMeanwhile) {
  Followed one{wish()};
  one.start();
  ASSERT_TRUE(wait_until([&] { return !cli({"GET", "maproom:feed/checkpoints"}).empty(); }));
  EXPECT_EQ(one.ask("mailboxes", "joe@d.example"), found("joe/"));
  EXPECT_EQ(one.ask("mailboxes", "new@d.example"), not_found());
  ASSERT_TRUE(wait_until([&] { return !entry_of("joe@d.example").empty() && !entry_of("new@d.example").empty(); }));
  one.daemon.kill();
  server().sql("INSERT INTO mail.mailbox (username, maildir) VALUES ('new@d.example', 'new/')");
  one.start();
  const auto queries = one.from_database("mailboxes");
  EXPECT_EQ(one.ask("mailboxes", "joe@d.example"), found("joe/"));
  EXPECT_EQ(one.from_database("mailboxes"), queries) << one.daemon.log();
  EXPECT_EQ(from_redis(one), 1U);
  EXPECT_EQ(one.ask("mailboxes", "new@d.example"), found("new/"));
}

TEST_F(FeedRedisTest, WithoutACheckpointWhatIsInRedisIsRefused) {
  Followed one{wish()};
  one.start();
  EXPECT_EQ(one.ask("mailboxes", "joe@d.example"), found("joe/"));
  ASSERT_TRUE(wait_until([&] { return !entry_of("joe@d.example").empty(); }));
  one.daemon.kill();
  server().sql("INSERT INTO mail.numbers VALUES (99, 1)");  // or the daemon would begin where the entry is from
  cli({"DEL", "maproom:feed/checkpoints"});
  one.start();
  EXPECT_EQ(one.ask("mailboxes", "joe@d.example"), found("joe/"));
  EXPECT_EQ(from_redis(one), 0U);
}

// A place alone proves nothing: where other changes stand before it, it belongs to another history.
TEST_F(FeedRedisTest, APlaceInTheBinlogWithAnotherPositionIsNotGoneBackTo) {
  Followed one{wish()};
  one.start();
  ASSERT_TRUE(wait_until([&] { return !cli({"GET", "maproom:feed/checkpoints"}).empty(); }));
  EXPECT_EQ(one.ask("mailboxes", "joe@d.example"), found("joe/"));
  ASSERT_TRUE(wait_until([&] { return !entry_of("joe@d.example").empty(); }));
  one.daemon.kill();
  auto checkpoints = cli({"GET", "maproom:feed/checkpoints"});
  const std::string domain_and_server = "\"0-1-";
  const auto number = checkpoints.find(domain_and_server) + domain_and_server.size();
  ASSERT_LT(number, checkpoints.size()) << checkpoints;
  checkpoints.replace(number, checkpoints.find('"', number) - number, "1");
  cli({"SET", "maproom:feed/checkpoints", checkpoints});
  server().sql("UPDATE mail.numbers SET n = n + 1");  // so that what is in Redis is from before the present
  one.start();
  EXPECT_EQ(one.ask("mailboxes", "joe@d.example"), found("joe/"));
  EXPECT_EQ(from_redis(one), 0U) << one.daemon.log();
}

TEST_F(FeedRedisTest, EntriesOfADaemonWithoutAFeedAreRefused) {
  Followed plain{wish()};
  auto toml = read_text(plain.daemon.config());
  toml.replace(toml.find("binlog = true"), 13, "binlog = false");
  toml.erase(toml.find("[admin]"));  // configure() adds it again
  plain.daemon.configure(toml);
  plain.start_only();
  EXPECT_EQ(plain.ask("mailboxes", "new@d.example"), not_found());
  ASSERT_TRUE(wait_until([&] { return !entry_of("new@d.example").empty(); }));
  server().sql("INSERT INTO mail.mailbox (username, maildir) VALUES ('new@d.example', 'new/')");
  Followed one{wish()};
  one.start();
  EXPECT_EQ(one.ask("mailboxes", "new@d.example"), found("new/"));
  EXPECT_EQ(from_redis(one), 0U);
}

}  // namespace
}  // namespace maproom::test
