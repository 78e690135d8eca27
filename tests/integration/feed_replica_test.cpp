// The change feed on a primary and its replica: fail-over and back, a replica that lags, daemons on different hosts,
// other histories of one server, and a commit that waits for a semi-synchronous replica.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <future>

#include "integration/feed_world.hpp"

namespace maproom::test {
namespace {

/// Two servers, the second a replica of the first, with one new history for each test.
class Pair {
 public:
  PrivateMariadb primary{binlog_options(1)};
  PrivateMariadb replica{binlog_options(2)};

  void renew() {
    for (auto* server : {&primary, &replica}) {
      if (!running(*server)) server->start();
      server->sql(
          "STOP SLAVE; RESET SLAVE ALL; SET GLOBAL rpl_semi_sync_master_enabled = 0, rpl_semi_sync_slave_enabled = 0; "
          "SET sql_log_bin = 0; DROP DATABASE IF EXISTS mail; SET sql_log_bin = 1; RESET MASTER; SET GLOBAL "
          "gtid_slave_pos = ''");
    }
    make_followed_database(primary);
    primary.sql(
        "CREATE USER IF NOT EXISTS repl@'127.0.0.1' IDENTIFIED BY 'secret'; GRANT REPLICATION SLAVE ON *.* TO "
        "repl@'127.0.0.1'");
    follow(replica, primary);
    catch_up(replica, primary);
  }
  static void follow(const PrivateMariadb& server, const PrivateMariadb& whom) {
    server.sql("STOP SLAVE; CHANGE MASTER TO MASTER_HOST = '127.0.0.1', MASTER_PORT = " + std::to_string(whom.port()) +
               ", MASTER_USER = 'repl', MASTER_PASSWORD = 'secret', MASTER_CONNECT_RETRY = 1, MASTER_USE_GTID = " +
               "slave_pos; START SLAVE");
  }
  static void catch_up(const PrivateMariadb& server, const PrivateMariadb& whom) {
    ASSERT_EQ(server.sql("SELECT MASTER_GTID_WAIT('" + position(whom) + "', 20)"), "0\n");
  }
  static std::string position(const PrivateMariadb& server) {
    auto text = server.sql("SELECT @@global.gtid_binlog_pos");
    text.pop_back();
    return text;
  }
  /// Has it fetched everything, applied or not?
  static void fetch_all(const PrivateMariadb& server, const PrivateMariadb& whom) {
    const auto all = "\t" + position(whom) + "\t";  // Gtid_IO_Pos
    ASSERT_TRUE(wait_until([&] { return server.sql("SHOW SLAVE STATUS").find(all) != std::string::npos; }));
  }

 private:
  static bool running(const PrivateMariadb& server) {
    return run_command({"mariadb-admin", "--no-defaults", "-uroot", "-S", server.socket(), "ping"}).status == 0;
  }
};

Pair& pair() {
  static Pair both;
  return both;
}

class FeedReplicaTest : public testing::Test {
 protected:
  FeedReplicaTest() { pair().renew(); }

  static std::string unix(const PrivateMariadb& server) { return "\"unix:" + server.socket() + "\""; }
  Followed::Wish wish() {
    return {.mariadb = primary,
            .redis = &redis,
            .cache = "positive_ttl = \"1 h\"\nnegative_ttl = \"1 h\"",
            .hosts = unix(primary) + ", " + unix(replica)};
  }
  static void add(const PrivateMariadb& server, const std::string& name) {
    server.sql("INSERT INTO mail.mailbox (username, maildir) VALUES ('" + name + "@d.example', '" + name + "/')");
  }
  static Judged ask(Followed& daemon, const std::string& name) { return daemon.ask("mailboxes", name + "@d.example"); }
  static void expect_soon(Followed& daemon, const std::string& name, const Judged& answer) {
    EXPECT_TRUE(wait_until([&] { return ask(daemon, name) == answer; })) << name << ": " << ask(daemon, name) << "\n"
                                                                         << daemon.daemon.log();
  }
  /// Asks until that is the answer; no other one but an error may come before it.
  static void expect_error_until(Followed& daemon, const std::string& name, const Judged& answer) {
    Judged last = error();
    EXPECT_TRUE(wait_until([&] { return (last = ask(daemon, name)) != error(); })) << daemon.daemon.log();
    EXPECT_EQ(last, answer) << name << "\n" << daemon.daemon.log();
  }
  /// Is the answer kept, so that asking again costs no query?
  static bool kept(Followed& daemon, const std::string& name) {
    static_cast<void>(ask(daemon, name));
    const auto before = daemon.from_database("mailboxes");
    static_cast<void>(ask(daemon, name));
    return daemon.from_database("mailboxes") == before;
  }
  static bool seen(const Followed& daemon, const PrivateMariadb& server) {
    return wait_until([&] { return daemon.feed("confirmed") == Pair::position(server); });
  }
  static bool follows(const Followed& daemon, int server_id) {
    return wait_until(
        [&] { return daemon.feed("server").starts_with(std::to_string(server_id) + "/") && daemon.healthy(); });
  }
  static std::uint64_t from_redis(const Followed& daemon) { return daemon.daemon.counter("mailboxes", "redis"); }
  /// Of "new", with a checkpoint to come back to; the daemon is gone then.
  void leave_absence_in_redis(Followed& daemon) const {
    daemon.start();
    EXPECT_EQ(ask(daemon, "new"), not_found());
    ASSERT_TRUE(wait_until([&] {
      return in_redis("new") && !redis.command({"GET", "maproom:feed/checkpoints"}).empty();
    }));
    daemon.daemon.kill();
  }
  bool in_redis(const std::string& name) const { return !entry_of(name).empty(); }
  std::string entry_of(const std::string& name) const {
    return redis.command({"--scan", "--pattern", "maproom:*:" + name + "@d.example"});
  }

  PrivateMariadb& primary = pair().primary;
  PrivateMariadb& replica = pair().replica;
  PrivateRedis redis;
};

TEST_F(FeedReplicaTest, AReplicaAloneIsFollowed) {
  auto wished = wish();
  wished.hosts = unix(replica);
  Followed daemon{wished};
  daemon.start();
  EXPECT_EQ(ask(daemon, "new"), not_found());
  EXPECT_TRUE(kept(daemon, "new"));
  add(primary, "new");
  expect_soon(daemon, "new", found("new/"));
  // While it lags its own word is what counts, and what it catches up with is seen.
  replica.sql("STOP SLAVE SQL_THREAD");
  primary.sql("DELETE FROM mail.mailbox WHERE username = 'new@d.example'");
  Pair::fetch_all(replica, primary);
  EXPECT_EQ(ask(daemon, "new"), found("new/"));
  EXPECT_TRUE(daemon.healthy());
  replica.sql("START SLAVE SQL_THREAD");
  expect_soon(daemon, "new", not_found());
  EXPECT_TRUE(kept(daemon, "new"));
}

TEST_F(FeedReplicaTest, AReplicaThatLagsIsNotBelievedUntilItHasWhatWasSeen) {
  Followed daemon{wish()};
  daemon.start();
  EXPECT_EQ(ask(daemon, "joe"), found("joe/"));
  ASSERT_TRUE(wait_until([&] { return in_redis("joe"); }));
  replica.sql("STOP SLAVE SQL_THREAD");
  add(primary, "new");
  primary.sql("UPDATE mail.mailbox SET maildir = 'other/' WHERE username = 'joe@d.example'");
  ASSERT_TRUE(seen(daemon, primary));
  Pair::fetch_all(replica, primary);
  primary.kill();
  // Its values are given, and kept by nobody; its "not found" is an error.
  expect_soon(daemon, "ann", found("ann/"));
  EXPECT_FALSE(kept(daemon, "ann"));
  EXPECT_FALSE(in_redis("ann"));
  for (int i = 0; i < 3; ++i) EXPECT_EQ(ask(daemon, "new"), error());  // postmap(1) takes a second to believe it
  EXPECT_GT(daemon.daemon.log_lines({"event=host_behind"}), 0U) << daemon.daemon.log();
  EXPECT_TRUE(wait_until([&] { return daemon.feed("state").find("has not caught up") != std::string::npos; }));
  EXPECT_FALSE(daemon.healthy());
  EXPECT_FALSE(kept(daemon, "joe"));  // the row before the change that was seen

  replica.sql("START SLAVE SQL_THREAD");
  expect_error_until(daemon, "new", found("new/"));
  ASSERT_TRUE(follows(daemon, 2)) << daemon.daemon.log();
  EXPECT_TRUE(kept(daemon, "new"));
  EXPECT_TRUE(kept(daemon, "ann"));
  EXPECT_TRUE(in_redis("ann"));
  EXPECT_EQ(ask(daemon, "joe"), found("other/"));
  EXPECT_EQ(ask(daemon, "late"), not_found());
  add(replica, "late");
  expect_soon(daemon, "late", found("late/"));
}

TEST_F(FeedReplicaTest, WhatWasSeenStaysSeenWhenTheFeedIsBroken) {
  Followed daemon{wish()};
  daemon.start();
  replica.sql("STOP SLAVE SQL_THREAD");
  add(primary, "new");
  ASSERT_TRUE(seen(daemon, primary));
  Pair::fetch_all(replica, primary);
  primary.sql("SET sql_log_bin = 0; REVOKE BINLOG MONITOR ON *.* FROM maproom@localhost");
  primary.kill();
  primary.start();
  EXPECT_TRUE(wait_until([&] { return daemon.feed("state").starts_with("not usable"); })) << daemon.daemon.log();
  primary.kill();
  expect_soon(daemon, "ann", found("ann/"));
  EXPECT_TRUE(wait_until([&] { return daemon.feed("state").find("has not caught up") != std::string::npos; }))
      << daemon.daemon.log();
  EXPECT_EQ(ask(daemon, "new"), error());
  replica.sql("START SLAVE SQL_THREAD");
  expect_error_until(daemon, "new", found("new/"));
}

TEST_F(FeedReplicaTest, AHostThatCannotBeFollowedIsBelievedOnceItHasWhatWasSeen) {
  replica.sql("SET sql_log_bin = 0; REVOKE BINLOG MONITOR ON *.* FROM maproom@localhost");
  Followed daemon{wish()};
  daemon.start();
  replica.sql("STOP SLAVE SQL_THREAD");
  add(primary, "new");
  ASSERT_TRUE(seen(daemon, primary));
  Pair::fetch_all(replica, primary);
  primary.kill();
  expect_soon(daemon, "ann", found("ann/"));
  EXPECT_EQ(ask(daemon, "nobody"), error());
  replica.sql("START SLAVE SQL_THREAD");
  expect_error_until(daemon, "nobody", not_found());
  EXPECT_EQ(ask(daemon, "new"), found("new/"));
  EXPECT_TRUE(wait_until([&] { return daemon.feed("state").starts_with("not usable"); })) << daemon.daemon.log();
  // For the plain time to live. ("Not found" of several keys is asked for each time, while the feed has been away for
  // less than ten minutes.)
  EXPECT_TRUE(kept(daemon, "ann"));
  EXPECT_FALSE(kept(daemon, "nobody"));
}

TEST_F(FeedReplicaTest, APrimaryThatComesBackIsNotUsedUntilItHasWhatWasSeen) {
  Followed daemon{wish()};
  daemon.start();
  primary.kill();
  expect_error_until(daemon, "new", not_found());
  ASSERT_TRUE(follows(daemon, 2)) << daemon.daemon.log();
  add(replica, "new");
  expect_soon(daemon, "new", found("new/"));
  add(replica, "late");
  ASSERT_TRUE(seen(daemon, replica));
  primary.start();
  // It lacks what was written to the second: that one stays in use.
  EXPECT_TRUE(wait_until([&] {
    return daemon.daemon.log_lines({"event=database_down", "has not caught up"}) > 0;
  })) << daemon.daemon.log();
  EXPECT_EQ(ask(daemon, "late"), found("late/"));
  EXPECT_EQ(ask(daemon, "nobody else"), not_found());
  EXPECT_TRUE(follows(daemon, 2));
  Pair::follow(primary, replica);
  ASSERT_TRUE(follows(daemon, 1)) << daemon.daemon.log();
  EXPECT_EQ(ask(daemon, "late"), found("late/"));
  EXPECT_TRUE(kept(daemon, "late"));
  add(replica, "last");
  expect_soon(daemon, "last", found("last/"));
}

TEST_F(FeedReplicaTest, DaemonsOnDifferentHostsDoNotUseEachOthersEntries) {
  // The second one's user is known to the replica alone.
  replica.sql(
      "SET sql_log_bin = 0; CREATE USER IF NOT EXISTS second@localhost IDENTIFIED BY 'secret'; GRANT SELECT ON mail.* "
      "TO second@localhost; GRANT REPLICATION SLAVE, BINLOG MONITOR ON *.* TO second@localhost");
  auto wished = wish();
  wished.user = "second";
  Followed two{wished};
  two.start_only();
  static_cast<void>(ask(two, "ann"));
  ASSERT_TRUE(follows(two, 2)) << two.daemon.log();
  replica.sql("STOP SLAVE SQL_THREAD");
  add(primary, "new");
  // Stored by the daemon on the replica, which is behind; the other one begins after the change and has seen no drop.
  EXPECT_EQ(ask(two, "new"), not_found());
  ASSERT_TRUE(wait_until([&] { return in_redis("new"); }));
  redis.command({"DEL", "maproom:feed/checkpoints"});
  Followed one{wish()};
  one.start();
  EXPECT_TRUE(follows(one, 1));
  EXPECT_EQ(ask(one, "new"), found("new/"));
  EXPECT_EQ(from_redis(one), 0U);
  // Nor the other way round: what the replica has not seen cannot be dropped there.
  EXPECT_EQ(ask(one, "jorg"), found("jorg/"));
  EXPECT_EQ(ask(two, "jorg"), found("jorg/"));
  EXPECT_EQ(from_redis(two), 0U);
  replica.sql("START SLAVE SQL_THREAD");
  expect_soon(two, "new", found("new/"));
}

TEST_F(FeedReplicaTest, TagsOfTheServerBeforeAFailOverDoNotCount) {
  Followed daemon{wish()};
  daemon.start();
  EXPECT_EQ(ask(daemon, "joe"), found("joe/"));
  ASSERT_TRUE(wait_until([&] { return in_redis("joe"); }));
  ASSERT_EQ(redis.command({"COPY", entry_of("joe"), "kept"}), "1");
  const auto name = entry_of("joe");
  primary.kill();
  expect_error_until(daemon, "nobody", not_found());
  ASSERT_TRUE(follows(daemon, 2)) << daemon.daemon.log();
  replica.sql("UPDATE mail.mailbox SET maildir = 'other/' WHERE username = 'joe@d.example'");
  expect_soon(daemon, "joe", found("other/"));
  daemon.daemon.kill();
  ASSERT_EQ(redis.command({"COPY", "kept", name, "REPLACE"}), "1");
  daemon.start_only();
  expect_error_until(daemon, "nobody", not_found());
  ASSERT_TRUE(follows(daemon, 2)) << daemon.daemon.log();
  EXPECT_EQ(ask(daemon, "joe"), found("other/"));
}

// The same file name and the same numbers in another life of the server.
TEST_F(FeedReplicaTest, ABinlogThatWasResetWhileTheDaemonWasDownIsAnotherHistory) {
  Followed daemon{wish()};
  leave_absence_in_redis(daemon);
  const auto number = [](const std::string& position) { return std::stoull(position.substr(4)); };
  const auto before = number(Pair::position(primary));
  // A file is known by the second of its creation.
  const auto second = primary.sql("SELECT UNIX_TIMESTAMP()");
  ASSERT_TRUE(wait_until([&] { return primary.sql("SELECT UNIX_TIMESTAMP()") != second; }));
  primary.sql("RESET MASTER");
  add(primary, "new");
  std::string filler;
  for (auto i = number(Pair::position(primary)); i <= before; ++i) filler += "UPDATE mail.numbers SET n = n + 1;";
  primary.sql(filler);
  daemon.start();
  EXPECT_EQ(ask(daemon, "new"), found("new/"));
  EXPECT_EQ(from_redis(daemon), 0U);
}

TEST_F(FeedReplicaTest, ABinlogThatWasPurgedWhileTheDaemonWasDownIsAGap) {
  Followed daemon{wish()};
  leave_absence_in_redis(daemon);
  add(primary, "new");
  primary.sql("FLUSH BINARY LOGS");
  Pair::catch_up(replica, primary);  // which still reads the old file
  ASSERT_TRUE(wait_until([&] {
    primary.sql("PURGE BINARY LOGS TO 'mysql-bin.000002'");
    return primary.sql("SHOW BINARY LOGS").find("000001") == std::string::npos;
  }));
  daemon.start();
  EXPECT_EQ(ask(daemon, "new"), found("new/"));
  EXPECT_EQ(from_redis(daemon), 0U);
}

// With AFTER_SYNC the event is in the binlog, and here, while the row waits for the replica's word.
TEST_F(FeedReplicaTest, ACommitThatWaitsForItsReplicaIsNotTakenForVisible) {
  replica.sql("SET GLOBAL rpl_semi_sync_slave_enabled = 1; STOP SLAVE; START SLAVE");
  primary.sql(
      "SET GLOBAL rpl_semi_sync_master_enabled = 1, rpl_semi_sync_master_wait_point = AFTER_SYNC, "
      "rpl_semi_sync_master_timeout = 600000");
  ASSERT_TRUE(wait_until([&] {
    return primary.sql("SHOW STATUS LIKE 'Rpl_semi_sync_master_clients'").find("\t1\n") != std::string::npos;
  }));
  Followed daemon{wish()};
  daemon.start();
  EXPECT_EQ(ask(daemon, "joe"), found("joe/"));
  EXPECT_EQ(ask(daemon, "new"), not_found());
  ASSERT_TRUE(seen(daemon, primary));
  const auto confirmed = daemon.feed("confirmed");
  std::future<void> update;
  std::future<void> insert;
  const struct Resume {
    const PrivateMariadb& server;
    ~Resume() { server.resume(); }
  } in_the_end{replica};
  replica.pause();
  update = std::async(std::launch::async, [this] {
    primary.sql("UPDATE mail.mailbox SET maildir = 'other/' WHERE username = 'joe@d.example'");
  });
  ASSERT_TRUE(wait_until([&] { return daemon.feed("position") != confirmed; })) << daemon.daemon.log();
  // The old row is the truth still, and kept nowhere.
  for (int i = 0; i < 10; ++i) {
    EXPECT_EQ(ask(daemon, "joe"), found("joe/"));
    EXPECT_FALSE(kept(daemon, "joe"));
  }
  EXPECT_TRUE(kept(daemon, "ann"));  // another key
  // Nor by a daemon that begins now, at the end of a binlog whose rows are not all to be seen.
  auto others = wish();
  others.redis = nullptr;
  Followed late{others};
  late.start_only();
  ASSERT_TRUE(wait_until([&] { return late.feed("state") == "following"; })) << late.daemon.log();
  EXPECT_EQ(ask(late, "joe"), found("joe/"));
  EXPECT_FALSE(kept(late, "joe"));
  EXPECT_FALSE(late.healthy());
  insert = std::async(std::launch::async, [this] { add(primary, "new"); });
  EXPECT_EQ(daemon.feed("confirmed"), confirmed);
  // Two such commits, and the server tells a feed that connects anew no place in its binlog: no reason to forget.
  const auto eras = daemon.feed("eras");
  ASSERT_TRUE(wait_until([&] { return primary.sql("SHOW PROCESSLIST").find("INSERT") != std::string::npos; }));
  primary.sql("KILL USER maproom");
  EXPECT_TRUE(wait_until([&] { return daemon.feed("state").find("no answer in time") != std::string::npos; }))
      << daemon.daemon.log();
  EXPECT_TRUE(wait_until([&] { return std::stoull(daemon.feed("lag_us")) > 1'000'000; })) << "a stall is shown";
  replica.resume();
  update.get();
  insert.get();
  expect_soon(daemon, "joe", found("other/"));
  expect_soon(daemon, "new", found("new/"));
  EXPECT_TRUE(wait_until([&] { return daemon.healthy() && kept(daemon, "joe"); })) << daemon.daemon.log();
  EXPECT_TRUE(seen(daemon, primary));
  EXPECT_EQ(daemon.feed("eras"), eras) << daemon.daemon.log();
  expect_soon(late, "joe", found("other/"));
  EXPECT_TRUE(late.wait_healthy());
}

}  // namespace
}  // namespace maproom::test
