// The change feed against a real MariaDB: what changes is seen at once, what does not stays cached.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <future>

#include "integration/feed_world.hpp"
#include "support/stopped_thread.hpp"
#include "support/wire.hpp"

namespace maproom::test {
namespace {

PrivateMariadb& server() {
  static PrivateMariadb mariadb{binlog_options()};
  return mariadb;
}

class FeedTest : public testing::Test {
 protected:
  void SetUp() override {
    make_followed_database(server());
    followed.start();
  }
  /// Queries of the map while asking for the key.
  std::uint64_t queries(const std::string& map, const std::string& key) {
    const auto before = followed.from_database(map);
    static_cast<void>(followed.ask(map, key));
    return followed.from_database(map) - before;
  }
  /// The answer after the change has been seen, which no test waits for longer than it must.
  void expect_soon(const std::string& map, const std::string& key, const Judged& answer) {
    EXPECT_TRUE(wait_until([&] { return followed.ask(map, key) == answer; }))
        << key << ": " << followed.ask(map, key) << "\n"
        << followed.daemon.log();
  }

  /// The first answer that is no temporary error: the pool may be back later than the feed.
  Judged answered(const std::string& map, const std::string& key) {
    Judged last = error();
    EXPECT_TRUE(wait_until([&] { return (last = followed.ask(map, key)) != error(); })) << followed.daemon.log();
    return last;
  }

  // Times to live so long that only the feed can be the reason for a new answer.
  Followed followed{{.mariadb = server(), .cache = "positive_ttl = \"1 h\"\nnegative_ttl = \"1 h\""}};
};

TEST_F(FeedTest, AnInsertIsSeenWhereNotFoundWasCached) {
  EXPECT_EQ(followed.ask("mailboxes", "new@d.example"), not_found());
  EXPECT_EQ(queries("mailboxes", "new@d.example"), 0U);
  server().sql("INSERT INTO mail.mailbox (username, maildir) VALUES ('New@D.example', 'new/')");
  expect_soon("mailboxes", "new@d.example", found("new/"));
}

TEST_F(FeedTest, UpdateDeleteAndDeactivationAreSeen) {
  EXPECT_EQ(followed.ask("mailboxes", "joe@d.example"), found("joe/"));
  server().sql("UPDATE mail.mailbox SET maildir = 'other/' WHERE username = 'joe@d.example'");
  expect_soon("mailboxes", "joe@d.example", found("other/"));
  server().sql("UPDATE mail.mailbox SET active = 0 WHERE username = 'joe@d.example'");
  expect_soon("mailboxes", "joe@d.example", not_found());
  EXPECT_EQ(followed.ask("mailboxes", "ann@d.example"), found("ann/"));
  server().sql("DELETE FROM mail.mailbox WHERE username = 'ann@d.example'");
  expect_soon("mailboxes", "ann@d.example", not_found());
}

TEST_F(FeedTest, OtherKeysStayCached) {
  EXPECT_EQ(followed.ask("mailboxes", "joe@d.example"), found("joe/"));
  EXPECT_EQ(followed.ask("mailboxes", "ann@d.example"), found("ann/"));
  server().sql("UPDATE mail.mailbox SET maildir = 'other/' WHERE username = 'joe@d.example'");
  expect_soon("mailboxes", "joe@d.example", found("other/"));
  EXPECT_EQ(queries("mailboxes", "ann@d.example"), 0U);
}

TEST_F(FeedTest, ARenameIsSeenUnderBothNames) {
  EXPECT_EQ(followed.ask("mailboxes", "joe@d.example"), found("joe/"));
  EXPECT_EQ(followed.ask("mailboxes", "jack@d.example"), not_found());
  server().sql("UPDATE mail.mailbox SET username = 'jack@d.example' WHERE username = 'joe@d.example'");
  expect_soon("mailboxes", "jack@d.example", found("joe/"));
  expect_soon("mailboxes", "joe@d.example", not_found());
}

TEST_F(FeedTest, AChangeOfAColumnThatIsNotReadDropsNothing) {
  EXPECT_EQ(followed.ask("mailboxes", "joe@d.example"), found("joe/"));
  const auto groups = std::stoull(followed.feed("groups"));
  const auto dropped = followed.daemon.counter("mailboxes", "dropped");
  server().sql("UPDATE mail.mailbox SET size = 4711");
  ASSERT_TRUE(wait_until([&] { return std::stoull(followed.feed("groups")) > groups; }));
  EXPECT_EQ(queries("mailboxes", "joe@d.example"), 0U);
  EXPECT_EQ(followed.daemon.counter("mailboxes", "dropped"), dropped) << followed.daemon.log();
}

TEST_F(FeedTest, ChangesOfOtherTablesDropNothing) {
  EXPECT_EQ(followed.ask("mailboxes", "joe@d.example"), found("joe/"));
  const auto groups = std::stoull(followed.feed("groups"));
  server().sql(
      "INSERT INTO mail.alias (address, goto) VALUES ('x@d.example', 'y@d.example'); UPDATE mail.numbers SET n = n + "
      "1");
  ASSERT_TRUE(wait_until([&] { return std::stoull(followed.feed("groups")) >= groups + 2; }));
  EXPECT_EQ(queries("mailboxes", "joe@d.example"), 0U);
}

TEST_F(FeedTest, RolledBackChangesLeaveTheAnswer) {
  EXPECT_EQ(followed.ask("mailboxes", "joe@d.example"), found("joe/"));
  server().sql("BEGIN; DELETE FROM mail.mailbox; ROLLBACK");
  EXPECT_EQ(followed.ask("mailboxes", "joe@d.example"), found("joe/"));
}

TEST_F(FeedTest, XaCommitIsSeenAlthoughItsRowsWereLoggedAtPrepare) {
  EXPECT_EQ(followed.ask("mailboxes", "xa@d.example"), not_found());
  server().sql(
      "XA START 'one'; INSERT INTO mail.mailbox (username, maildir) VALUES ('xa@d.example', 'xa/'); XA END 'one'; XA "
      "PREPARE 'one'");
  // Cached anew between prepare and commit.
  const auto groups = std::stoull(followed.feed("groups"));
  ASSERT_TRUE(wait_until([&] {
    static_cast<void>(followed.ask("mailboxes", "xa@d.example"));
    return queries("mailboxes", "xa@d.example") == 0;
  }));
  server().sql("XA COMMIT 'one'");
  expect_soon("mailboxes", "xa@d.example", found("xa/"));
  EXPECT_GT(std::stoull(followed.feed("groups")), groups);
}

TEST_F(FeedTest, TruncateAndAlterDropEverything) {
  EXPECT_EQ(followed.ask("mailboxes", "joe@d.example"), found("joe/"));
  server().sql("ALTER TABLE mail.mailbox ADD COLUMN note VARCHAR(20) FIRST, MODIFY maildir VARCHAR(255) AFTER note");
  EXPECT_EQ(followed.ask("mailboxes", "joe@d.example"), found("joe/"));
  server().sql("UPDATE mail.mailbox SET maildir = 'moved/'");
  expect_soon("mailboxes", "joe@d.example", found("moved/"));
  server().sql("TRUNCATE mail.mailbox");
  expect_soon("mailboxes", "joe@d.example", not_found());
}

TEST_F(FeedTest, ColumnsThatChangePlacesAreReadAnew) {
  server().sql("ALTER TABLE mail.mailbox MODIFY maildir VARCHAR(255) FIRST");
  ASSERT_TRUE(followed.wait_healthy());
  EXPECT_TRUE(wait_until([&] {
    EXPECT_EQ(followed.ask("mailboxes", "joe@d.example"), found("joe/"));
    return queries("mailboxes", "joe@d.example") == 0;
  }));
  server().sql("UPDATE mail.mailbox SET maildir = 'other/' WHERE username = 'joe@d.example'");
  expect_soon("mailboxes", "joe@d.example", found("other/"));
}

TEST_F(FeedTest, StatementsInTheBinlogDropEverything) {
  EXPECT_EQ(followed.ask("mailboxes", "joe@d.example"), found("joe/"));
  server().sql("SET SESSION binlog_format = 'STATEMENT'; UPDATE mail.mailbox SET maildir = 'stated/'");
  expect_soon("mailboxes", "joe@d.example", found("stated/"));
}

TEST_F(FeedTest, AccentsAndPaddingOfTheCollationAreMinded) {
  EXPECT_EQ(followed.ask("mailboxes", "j\xc3\xb6rg@d.example"), found("jorg/"));  // general_ci: o = ö
  server().sql("UPDATE mail.mailbox SET maildir = 'umlaut/' WHERE username = 'jorg@d.example'");
  expect_soon("mailboxes", "j\xc3\xb6rg@d.example", found("umlaut/"));
}

TEST_F(FeedTest, ItGoesOnWhereItWasWhenItsConnectionsAreLost) {
  EXPECT_EQ(followed.ask("mailboxes", "joe@d.example"), found("joe/"));
  const auto eras = followed.feed("eras");
  const auto reconnects = followed.feed("reconnects");
  server().sql("KILL USER maproom; UPDATE mail.mailbox SET maildir = 'meanwhile/' WHERE username = 'ann@d.example'");
  ASSERT_TRUE(wait_until([&] { return followed.feed("reconnects") != reconnects && followed.healthy(); }))
      << followed.daemon.log();
  EXPECT_EQ(answered("mailboxes", "ann@d.example"), found("meanwhile/"));
  EXPECT_EQ(followed.feed("eras"), eras) << followed.daemon.log();
  EXPECT_EQ(queries("mailboxes", "joe@d.example"), 0U);
}

TEST_F(FeedTest, ANewFileOfTheBinlogIsNoBreakOfHistory) {
  EXPECT_EQ(followed.ask("mailboxes", "joe@d.example"), found("joe/"));
  const auto eras = followed.feed("eras");
  server().sql("FLUSH BINARY LOGS; UPDATE mail.mailbox SET maildir = 'next/' WHERE username = 'ann@d.example'");
  expect_soon("mailboxes", "ann@d.example", found("next/"));
  EXPECT_EQ(followed.feed("eras"), eras) << followed.daemon.log();
  EXPECT_EQ(queries("mailboxes", "joe@d.example"), 0U);
}

// With innodb_flush_log_at_trx_commit = 0, as here, the engine loses what it committed within the last second, and the
// binlog has it all the same: what the feed has seen is undone without an event.
TEST_F(FeedTest, WhatTheEngineLostInACrashIsAskedAnew) {
  const auto there = [] { return server().sql("SELECT username FROM mail.mailbox WHERE maildir = 'joe/'"); };
  do {
    server().sql(
        "SET GLOBAL innodb_flush_log_at_trx_commit = 1; UPDATE mail.numbers SET n = n + 1;"
        "SET GLOBAL innodb_flush_log_at_trx_commit = 0");
    EXPECT_EQ(followed.ask("mailboxes", "joe@d.example"), found("joe/"));
    const auto eras = std::stoull(followed.feed("eras"));
    server().sql("UPDATE mail.mailbox SET username = 'moved@d.example' WHERE username = 'joe@d.example'");
    ASSERT_TRUE(wait_until([&] { return followed.ask("mailboxes", "joe@d.example") == not_found(); }));
    server().kill();
    server().start();
    ASSERT_TRUE(wait_until([&] { return std::stoull(followed.feed("eras")) > eras && followed.healthy(); }))
        << followed.daemon.log();
    EXPECT_EQ(answered("mailboxes", "moved@d.example") == found("joe/"), there() == "moved@d.example\n");
    if (there() == "joe@d.example\n") break;
    server().sql("UPDATE mail.mailbox SET username = 'joe@d.example' WHERE username = 'moved@d.example'");
    expect_soon("mailboxes", "joe@d.example", found("joe/"));
  } while (!HasFailure());
  EXPECT_EQ(answered("mailboxes", "joe@d.example"), found("joe/")) << followed.daemon.log();
}

TEST_F(FeedTest, WhatChangesBetweenTwoStartsOfTheServerIsAskedAnew) {
  EXPECT_EQ(followed.ask("mailboxes", "new@d.example"), not_found());
  const auto eras = std::stoull(followed.feed("eras"));
  server().stop();
  server().without_serving("INSERT INTO mail.mailbox (username, maildir) VALUES ('new@d.example', 'new/');\n");
  server().start();
  ASSERT_TRUE(wait_until([&] { return std::stoull(followed.feed("eras")) > eras && followed.healthy(); }))
      << followed.daemon.log();
  EXPECT_EQ(answered("mailboxes", "new@d.example"), found("new/"));
}

TEST_F(FeedTest, ResetMasterIsABreakOfHistory) {
  EXPECT_EQ(followed.ask("mailboxes", "joe@d.example"), found("joe/"));
  const auto eras = std::stoull(followed.feed("eras"));
  server().sql("RESET MASTER; UPDATE mail.mailbox SET maildir = 'reset/'");
  ASSERT_TRUE(wait_until([&] { return std::stoull(followed.feed("eras")) > eras && followed.healthy(); }))
      << followed.daemon.log();
  expect_soon("mailboxes", "joe@d.example", found("reset/"));
}

std::string burst(int changes) {
  std::string statements;
  for (int i = 1; i <= changes; ++i)
    statements += "UPDATE mail.mailbox SET maildir = '" + std::to_string(i) + "/' WHERE username = 'joe@d.example';\n";
  return statements;
}

TEST(FeedHealth, AStreamThatStandsStillEndsTheLongLivesAndIsTold) {
  make_followed_database(server());
  Followed followed{{.mariadb = server(), .cache = "positive_ttl = \"1 ms\"\nnegative_ttl = \"1 ms\""}};
  followed.start();
  EXPECT_EQ(followed.ask("mailboxes", "joe@d.example"), found("joe/"));
  const auto queries = followed.from_database("mailboxes");
  EXPECT_EQ(followed.ask("mailboxes", "joe@d.example"), found("joe/"));
  EXPECT_EQ(followed.from_database("mailboxes"), queries) << "it lives by the feed alone";
  {
    const StoppedThread stopped{followed.daemon.pid(), "binlog"};
    server().sql("UPDATE mail.mailbox SET maildir = 'other/' WHERE username = 'joe@d.example'");
    EXPECT_TRUE(wait_until([&] { return followed.ask("mailboxes", "joe@d.example") == found("other/"); }));
    EXPECT_FALSE(followed.healthy());
    EXPECT_EQ(metric(followed.daemon, "maproom_feed_healthy"), "0\n");
    EXPECT_TRUE(wait_until([&] { return followed.daemon.log_lines({"event=feed_stalled"}) == 1; }));
  }
  EXPECT_TRUE(followed.wait_healthy()) << followed.daemon.log();
  EXPECT_EQ(metric(followed.daemon, "maproom_feed_healthy"), "1\n");
}

// The stream's thread and the loop at the same time: what ThreadSanitizer wants to see.
TEST_F(FeedTest, ABurstOfChangesIsFollowedToItsEnd) {
  server().sql(burst(3000));
  expect_soon("mailboxes", "joe@d.example", found("3000/"));
}

TEST_F(FeedTest, ItStopsInTheMiddleOfABurst) {
  const auto groups = std::stoull(followed.feed("groups"));
  auto changes = std::async(std::launch::async, [] { server().sql(burst(3000)); });
  ASSERT_TRUE(wait_until([&] { return std::stoull(followed.feed("groups")) > groups; }));
  EXPECT_EQ(followed.daemon.stop(), 0) << followed.daemon.log();
  changes.get();
}

// Its rows were logged before this daemon listened.
TEST_F(FeedTest, AnXaTransactionThatWasPreparedBeforeDropsEverything) {
  followed.daemon.kill();
  server().sql(
      "XA START 'two'; UPDATE mail.mailbox SET maildir = 'xa/' WHERE username = 'joe@d.example'; XA END 'two'; XA "
      "PREPARE 'two'");
  followed.start();
  EXPECT_EQ(followed.ask("mailboxes", "joe@d.example"), found("joe/"));
  EXPECT_EQ(queries("mailboxes", "joe@d.example"), 0U);
  server().sql("XA COMMIT 'two'");
  expect_soon("mailboxes", "joe@d.example", found("xa/"));
}

/// A map of its own, for schemas that need one.
class FeedMapTest : public testing::Test {
 protected:
  FeedMapTest() { make_followed_database(server()); }
  void start(const std::string& query) {
    followed.emplace(Followed::Wish{.mariadb = server(),
                                    .cache = "positive_ttl = \"1 h\"\nnegative_ttl = \"1 h\"",
                                    .maps = "[maps.own]\nparameter = \"exact\"\nlisten = \"inet:127.0.0.1:" +
                                            std::to_string(ports["own"]) + "\"\nquery = \"" + query + "\"\n"});
    followed->start();
  }
  [[nodiscard]] Judged ask(const std::string& key) {
    return postmap.query(key, "tcp:127.0.0.1:" + std::to_string(ports["own"]));
  }
  void expect_soon(const std::string& key, const Judged& answer) {
    EXPECT_TRUE(wait_until([&] { return ask(key) == answer; })) << ask(key) << followed->daemon.log();
  }
  Ports ports;
  Postmap postmap;
  std::optional<Followed> followed;
};

TEST_F(FeedMapTest, RowsThatACascadeRemovesAreMinded) {
  start("SELECT parent FROM child WHERE name = '%s'");
  EXPECT_EQ(ask("kid"), found("1"));
  server().sql("DELETE FROM mail.parent WHERE id = 1");  // the child's rows are not in the binlog
  expect_soon("kid", not_found());
}

TEST_F(FeedMapTest, ATableOfIntegersOnlyIsFollowed) {
  start("SELECT n FROM numbers WHERE id = '%s'");
  EXPECT_EQ(ask("1"), found("10"));
  server().sql("UPDATE mail.numbers SET n = 11");
  expect_soon("1", found("11"));
}

TEST_F(FeedMapTest, LettersThatACollationTakesForEqualAreMinded) {
  server().sql(
      "ALTER TABLE mail.mailbox MODIFY username VARCHAR(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_roman_ci NOT NULL");
  start("SELECT maildir FROM mailbox WHERE username = '%s'");
  EXPECT_EQ(ask("ioe@d.example"), found("joe/"));  // i and j are one letter
  server().sql("UPDATE mail.mailbox SET maildir = 'roman/' WHERE username = 'joe@d.example'");
  expect_soon("ioe@d.example", found("roman/"));
}

TEST_F(FeedMapTest, ViewsAndRoutinesAreMinded) {
  server().sql("CREATE OR REPLACE VIEW mail.boxes AS SELECT username, maildir FROM mail.mailbox");
  start("SELECT maildir FROM boxes WHERE username = '%s'");
  EXPECT_EQ(ask("joe@d.example"), found("joe/"));
  server().sql("UPDATE mail.mailbox SET maildir = 'view/' WHERE username = 'joe@d.example'");
  expect_soon("joe@d.example", found("view/"));
}

TEST_F(FeedMapTest, AMapThatAReloadBringsBackForgetsWhatItHeldBefore) {
  start("SELECT maildir FROM mailbox WHERE username = '%s'");
  EXPECT_EQ(ask("joe@d.example"), found("joe/"));
  auto with = read_text(followed->daemon.config());
  with.resize(with.find("\n[admin]\n"));  // which configure() adds
  followed->daemon.configure(with.substr(0, with.find("[maps.own]")));
  ASSERT_EQ(followed->daemon.run({"reload"}).status, 0) << followed->daemon.log();
  ASSERT_TRUE(followed->wait_healthy());
  EXPECT_EQ(followed->ask("mailboxes", "joe@d.example"), found("joe/"));
  server().sql("UPDATE mail.mailbox SET maildir = 'unseen/' WHERE username = 'joe@d.example'");
  // Seen by the map that is watched: so the feed is past it, and did not look at the other.
  EXPECT_TRUE(wait_until([&] { return followed->ask("mailboxes", "joe@d.example") == found("unseen/"); }));
  followed->daemon.configure(with);
  ASSERT_EQ(followed->daemon.run({"reload"}).status, 0) << followed->daemon.log();
  EXPECT_EQ(ask("joe@d.example"), found("unseen/"));
}

TEST(FeedServer, AnotherServerBehindTheSameNameIsNotFollowed) {
  PrivateMariadb mariadb{binlog_options(7)};
  make_followed_database(mariadb);
  mariadb.sql("SET GLOBAL server_id = 8");  // the binlog says 7: as if two connections had come to two servers
  Followed followed{{.mariadb = mariadb}};
  followed.start_only();
  EXPECT_TRUE(wait_until([&] {
    return followed.daemon.log_lines({"event=feed_away", "server_id 8 and 7"}) > 0;
  })) << followed.daemon.log();
  EXPECT_FALSE(followed.healthy());
  mariadb.sql("FLUSH BINARY LOGS");
  EXPECT_TRUE(followed.wait_healthy()) << followed.daemon.log();
}

TEST(FeedRights, AMissingOneIsNamedWithItsStatementAndTheDaemonWorks) {
  make_followed_database(server());
  server().sql("REVOKE BINLOG MONITOR ON *.* FROM maproom@localhost");
  Followed followed{{.mariadb = server()}};
  followed.start_only();
  EXPECT_TRUE(wait_until([&] {
    return followed.daemon.log_lines({"event=feed_away", "BINLOG MONITOR ON *.* TO"}) > 0;
  })) << followed.daemon.log();
  EXPECT_EQ(followed.ask("mailboxes", "joe@d.example"), found("joe/"));
  server().sql(
      "GRANT BINLOG MONITOR ON *.* TO maproom@localhost; REVOKE REPLICATION SLAVE ON *.* FROM maproom@localhost");
  Followed other{{.mariadb = server()}};
  other.start_only();
  EXPECT_TRUE(wait_until([&] {
    return other.daemon.log_lines({"event=feed_away", "REPLICATION SLAVE"}) > 0;
  })) << other.daemon.log();
  EXPECT_EQ(other.ask("mailboxes", "joe@d.example"), found("joe/"));
  server().sql("GRANT REPLICATION SLAVE ON *.* TO maproom@localhost");
}

TEST(FeedRights, ABinlogThatLacksChangesIsNamedAndNotFollowed) {
  auto options = binlog_options();
  options.insert(options.end(), {"--log-slave-updates=OFF", "--binlog-ignore-db=other"});
  const PrivateMariadb mariadb{options};
  make_followed_database(mariadb);
  Followed filtered{{.mariadb = mariadb}};
  filtered.start_only();
  EXPECT_TRUE(wait_until([&] {
    return filtered.daemon.log_lines({"event=feed_away", "binlog_ignore_db"}) > 0;
  })) << filtered.daemon.log();
  mariadb.sql("SET GLOBAL gtid_slave_pos = '5-9-1'");  // it has been a replica
  Followed replica{{.mariadb = mariadb}};
  replica.start_only();
  EXPECT_TRUE(wait_until([&] {
    return replica.daemon.log_lines({"event=feed_away", "log_slave_updates = ON"}) > 0;
  })) << replica.daemon.log();
  EXPECT_FALSE(replica.healthy());
}

TEST(FeedRights, ABinlogThatIsOffIsNamedAndTheDaemonWorks) {
  const PrivateMariadb without;
  make_followed_database(without);
  Followed followed{{.mariadb = without}};
  followed.start_only();
  EXPECT_TRUE(wait_until([&] {
    return followed.daemon.log_lines({"event=feed_away", "mariadb-binlog.cnf"}) > 0;
  })) << followed.daemon.log();
  EXPECT_EQ(followed.ask("mailboxes", "joe@d.example"), found("joe/"));
}

}  // namespace
}  // namespace maproom::test
