// Errors a person can act on: file, line, setting, what was expected; and an exit status that says which kind.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <csignal>

#include "integration/sample_world.hpp"

namespace maproom::test {
namespace {

using testing::AllOf;
using testing::HasSubstr;

class ErrorsTest : public testing::Test {
 protected:
  static void SetUpTestSuite() { shared_mariadb().make_sample_database(); }

  std::string base() const {
    return "[mariadb]\nhosts = [\"unix:" + shared_mariadb().socket() + "\"]\npassword = \"secret\"\n";
  }
  static std::string map(const std::string& query = "SELECT 1 FROM domain WHERE domain = '%s'") {
    return "[maps.virtual_mailbox_domains]\nquery = \"" + query + "\"\n";
  }
  /// `maproom COMMAND` with this configuration.
  CommandResult run(const std::string& command, const std::string& toml) {
    daemon.configure(toml);
    return daemon.run({command});
  }

  Ports ports;
  Daemon daemon;
};

TEST_F(ErrorsTest, BadTomlIsNamedWithItsLine) {
  for (const char* command : {"serve", "check"}) {
    const auto result = run(command, base() + "[maps.relay_domains\n");
    EXPECT_EQ(result.status, 78);
    EXPECT_THAT(result.err, HasSubstr(daemon.config() + ":4:")) << command;
  }
}

TEST_F(ErrorsTest, UnknownSettingIsNamedWithTheNearestKnownOne) {
  const auto result = run("check", base() + map() + "adresses_only = true\n");
  EXPECT_EQ(result.status, 78);
  EXPECT_THAT(result.err,
              AllOf(HasSubstr(daemon.config() + ":6: "), HasSubstr("adresses_only"), HasSubstr("addresses_only?")));
}

TEST_F(ErrorsTest, EveryMistakeOfAFileIsToldAtOnce) {
  const auto result = run("check", "[cache]\nmemory = \"64\"\npositive_ttl = 5\n" + map("SELECT %x"));
  EXPECT_EQ(result.status, 78);
  EXPECT_THAT(result.err, AllOf(HasSubstr(":2: cache.memory"), HasSubstr(":3: cache.positive_ttl"), HasSubstr("%x")));
}

TEST_F(ErrorsTest, ExpansionOutsideALiteralIsRefusedWithItsPlace) {
  const auto result = run("check", base() + map("SELECT 1 FROM domain WHERE id = %s"));
  EXPECT_EQ(result.status, 78);
  EXPECT_THAT(result.err, AllOf(HasSubstr("outside a quoted literal"), HasSubstr("column 33")));
}

TEST_F(ErrorsTest, WrongPasswordIsToldByCheckAndIsATemporaryErrorOfTheDaemon) {
  auto toml = base() + map() + "[socketmap]\nlisten = [\"unix:" + daemon.path("socketmap") + "\"]\n";
  toml.replace(toml.find("secret"), 6, "wrong!");
  const auto result = run("check", toml);
  EXPECT_EQ(result.status, 78);
  EXPECT_THAT(result.err, AllOf(HasSubstr("virtual_mailbox_domains"), HasSubstr("Access denied")));
  EXPECT_THAT(result.err, testing::Not(HasSubstr("wrong!")));
  daemon.start();
  EXPECT_EQ(
      Postmap{}.query("hosted.example", "socketmap:unix:" + daemon.path("socketmap") + ":virtual_mailbox_domains"),
      error());
  EXPECT_GT(daemon.log_lines({"event=database_down", "Access denied"}), 0U);
}

TEST_F(ErrorsTest, MissingTableAndBadSqlAreToldWithFileLineAndMap) {
  const auto result = run("check", base() + map("SELECT 1 FROM no_such_table WHERE d = '%s'") +
                                       "[maps.relay_domains]\nquery = \"SELEKT 1 FROM domain WHERE domain = '%s'\"\n");
  EXPECT_EQ(result.status, 78);
  EXPECT_THAT(result.err,
              AllOf(HasSubstr(daemon.config() + ":5: map virtual_mailbox_domains"), HasSubstr("no_such_table"),
                    HasSubstr(daemon.config() + ":7: map relay_domains"), HasSubstr("SQL syntax")));
}

TEST_F(ErrorsTest, PortInUseIsNamed) {
  const int taken = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t length = sizeof address;
  ASSERT_EQ(::bind(taken, reinterpret_cast<sockaddr*>(&address), length), 0);
  ASSERT_EQ(::listen(taken, 1), 0);
  ::getsockname(taken, reinterpret_cast<sockaddr*>(&address), &length);
  const auto port = std::to_string(ntohs(address.sin_port));
  const auto result = run("serve", base() + map() + "listen = \"inet:127.0.0.1:" + port + "\"\n");
  ::close(taken);
  EXPECT_EQ(result.status, 71);
  EXPECT_THAT(result.err, AllOf(HasSubstr("maps.virtual_mailbox_domains.listen"), HasSubstr("127.0.0.1:" + port),
                                HasSubstr("Address already in use")));
}

TEST_F(ErrorsTest, FileThatIsNotThereIsNamed) {
  const auto result = run_command({MAPROOM_BINARY, "check", "--config", "/nonexistent/maproom.toml"});
  EXPECT_EQ(result.status, 78);
  EXPECT_THAT(result.err, HasSubstr("/nonexistent/maproom.toml"));
  EXPECT_EQ(run_command({MAPROOM_BINARY, "frobnicate"}).status, 64);
}

TEST_F(ErrorsTest, QueryToldThatNobodyAnswersIsATemporaryError) {
  const auto toml = base() + map();
  daemon.configure(toml);
  const auto result = daemon.run({"query", "virtual_mailbox_domains", "hosted.example"});
  EXPECT_EQ(result.status, 75);
  EXPECT_THAT(result.err, HasSubstr("is the daemon running"));
}

TEST_F(ErrorsTest, QueryExitsAsPostmapDoes) {
  daemon.configure(base() + map());
  daemon.start();
  const auto hit = daemon.run({"query", "virtual_mailbox_domains", "Hosted.example"});
  EXPECT_EQ(hit.status, 0) << hit.err;
  EXPECT_EQ(hit.out, "1\n");
  const auto miss = daemon.run({"query", "virtual_mailbox_domains", "nope.example"});
  EXPECT_EQ(miss.status, 1);
  EXPECT_EQ(miss.out, "");
  const auto unknown = daemon.run({"query", "no_such_map", "x"});
  EXPECT_EQ(unknown.status, 64);
  EXPECT_THAT(unknown.err, HasSubstr("virtual_mailbox_domains"));
  shared_mariadb().pause();
  const auto hung = daemon.run({"query", "virtual_mailbox_domains", "hung.example"});
  shared_mariadb().resume();
  EXPECT_EQ(hung.status, 75);
}

TEST_F(ErrorsTest, SighupWithABadFileKeepsTheOldConfiguration) {
  const auto listen = "[socketmap]\nlisten = [\"unix:" + daemon.path("socketmap") + "\"]\n";
  daemon.configure(base() + listen + map());
  daemon.start();
  const auto table = "socketmap:unix:" + daemon.path("socketmap") + ":virtual_mailbox_domains";
  const Postmap postmap;
  ASSERT_EQ(postmap.query("hosted.example", table), found("1"));

  daemon.configure(base() + listen + map("SELECT %x"));
  daemon.signal(SIGHUP);
  ASSERT_TRUE(wait_until([&] {
    return daemon.log_lines({"event=reload_refused", "old configuration"}) == 1;
  })) << daemon.log();
  EXPECT_EQ(daemon.log_lines({"event=reload_refused", daemon.config() + ":7"}), 1U) << daemon.log();
  EXPECT_EQ(postmap.query("closed.example", table), found("1")) << "by the old query, which does not look at active";
  const auto told = daemon.run({"reload"});
  EXPECT_EQ(told.status, 78);

  daemon.configure(base() + listen + map("SELECT 1 FROM domain WHERE domain = '%s' AND active = 1"));
  daemon.signal(SIGHUP);
  ASSERT_TRUE(wait_until([&] { return daemon.log_lines({"event=reloaded"}) == 1; })) << daemon.log();
  EXPECT_EQ(postmap.query("closed.example", table), not_found())
      << "another query is another definition: nothing old counts";
}

}  // namespace
}  // namespace maproom::test
