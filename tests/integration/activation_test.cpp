// Socket activation: the service manager keeps the listening sockets, so a restart loses no lookup.

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "integration/world.hpp"
#include "maproom/net/listener.hpp"
#include "support/wire.hpp"

namespace maproom::test {
namespace {

/// What the service manager holds.
struct HeldSockets {
  std::vector<int> descriptors;
  void open(const Endpoint& endpoint) {
    const auto opened = net::open_listeners(endpoint, 0666);
    if (!opened) throw std::runtime_error{opened.error().detail};
    descriptors.insert(descriptors.end(), opened->begin(), opened->end());
  }
  ~HeldSockets() {
    for (const int descriptor : descriptors) ::close(descriptor);
  }
};

TEST(Activation, ALookupMadeDuringARestartIsAnsweredAfterIt) {
  World world;
  HeldSockets held;
  held.open(*Endpoint::parse("inet:127.0.0.1:" + std::to_string(world.port("virtual_alias_maps"))));
  held.open(*Endpoint::parse("unix:" + world.socketmap_path()));
  struct stat before {};
  ASSERT_EQ(::stat(world.socketmap_path().c_str(), &before), 0);
  const auto start = [&] { world.start({{"LISTEN_FDS", std::to_string(held.descriptors.size())}}, held.descriptors); };
  start();
  {
    Wire tcp{world.port("virtual_alias_maps")};
    EXPECT_EQ(tcp.ask_tcp("sales@hosted.example"), "200 anna@hosted.example,ben@hosted.example\n");
    Wire socketmap{world.socketmap_path()};
    EXPECT_EQ(socketmap.ask_socketmap("virtual_mailbox_domains", "hosted.example"), "OK 1");
  }
  for (int restart = 0; restart < 2; ++restart) {
    EXPECT_EQ(world.daemon.stop(), 0);
    // Nobody is there; the connections wait.
    Wire tcp{world.port("virtual_alias_maps")};
    tcp.send("get anna@hosted.example\n");
    Wire socketmap{world.socketmap_path()};
    socketmap.send("38:virtual_mailbox_domains hosted.example,");
    start();
    EXPECT_EQ(tcp.line(), "200 anna@hosted.example\n");
    EXPECT_EQ(socketmap.netstring(), "OK 1");
  }
  struct stat after {};
  ASSERT_EQ(::stat(world.socketmap_path().c_str(), &after), 0);
  EXPECT_EQ(before.st_ino, after.st_ino) << "the manager's socket was replaced";
}

TEST(Activation, ASocketThatNobodyWantsIsReported) {
  World world;
  HeldSockets held;
  held.open(*Endpoint::parse("inet:127.0.0.1:" + std::to_string(free_port())));
  world.start({{"LISTEN_FDS", "1"}}, held.descriptors);
  EXPECT_EQ(world.daemon.log_lines({"event=socket_unused", "inet:127.0.0.1:"}), 1U) << world.daemon.log();
  EXPECT_EQ(world.ask("virtual_mailbox_domains", "hosted.example"), found("1"));
}

TEST(Activation, AClientOfASocketThatNobodyWantsIsTurnedAway) {
  World world;
  HeldSockets held;
  const int port = free_port();
  held.open(*Endpoint::parse("inet:127.0.0.1:" + std::to_string(port)));
  Wire early{port};
  world.start({{"LISTEN_FDS", "1"}}, held.descriptors);
  EXPECT_EQ(early.line(), "") << "it waited there before the daemon came";
  EXPECT_EQ(Wire{port}.line(), "");
  EXPECT_GE(world.daemon.log_lines({"event=socket_refused", std::to_string(port)}), 1U) << world.daemon.log();
  EXPECT_EQ(world.daemon.stop(), 0);
}

TEST(Activation, ASocketOfTheServiceManagersIsKeptForAMapThatComesBack) {
  constexpr const char* second_map = R"toml(
[maps.second]
parameter = "exact"
listen = "inet:127.0.0.1:PORT(second)"
query = "SELECT domain FROM domain WHERE domain = '%s'"
)toml";
  World world{second_map};
  HeldSockets held;
  held.open(*Endpoint::parse("inet:127.0.0.1:" + std::to_string(world.port("second"))));
  world.start({{"LISTEN_FDS", "1"}}, held.descriptors);
  EXPECT_EQ(world.ask("second", "hosted.example"), found("hosted.example"));
  for (int time = 0; time < 2; ++time) {
    ASSERT_FALSE(world.daemon.notifications().empty()) << "read, or the daemon waits for room for more";
    world.configure();
    ASSERT_EQ(world.daemon.run({"reload"}).status, 0);
    EXPECT_EQ(Wire{world.port("second")}.line(), "");
    // A configuration that is refused takes nothing.
    world.configure(std::string{second_map} +
                    "[maps.third]\nparameter = \"exact\"\nlisten = \"inet:192.0.2.1:10999\"\n" +
                    "query = \"SELECT domain FROM domain WHERE domain = '%s'\"\n");
    ASSERT_NE(world.daemon.run({"reload"}).status, 0);
    EXPECT_EQ(Wire{world.port("second")}.line(), "");
    world.configure(second_map);
    ASSERT_EQ(world.daemon.run({"reload"}).status, 0) << world.daemon.log();
    EXPECT_EQ(world.ask("second", "hosted.example"), found("hosted.example"));
  }
}

TEST(Activation, ItSaysThatItStops) {
  World world;
  world.start();
  EXPECT_EQ(world.daemon.stop(), 0);
  EXPECT_NE(world.daemon.notifications().find("STOPPING=1"), std::string::npos);
}

}  // namespace
}  // namespace maproom::test
