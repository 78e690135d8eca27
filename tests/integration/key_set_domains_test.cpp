// Sets of domains, which are left to maps of addresses where whole keys need too much memory: what is at no domain of
// theirs costs MariaDB nothing, what is at one is asked for, and a new domain is seen at once.

#include <gmock/gmock.h>

#include <fstream>
#include <random>

#include "integration/key_set_fixture.hpp"

namespace maproom::test {
namespace {

class DomainSetTest : public KeySetTest {
 protected:
  void start_known(const std::string& maps, const std::vector<std::string>& known, const std::string& cache = {},
                   const std::string& keys_memory = "0 B") {
    start(maps, "keys_memory = \"" + keys_memory + "\"\n" + cache);
    for (const auto& map : known) ASSERT_TRUE(wait_complete(map)) << map << followed->daemon.log();
  }
};

constexpr const char* aliases = R"(
[maps.rewrites]
parameter = "virtual_alias_maps"
LISTEN
query = "SELECT goto FROM alias WHERE address = '%s' AND active = 1"
)";
constexpr const char* senders = R"(
[maps.senders]
parameter = "check_sender_access"
LISTEN
query = "SELECT goto FROM alias WHERE address = '%s'"
[maps.copies]
parameter = "sender_bcc_maps"
LISTEN
query = "SELECT maildir FROM mailbox WHERE username = '%s'"
)";

TEST_F(DomainSetTest, RandomForeignAddressesCostMariadbNothing) {
  start_known(aliases + std::string{senders}, {"rewrites", "senders", "copies"});
  EXPECT_EQ(status("rewrites").at("key_set").at("of"), "domains");
  EXPECT_EQ(status("rewrites").at("key_set").at("size"), 2) << "d.example, catch.example";
  std::mt19937 random{7};
  std::vector<std::string> foreign;
  for (int i = 0; i < 20'000; ++i)
    foreign.push_back("u" + std::to_string(random()) + "+x@h" + std::to_string(random()) + ".foreign.example");
  const auto before = mariadb.selects();
  for (const auto* map : {"rewrites", "senders", "copies"}) {
    lacks_all(map, foreign);
    EXPECT_EQ(queries(map), 0U) << map;
  }
  EXPECT_LT(mariadb.selects() - before, 2'000U) << "the feed's own questions";
  EXPECT_EQ(ask("rewrites", "info@d.example"), "200 joe@d.example\n");
  EXPECT_EQ(ask("rewrites", "Anybody@Catch.Example"), "200 ann@d.example\n");
  const auto asked = queries("rewrites");
  EXPECT_EQ(ask("rewrites", "nobody@d.example"), "500 not%20found\n");
  EXPECT_EQ(queries("rewrites"), asked + 2) << "nobody@d.example, @d.example";
}

TEST_F(DomainSetTest, ANewDomainsFirstAliasIsFoundAtOnce) {
  start_known(aliases, {"rewrites"});
  EXPECT_EQ(ask("rewrites", "first@new.example"), "500 not%20found\n");
  EXPECT_EQ(queries("rewrites"), 0U);
  const auto becomes = [&](const std::string& key, const std::string& answer) {
    return wait_until([&] { return ask("rewrites", key) == answer; });
  };
  mariadb.sql("INSERT INTO mail.alias (address, goto) VALUES ('First@New.example', 'joe@d.example')");
  EXPECT_TRUE(becomes("first@new.example", "200 joe@d.example\n")) << followed->daemon.log();
  mariadb.sql("UPDATE mail.alias SET address = '@newer.example' WHERE address = 'first@new.example'");
  EXPECT_TRUE(becomes("x@newer.example", "200 joe@d.example\n"));
  EXPECT_TRUE(becomes("first@new.example", "500 not%20found\n"));
  mariadb.sql(
      "TRUNCATE mail.alias; INSERT INTO mail.alias (address, goto) VALUES ('a@last.example', 'b@last.example')");
  EXPECT_TRUE(becomes("a@last.example", "200 b@last.example\n"));
  ASSERT_TRUE(wait_until([&] { return complete("rewrites") && status("rewrites").at("key_set").at("size") == 1; }));
  EXPECT_TRUE(becomes("info@d.example", "500 not%20found\n"));
}

TEST_F(DomainSetTest, ADomainThatWentCostsAQueryAndIsNotFound) {
  start_known(aliases, {"rewrites"});
  EXPECT_EQ(ask("rewrites", "x@catch.example"), "200 ann@d.example\n");
  mariadb.sql("DELETE FROM mail.alias WHERE address = '@catch.example'");
  EXPECT_TRUE(wait_until([&] { return ask("rewrites", "x@catch.example") == "500 not%20found\n"; }));
  const auto before = queries("rewrites");
  EXPECT_EQ(ask("rewrites", "y@catch.example"), "500 not%20found\n");
  EXPECT_LE(queries("rewrites"), before + 2);
  EXPECT_EQ(ask("rewrites", "y@catch.example"), "500 not%20found\n");
  EXPECT_LE(queries("rewrites"), before + 2);
}

/// The second table has no key of its own in a column: a person says where its domains stand.
class AliasDomainTest : public DomainSetTest {
 protected:
  AliasDomainTest() {
    mariadb.sql(
        "CREATE TABLE mail.alias_domain (name VARCHAR(255) PRIMARY KEY, target VARCHAR(255)) ENGINE=InnoDB; INSERT "
        "INTO mail.alias_domain VALUES ('abcm\xc3\xbcller.example', 'd.example'), ('other.example', 'd.example'); SET "
        "GLOBAL log_output = 'TABLE', GLOBAL general_log = 1");
    start_known(R"(
[maps.rewrites]
parameter = "virtual_alias_maps"
LISTEN
tables = [
  { query = "SELECT goto FROM alias WHERE address = '%s' AND active = 1" },
  { query = "SELECT goto FROM alias_domain JOIN alias ON address = CONCAT('%u', '@', target) WHERE name = '%d'", keys_query = "SELECT name FROM alias_domain" },
]
)",
                {"rewrites"});
  }
  [[nodiscard]] int listings() const {
    return std::stoi(
        mariadb.sql("SELECT COUNT(*) FROM mysql.general_log WHERE argument = 'SELECT name FROM "
                    "alias_domain'"));
  }
};

TEST_F(AliasDomainTest, AChangeThatTheListingDoesNotReadLeavesItsSetInForce) {
  EXPECT_EQ(ask("rewrites", "info@other.example"), "200 joe@d.example\n");
  const auto before = listings();
  mariadb.sql("UPDATE mail.alias SET goto = 'ann@d.example' WHERE address = 'info@d.example'");
  EXPECT_TRUE(wait_until([&] { return ask("rewrites", "info@other.example") == "200 ann@d.example\n"; }));
  ASSERT_TRUE(wait_complete("rewrites"));
  EXPECT_EQ(listings(), before);
  mariadb.sql("UPDATE mail.alias_domain SET name = 'else.example' WHERE name = 'other.example'");
  EXPECT_TRUE(wait_until([&] { return ask("rewrites", "info@else.example") == "200 ann@d.example\n"; }));
  ASSERT_TRUE(wait_complete("rewrites"));
  EXPECT_GT(listings(), before);
}

TEST_F(AliasDomainTest, ADeclaredListingMayGiveTheDomainsThemselves) {
  EXPECT_EQ(ask("rewrites", "foreign@f.example"), "500 not%20found\n");
  EXPECT_EQ(queries("rewrites"), 0U);
  EXPECT_EQ(ask("rewrites", "info@other.example"), "200 joe@d.example\n");
  EXPECT_EQ(ask("rewrites", "info@abcmuller.example"), "200 joe@d.example\n");
  mariadb.sql("INSERT INTO mail.alias_domain VALUES ('f.example', 'd.example')");
  EXPECT_TRUE(wait_until([&] { return ask("rewrites", "info@f.example") == "200 joe@d.example\n"; }));
}

TEST_F(DomainSetTest, WhatTheCollationTakesForAnAtIsAskedFor) {
  mariadb.sql(
      "ALTER TABLE mail.mailbox MODIFY username VARCHAR(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_520_ci NOT "
      "NULL; INSERT INTO mail.mailbox (username, maildir) VALUES ('sue\xef\xbc\xa0wide.example', 'wide/'), "
      "('j\xc3\xbcrgen@odd.example', 'umlaut/')");
  start_known(R"(
[maps.boxes]
parameter = "virtual_mailbox_maps"
LISTEN
query = "SELECT maildir FROM mailbox WHERE username = '%s' AND active = 1"
)",
              {"boxes"});
  EXPECT_EQ(ask("boxes", "sue@wide.example"), "200 wide/\n");
  EXPECT_EQ(ask("boxes", "jurgen@odd.example"), "200 umlaut/\n");
  const auto before = queries("boxes");
  EXPECT_EQ(ask("boxes", "nobody@foreign.example"), "500 not%20found\n");
  EXPECT_EQ(queries("boxes"), before);
}

TEST_F(DomainSetTest, InAnOutageWhatRejectsNobodyIsUnknownAndRecipientsAsTheMapAllows) {
  start_known(aliases + std::string{senders} + R"(
[maps.boxes]
parameter = "virtual_mailbox_maps"
LISTEN
query = "SELECT maildir FROM mailbox WHERE username = '%s' AND active = 1"
[maps.allowed]
parameter = "virtual_mailbox_maps"
LISTEN
stale_negative_limit = "1 h"
query = "SELECT maildir FROM mailbox WHERE username = '%s' AND active = 1 LIMIT 9"
)",
              {"rewrites", "senders", "copies", "boxes", "allowed"}, "positive_ttl = \"1 s\"\nnegative_ttl = \"1 s\"");
  mariadb.stop();
  ASSERT_TRUE(wait_until([&] { return !followed->healthy(); }));
  for (const auto* map : {"rewrites", "senders", "copies", "allowed"}) {
    EXPECT_EQ(ask(map, "never@foreign.example"), "500 not%20found\n") << map;
    EXPECT_EQ(ask(map, "never@d.example").substr(0, 4), "400 ") << map << ": a domain of ours";
  }
  EXPECT_EQ(ask("boxes", "never@foreign.example").substr(0, 4), "400 ") << "stale_negative_limit is 0";
}

TEST_F(DomainSetTest, WholeKeysAreKnownWhereTheyFit) {
  start_known(aliases, {"rewrites"}, {}, "1 MiB");
  EXPECT_EQ(status("rewrites").at("key_set").at("of"), "keys");
  EXPECT_EQ(ask("rewrites", "nobody@d.example"), "500 not%20found\n");
  EXPECT_EQ(queries("rewrites"), 0U);
  EXPECT_EQ(followed->daemon.log_lines({"event=keys_too_many"}), 0U);
  // Less room after a reload, and more again.
  const auto fits = [&](const std::string& from, const std::string& to, const std::string& of) {
    auto toml = read_text(followed->daemon.config());
    toml.replace(toml.find(from), from.size(), to);
    std::ofstream{followed->daemon.config()} << toml;
    EXPECT_EQ(followed->daemon.run({"reload"}).status, 0);
    EXPECT_TRUE(wait_until([&] { return complete("rewrites") && status("rewrites").at("key_set").at("of") == of; }))
        << followed->daemon.log();
  };
  fits("keys_memory = \"1 MiB\"", "keys_memory = \"0 B\"", "domains");
  EXPECT_GT(followed->daemon.log_lines({"event=keys_too_many", "keys_memory=0"}), 0U);
  fits("keys_memory = \"0 B\"", "keys_memory = \"2 MiB\"", "keys");
}

TEST_F(DomainSetTest, StatusAndMetricsNameTheKindOfSet) {
  mariadb.sql("INSERT INTO mail.alias (address, goto) VALUES ('sales@d.example', 'joe@d.example')");
  start_known(aliases + std::string{R"(
[maps.all]
parameter = "virtual_alias_maps"
complete_keys = true
LISTEN
query = "SELECT goto FROM alias WHERE address = '%s' AND active = 1"
[maps.nothing]
parameter = "virtual_alias_maps"
complete_keys = false
LISTEN
query = "SELECT goto FROM alias WHERE address = '%s' LIMIT 3"
)"},
              {"rewrites", "all"});
  const auto text = followed->daemon.run({"status"}).out;
  EXPECT_THAT(text, testing::ContainsRegex("rewrites .*all 2 domains known"));
  EXPECT_THAT(text, testing::ContainsRegex("all  .*all 3 keys known")) << "of the same query";
  EXPECT_EQ(metric(followed->daemon, "maproom_key_set_keys{map=\"rewrites\",of=\"domains\"}"), "2\n");
  EXPECT_EQ(metric(followed->daemon, "maproom_key_set_complete{map=\"all\",of=\"keys\"}"), "1\n");
  EXPECT_FALSE(status("nothing").contains("key_set"));
  EXPECT_EQ(followed->daemon.log_lines({"event=keys_complete", "domains=2"}), 1) << followed->daemon.log();
}

}  // namespace
}  // namespace maproom::test
