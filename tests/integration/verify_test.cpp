// maproom verify: the same keys through Postfix's own tables and through the daemon.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "integration/world.hpp"

namespace maproom::test {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

class VerifyTest : public testing::Test {
 protected:
  static void SetUpTestSuite() { shared_mariadb().make_sample_database(); }
  [[nodiscard]] CommandResult verify(std::vector<std::string> words) const {
    words.insert(words.begin(), "verify");
    return world.daemon.run(words);
  }
  World world;
};

TEST_F(VerifyTest, SampleWorldAnswersAsMysqlDoes) {
  world.start();
  const auto result = verify({"--all", "--sample", "20"});
  EXPECT_EQ(result.status, 0) << result.out << result.err;
  EXPECT_THAT(result.out,
              AllOf(HasSubstr("virtual_alias_maps: "), HasSubstr("mynetworks: "), HasSubstr(" in 8 maps: "),
                    HasSubstr(" 0 different, 0 could not be compared"),
                    Not(HasSubstr("(0 of them found), 0 different, 0 could not be compared\nvirtual_alias"))));
}

/// What a postmaster's main.cf may hold, and no lookup needs; only smtputf8_enable has a say in the answers.
TEST_F(VerifyTest, AMainCfIsAskedForWhatLookupsNeed) {
  world.start();
  const TempDir dir;
  static_cast<void>(dir.write("main.cf",
                              "compatibility_level = 3.6\nsmtputf8_enable = ${own_choice}\nown_choice = yes\n"
                              "inet_interfaces = 192.0.2.1\nmyhostname = nonsense nonsense\n"));
  // With SMTPUTF8 Postfix folds all letters, without ASCII alone; the candidates are folded as [postfix] says.
  const auto file = dir.write("upper.cf", "hosts = unix:" + shared_mariadb().socket() +
                                              "\nuser = maproom\npassword = secret\ndbname = mail\n"
                                              "query = SELECT HEX('%s')\n");
  const auto keys = dir.write("keys", "\xc3\x84@d.example\n");
  const std::string map = "[maps.own]\nparameter = \"exact\"\nmysql_table = \"" + file + "\"\n";
  for (const auto& [ours, main_cf, status] : {std::tuple{"true", dir.path(), 0},
                                              {"false", dir.path(), 1},
                                              {"false", std::string{"none"}, 0},
                                              {"true", std::string{"none"}, 0}}) {
    world.configure(map);
    auto text = read_text(world.daemon.config());
    text.replace(text.find("[postfix]\n"), 10, "[postfix]\nsmtputf8_enable = " + std::string{ours} + "\n");
    std::ofstream{world.daemon.config()} << text;
    ASSERT_EQ(world.daemon.run({"reload"}).status, 0);
    const auto result = verify({"own", "--keys", keys, "--main-cf", main_cf});
    EXPECT_EQ(result.status, status) << ours << main_cf << result.out << result.err;
    EXPECT_THAT(result.out, HasSubstr(" 0 could not be compared")) << ours << main_cf;
  }
  // Where Postfix's modules are does matter, in whatever words it is said.
  static_cast<void>(dir.write("main.cf", "meta_directory = $own_place/x\nown_place = /nonexistent\n"));
  const auto elsewhere = verify({"own", "--keys", keys, "--main-cf", dir.path("main.cf")});
  EXPECT_EQ(elsewhere.status, 69) << elsewhere.out << elsewhere.err;
  EXPECT_THAT(elsewhere.err, HasSubstr("unsupported dictionary type"));
  EXPECT_EQ(verify({"own", "--keys", keys, "--main-cf", "/nonexistent"}).status, 66);
}

TEST_F(VerifyTest, ADifferenceIsPrintedAndFails) {
  world.start();
  const TempDir dir;
  // Another server's row, as it were: the daemon asks a table that says something else.
  const auto file =
      dir.write("other.cf", "hosts = unix:" + shared_mariadb().socket() +
                                "\nuser = maproom\npassword = secret\ndbname = mail\n"
                                "query = SELECT CONCAT('to-', '%s') FROM DUAL WHERE '%s' = 'a@d.example'\n");
  const auto keys = dir.write("keys", "a@d.example\nA+x@D.example\nb@d.example\n");
  world.configure("[maps.own]\nparameter = \"virtual_alias_maps\"\nmysql_table = \"" + file + "\"\n");
  ASSERT_EQ(world.daemon.run({"reload"}).status, 0);
  const auto same = verify({"own", "--keys", keys});
  EXPECT_EQ(same.status, 0) << same.out << same.err;
  EXPECT_THAT(same.out, HasSubstr("own: 3 keys, 3 the same"));
  // The file changes and the daemon is not told.
  static_cast<void>(dir.write("other.cf", "hosts = unix:" + shared_mariadb().socket() +
                                              "\nuser = maproom\npassword = secret\ndbname = mail\n"
                                              "query = SELECT 'else' FROM DUAL WHERE '%s' = 'a@d.example'\n"));
  const auto other = verify({"own", "--keys", keys});
  EXPECT_EQ(other.status, 1) << other.out << other.err;
  EXPECT_THAT(other.out, AllOf(HasSubstr("DIFFERENT: own: key \"a@d.example\""), HasSubstr("Postfix: \"else\""),
                               HasSubstr("Maproom: \"to-a@d.example\""), HasSubstr(file), HasSubstr("(from memory)"),
                               HasSubstr("own: 3 keys, 1 the same")));
}

TEST_F(VerifyTest, ACachedAnswerFromBeforeAChangeIsNoDifference) {
  world.start();
  EXPECT_EQ(world.ask("relay_domains", "new.verify.example"), not_found());
  shared_mariadb().sql("INSERT INTO mr_relay_domain (domain) VALUES ('new.verify.example')", "mail");
  const TempDir dir;
  const auto result = verify({"relay_domains", "--keys", dir.write("keys", "new.verify.example\n")});
  shared_mariadb().sql("DELETE FROM mr_relay_domain WHERE domain = 'new.verify.example'", "mail");
  EXPECT_EQ(result.status, 0) << result.out << result.err;
  EXPECT_THAT(result.out, HasSubstr("1 were cached from before a change"));
}

TEST_F(VerifyTest, ErrorsMakeItIncomplete) {
  world.start();
  const TempDir dir;
  const auto file =
      dir.write("broken.cf", "hosts = unix:" + shared_mariadb().socket() +
                                 "\nuser = maproom\npassword = wrong\ndbname = mail\nquery = SELECT '%s'\n");
  world.configure("[maps.own]\nparameter = \"exact\"\nquery = \"SELECT 1 FROM domain WHERE domain = '%s'\"\n");
  ASSERT_EQ(world.daemon.run({"reload"}).status, 0);
  const auto keys = dir.write("keys", "x.example\n");
  world.configure("[maps.own]\nparameter = \"exact\"\nmysql_table = \"" + file + "\"\n");  // the daemon has the old one
  const auto result = verify({"own", "--keys", keys});
  EXPECT_EQ(result.status, 75) << result.out << result.err;
  EXPECT_THAT(result.out, HasSubstr("NOT COMPARED"));
}

/// A panel's NOT NULL DEFAULT '' column: Postfix ignores the empty value, and so do we.
TEST_F(VerifyTest, AnEmptyValueIsTheSameAsNotFound) {
  shared_mariadb().sql(
      "CREATE TABLE IF NOT EXISTS panel (domain VARCHAR(64) PRIMARY KEY, transport VARCHAR(64) NOT NULL DEFAULT '');"
      "REPLACE INTO panel VALUES ('a.example', 'smtp:[x.example]'), ('b.example', ''), ('c.example', 'lmtp:unix:y')",
      "mail");
  const TempDir dir;
  const auto file = dir.write("tr.cf", "hosts = unix:" + shared_mariadb().socket() +
                                           "\nuser = maproom\npassword = secret\ndbname = mail\n"
                                           "query = SELECT transport FROM panel WHERE domain = '%s'\n");
  world.configure("[maps.own]\nparameter = \"transport_maps\"\nmysql_table = \"" + file + "\"\n");
  world.start();
  const auto result = verify({"own", "--main-cf", "none"});
  EXPECT_EQ(result.status, 0) << result.out << result.err;
  EXPECT_THAT(result.out, HasSubstr(" 0 different, 0 could not be compared"));
}

TEST_F(VerifyTest, AValueThatTheProtocolCannotCarryIsADifferenceAndIsShownInShort) {
  shared_mariadb().sql(
      "CREATE TABLE IF NOT EXISTS lists (k VARCHAR(64) PRIMARY KEY, v TEXT);"
      "REPLACE INTO lists VALUES ('big@l.example', REPEAT('m@l.example,', 700)), ('small@l.example', 'm@l.example')",
      "mail");
  const std::string query = "\"SELECT v FROM lists WHERE k = '%s'\"\n";
  world.configure("[maps.own]\nparameter = \"virtual_alias_maps\"\nlisten = \"inet:127.0.0.1:PORT(own)\"\nquery = " +
                  query + "[maps.wide]\nparameter = \"virtual_alias_maps\"\nquery = " + query);
  world.start();
  const auto result = verify({"own", "--main-cf", "none"});
  EXPECT_EQ(result.status, 1) << result.out << result.err;
  EXPECT_THAT(result.out, AllOf(HasSubstr("DIFFERENT: own: key \"big@l.example\""), HasSubstr("bytes)"),
                                HasSubstr("socketmap:"), Not(HasSubstr("NOT COMPARED"))));
  EXPECT_LT(result.out.size(), 2000U);
  EXPECT_EQ(verify({"wide", "--main-cf", "none"}).status, 0) << "a socketmap carries it";
}

TEST_F(VerifyTest, TooFewFoundKeysAreNoTest) {
  world.configure("[maps.own]\nparameter = \"exact\"\nquery = \"SELECT 1 FROM domain WHERE domain = 'only-%s'\"\n");
  world.start();
  const auto result = verify({"own", "--main-cf", "none"});
  EXPECT_EQ(result.status, 75) << result.out << result.err;
  EXPECT_THAT(result.out, AllOf(HasSubstr("NOT REALLY TESTED: own: 0 keys were found, fewer than 3"),
                                HasSubstr(" 0 different, 0 could not be compared")));
  EXPECT_EQ(verify({"own", "--main-cf", "none", "--least-found", "0"}).status, 0);
}

/// A query of no simple shape (the derived listing), a procedure (the tables' columns), a file, main.cf and a log.
TEST_F(VerifyTest, KeysComeFromWhereverThereAreAny) {
  shared_mariadb().sql(
      "CREATE OR REPLACE PROCEDURE of_domain(IN wanted VARCHAR(255)) SELECT domain FROM domain WHERE domain = wanted;"
      "GRANT EXECUTE ON mail.* TO maproom@localhost",
      "mail");
  const TempDir dir;
  // Lines without a value, one in each: Postfix skips the first, and of the second makes an error of its keys.
  const auto text = dir.write("text", "a@t.example x\nempty@t.example\nb@t.example y\n");
  const auto pattern =
      dir.write("pattern", "/^p@t\\.example$/ z\n/^q@t\\.example$/ z\n/^r@t\\.example$/ z\n/^s@t\\.example$/\n");
  const auto main_cf = dir.write("main.cf", "compatibility_level = 3.6\nmydestination = one.example, two.example\n");
  const auto log = dir.write("mail.log", "postfix/smtp[1]: 4F: to=<x@logged.example>, relay=none\n");
  const std::string exact = "parameter = \"exact\"\n";
  world.configure(
      "[maps.joined]\n" + exact +
      "query = \"SELECT m.username FROM mailbox m JOIN domain d ON m.Domain_id = d.id WHERE m.username = LOWER('%s') "
      "AND d.active = 1\"\n[maps.called]\n" +
      exact + "query = \"CALL of_domain('%s')\"\n[maps.files]\n" +
      "parameter = \"virtual_alias_maps\"\ntables = [{ file = \"" + text + "\" }, { regexp = \"" + pattern +
      "\" }]\n[maps.own]\n" + exact + "query = \"SELECT 1 FROM DUAL WHERE '%s' IN ('one.example', 'two.example')\"\n" +
      "[maps.logged]\n" + exact + "query = \"SELECT 1 FROM DUAL WHERE '%s' LIKE '%%@logged.example'\"\n");
  world.start();
  for (const std::string map : {"joined", "called", "files"}) {
    const auto result = verify({map, "--main-cf", "none"});
    EXPECT_EQ(result.status, 0) << map << result.out << result.err;
    EXPECT_THAT(result.out, HasSubstr(" 0 different, 0 could not be compared"));
  }
  EXPECT_EQ(verify({"own", "--main-cf", "none"}).status, 75);
  const auto own = verify({"own", "--main-cf", main_cf, "--least-found", "2"});
  EXPECT_EQ(own.status, 0) << own.out << own.err;
  EXPECT_EQ(verify({"logged", "--main-cf", "none", "--least-found", "1"}).status, 75);
  const auto logged = verify({"logged", "--main-cf", "none", "--from-log", log, "--least-found", "1"});
  EXPECT_EQ(logged.status, 0) << logged.out << logged.err;
  EXPECT_EQ(verify({"logged", "--from-log", "/nonexistent"}).status, 66);
}

/// One map's table cannot be asked by postmap: the others are compared all the same.
TEST_F(VerifyTest, ItGoesOnWhereOneMapsTableCannotBeAsked) {
  world.configure(
      "[maps.apart]\nparameter = \"exact\"\nquery = \"\"\"SELECT domain FROM domain -- every one\nWHERE domain = "
      "'%s'\"\"\"\n[maps.zone]\nparameter = \"exact\"\nquery = \"SELECT domain FROM domain WHERE domain = '%s'\"\n");
  world.start();
  const auto result = verify({"--all", "--sample", "2", "--main-cf", "none", "--least-found", "0"});
  EXPECT_EQ(result.status, 75) << result.out << result.err;
  EXPECT_THAT(result.err, HasSubstr("map apart is not verified: "));
  EXPECT_THAT(result.out, AllOf(HasSubstr("zone: "), HasSubstr("NOT TESTED: apart")));
}

TEST_F(VerifyTest, WithoutADaemonOrAMapItSaysSo) {
  world.start();
  EXPECT_EQ(verify({"nosuch"}).status, 64);
  EXPECT_EQ(verify({}).status, 64);
  EXPECT_EQ(verify({"relay_domains", "--keys", "/nonexistent"}).status, 66);
  world.daemon.stop();
  const auto result = verify({"relay_domains"});
  EXPECT_EQ(result.status, 75);
  EXPECT_THAT(result.err, HasSubstr("is the daemon running"));
}

}  // namespace
}  // namespace maproom::test
