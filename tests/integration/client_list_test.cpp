// mynetworks: whoever is found may relay, so a doubtful table is no table.

#include <gtest/gtest.h>

#include "integration/world.hpp"

namespace maproom::test {
namespace {

TEST(ClientList, AHostNameIsNeverFoundAndNeverAsked) {
  World world;
  world.start();
  EXPECT_EQ(world.queries_during([&] {
    for (const std::string name : {"unknown", "client.example", "relayed.example", "192.0.2.1.example", "[192.0.2.1]",
                                   "192.0.2", "192.0.2.1/32", "192.0.2.256", "2001:db8:10::zz"})
      EXPECT_EQ(world.ask("mynetworks", name), not_found()) << name;
  }),
            0U);
}

TEST(ClientList, EverySpellingOfAnAddressIsTheSameAddress) {
  World world;
  world.start();
  for (const std::string address : {"2001:db8:10::1", "2001:DB8:10:0::1", "2001:0db8:0010:0000:0000:0000:0000:0001",
                                    "192.0.2.9", "::ffff:192.0.2.9", "::FFFF:c000:0209"})
    EXPECT_EQ(world.ask("mynetworks", address), found("OK")) << address;
  for (const std::string address : {"2001:db8:1::1", "::ffff:198.51.100.8", "::198.51.100.7"})
    EXPECT_EQ(world.ask("mynetworks", address), not_found()) << address;
}

TEST(ClientList, WithAddressesOnlyOffANameIsAskedWithItsParentsAsMysqlDoes) {
  World world{R"toml(
[maps.clients]
parameter = "mynetworks"
addresses_only = false
listen = "inet:127.0.0.1:PORT(clients)"
query = "SELECT 'OK' FROM mr_relay_domain WHERE domain = '%s' AND active"
)toml"};
  world.start();
  EXPECT_EQ(world.ask("clients", "relayed.example"), found("OK"));
  EXPECT_EQ(world.ask("clients", "host.relayed.example"), found("OK"));
  EXPECT_EQ(world.ask("clients", "relayed.example.net"), not_found());
  EXPECT_EQ(world.ask("clients", "unknown"), not_found());
}

TEST(ClientList, ATableThatAnswersEveryKeyIsRefusedUntilItNoLongerDoes) {
  World world{R"toml(
[maps.clients]
parameter = "mynetworks"
listen = "inet:127.0.0.1:PORT(clients)"
query = "SELECT action FROM mr_network WHERE list = 'everyone' AND active"
)toml"};
  world.mariadb().sql("CALL mr_add_network('everyone', '192.0.2.0/24', 'OK')", "mail");
  world.start();
  for (const std::string client : {"192.0.2.1", "203.0.113.1", "unknown"})
    EXPECT_NE(world.ask("clients", client).kind, Judged::Kind::found) << client;
  EXPECT_EQ(world.ask("clients", "192.0.2.1"), error());
  EXPECT_EQ(world.ask("clients", "203.0.113.1"), error());
  EXPECT_GE(world.daemon.log_lines({"event=map_refused", "map=clients"}), 1U) << world.daemon.log();
  EXPECT_EQ(world.ask("mynetworks", "192.0.2.1"), found("OK"));  // the other one is not to blame

  world.mariadb().sql("DELETE FROM mr_network WHERE list = 'everyone'", "mail");
  EXPECT_TRUE(wait_until([&] { return world.ask("clients", "203.0.113.1") == not_found(); })) << world.daemon.log();
  EXPECT_EQ(world.daemon.log_lines({"event=map_trusted", "map=clients"}), 1U);
}

TEST(ClientList, ATableThatTurnsBadWhileItIsServedIsFoundOut) {
  World world{R"toml(
[maps.clients]
parameter = "mynetworks"
listen = "inet:127.0.0.1:PORT(clients)"
positive_ttl = "200 ms"
negative_ttl = "200 ms"
query = "SELECT action FROM mr_network WHERE list = 'everyone' AND active"
)toml"};
  world.start();
  EXPECT_EQ(world.ask("clients", "203.0.113.1"), not_found());
  world.mariadb().sql("CALL mr_add_network('everyone', '192.0.2.0/24', 'OK')", "mail");
  EXPECT_TRUE(wait_until([&] { return world.ask("clients", "203.0.113.1") == error(); })) << world.daemon.log();
}

}  // namespace
}  // namespace maproom::test
