// Changes that come another way than as a row event: by a parent's row, by rights, by replication, by statements, by an
// event that nobody can read, by a table of another engine. None may leave an old answer behind a healthy feed.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "integration/feed_world.hpp"

namespace maproom::test {
namespace {

PrivateMariadb& server() {
  static PrivateMariadb mariadb{binlog_options()};
  return mariadb;
}

/// Times to live so long that only the feed can be the reason for a new answer.
constexpr const char* long_lives = "positive_ttl = \"1 h\"\nnegative_ttl = \"1 h\"";
/// So short that only the feed can be the reason for an old one.
constexpr const char* short_lives = "positive_ttl = \"1 ms\"\nnegative_ttl = \"1 ms\"";

class FeedUnseenTest : public testing::Test {
 protected:
  FeedUnseenTest() { make_followed_database(server()); }

  /// A map "own" of this query, with further lines of its section.
  std::string map(const std::string& query, const std::string& name = "own", const std::string& lines = {}) {
    return "[maps." + name + "]\nparameter = \"exact\"\nlisten = \"inet:127.0.0.1:" + std::to_string(ports[name]) +
           "\"\nquery = \"" + query + "\"\n" + lines;
  }
  void start(const std::string& maps, const std::string& cache = long_lives, const PrivateMariadb& mariadb = server(),
             const std::string& database = {}) {
    followed.emplace(Followed::Wish{.mariadb = mariadb, .cache = cache, .maps = maps, .database = database});
    followed->start();
  }
  [[nodiscard]] Judged ask(const std::string& key, const std::string& name = "own") {
    return postmap.query(key, "tcp:127.0.0.1:" + std::to_string(ports[name]));
  }
  /// Is the answer kept, so that asking again costs no query?
  [[nodiscard]] bool kept(const std::string& key, const std::string& name = "own") {
    static_cast<void>(ask(key, name));
    const auto before = followed->from_database(name);
    static_cast<void>(ask(key, name));
    return followed->from_database(name) == before;
  }
  void expect_soon(const std::string& key, const Judged& answer, const std::string& name = "own") {
    EXPECT_TRUE(wait_until([&] { return ask(key, name) == answer; }))
        << key << ": " << ask(key, name) << followed->daemon.log();
  }
  Ports ports;
  Postmap postmap;
  std::optional<Followed> followed;
};

// ---- parents -------------------------------------------------------------------------------------------------------

class FeedParentsTest : public FeedUnseenTest {
 protected:
  FeedParentsTest() {
    server().sql(R"(
CREATE TABLE mail.grand (id INT PRIMARY KEY) ENGINE=InnoDB;
CREATE TABLE mail.father (id INT PRIMARY KEY, grand INT, n INT, FOREIGN KEY (grand) REFERENCES mail.grand (id) ON DELETE CASCADE) ENGINE=InnoDB;
CREATE TABLE mail.kid (name VARCHAR(64) PRIMARY KEY, dad INT, n INT, FOREIGN KEY (dad) REFERENCES mail.father (id) ON UPDATE CASCADE ON DELETE SET NULL) ENGINE=InnoDB;
CREATE TABLE mail.tree (name VARCHAR(64) PRIMARY KEY, above VARCHAR(64), FOREIGN KEY (above) REFERENCES mail.tree (name) ON DELETE SET NULL) ENGINE=InnoDB;
INSERT INTO mail.grand VALUES (1), (2);
INSERT INTO mail.father VALUES (1, 1, 0), (2, 2, 0), (3, 2, 0);
INSERT INTO mail.kid VALUES ('joe', 1, 0), ('ann', 2, 0), ('bob', 3, 0);
INSERT INTO mail.tree VALUES ('root', NULL), ('leaf', 'root');
)");
  }
  void expect_kids() {
    EXPECT_EQ(ask("joe"), found("1"));
    EXPECT_EQ(ask("ann"), found("2"));
    EXPECT_EQ(ask("bob"), found("3"));
  }
  const std::string kids = map("SELECT dad FROM kid WHERE name = '%s'");
};

TEST_F(FeedParentsTest, ARowThatACascadeChangesBesideRowsOfItsTableIsMinded) {
  start(kids);
  expect_kids();
  // InnoDB changes joe's row by itself; ann's is in the binlog.
  server().sql("UPDATE mail.father, mail.kid SET father.id = 11, kid.n = 1 WHERE father.id = 1 AND kid.name = 'ann'");
  expect_soon("joe", found("11"));
}

TEST_F(FeedParentsTest, SoIsOneBesideRowsThatATriggerWrites) {
  server().sql(
      "CREATE TRIGGER mail.also AFTER DELETE ON mail.father FOR EACH ROW UPDATE mail.kid SET n = n + 1 WHERE "
      "name = 'ann'");
  start(kids);
  expect_kids();
  server().sql("DELETE FROM mail.father WHERE id = 1");
  expect_soon("joe", not_found());
}

TEST_F(FeedParentsTest, SoAreThoseOfParentsOfParents) {
  server().sql(
      "CREATE TRIGGER mail.also AFTER DELETE ON mail.grand FOR EACH ROW UPDATE mail.father, mail.kid SET "
      "father.n = 1, kid.n = 1 WHERE father.id = 3 AND kid.name = 'bob'");
  start(kids);
  expect_kids();
  server().sql("DELETE FROM mail.grand WHERE id = 1");
  expect_soon("joe", not_found());
}

TEST_F(FeedParentsTest, SoAreThoseOfATableThatRefersToItself) {
  start(map("SELECT above FROM tree WHERE name = '%s'"));
  EXPECT_EQ(ask("leaf"), found("root"));
  server().sql("DELETE FROM mail.tree WHERE name = 'root'");
  expect_soon("leaf", not_found());
}

TEST_F(FeedParentsTest, ANewParentDropsNothing) {
  start(kids);
  EXPECT_EQ(ask("joe"), found("1"));
  const auto groups = std::stoull(followed->feed("groups"));
  server().sql("INSERT INTO mail.father VALUES (9, 2, 0)");
  ASSERT_TRUE(wait_until([&] { return std::stoull(followed->feed("groups")) > groups; }));
  const auto before = followed->from_database("own");
  EXPECT_EQ(ask("joe"), found("1"));
  EXPECT_EQ(followed->from_database("own"), before) << followed->daemon.log();
}

TEST_F(FeedParentsTest, AParentInADatabaseThatIsNotToBeSeenLeavesPlainTimesToLive) {
  server().sql(R"(
DROP DATABASE IF EXISTS elsewhere; CREATE DATABASE elsewhere;
CREATE TABLE elsewhere.father (id INT PRIMARY KEY) ENGINE=InnoDB; INSERT INTO elsewhere.father VALUES (1);
CREATE TABLE mail.orphan (name VARCHAR(64) PRIMARY KEY, dad INT, FOREIGN KEY (dad) REFERENCES elsewhere.father (id) ON DELETE CASCADE) ENGINE=InnoDB;
INSERT INTO mail.orphan VALUES ('joe', 1);
)");
  start(map("SELECT dad FROM orphan WHERE name = '%s'"), short_lives);
  EXPECT_EQ(followed->daemon.log_lines({"event=feed_watch", "elsewhere.father", "GRANT SELECT"}), 1U)
      << followed->daemon.log();
  EXPECT_FALSE(kept("joe"));
  server().sql("GRANT SELECT ON elsewhere.* TO maproom@localhost");
  EXPECT_TRUE(wait_until([&] { return kept("joe"); })) << followed->daemon.log();
  server().sql("DELETE FROM elsewhere.father");
  expect_soon("joe", not_found());
  server().sql("DROP TABLE mail.orphan; DROP DATABASE elsewhere; REVOKE SELECT ON elsewhere.* FROM maproom@localhost");
}

// ---- rights --------------------------------------------------------------------------------------------------------

class FeedRightsTest : public FeedUnseenTest {
 protected:
  FeedRightsTest() {
    server().sql(R"(
DROP DATABASE IF EXISTS secret; CREATE DATABASE secret;
CREATE TABLE secret.home (user VARCHAR(255) PRIMARY KEY, path VARCHAR(64)) ENGINE=InnoDB;
INSERT INTO secret.home VALUES ('joe@d.example', 'far/');
)");
  }
  ~FeedRightsTest() override {
    server().sql("DROP DATABASE secret; DROP ROLE IF EXISTS reader");
    for (const char* host : {"localhost", "127.0.0.1"})
      server().sql("REVOKE ALL ON *.* FROM maproom@'" + std::string{host} + "'; DROP USER maproom@'" + host + "'");
  }
  void expect_home_is_followed() {
    EXPECT_TRUE(wait_until([&] { return ask("joe@d.example") == found("far/"); })) << followed->daemon.log();
    EXPECT_TRUE(wait_until([&] { return kept("joe@d.example"); })) << followed->daemon.log();
    server().sql("UPDATE secret.home SET path = 'near/'");
    expect_soon("joe@d.example", found("near/"));
  }
  const std::string homes =
      map("SELECT path FROM mailbox JOIN secret.home ON home.user = mailbox.username WHERE username = '%s'");
};

TEST_F(FeedRightsTest, ATableThatBecomesReadableIsWatchedFromThenOn) {
  start(homes);
  EXPECT_EQ(ask("joe@d.example"), error());
  EXPECT_EQ(followed->ask("mailboxes", "joe@d.example"), found("joe/"));
  const auto before = followed->from_database("mailboxes");
  server().sql("GRANT SELECT ON secret.* TO maproom@localhost");
  expect_home_is_followed();
  EXPECT_EQ(followed->ask("mailboxes", "joe@d.example"), found("joe/"));
  EXPECT_EQ(followed->from_database("mailboxes"), before) << "a GRANT drops nothing" << followed->daemon.log();
}

TEST_F(FeedRightsTest, SoIsOneThatARoleMakesReadable) {
  server().sql("CREATE ROLE reader; GRANT SELECT ON secret.* TO reader; GRANT reader TO maproom@localhost");
  start(homes);
  EXPECT_EQ(ask("joe@d.example"), error());
  server().sql("SET DEFAULT ROLE reader FOR maproom@localhost; KILL USER maproom");
  expect_home_is_followed();
}

TEST_F(FeedRightsTest, SoIsOneThatFlushPrivilegesMakesReadable) {
  start(homes);
  EXPECT_EQ(ask("joe@d.example"), error());
  server().sql(
      "INSERT INTO mysql.db (Host, Db, User, Select_priv) VALUES ('localhost', 'secret', 'maproom', 'Y'); FLUSH "
      "PRIVILEGES");
  expect_home_is_followed();
}

// A connection that was opened before keeps the role.
TEST_F(FeedRightsTest, WhatWasReadableIsWatchedStillWhenItsRoleIsNoLongerTheDefault) {
  server().sql(
      "CREATE ROLE reader; GRANT SELECT ON secret.* TO reader; GRANT reader TO maproom@localhost; SET DEFAULT ROLE "
      "reader "
      "FOR maproom@localhost");
  start(homes);
  EXPECT_EQ(ask("joe@d.example"), found("far/"));
  const auto reads = std::stoull(followed->feed("schema_reads"));
  server().sql("SET DEFAULT ROLE NONE FOR maproom@localhost");
  ASSERT_TRUE(wait_until([&] { return std::stoull(followed->feed("schema_reads")) > reads; }));
  ASSERT_EQ(ask("joe@d.example"), found("far/")) << followed->daemon.log();
  server().sql("UPDATE secret.home SET path = 'near/'");
  expect_soon("joe@d.example", found("near/"));
}

// ---- engines -------------------------------------------------------------------------------------------------------

TEST_F(FeedUnseenTest, OnlyTablesOfInnodbLiveLongerThanThePlainTimesToLive) {
  server().sql(
      "CREATE TABLE mail.other (k VARCHAR(64) PRIMARY KEY, v INT) ENGINE=Aria; INSERT INTO mail.other VALUES ('a', "
      "1); CREATE TABLE mail.good LIKE mail.other; ALTER TABLE mail.good ENGINE=InnoDB; INSERT INTO mail.good "
      "SELECT * FROM mail.other");
  start(map("SELECT v FROM other WHERE k = '%s'") + map("SELECT v FROM good WHERE k = '%s'", "good"), short_lives);
  EXPECT_TRUE(wait_until([&] { return kept("a", "good"); }));
  EXPECT_FALSE(kept("a"));
  EXPECT_EQ(followed->daemon.log_lines({"event=feed_watch", "ALTER TABLE other ENGINE = InnoDB"}), 1U)
      << followed->daemon.log();
  server().sql("ALTER TABLE mail.other ENGINE=InnoDB");
  EXPECT_TRUE(wait_until([&] { return kept("a"); })) << followed->daemon.log();
  // In no binlog; the next look finds it.
  server().sql(
      "SET sql_log_bin = 0; ALTER TABLE mail.other ENGINE=MyISAM; SET sql_log_bin = 1; CREATE USER somebody; DROP "
      "USER somebody");
  EXPECT_TRUE(wait_until([&] { return !kept("a"); })) << followed->daemon.log();
}

TEST(FeedQueryCache, IsNotUsed) {
  auto options = binlog_options();
  options.insert(options.end(), {"--query-cache-type=1", "--query-cache-size=1M"});
  const PrivateMariadb mariadb{options};
  make_followed_database(mariadb);
  Followed followed{{.mariadb = mariadb}};
  followed.start();
  EXPECT_EQ(followed.ask("mailboxes", "joe@d.example"), found("joe/"));
  EXPECT_EQ(followed.ask("mailboxes", "ann@d.example"), found("ann/"));
  EXPECT_EQ(mariadb.sql("SHOW GLOBAL STATUS LIKE 'Qcache_inserts'"), "Qcache_inserts\t0\n");
  mariadb.sql("SELECT * FROM mail.mailbox");
  EXPECT_EQ(mariadb.sql("SHOW GLOBAL STATUS LIKE 'Qcache_inserts'"), "Qcache_inserts\t1\n") << "it is there";
}

// ---- statements ----------------------------------------------------------------------------------------------------

TEST_F(FeedUnseenTest, StatementsThatChangeRowsUnderAnotherVerbAreMinded) {
  start(map("SELECT maildir FROM mailbox WHERE username = '%s'"));
  int count = 0;
  for (const auto* const statement :
       {"ANALYZE FORMAT=JSON UPDATE mail.mailbox SET maildir = 'VALUE'",
        "ANALYZE UPDATE mail.mailbox SET maildir = 'VALUE'",
        "SET STATEMENT max_statement_time = 9 FOR UPDATE mail.mailbox SET maildir = 'VALUE'",
        "/* x */ UPDATE mail.mailbox SET maildir = 'VALUE'", "/*!50000 UPDATE mail.mailbox SET maildir = 'VALUE' */",
        "BEGIN NOT ATOMIC UPDATE mail.mailbox SET maildir = 'VALUE'; END",
        "PREPARE p FROM \"UPDATE mail.mailbox SET maildir = 'VALUE'\"; EXECUTE p"}) {
    static_cast<void>(ask("joe@d.example"));
    const auto value = "v" + std::to_string(++count) + "/";
    auto text = std::string{statement};
    text.replace(text.find("VALUE"), 5, value);
    const bool compound = text.starts_with("BEGIN");
    server().sql("SET SESSION binlog_format = 'STATEMENT'" + std::string{compound ? ";\nDELIMITER //\n" : ";\n"} +
                 text + (compound ? "//\n" : ";\n"));
    expect_soon("joe@d.example", found(value));
  }
}

// ---- key sets ------------------------------------------------------------------------------------------------------

TEST_F(FeedUnseenTest, AKeySetEndsAndIsReadAnew) {
  followed.emplace(Followed::Wish{
      .mariadb = server(),
      .feed = "followed_ttl = \"3 s\"",
      .maps = map("SELECT maildir FROM mailbox WHERE username = '%s'", "own", "complete_keys = true\n")});
  followed->start();
  ASSERT_TRUE(wait_until([&] { return followed->daemon.log_lines({"event=keys_complete"}) > 0; }));
  EXPECT_EQ(ask("new@d.example"), not_found());
  server().sql("SET sql_log_bin = 0; INSERT INTO mail.mailbox (username, maildir) VALUES ('new@d.example', 'new/')");
  expect_soon("new@d.example", found("new/"));
}

TEST_F(FeedUnseenTest, AMapWithoutAKeySetDoesNotUseThatOfAnotherMap) {
  const std::string query = "SELECT maildir FROM mailbox WHERE username = '%s'";
  start(map(query, "own", "complete_keys = false\n") + map(query, "other", "complete_keys = true\n"));
  ASSERT_TRUE(wait_until([&] { return followed->daemon.log_lines({"event=keys_complete"}) > 0; }));
  EXPECT_EQ(ask("nobody@d.example", "other"), not_found());
  EXPECT_EQ(followed->from_database("other"), 0U);
  EXPECT_EQ(ask("nobody@d.example"), not_found());
  EXPECT_EQ(followed->from_database("own"), 1U);
}

// ---- events that nobody can read -----------------------------------------------------------------------------------

class FeedUnreadableTest : public FeedUnseenTest {
 protected:
  void start_with_redis() {
    followed.emplace(Followed::Wish{.mariadb = server(), .redis = &redis, .cache = long_lives});
    followed->start();
    EXPECT_EQ(followed->ask("mailboxes", "joe@d.example"), found("joe/"));
    ASSERT_TRUE(wait_until([&] { return redis.command({"GET", "maproom:feed/checkpoints"}).find("bin") != npos; }));
  }
  /// It begins anew behind the event, says so once, and so does a daemon that finds the checkpoints.
  void expect_one_gap(const std::string& file) {
    EXPECT_TRUE(wait_until([&] {
      return followed->daemon.log_lines({"event=feed_gap", "cannot be read on from"}) == 1;
    })) << followed->daemon.log();
    ASSERT_TRUE(followed->wait_healthy()) << followed->daemon.log();
    expect_change(file);
    followed->daemon.kill();
    followed->start();
    EXPECT_EQ(followed->ask("mailboxes", "joe@d.example"), found(file));
  }
  void expect_change(const std::string& file) {
    EXPECT_EQ(followed->daemon.log_lines({"event=feed_away"}), 0U) << followed->daemon.log();
    const auto groups = std::stoull(followed->feed("groups"));
    server().sql("UPDATE mail.mailbox SET maildir = '" + file + "' WHERE username = 'joe@d.example'");
    EXPECT_TRUE(wait_until([&] { return followed->ask("mailboxes", "joe@d.example") == found(file); }));
    EXPECT_GT(std::stoull(followed->feed("groups")), groups);
  }
  static constexpr auto npos = std::string::npos;
  PrivateRedis redis;
};

TEST_F(FeedUnreadableTest, LoadDataAsAStatementIsAChangeOfEverything) {
  start_with_redis();
  EXPECT_EQ(followed->ask("mailboxes", "load@d.example"), not_found());
  const auto path = server().sql("SELECT CONCAT(@@datadir, 'load')");
  const auto file = path.substr(0, path.size() - 1);
  server().sql("SELECT 'load@d.example', 'load/', 1, NULL INTO OUTFILE '" + file +
               "'; SET SESSION binlog_format = 'STATEMENT'; LOAD DATA INFILE '" + file + "' INTO TABLE mail.mailbox");
  expect_change("after-load/");
  EXPECT_EQ(followed->ask("mailboxes", "load@d.example"), found("load/"));
  EXPECT_EQ(followed->daemon.log_lines({"event=feed_gap"}), 0U) << followed->daemon.log();
  server().sql("DELETE FROM mail.mailbox WHERE username = 'load@d.example'");
}

TEST_F(FeedUnreadableTest, AnIncidentIsAGapAndNotTheEnd) {
  server().sql("CREATE TABLE mail.wide (t LONGTEXT) ENGINE=MyISAM");
  start_with_redis();
  const auto size = server().sql("SELECT @@global.max_binlog_stmt_cache_size");
  server().sql("SET GLOBAL max_binlog_stmt_cache_size = 4096, GLOBAL binlog_stmt_cache_size = 4096");
  EXPECT_THROW(server().sql("INSERT INTO mail.wide VALUES (REPEAT('x', 30000)), (REPEAT('y', 30000))"),
               std::runtime_error);
  server().sql("SET GLOBAL max_binlog_stmt_cache_size = " + size);
  expect_one_gap("after-incident/");
}

// ---- names ---------------------------------------------------------------------------------------------------------

TEST_F(FeedUnseenTest, ADatabaseIsFoundHoweverItIsSpelled) {
  auto options = binlog_options();
  options.emplace_back("--lower-case-table-names=1");
  const PrivateMariadb mariadb{options};
  make_followed_database(mariadb);
  mariadb.sql(
      "CREATE DATABASE helper; CREATE TABLE helper.one (n INT) ENGINE=InnoDB; INSERT INTO helper.one VALUES (1); GRANT "
      "SELECT ON helper.* TO maproom@localhost");
  start(map("SELECT maildir FROM MailBox JOIN helper.one WHERE username = '%s'"), long_lives, mariadb, "Mail");
  EXPECT_EQ(ask("new@d.example"), not_found());
  mariadb.sql("INSERT INTO mail.mailbox (username, maildir) VALUES ('new@d.example', 'new/')");
  expect_soon("new@d.example", found("new/"));
}

// ---- replication ---------------------------------------------------------------------------------------------------

class FeedReplicationTest : public FeedUnseenTest, public testing::WithParamInterface<const char*> {};

// log_slave_updates is off by default.
TEST_P(FeedReplicationTest, ThatBeginsLaterIsNoticed) {
  auto& primary = server();
  const auto port = std::to_string(primary.port());
  primary.sql(
      "CREATE USER IF NOT EXISTS repl@'127.0.0.1' IDENTIFIED BY 'secret'; GRANT REPLICATION SLAVE ON *.* TO "
      "repl@'127.0.0.1'; RESET MASTER");
  auto options = binlog_options(2);
  std::replace(options.begin(), options.end(), std::string{"--log-slave-updates=ON"},
               std::string{"--log-slave-updates=OFF"});
  PrivateMariadb replica{options};
  make_followed_database(replica);
  replica.sql("CHANGE MASTER TO MASTER_HOST = '127.0.0.1', MASTER_PORT = " + port +
              ", MASTER_USER = 'repl', MASTER_PASSWORD = 'secret', " + GetParam());
  Followed daemon{{.mariadb = replica, .cache = short_lives}};
  daemon.start();
  EXPECT_EQ(daemon.ask("mailboxes", "new@d.example"), not_found());
  replica.sql("START SLAVE");
  primary.sql("INSERT INTO mail.mailbox (username, maildir) VALUES ('new@d.example', 'new/')");
  EXPECT_TRUE(wait_until([&] { return daemon.ask("mailboxes", "new@d.example") == found("new/"); }))
      << daemon.daemon.log() << replica.sql("SHOW SLAVE STATUS");
  EXPECT_TRUE(wait_until([&] {
    return daemon.daemon.log_lines({"event=feed_away", "log_slave_updates = ON"}) == 1;
  })) << daemon.daemon.log();
  EXPECT_FALSE(daemon.healthy());
}

INSTANTIATE_TEST_SUITE_P(
    Both, FeedReplicationTest,
    testing::Values("MASTER_USE_GTID = slave_pos",
                    "MASTER_USE_GTID = no, MASTER_LOG_FILE = 'mysql-bin.000001', MASTER_LOG_POS = 4"),
    [](const auto& tested) { return tested.index == 0 ? "WithGtid" : "WithoutGtid"; });

TEST(FeedGalera, ANodeWhoseBinlogLacksWhatOthersWriteIsNotFollowed) {
  auto options = binlog_options();
  std::replace(options.begin(), options.end(), std::string{"--log-slave-updates=ON"},
               std::string{"--log-slave-updates=OFF"});
  const auto port = std::to_string(free_port());
  options.insert(options.end(),
                 {"--wsrep-on=ON", "--wsrep-provider=/usr/lib/galera/libgalera_smm.so",
                  "--wsrep-cluster-address=gcomm://", "--wsrep-node-address=127.0.0.1", "--innodb-autoinc-lock-mode=2",
                  "--wsrep-provider-options=gmcast.listen_addr=tcp://127.0.0.1:" + port + ";gcache.size=1M"});
  const PrivateMariadb node{options};
  make_followed_database(node);
  Followed daemon{{.mariadb = node}};
  daemon.start_only();
  EXPECT_TRUE(wait_until([&] {
    return daemon.daemon.log_lines({"event=feed_away", "Galera", "log_slave_updates = ON"}) == 1;
  })) << daemon.daemon.log();
  EXPECT_EQ(daemon.ask("mailboxes", "joe@d.example"), found("joe/"));
}

}  // namespace
}  // namespace maproom::test
