// SIGHUP and `maproom reload`: a good file takes effect, a bad one changes nothing, and no connection is lost.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <fstream>

#include "integration/world.hpp"
#include "maproom/net/listener.hpp"
#include "support/wire.hpp"

namespace maproom::test {
namespace {

using testing::HasSubstr;

constexpr const char* second_map = R"toml(
[maps.second]
parameter = "exact"
listen = "inet:127.0.0.1:PORT(second)"
query = "SELECT domain FROM domain WHERE domain = '%s'"
)toml";

TEST(Reload, AddsAndRemovesMapsAndKeepsConnections) {
  World world;
  world.start();
  Wire tcp{world.port("virtual_mailbox_domains")};
  Wire socketmap{world.socketmap_port()};
  EXPECT_EQ(tcp.ask_tcp("hosted.example"), "200 1\n");
  EXPECT_EQ(socketmap.ask_socketmap("second", "hosted.example"), "TEMP unknown map");
  world.configure(second_map);
  world.daemon.signal(SIGHUP);
  ASSERT_TRUE(wait_until([&] { return world.daemon.log_lines({"event=reloaded"}) == 1; })) << world.daemon.log();
  EXPECT_NE(world.daemon.notifications().find("RELOADING=1"), std::string::npos);
  EXPECT_EQ(socketmap.ask_socketmap("second", "hosted.example"), "OK hosted.example");
  EXPECT_EQ(world.ask("second", "hosted.example"), found("hosted.example"));
  EXPECT_EQ(tcp.ask_tcp("hosted.example"), "200 1\n");
  world.configure();
  EXPECT_EQ(world.daemon.run({"reload"}).status, 0);
  EXPECT_EQ(socketmap.ask_socketmap("second", "hosted.example"), "TEMP unknown map");
  EXPECT_THROW(Wire{world.port("second")}, std::runtime_error);
  EXPECT_EQ(tcp.ask_tcp("hosted.example"), "200 1\n");
}

TEST(Reload, KeepsWhatIsCached) {
  World world;
  world.start();
  EXPECT_EQ(world.ask("virtual_alias_maps", "sales@hosted.example"), found("anna@hosted.example,ben@hosted.example"));
  EXPECT_EQ(world.ask("virtual_alias_maps", "nobody@hosted.example"), not_found());
  EXPECT_EQ(world.daemon.run({"reload"}).status, 0);
  EXPECT_EQ(world.queries_during([&] {
    EXPECT_EQ(world.ask("virtual_alias_maps", "sales@hosted.example"), found("anna@hosted.example,ben@hosted.example"));
    EXPECT_EQ(world.ask("virtual_alias_maps", "nobody@hosted.example"), not_found());
  }),
            0U);
}

TEST(Reload, AChangedQueryDoesNotAnswerFromTheOldOnesCache) {
  World world{second_map};
  world.start();
  EXPECT_EQ(world.ask("second", "hosted.example"), found("hosted.example"));
  EXPECT_EQ(world.ask("second", "nowhere.example"), not_found());
  world.configure(R"toml(
[maps.second]
parameter = "exact"
listen = "inet:127.0.0.1:PORT(second)"
query = "SELECT CONCAT('new ', '%s')"
)toml");
  EXPECT_EQ(world.daemon.run({"reload"}).status, 0);
  EXPECT_EQ(world.ask("second", "hosted.example"), found("new hosted.example"));
  EXPECT_EQ(world.ask("second", "nowhere.example"), found("new nowhere.example"));
}

TEST(Reload, ABadFileIsReportedAndTheOldConfigurationStays) {
  World world;
  world.start();
  Wire tcp{world.port("virtual_mailbox_domains")};
  EXPECT_EQ(tcp.ask_tcp("hosted.example"), "200 1\n");
  world.configure("[log]\nno_such_setting = 1\n");
  const auto refused = world.daemon.run({"reload"});
  EXPECT_NE(refused.status, 0);
  EXPECT_THAT(refused.err, HasSubstr("no_such_setting"));
  world.daemon.signal(SIGHUP);
  ASSERT_TRUE(wait_until([&] {
    return world.daemon.log_lines({"event=reload_refused", "no_such_setting"}) >= 1;
  })) << world.daemon.log();
  EXPECT_TRUE(world.daemon.running());
  EXPECT_EQ(tcp.ask_tcp("hosted.example"), "200 1\n");
  EXPECT_EQ(world.ask("virtual_alias_maps", "anna@hosted.example"), found("anna@hosted.example"));
}

TEST(Reload, APortThatCannotBeHadLeavesEverythingAsItWas) {
  World world;
  world.start();
  const auto taken = net::open_listeners(*Endpoint::parse("inet:127.0.0.1:" + std::to_string(world.port("taken"))));
  ASSERT_TRUE(taken);
  const auto socket = world.daemon.path("fourth");
  world.configure(R"toml(
[maps.second]
parameter = "exact"
listen = "inet:127.0.0.1:PORT(second)"
query = "SELECT '%s'"

[maps.third]
parameter = "exact"
listen = "inet:127.0.0.1:PORT(taken)"
query = "SELECT '%s'"

[maps.fourth]
parameter = "exact"
listen = "unix:)toml" +
                  socket +
                  R"toml("
query = "SELECT '%s'"
)toml");
  const auto refused = world.daemon.run({"reload"});
  EXPECT_NE(refused.status, 0);
  EXPECT_THAT(refused.err, HasSubstr("maps.third.listen"));
  EXPECT_EQ(world.ask("virtual_mailbox_domains", "hosted.example"), found("1"));
  EXPECT_THROW(Wire{world.port("second")}, std::runtime_error);
  EXPECT_FALSE(std::filesystem::exists(socket));
  ::close(taken->front());
  EXPECT_EQ(world.daemon.run({"reload"}).status, 0);
  EXPECT_EQ(world.ask("taken", "x"), found("x"));
  EXPECT_TRUE(std::filesystem::exists(socket));
}

void replace(const Daemon& daemon, const std::string& what, const std::string& by) {
  auto text = read_text(daemon.config());
  ASSERT_NE(text.find(what), std::string::npos);
  text.replace(text.find(what), what.size(), by);
  std::ofstream{daemon.config()} << text;
}

TEST(Reload, APasswordThatTheDatabaseRefusesIsRefused) {
  World world;
  world.start();
  EXPECT_EQ(world.ask("virtual_alias_maps", "anna@hosted.example"), found("anna@hosted.example"));
  replace(world.daemon, "secret", "wrong!");
  const auto refused = world.daemon.run({"reload"});
  EXPECT_EQ(refused.status, 78);
  EXPECT_THAT(refused.err, testing::AllOf(HasSubstr(": map virtual_mailbox_domains: "), HasSubstr("Access denied")));
  EXPECT_THAT(refused.err, testing::Not(HasSubstr("wrong!")));
  EXPECT_GT(world.daemon.log_lines({"event=reload_refused", "Access denied"}), 0U);
  EXPECT_EQ(world.ask("virtual_alias_maps", "ben@hosted.example"), found("ben@hosted.example")) << "with the old one";
  // The same for whoever sends a signal.
  world.daemon.signal(SIGHUP);
  EXPECT_TRUE(wait_until([&] { return world.daemon.log_lines({"event=reload_refused", "stays in force"}) == 2; }));
  replace(world.daemon, "wrong!", "secret");
  EXPECT_EQ(world.daemon.run({"reload"}).status, 0);
}

TEST(Reload, ADatabaseThatIsAwayDoesNotHoldUpNewSettings) {
  World world;
  world.start();
  replace(world.daemon, "unix:" + world.mariadb().socket(), "unix:/nonexistent/mysqld.sock");
  const auto taken = world.daemon.run({"reload"});
  EXPECT_EQ(taken.status, 0);
  EXPECT_THAT(taken.err, testing::AllOf(HasSubstr("warning: "), HasSubstr("/nonexistent/mysqld.sock")));
  EXPECT_EQ(world.daemon.log_lines({"event=reloaded"}), 1U);
}

TEST(Reload, TwoUsersOfOneDatabaseHaveTwoNames) {
  World world;
  world.mariadb().sql("CREATE USER IF NOT EXISTS other IDENTIFIED BY 'o'; GRANT SELECT ON mail.* TO other");
  const auto file = world.daemon.path("other.cf");
  std::ofstream{file} << "hosts = unix:" + world.mariadb().socket() +
                             "\nuser = other\npassword = o\ndbname = mail\nquery = SELECT '%s'\n";
  world.configure("[maps.second]\nparameter = \"exact\"\nmysql_table = \"" + file + "\"\n");
  world.start();
  const auto status = world.daemon.run({"status"}).out;
  EXPECT_THAT(status, testing::AllOf(HasSubstr("/mail as maproom:"), HasSubstr("/mail as other:"))) << status;
}

}  // namespace
}  // namespace maproom::test
