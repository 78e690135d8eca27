// What tells the service manager and /healthz that all is well is an answered lookup, and not a timer.

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "integration/world.hpp"
#include "maproom/ops/http.hpp"
#include "support/wire.hpp"

namespace maproom::test {
namespace {

std::size_t heartbeats(Daemon& daemon) {
  const auto told = daemon.notifications();
  std::size_t count = 0;
  for (auto at = told.find("WATCHDOG=1"); at != std::string::npos; at = told.find("WATCHDOG=1", at + 1)) ++count;
  return count;
}

unsigned get(const Endpoint& endpoint, const std::string& path) {
  const auto response = ops::http_call(endpoint, "GET", path, "");
  return response ? response->status : 0;
}

class PulseTest : public testing::Test {
 protected:
  Endpoint admin() { return *Endpoint::parse("inet:127.0.0.1:" + std::to_string(world.port("admin"))); }
  void deafen() { std::ofstream{deaf} << "deaf\n"; }

  World world{"[admin]\nlisten = \"inet:127.0.0.1:PORT(admin)\"\n[server]\nmax_connections = 1\n"};
  const std::string deaf = world.daemon.path("deaf");
};

TEST_F(PulseTest, ADaemonWhoseSessionsAreDeafSaysSoThoughItsTimersTurn) {
  world.start({{"LD_PRELOAD", MAPROOM_DEAF}, {"DEAF_FILE", deaf}, {"WATCHDOG_USEC", "200000"}});
  ASSERT_TRUE(wait_until([&] { return heartbeats(world.daemon) >= 3; })) << world.daemon.log();
  EXPECT_EQ(get(admin(), "/healthz"), 200U);
  deafen();
  Wire client{world.port("virtual_mailbox_domains")};
  client.send("get hosted.example\n");
  EXPECT_EQ(get(admin(), "/healthz"), 503U);
  ASSERT_TRUE(wait_until([&] { return world.daemon.log_lines({"event=deaf"}) > 0; })) << world.daemon.log();
  // Nothing comes any more, however often the timer turns.
  const auto heard = heartbeats(world.daemon);
  EXPECT_EQ(get(admin(), "/healthz"), 503U);  // takes a second, ten intervals of the watchdog
  EXPECT_EQ(get(admin(), "/metrics"), 200U);
  EXPECT_EQ(heartbeats(world.daemon), heard);
}

TEST_F(PulseTest, AFullDaemonIsAliveAlsoAcrossAReloadAndCountsNoLookupOfItsOwn) {
  world.start({{"WATCHDOG_USEC", "200000"}});
  Wire only{world.port("virtual_mailbox_domains")};
  EXPECT_EQ(only.ask_tcp("hosted.example"), "200 1\n");
  const auto requests = [&] {
    const auto text = ops::http_call(admin(), "GET", "/metrics", "")->body;
    const auto at = text.find("\nmaproom_requests_total ");
    const auto number = text.substr(at + 24, text.find('\n', at + 1) - at - 24);
    EXPECT_NE(text.find("\nmaproom_connections 1\n"), std::string::npos) << text;
    return number;
  };
  const auto before = requests();
  const auto heard = heartbeats(world.daemon);
  ASSERT_TRUE(wait_until([&] { return heartbeats(world.daemon) >= heard + 5; })) << world.daemon.log();
  EXPECT_EQ(get(admin(), "/healthz"), 200U);
  EXPECT_EQ(requests(), before);
  EXPECT_EQ(world.daemon.run({"reload"}).status, 0);
  const auto then = heartbeats(world.daemon);
  EXPECT_TRUE(wait_until([&] { return heartbeats(world.daemon) >= then + 5; })) << world.daemon.log();
  EXPECT_EQ(world.daemon.stop(), 0);
  EXPECT_EQ(world.daemon.log_lines({"event=deaf"}), 0U) << world.daemon.log();
}

}  // namespace
}  // namespace maproom::test
