// `maproom import` and the host that it runs on: what Postfix can reach, what is taken already, what the daemon's user
// may read and as whom the database knows it, and values that tcp: cannot carry.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <filesystem>
#include <regex>
#include <sstream>

#include "integration/sample_world.hpp"
#include "support/process.hpp"

namespace maproom::test {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

class ImportHostTest : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    shared_mariadb().make_sample_database();
    shared_mariadb().sql(
        "CREATE TABLE al (address VARCHAR(150) PRIMARY KEY, goto MEDIUMTEXT) CHARACTER SET utf8mb4; "
        "INSERT INTO al VALUES ('team@a.example', 'ann@a.example'), "
        "('big@a.example', CONCAT(REPEAT('member@lists.example,', 400), 'last@lists.example')); "
        "CREATE TABLE many (address VARCHAR(150), goto VARCHAR(150)) CHARACTER SET utf8mb4; "
        "INSERT INTO many SELECT 'many@a.example', CONCAT('m', seq, '@lists.example') FROM seq_1_to_400; "
        "CREATE TABLE odd (address VARCHAR(150), goto TEXT) CHARACTER SET utf8mb4; "
        "INSERT INTO odd VALUES ('odd@a.example', REPEAT('ü', 700)); "
        "CREATE USER reader@localhost IDENTIFIED BY 'secret'; GRANT SELECT ON mail.* TO reader@localhost",
        "mail");
  }

  [[nodiscard]] std::string table(const std::string& name, const std::string& query, unsigned mode = 0644) const {
    return dir.write("postfix/sql/" + name + ".cf",
                     "hosts = unix:" + shared_mariadb().socket() +
                         "\nuser = reader\npassword = secret\ndbname = mail\nquery = " + query + "\n",
                     mode);
  }
  CommandResult import(const std::string& main_cf, const std::vector<std::string>& options = {}) const {
    const auto file =
        dir.write("postfix/main.cf", "compatibility_level = 3.6\ninet_interfaces = 127.0.0.1\n" + main_cf, 0644);
    static_cast<void>(dir.write("postfix/master.cf", "smtp inet n - n - - smtpd\n", 0644));
    // Postfix waits until a main.cf was last written a while ago.
    std::filesystem::last_write_time(file, std::filesystem::file_time_type::clock::now() - std::chrono::minutes{1});
    std::filesystem::create_directory(dir.path("new"));
    std::vector<std::string> command{MAPROOM_BINARY, "import", file, "--output", dir.path("new")};
    command.insert(command.end(), options.begin(), options.end());
    return run_command(command);
  }
  /// On ports of this test's own.
  [[nodiscard]] std::vector<std::string> own_ports() const { return {"--base-port", std::to_string(base)}; }

  TempDir dir;
  int base = free_port();
  Daemon daemon;
};

TEST_F(ImportHostTest, AMapWithAValueThatTcpCannotCarryBecomesASocketmapAndAnswers) {
  const auto big = table("big", "SELECT goto FROM al WHERE address = '%s'");
  const auto many = table("many", "SELECT goto FROM many WHERE address = '%s'");
  const auto odd = table("odd", "SELECT goto FROM odd WHERE address = '%s'");
  const auto small = table("small", "SELECT domain FROM domain WHERE domain = '%s'");
  const auto imported = import("virtual_alias_maps = mysql:" + big + "\nrelay_recipient_maps = mysql:" + many +
                                   "\nsender_bcc_maps = mysql:" + odd + "\nrelay_domains = mysql:" + small + "\n",
                               own_ports());
  ASSERT_EQ(imported.status, 0) << imported.err;
  EXPECT_THAT(imported.err,
              AllOf(HasSubstr("virtual_alias_maps: the value of big@a.example has 8418 bytes"),
                    HasSubstr("relay_recipient_maps: the value of many@a.example has"),
                    HasSubstr("sender_bcc_maps: the value of odd@a.example has 1400 bytes, and tcp: carries"),
                    Not(HasSubstr("relay_domains"))));
  const auto service = "socketmap:inet:127.0.0.1:" + std::to_string(base + 8) + ":";
  for (const std::string map : {"virtual_alias_maps", "relay_recipient_maps", "sender_bcc_maps"})
    EXPECT_THAT(imported.out, HasSubstr("'" + map + " = " + service + map + "'"));
  EXPECT_THAT(imported.out, HasSubstr("'relay_domains = tcp:127.0.0.1:"));
  EXPECT_THAT(imported.out + imported.err, Not(HasSubstr("member@lists.example"))) << "no value is shown";
  daemon.configure(read_text(dir.path("new/maproom.toml")));
  daemon.start();
  const auto answer =
      run_command({"postmap", "-c", dir.path("postfix"), "-q", "big@a.example", service + "virtual_alias_maps"});
  EXPECT_EQ(answer.status, 0) << answer.err;
  EXPECT_EQ(answer.out.size(), 8418U + 1);
}

TEST_F(ImportHostTest, APostfixWithoutIPv4IsGivenAnAddressThatItReaches) {
  const auto small = table("small", "SELECT domain FROM domain WHERE domain = '%s'");
  const auto imported =
      import("inet_protocols = ipv6\ninet_interfaces = ::1\nrelay_domains = mysql:" + small + "\n", own_ports());
  ASSERT_EQ(imported.status, 0) << imported.err;
  const auto address = "tcp:[::1]:" + std::to_string(base + 5);
  EXPECT_THAT(imported.out, HasSubstr("'relay_domains = " + address + "'"));
  daemon.configure(read_text(dir.path("new/maproom.toml")));
  daemon.start();
  const auto ask = [&](const std::string& table_name) {
    return run_command({"postmap", "-c", dir.path("postfix"), "-q", "hosted.example", table_name});
  };
  EXPECT_EQ(ask(address).out, "hosted.example\n");
  EXPECT_NE(ask("tcp:127.0.0.1:" + std::to_string(base + 5)).status, 0) << "this Postfix cannot even name it";
}

TEST_F(ImportHostTest, WhatIsListenedOnAlreadyOrStandsInAnotherConfigurationIsTold) {
  const auto small = table("small", "SELECT domain FROM domain WHERE domain = '%s'");
  const auto main_cf = "relay_domains = mysql:" + small + "\n";
  EXPECT_THAT(import(main_cf, own_ports()).err, Not(HasSubstr("already")));
  std::filesystem::rename(dir.path("new/maproom.toml"), dir.path("new/first.toml"));
  const auto port = std::to_string(base + 5);
  EXPECT_THAT(import(main_cf, own_ports()).err,
              AllOf(HasSubstr("inet:127.0.0.1:" + port + " is also in " + dir.path("new/first.toml")),
                    HasSubstr("give --base-port N and --prefix WORD"), Not(HasSubstr("is listened on already"))));
  boost::asio::io_context context;
  const boost::asio::ip::tcp::acceptor other{
      context, {boost::asio::ip::address_v4::loopback(), static_cast<std::uint16_t>(base + 5)}};
  std::filesystem::remove(dir.path("new/maproom.toml"));
  std::filesystem::remove(dir.path("new/first.toml"));
  EXPECT_THAT(import(main_cf, own_ports()).err,
              AllOf(HasSubstr("inet:127.0.0.1:" + port + " is listened on already"),
                    HasSubstr("give --base-port N and --prefix WORD"), Not(HasSubstr("is also in"))));
}

TEST_F(ImportHostTest, TheCommandsLetTheDaemonsUserReadFilesAndGrantToThoseOfTheFiles) {
  const auto closed = table("closed", "SELECT domain FROM domain WHERE domain = '%s'", 0640);
  ASSERT_EQ(::chmod(dir.path("postfix/sql").c_str(), 0750), 0);
  const auto imported = import("relay_domains = mysql:" + closed + "\n", own_ports());
  ASSERT_EQ(imported.status, 0) << imported.err;
  EXPECT_THAT(imported.out,
              AllOf(HasSubstr("command -v setfacl > /dev/null || apt-get install -y acl\n"),
                    HasSubstr("setfacl -m u:maproom:x '" + dir.path("postfix/sql") + "'\n"),
                    HasSubstr("setfacl -m u:maproom:r '" + closed + "'\n"),
                    HasSubstr("GRANT REPLICATION SLAVE, BINLOG MONITOR ON *.* TO 'reader'@'localhost';")));
  // They are run as they are printed, but for the user, whom the package makes.
  const auto grant = imported.out.substr(imported.out.find("GRANT REPLICATION SLAVE"));
  shared_mariadb().sql(grant.substr(0, grant.find('\n')));
  EXPECT_THAT(shared_mariadb().sql("SHOW GRANTS FOR reader@localhost"), HasSubstr("BINLOG MONITOR"));
  if (::geteuid() != 0) GTEST_SKIP() << "only root may give rights to another user";
  const std::vector<std::string> nobody{"setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups"};
  const auto read_by_nobody = [&] {
    auto command = nobody;
    command.insert(command.end(), {"cat", closed});
    return run_command(command).status == 0;
  };
  ASSERT_EQ(::chmod(dir.path("").c_str(), 0755) + ::chmod(dir.path("postfix").c_str(), 0755), 0);
  ASSERT_FALSE(read_by_nobody());
  std::string commands;
  std::string line;
  for (std::istringstream lines{imported.out}; std::getline(lines, line);)
    if (line.find("setfacl") == 0 || line.find("command -v setfacl") == 0)
      commands += std::regex_replace(line, std::regex{"u:maproom:"}, "u:nobody:") + "\n";
  const auto ran = run_command({"sh", "-exc", commands});
  EXPECT_EQ(ran.status, 0) << ran.err;
  EXPECT_TRUE(read_by_nobody()) << commands;
}

TEST_F(ImportHostTest, ADatabaseThatIsAwayIsNamedAndTheImportGoesOn) {
  const auto away = dir.write("postfix/sql/away.cf",
                              "hosts = unix:" + dir.path("no.sock") +
                                  "\nuser = u\npassword = p\ndbname = mail\nquery = SELECT a FROM t WHERE b = '%s'\n",
                              0644);
  const auto imported = import("relay_domains = mysql:" + away + "\n", own_ports());
  EXPECT_EQ(imported.status, 0);
  EXPECT_THAT(imported.err, AllOf(HasSubstr(away + ": "), HasSubstr("too long for tcp:")));
  EXPECT_THAT(imported.out, HasSubstr("'relay_domains = tcp:127.0.0.1:"));
}

}  // namespace
}  // namespace maproom::test
