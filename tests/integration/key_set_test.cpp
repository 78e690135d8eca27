// Complete key sets against a real MariaDB: what no row has costs no query, what a change brings is found at once.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

#include "integration/key_set_fixture.hpp"

namespace maproom::test {
namespace {

constexpr const char* domains = R"(
[maps.domains]
parameter = "virtual_mailbox_domains"
LISTEN
query = "SELECT address FROM alias WHERE address = '%s' AND active = 1"
)";
constexpr const char* boxes = R"(
[maps.boxes]
parameter = "virtual_mailbox_maps"
complete_keys = true
LISTEN
query = "SELECT maildir FROM mailbox WHERE username = '%s' AND active = 1"
)";

TEST_F(KeySetTest, AHundredThousandUnknownRecipientsCostMariadbNothing) {
  start(boxes);
  ASSERT_TRUE(wait_complete("boxes")) << followed->daemon.log();
  EXPECT_EQ(ask("boxes", "joe@d.example"), "200 joe/\n");
  const auto database_before = queries("boxes");
  const auto before = mariadb.selects();
  std::mt19937 random{7};
  std::vector<std::string> unknown;
  for (int i = 0; i < 100'000; ++i) unknown.push_back("u" + std::to_string(random()) + "@d.example");
  lacks_all("boxes", unknown);
  EXPECT_EQ(queries("boxes"), database_before);
  // The feed's own questions stand beside, a few each quarter of a second.
  EXPECT_LT(mariadb.selects() - before, 2'000U);
  EXPECT_EQ(status("boxes").at("key_set").at("size"), 3);
}

TEST_F(KeySetTest, ANewKeyIsFoundAtOnceAndAnOldOneIsGone) {
  start(boxes);
  ASSERT_TRUE(wait_complete("boxes"));
  EXPECT_EQ(ask("boxes", "new@d.example"), "500 not%20found\n");
  EXPECT_EQ(queries("boxes"), 0U);
  mariadb.sql("INSERT INTO mail.mailbox (username, maildir) VALUES ('New@d.example', 'new/')");
  EXPECT_TRUE(wait_until([&] { return ask("boxes", "new@d.example") == "200 new/\n"; })) << followed->daemon.log();
  mariadb.sql("UPDATE mail.mailbox SET username = 'newer@d.example' WHERE username = 'new@d.example'");
  EXPECT_TRUE(wait_until([&] { return ask("boxes", "newer@d.example") == "200 new/\n"; }));
  EXPECT_TRUE(wait_until([&] { return ask("boxes", "new@d.example") == "500 not%20found\n"; }));
  mariadb.sql("UPDATE mail.mailbox SET active = 0");
  EXPECT_TRUE(wait_until([&] { return ask("boxes", "newer@d.example") == "500 not%20found\n"; }));
  mariadb.sql("UPDATE mail.mailbox SET active = 1 WHERE username = 'joe@d.example'");
  EXPECT_TRUE(wait_until([&] { return ask("boxes", "joe@d.example") == "200 joe/\n"; }));
}

TEST_F(KeySetTest, WhatTheCollationTakesForEqualIsAskedFor) {
  mariadb.sql("INSERT INTO mail.mailbox (username, maildir) VALUES ('j\xc3\xbcrgen@d.example', 'umlaut/')");
  start(boxes);
  ASSERT_TRUE(wait_complete("boxes"));
  EXPECT_EQ(ask("boxes", "jurgen@d.example"), "200 umlaut/\n");  // utf8mb4_general_ci
  EXPECT_EQ(ask("boxes", "JOE@D.example"), "200 joe/\n");
  const auto before = queries("boxes");
  EXPECT_EQ(ask("boxes", "nobody@d.example"), "500 not%20found\n");
  EXPECT_EQ(queries("boxes"), before);
}

TEST_F(KeySetTest, AnUnclearChangeIsFollowedByANewSet) {
  start(boxes);
  ASSERT_TRUE(wait_complete("boxes"));
  mariadb.sql("TRUNCATE mail.mailbox; INSERT INTO mail.mailbox (username, maildir) VALUES ('only@d.example', 'only/')");
  EXPECT_TRUE(wait_until([&] { return ask("boxes", "only@d.example") == "200 only/\n"; })) << followed->daemon.log();
  EXPECT_TRUE(wait_until([&] { return complete("boxes") && status("boxes").at("key_set").at("size") == 1; }))
      << followed->daemon.log();
  mariadb.sql("ALTER TABLE mail.mailbox MODIFY maildir VARCHAR(255) FIRST");
  mariadb.sql("INSERT INTO mail.mailbox (username, maildir) VALUES ('second@d.example', 'second/')");
  EXPECT_TRUE(wait_until([&] { return ask("boxes", "second@d.example") == "200 second/\n"; }));
}

TEST_F(KeySetTest, AColumnMayBeNamedAsAnotherTable) {
  mariadb.sql(
      "CREATE TABLE domain (domain VARCHAR(255) PRIMARY KEY); CREATE TABLE relayed (domain VARCHAR(255) CHARACTER SET "
      "utf8mb4 COLLATE utf8mb4_nopad_bin PRIMARY KEY); INSERT INTO relayed VALUES ('hosted.example')",
      "mail");
  start(R"(
[maps.relay_domains]
LISTEN
query = "SELECT 1 FROM relayed WHERE domain = '%s'"
)");
  ASSERT_TRUE(wait_complete("relay_domains")) << followed->daemon.log();
  EXPECT_EQ(ask("relay_domains", "hosted.example"), "200 1\n");
  EXPECT_EQ(ask("relay_domains", "foreign.example"), "500 not%20found\n");
  EXPECT_EQ(queries("relay_domains"), 1U);
  mariadb.sql("INSERT INTO mail.relayed VALUES ('foreign.example')");
  EXPECT_TRUE(wait_until([&] { return ask("relay_domains", "foreign.example") == "200 1\n"; }));
}

TEST_F(KeySetTest, NetworksAreKnownAsRanges) {
  mariadb.sql(R"(CREATE TABLE mail.network (first VARBINARY(16), last VARBINARY(16), text VARCHAR(64));
INSERT INTO mail.network VALUES (INET6_ATON('::ffff:192.0.2.0'), INET6_ATON('::ffff:192.0.2.255'), '192.0.2.0/24'),
  (INET6_ATON('2001:db8::'), INET6_ATON('2001:db8:ffff:ffff:ffff:ffff:ffff:ffff'), '2001:db8::/32'))");
  start(R"(
[maps.mynetworks]
LISTEN
query = """SELECT 'OK' FROM network WHERE INET6_ATON(IF('%s' LIKE '%%:%%', '%s', CONCAT('::ffff:', '%s')))
  BETWEEN first AND last"""
keys_query = "SELECT INET6_NTOA(first), INET6_NTOA(last) FROM network"
[maps.texts]
parameter = "mynetworks"
LISTEN
query = "SELECT 'OK' FROM network WHERE INET6_ATON(IF('%s' LIKE '%%:%%', '%s', CONCAT('::ffff:', '%s'))) BETWEEN first AND last"
keys_query = "SELECT text FROM network"
)");
  for (const auto* map : {"mynetworks", "texts"}) {
    ASSERT_TRUE(wait_complete(map)) << followed->daemon.log();
    EXPECT_EQ(ask(map, "192.0.2.7"), "200 OK\n");
    EXPECT_EQ(ask(map, "2001:db8::9"), "200 OK\n");
    const auto before = queries(map);
    for (int i = 0; i < 256; ++i) {
      EXPECT_EQ(ask(map, "203.0.113." + std::to_string(i)), "500 not%20found\n");
      EXPECT_EQ(ask(map, "2001:db9::" + std::to_string(i)), "500 not%20found\n");
    }
    EXPECT_EQ(queries(map), before);
  }
  mariadb.sql(
      "INSERT INTO mail.network VALUES (INET6_ATON('::ffff:203.0.113.0'), INET6_ATON('::ffff:203.0.113.127'), "
      "'203.0.113.0/25')");
  EXPECT_TRUE(wait_until([&] { return ask("mynetworks", "203.0.113.5") == "200 OK\n"; }));
  ASSERT_TRUE(wait_complete("mynetworks"));
  EXPECT_EQ(ask("mynetworks", "203.0.113.200"), "500 not%20found\n");
}

TEST_F(KeySetTest, InAnOutageUnknownClientsAndDomainsAreStillUnknownAndRecipientsAreNot) {
  start(std::string{domains} + boxes, "positive_ttl = \"1 s\"\nnegative_ttl = \"1 s\"");
  ASSERT_TRUE(wait_complete("domains"));
  ASSERT_TRUE(wait_complete("boxes"));
  EXPECT_EQ(ask("domains", "info@d.example"), "200 info@d.example\n");
  mariadb.stop();
  ASSERT_TRUE(wait_until([&] { return !followed->healthy(); }));
  EXPECT_EQ(ask("domains", "never.seen.example"), "500 not%20found\n");
  EXPECT_EQ(ask("domains", "info@d.example"), "200 info@d.example\n");
  EXPECT_EQ(ask("domains", "@catch.example").substr(0, 4), "400 ");  // it has a row, and which is not known
  EXPECT_EQ(ask("boxes", "never@d.example").substr(0, 4), "400 ");   // a recipient
  mariadb.start();
  EXPECT_TRUE(wait_until([&] { return ask("boxes", "never@d.example") == "500 not%20found\n"; }));
}

TEST_F(KeySetTest, AListingThatCannotBeJudgedIsRefused) {
  start(R"toml(
[maps.numbers]
parameter = "exact"
complete_keys = true
LISTEN
query = "SELECT n FROM numbers WHERE id = '%s'"
[maps.declared]
parameter = "exact"
LISTEN
complete_keys = true
query = "SELECT n FROM numbers WHERE id = '%s' + 0"
keys_query = "SELECT id FROM numbers"
[maps.clock]
parameter = "exact"
LISTEN
complete_keys = true
query = "SELECT maildir FROM mailbox WHERE username = '%s' AND size < UNIX_TIMESTAMP()"
keys_query = "SELECT username FROM mailbox WHERE size < UNIX_TIMESTAMP()"
)toml");
  const auto told = [&](const std::vector<std::string>& words) {
    return wait_until([&] { return followed->daemon.log_lines(words) == 1; });
  };
  EXPECT_TRUE(told({"event=keys_none", "numbers is no text that compares"})) << followed->daemon.log();
  EXPECT_TRUE(told({"event=keys_none", "unix_timestamp"})) << followed->daemon.log();
  EXPECT_TRUE(told({"event=keys_unknown", "numbers or bytes"})) << followed->daemon.log();
  for (const auto* map : {"numbers", "declared", "clock"}) EXPECT_FALSE(complete(map)) << map;
  EXPECT_EQ(ask("numbers", "01"), "200 10\n");
}

TEST_F(KeySetTest, ExplainNamesTheKeySet) {
  start(boxes);
  ASSERT_TRUE(wait_complete("boxes"));
  const auto explained = followed->daemon.run({"query", "boxes", "nobody@d.example", "--explain"});
  EXPECT_EQ(explained.status, 1);
  EXPECT_NE(explained.out.find("absent from key set"), std::string::npos) << explained.out;
}

TEST_F(KeySetTest, ACollationThatTakesTwoLettersForEqualIsNotJudged) {
  mariadb.sql(
      "ALTER TABLE mail.mailbox MODIFY username VARCHAR(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_roman_ci NOT NULL");
  start(boxes + std::string{R"(
[maps.declared]
parameter = "exact"
LISTEN
complete_keys = true
query = "SELECT maildir FROM mailbox WHERE username = '%s'"
keys_query = "SELECT username FROM mailbox"
)"});
  EXPECT_TRUE(wait_until([&] {
    return followed->daemon.log_lines({"event=keys_none", "no text that compares"}) == 3;  // the world's own one too
  })) << followed->daemon.log();
  EXPECT_EQ(ask("boxes", "ioe@d.example"), "200 joe/\n");
  EXPECT_EQ(ask("declared", "ioe@d.example"), "200 joe/\n");
}

}  // namespace
}  // namespace maproom::test
