// What check warns of, against a real database and a main.cf: things that work, but not as somebody meant them to.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "integration/sample_world.hpp"

namespace maproom::test {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

class CheckTest : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    shared_mariadb().make_sample_database();
    shared_mariadb().sql(
        "CREATE TABLE plain (k VARCHAR(64), v VARCHAR(64)); INSERT INTO plain SELECT CONCAT('k', seq, '.example'), 'x' "
        "FROM seq_1_to_500;"
        "CREATE TABLE indexed (k VARCHAR(64), v VARCHAR(64), INDEX (k)); INSERT INTO indexed SELECT * FROM plain;"
        "CREATE TABLE routes (k VARCHAR(64) PRIMARY KEY, v VARCHAR(64), w VARCHAR(64));"
        "INSERT INTO routes VALUES ('a.example', 'lmtp:unix:x', NULL), ('b.example', 'virtual', NULL),"
        " ('@s.example', ':[relay.example]', NULL), ('d.example', 'smtp:a', 'smtp:b'), ('e.example', '192.0.2.9', "
        "NULL);"
        "CREATE SQL SECURITY DEFINER VIEW seen AS SELECT * FROM indexed;",
        "mail");
  }

  /// `main_cf`: beside a master.cf-less folder. `more`: settings of the map.
  CommandResult check(const std::string& parameter, const std::string& query, const std::string& main_cf = {},
                      const std::string& more = {}) {
    const auto file = folder.write("main.cf", main_cf);
    daemon.configure(
        "[postfix]\nmyorigin = \"o.example\"\nmydestination = []\ninet_interfaces = [\"127.0.0.1\"]\n"
        "proxy_interfaces = []\nrecipient_delimiter = \"+\"\n[mariadb]\nhosts = [\"unix:" +
        shared_mariadb().socket() + "\"]\npassword = \"secret\"\n[maps.it]\nparameter = \"" + parameter +
        "\"\nquery = \"" + query + "\"\n" + more);
    return daemon.run({"check", "--main-cf", file});
  }
  static constexpr const char* agreed =
      "myorigin = o.example\nmydestination =\ninet_interfaces = 127.0.0.1\nrecipient_delimiter = +\n"
      "smtputf8_enable = yes\n";

  TempDir folder;
  Daemon daemon;
};

TEST_F(CheckTest, AQueryThatReadsAWholeTableIsAWarningAndNoError) {
  const auto scan = check("relay_domains", "SELECT v FROM plain WHERE k = '%s'", agreed);
  EXPECT_EQ(scan.status, 0) << scan.err;
  EXPECT_THAT(scan.err, AllOf(HasSubstr("warning: "), HasSubstr(daemon.config() + ":"), HasSubstr("map it: "),
                              HasSubstr("reads all of plain"), HasSubstr("make an index")));
  const auto function = check("relay_domains", "SELECT v FROM indexed WHERE LOWER(k) = '%s'", agreed);
  EXPECT_THAT(function.err, HasSubstr("reads all of indexed"));
  const auto good = check("relay_domains", "SELECT v FROM indexed WHERE k = '%s'", agreed);
  EXPECT_EQ(good.status, 0);
  EXPECT_EQ(good.err, "");
}

TEST_F(CheckTest, AViewThatCannotBeExplainedIsNoWarning) {
  const auto result = check("relay_domains", "SELECT v FROM seen WHERE k = '%s'", agreed);
  EXPECT_EQ(result.status, 0) << result.err;
  EXPECT_THAT(result.err, AllOf(HasSubstr("note: "), HasSubstr("not judged"), Not(HasSubstr("warning"))));
}

TEST_F(CheckTest, StoredTransportsThatPostfixWouldTakeForSomethingElse) {
  const auto transport = check("transport_maps", "SELECT v FROM routes WHERE k = '%s'", agreed,
                               "[maps.virtual_mailbox_maps]\nquery = \"SELECT v FROM indexed WHERE k = '%s'\"\n");
  EXPECT_EQ(transport.status, 0);
  EXPECT_THAT(transport.err, AllOf(HasSubstr("of b.example"), HasSubstr("virtual(8)"), Not(HasSubstr("a.example"))));
  const auto sender = check("sender_dependent_default_transport_maps", "SELECT v FROM routes WHERE k = '%s'", agreed);
  EXPECT_THAT(sender.err, AllOf(HasSubstr("of @s.example"), HasSubstr("fatal")));
  const auto several = check("transport_maps", "SELECT v, w FROM routes WHERE k = '%s' AND w IS NOT NULL", agreed);
  EXPECT_THAT(several.err, AllOf(HasSubstr("d.example has 2 values"), HasSubstr("smtp:a,smtp:b")));
  const auto other = check("relay_domains", "SELECT v, w FROM routes WHERE k = '%s'", agreed);
  EXPECT_EQ(other.err, "") << "where a list of values is nothing strange";
}

/// Whoever writes a table writes to root's terminal, and to what doctor reads.
TEST_F(CheckTest, WhatIsStoredIsShownOnOneLineAndObeyedByNobody) {
  shared_mariadb().sql(
      "CREATE TABLE odd (k VARCHAR(64), v TEXT);"
      "INSERT INTO odd VALUES ('e.example', CONCAT('[', CHAR(27), ']0;x', CHAR(7), CHAR(10), 'an error: [feed]: x')),"
      " (CONCAT('f', CHAR(27), '[2J', CHAR(10), '.example'), 'smtp:a'),"
      " (CONCAT('f', CHAR(27), '[2J', CHAR(10), '.example'), 'smtp:b');",
      "mail");
  const auto result = check("transport_maps", "SELECT v FROM odd WHERE k = '%s'", agreed);
  EXPECT_EQ(result.status, 0) << result.err;
  EXPECT_THAT(result.err, AllOf(HasSubstr("of e.example"), HasSubstr("has 2 values"), Not(HasSubstr("\x1b")),
                                Not(HasSubstr("\x07")), Not(HasSubstr("\nan error")), Not(HasSubstr("\n.example"))));
}

TEST_F(CheckTest, TheTransportVirtualIsAFindingWhereMailboxesAreAMap) {
  const auto alone = check("transport_maps", "SELECT v FROM routes WHERE k = '%s'", agreed);
  EXPECT_THAT(alone.err, Not(HasSubstr("virtual(8)")));
}

TEST_F(CheckTest, SettingsThatDifferFromMainCf) {
  const auto result =
      check("relay_domains", "SELECT v FROM indexed WHERE k = '%s'",
            "myorigin = o.example\nmydestination =\ninet_interfaces = 127.0.0.1\nrecipient_delimiter = +-\n"
            "smtputf8_enable = yes\n");
  EXPECT_EQ(result.status, 0);
  EXPECT_THAT(result.err, AllOf(HasSubstr("recipient_delimiter: is \"+\", main.cf has \"+-\""),
                                HasSubstr(daemon.config()), Not(HasSubstr("mydestination"))));
  const auto missing = daemon.run({"check", "--main-cf", folder.path("nothing")});
  EXPECT_EQ(missing.status, 66);
  EXPECT_THAT(missing.err, HasSubstr("nothing"));
}

TEST_F(CheckTest, StrictMakesAWarningAStatusOfItsOwn) {
  EXPECT_EQ(check("relay_domains", "SELECT v FROM plain WHERE k = '%s'", agreed).status, 0);
  const auto file = folder.path("main.cf");
  EXPECT_EQ(daemon.run({"check", "--main-cf", file, "--strict"}).status, 1);
  static_cast<void>(check("relay_domains", "SELECT v FROM indexed WHERE k = '%s'", agreed));
  EXPECT_EQ(daemon.run({"check", "--main-cf", file, "--strict"}).status, 0);
}

TEST_F(CheckTest, AProcedureIsNotExplainedAndItsValuesAreLookedAt) {
  shared_mariadb().sql(
      "CREATE PROCEDURE route(IN wanted VARCHAR(64)) SELECT v FROM routes WHERE k = wanted;"
      "GRANT EXECUTE ON mail.* TO maproom@localhost",
      "mail");
  const auto result = check("transport_maps", "CALL route('%s')", agreed);
  EXPECT_EQ(result.status, 0) << result.err;
  EXPECT_THAT(result.err, AllOf(HasSubstr("note: "), HasSubstr("a procedure has no plan"), HasSubstr("of e.example"),
                                Not(HasSubstr("SQL syntax"))));
}

TEST_F(CheckTest, AsJsonEachFindingSaysWhatItIsAbout) {
  static_cast<void>(check("relay_domains", "SELECT v FROM plain WHERE k = '%s'"));
  const auto result = daemon.run({"check", "--main-cf", "none", "--json"});
  EXPECT_EQ(result.status, 0);
  const auto json = nlohmann::json::parse(result.out);
  ASSERT_EQ(json.at("findings").size(), 1U) << result.out;
  EXPECT_EQ(json.at("findings")[0].at("level"), "warning");
  EXPECT_EQ(json.at("findings")[0].at("about"), "tables");
  EXPECT_EQ(result.err, "");
}

TEST_F(CheckTest, FindingsAreAllThatIsPrinted) {
  daemon.configure(
      "[mariadb]\nhosts = [\"unix:/nonexistent/mysqld.sock\"]\n[maps.it]\nparameter = \"exact\"\n"
      "query = \"SELECT '%s'\"\n");
  const auto result = daemon.run({"check", "--main-cf", "none"});
  EXPECT_EQ(result.status, 78);
  EXPECT_THAT(result.out + result.err, AllOf(HasSubstr("map it: "), Not(HasSubstr("event="))));
}

TEST_F(CheckTest, AliasesThatLoopAreFollowedBeyondTheSample) {
  shared_mariadb().sql(
      "CREATE TABLE loops (k VARCHAR(64) PRIMARY KEY, v VARCHAR(64));"
      "INSERT INTO loops VALUES ('a@l.example', 'b@l.example'), ('b@l.example', 'C@l.example,x@f.example'),"
      " ('c@l.example', 'a@l.example'), ('self@l.example', 'self@l.example')",
      "mail");
  const auto looping = check("virtual_alias_maps", "SELECT v FROM loops WHERE k = '%s'", agreed);
  EXPECT_EQ(looping.status, 0) << looping.err;
  EXPECT_THAT(looping.err, AllOf(HasSubstr("a@l.example -> b@l.example -> c@l.example -> a@l.example"),
                                 HasSubstr("virtual_alias_recursion_limit")));
  const auto good = check("virtual_alias_maps", "SELECT v FROM loops WHERE k = '%s' AND k LIKE 'self%%'", agreed);
  EXPECT_EQ(good.err, "");
}

TEST_F(CheckTest, AListThatATcpReplyCannotCarryIsAWarning) {
  shared_mariadb().sql(
      "CREATE TABLE lists (k VARCHAR(64) PRIMARY KEY, v TEXT, more_id INT); CREATE TABLE more (id INT PRIMARY KEY, m "
      "TEXT);"
      "INSERT INTO lists SELECT CONCAT('short', seq, '@d.example'), 'a@d.example', 0 FROM seq_1_to_100;"
      "INSERT INTO lists VALUES ('all@d.example', REPEAT('somebody@d.example,', 300), 1);"
      "INSERT INTO more VALUES (1, REPEAT('%', 1400))",
      "mail");
  const std::string listen = "listen = \"inet:127.0.0.1:" + std::to_string(free_port()) + "\"\n";
  const std::string simple = "SELECT v FROM lists WHERE k = '%s'";
  const auto tcp = check("virtual_alias_maps", simple, agreed, listen);
  EXPECT_THAT(tcp.err, AllOf(HasSubstr("warning: "), HasSubstr("all@d.example has 5700 bytes"), HasSubstr("socketmap:"),
                             Not(HasSubstr("somebody"))));
  EXPECT_EQ(check("virtual_alias_maps", simple, agreed).err, "") << "a socketmap carries it";
  const auto joined =
      check("virtual_alias_maps", "SELECT m FROM lists JOIN more ON id = more_id WHERE k = '%s'", agreed, listen);
  EXPECT_THAT(joined.err, HasSubstr("all@d.example has 1400 bytes")) << "each of which takes three";
}

TEST_F(CheckTest, AFeedThatCannotFollowAndARedisThatIsAwayAreWarnings) {
  daemon.configure("[mariadb]\nhosts = [\"unix:" + shared_mariadb().socket() +
                   "\"]\npassword = \"secret\"\n[feed]\nbinlog = true\n[redis]\nserver = \"unix:/nonexistent/redis\"\n"
                   "[maps.it]\nparameter = \"relay_domains\"\nquery = \"SELECT v FROM indexed WHERE k = '%s'\"\n");
  const auto result = daemon.run({"check", "--main-cf", "none", "--strict"});
  EXPECT_EQ(result.status, 1) << result.err;
  EXPECT_THAT(result.err, AllOf(HasSubstr("[feed]: the changes cannot be followed"), HasSubstr("[redis]: ")));
}

/// Root checks as the service's user: it goes by the socket, and reads what it may read.
class CheckAsTest : public CheckTest {
 protected:
  void SetUp() override {
    if (::geteuid() != 0) GTEST_SKIP() << "only root can be another user";
    const auto probe = run_command({"setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups", "true"});
    if (probe.status != 0) GTEST_SKIP() << "no other users in this namespace";
    shared_mariadb().sql(
        "CREATE USER IF NOT EXISTS nobody@localhost IDENTIFIED VIA unix_socket;"
        "GRANT SELECT ON mail.* TO nobody@localhost");
    std::filesystem::permissions(daemon.path(""), std::filesystem::perms{0755});
  }
  void configure(const std::string& more) {
    daemon.configure("[mariadb]\nhosts = [\"unix:" + shared_mariadb().socket() + "\"]\nuser = \"nobody\"\n" + more);
    ::chmod(daemon.config().c_str(), 0644);
  }
};

TEST_F(CheckAsTest, FilesThatTheServicesUserCannotReadAreNamedWithTheRemedy) {
  const auto file = daemon.path("table.cf");
  std::ofstream{file} << "hosts = unix:" << shared_mariadb().socket()
                      << "\nuser = nobody\ndbname = mail\nquery = SELECT v FROM indexed WHERE k = '%s'\n";
  ::chmod(file.c_str(), 0640);
  configure("[maps.it]\nparameter = \"relay_domains\"\nmysql_table = \"" + file + "\"\n");
  const auto result = daemon.run({"check", "--main-cf", "none", "--as", "nobody"});
  EXPECT_EQ(result.status, 78) << result.err;
  EXPECT_THAT(result.err, AllOf(HasSubstr(file + ": the service's user nobody may not read it (mode 0640, root:root)"),
                                HasSubstr("setfacl -m u:nobody:r " + file + " ")));
  // The remedy, as it is printed.
  ASSERT_EQ(run_command({"setfacl", "-m", "u:nobody:r", file}).status, 0);
  const auto mended = daemon.run({"check", "--main-cf", "none", "--as", "nobody"});
  EXPECT_THAT(mended.err, Not(HasSubstr(file)));
  ::chmod(file.c_str(), 0644);
  const auto folder_of = daemon.path("closed");
  std::filesystem::create_directory(folder_of);
  std::filesystem::rename(file, folder_of + "/table.cf");
  ::chmod(folder_of.c_str(), 0750);
  configure("[maps.it]\nparameter = \"relay_domains\"\nmysql_table = \"" + folder_of + "/table.cf\"\n");
  const auto closed = daemon.run({"check", "--main-cf", "none", "--as", "nobody"});
  EXPECT_EQ(closed.status, 78) << closed.err;
  EXPECT_THAT(closed.err,
              AllOf(HasSubstr("may not enter " + folder_of), HasSubstr("setfacl -m u:nobody:x " + folder_of + " ")));
  ASSERT_EQ(run_command({"setfacl", "-m", "u:nobody:x", folder_of}).status, 0);
  const auto entered = daemon.run({"check", "--main-cf", "none", "--as", "nobody"});
  EXPECT_THAT(entered.err, Not(HasSubstr(folder_of)));
}

TEST_F(CheckAsTest, PasswordFilesAndFoldersOfSocketsAreLookedAtAsThatUser) {
  const auto password = daemon.path("password");
  std::ofstream{password} << "x\n";
  ::chmod(password.c_str(), 0600);
  configure("password_file = \"" + password + "\"\n[socketmap]\nlisten = [\"unix:" + daemon.path("none/s") +
            "\"]\n[maps.it]\nparameter = \"relay_domains\"\nquery = \"SELECT v FROM indexed WHERE k = '%s'\"\n");
  const auto result = daemon.run({"check", "--main-cf", "none", "--as", "nobody"});
  EXPECT_EQ(result.status, 78) << result.err;
  EXPECT_THAT(result.err, AllOf(HasSubstr("password_file: " + password), HasSubstr("setfacl -m u:nobody:r " + password),
                                HasSubstr("socketmap.listen: the folder " + daemon.path("none") + " is not there")));
}

TEST_F(CheckAsTest, PasswordsThatTheRunningServiceHasFromItsManagerAreUsedByHandToo) {
  const std::filesystem::path credentials = "/run/credentials/maproom.service";
  ASSERT_FALSE(std::filesystem::exists(credentials)) << "run it in scripts/lib/isolated";
  std::filesystem::create_directories(credentials);
  std::ofstream{credentials / "mariadb.password"} << "secret\n";
  daemon.configure("[mariadb]\nhosts = [\"unix:" + shared_mariadb().socket() +
                   "\"]\n[maps.it]\nparameter = \"relay_domains\"\nquery = \"SELECT v FROM indexed WHERE k = '%s'\"\n");
  const auto found = daemon.run({"check", "--main-cf", "none"});
  EXPECT_EQ(found.status, 0) << found.err;
  std::filesystem::remove_all(credentials);
  const auto without = daemon.run({"check", "--main-cf", "none"});
  EXPECT_EQ(without.status, 78);
  EXPECT_THAT(without.err, HasSubstr("Access denied"));
}

TEST_F(CheckAsTest, AFolderOfPasswordsThatLetsOthersInIsAnErrorForItIsOneOnStart) {
  const auto passwords = daemon.path("passwords");
  std::filesystem::create_directory(passwords);
  ASSERT_EQ(::chown(passwords.c_str(), 65534, 65534), 0);
  const auto check_with = [&](mode_t mode) {
    ::chmod(passwords.c_str(), mode);
    configure("[socketmap]\npasswords = \"unix:" + passwords + "/socketmap\"\npasswords_group = \"nogroup\"\n" +
              "[maps.it]\nparameter = \"smtp_sasl_password_maps\"\nquery = \"SELECT v FROM indexed WHERE k = '%s'\"\n");
    return daemon.run({"check", "--main-cf", "none", "--as", "nobody"});
  };
  const auto open = check_with(0755);
  EXPECT_EQ(open.status, 78) << open.err;
  EXPECT_THAT(open.err, AllOf(HasSubstr(daemon.config() + ": socketmap.passwords: " + passwords + " (mode 0755) lets"),
                              HasSubstr("install -d -o 65534 -g nogroup -m 0750 " + passwords)));
  EXPECT_THAT(check_with(0750).err, Not(HasSubstr("everybody")));
}

/// systemd gives them to the service, whether its user is named or not.
TEST_F(CheckAsTest, TheUnitsGroupsBelongToItsUserHoweverItWasFound) {
  std::filesystem::create_directory(folder.path("bin"));
  const auto systemctl = [&](const std::string& user) {
    static_cast<void>(folder.write(
        "bin/systemctl",
        "#!/bin/sh\ncase \"$*\" in\n*SupplementaryGroups*) echo adm ;;\n*User*) echo " + user + " ;;\nesac\n", 0755));
  };
  const auto file = daemon.path("table.cf");
  std::ofstream{file} << "hosts = unix:" << shared_mariadb().socket()
                      << "\nuser = nobody\ndbname = mail\nquery = SELECT v FROM indexed WHERE k = '%s'\n";
  ASSERT_EQ(run_command({"chgrp", "adm", file}).status, 0);
  ::chmod(file.c_str(), 0640);
  configure("[maps.it]\nparameter = \"relay_domains\"\nmysql_table = \"" + file + "\"\n");
  const auto check_as = [&](const std::vector<std::string>& as) {
    std::vector<std::string> command{MAPROOM_BINARY, "check", "--main-cf", "none", "--config", daemon.config()};
    command.insert(command.end(), as.begin(), as.end());
    return run_command(command, {}, {{"PATH", folder.path("bin") + ":" + std::getenv("PATH")}}).err;
  };
  systemctl("nobody");
  EXPECT_THAT(check_as({}), Not(HasSubstr("may not read")));
  EXPECT_THAT(check_as({"--as", "nobody"}), Not(HasSubstr("may not read")));
  systemctl("somebody");
  EXPECT_THAT(check_as({"--as", "nobody"}), HasSubstr("the service's user nobody may not read it"));
}

TEST_F(CheckAsTest, ADraftThatOnlyRootCanReadIsAWarningAndItsQueriesAreRun) {
  for (const auto& folder_of : {std::filesystem::path{shared_mariadb().socket()}.parent_path(),
                                std::filesystem::path{shared_mariadb().socket()}.parent_path().parent_path()})
    std::filesystem::permissions(folder_of, std::filesystem::perms{0755});
  configure("[maps.it]\nparameter = \"relay_domains\"\nquery = \"SELECT v FROM indexed WHERE k = '%s'\"\n");
  ::chmod(daemon.config().c_str(), 0600);
  ::chmod(daemon.path("").c_str(), 0777);  // its control socket
  const auto result = daemon.run({"check", "--main-cf", "none", "--as", "nobody"});
  EXPECT_EQ(result.status, 0) << result.err;
  EXPECT_THAT(result.err, AllOf(HasSubstr("warning: " + daemon.config() + ": the service's user nobody cannot read it"),
                                Not(HasSubstr("setfacl"))));
}

/// Without systemd, in a container say, the daemon may run as root itself.
TEST_F(CheckAsTest, TheUserIsTheOneWhoseDaemonRuns) {
  const auto password = daemon.path("password");
  std::ofstream{password} << "secret\n";
  ::chmod(password.c_str(), 0600);
  daemon.configure("[mariadb]\nhosts = [\"unix:" + shared_mariadb().socket() + "\"]\npassword_file = \"" + password +
                   "\"\n[maps.it]\nparameter = \"relay_domains\"\nquery = \"SELECT v FROM indexed WHERE k = '%s'\"\n");
  ::chmod(daemon.config().c_str(), 0644);
  daemon.start();
  EXPECT_EQ(daemon.run({"check", "--main-cf", "none"}).status, 0);
  ASSERT_EQ(::chown(daemon.path("control").c_str(), 65534, 65534), 0);
  const auto other = daemon.run({"check", "--main-cf", "none"});
  EXPECT_EQ(other.status, 78);
  EXPECT_THAT(other.err, HasSubstr("the service's user nobody may not read it"));
}

TEST_F(CheckAsTest, AnAccountThatGoesByTheSocketIsNoErrorForRoot) {
  configure("[maps.it]\nparameter = \"relay_domains\"\nquery = \"SELECT v FROM indexed WHERE k = '%s'\"\n");
  std::filesystem::permissions(std::filesystem::path{shared_mariadb().socket()}.parent_path(),
                               std::filesystem::perms{0755});
  std::filesystem::permissions(std::filesystem::path{shared_mariadb().socket()}.parent_path().parent_path(),
                               std::filesystem::perms{0755});
  ::chmod(daemon.path("").c_str(), 0777);  // its control socket
  const auto result = daemon.run({"check", "--main-cf", "none", "--as", "nobody"});
  EXPECT_EQ(result.status, 0) << result.err;
  const auto as_root = daemon.run({"check", "--main-cf", "none", "--as", "root"});
  EXPECT_EQ(as_root.status, 78);
  EXPECT_THAT(as_root.err, AllOf(HasSubstr("Access denied"), HasSubstr("that is who the daemon runs as"),
                                 Not(HasSubstr("there is no user"))));
}

}  // namespace
}  // namespace maproom::test
