// The protocols over real sockets, spoken in ways that Postfix never speaks them.

#include "support/wire.hpp"

#include <gtest/gtest.h>

#include <csignal>
#include <fstream>

#include "integration/world.hpp"

namespace maproom::test {
namespace {

const std::string sales = "anna@hosted.example,ben@hosted.example";

TEST(Wire, ByteByByteAndPipelinedGetOneReplyEachInOrder) {
  World world;
  world.start();
  Wire tcp{world.port("virtual_alias_maps")};
  for (const char byte : std::string{"get sales@hosted.example\n"}) tcp.send({&byte, 1});
  EXPECT_EQ(tcp.line(), "200 " + sales + "\n");
  // Slow ones (database) and quick ones (memory) mixed, and a malformed one between.
  tcp.send("get sales@hosted.example\nget nobody@hosted.example\nget %zz\nput a b\nget anna@hosted.example\nget ");
  EXPECT_EQ(tcp.line(), "200 " + sales + "\n");
  EXPECT_EQ(tcp.line().substr(0, 4), "500 ");
  EXPECT_EQ(tcp.line().substr(0, 4), "400 ");
  EXPECT_EQ(tcp.line().substr(0, 4), "400 ");
  EXPECT_EQ(tcp.line(), "200 anna@hosted.example\n");
  EXPECT_FALSE(tcp.readable_within(std::chrono::milliseconds{50}));
  tcp.send("sales@hosted.example\n");
  EXPECT_EQ(tcp.line(), "200 " + sales + "\n");

  const std::string request = "39:virtual_alias_maps sales@hosted.example,";
  Wire socketmap{world.socketmap_path()};
  for (const char byte : request) socketmap.send({&byte, 1});
  EXPECT_EQ(socketmap.netstring(), "OK " + sales);
  socketmap.send(request + "40:virtual_alias_maps nobody@hosted.example," + request);
  EXPECT_EQ(socketmap.netstring(), "OK " + sales);
  EXPECT_EQ(socketmap.netstring(), "NOTFOUND ");
  EXPECT_EQ(socketmap.netstring(), "OK " + sales);
}

TEST(Wire, AnAnswerTooLongForTcpIsAnErrorAndOneLineInTheLog) {
  World world;
  std::string many;
  while (many.size() < 4090) many += (many.empty() ? "" : ",") + std::string{"someone@hosted.example"};
  world.mariadb().sql(
      "INSERT INTO alias (address, goto, created) VALUES ('many@hosted.example', '" + many + "', NOW())", "mail");
  ASSERT_GT(many.size() + 5, 4096U);
  world.start();
  Wire tcp{world.port("virtual_alias_maps")};
  EXPECT_EQ(tcp.ask_tcp("many@hosted.example"), "400 result%20too%20long\n");
  EXPECT_EQ(tcp.ask_tcp("many@hosted.example"), "400 result%20too%20long\n");
  EXPECT_EQ(world.daemon.log_lines({"event=result_unsendable", "map=virtual_alias_maps"}), 1U) << world.daemon.log();
  Wire socketmap{world.socketmap_port()};
  EXPECT_EQ(socketmap.ask_socketmap("virtual_alias_maps", "many@hosted.example"), "OK " + many);
}

TEST(Wire, AnUnknownMapIsATemporaryError) {
  World world;
  world.start();
  Wire client{world.socketmap_port()};
  EXPECT_EQ(client.ask_socketmap("no_such_map", "key"), "TEMP unknown map");
  EXPECT_EQ(client.ask_socketmap("virtual_mailbox_domains", "hosted.example"), "OK 1");
  EXPECT_EQ(world.daemon.log_lines({"event=unknown_map", "no_such_map"}), 1U);
}

TEST(Wire, AMapsNameCannotForgeALineOfTheLog) {
  World world;
  world.start();
  Wire client{world.socketmap_port()};
  EXPECT_EQ(client.ask_socketmap("x\nevent=forged", "key"), "TEMP unknown map");
  EXPECT_EQ(world.daemon.log_lines({"event=unknown_map", "event=forged"}), 1U) << world.daemon.log();
}

TEST(Wire, WhatBreaksTheProtocolEndsItsConnectionAndNoOther) {
  World world;
  world.start();
  Wire good{world.socketmap_port()};
  EXPECT_EQ(good.ask_socketmap("virtual_mailbox_domains", "hosted.example"), "OK 1");
  for (const std::string bytes : {"x", "007:a b,", "3:a bX", "999999999999999999999:", "-1:,"}) {
    Wire bad{world.socketmap_port()};
    bad.send(bytes);
    EXPECT_EQ(bad.netstring(), "") << bytes;
  }
  Wire endless{world.port("virtual_alias_maps")};
  endless.send("get " + std::string(320 * 1024, 'a'));
  EXPECT_EQ(endless.line().substr(0, 4), "400 ");
  EXPECT_EQ(endless.line(), "");
  EXPECT_EQ(good.ask_socketmap("virtual_mailbox_domains", "hosted.example"), "OK 1");
}

TEST(Wire, AnIdleConnectionIsNeverClosed) {
  World world;
  world.start();
  Wire silent{world.port("virtual_mailbox_domains")};
  Wire asked{world.port("virtual_mailbox_domains")};
  EXPECT_EQ(asked.ask_tcp("hosted.example"), "200 1\n");
  for (int i = 0; i < 200; ++i) {
    Wire passing{world.port("virtual_mailbox_domains")};
    ASSERT_EQ(passing.ask_tcp("hosted.example"), "200 1\n");
  }
  EXPECT_FALSE(silent.readable_within(std::chrono::milliseconds{200}));
  EXPECT_FALSE(asked.readable_within(std::chrono::milliseconds{200}));
  EXPECT_EQ(silent.ask_tcp("hosted.example"), "200 1\n");
  EXPECT_EQ(asked.ask_tcp("hosted.example"), "200 1\n");
}

TEST(Wire, BeyondTheLimitConnectionsWaitInTheBacklog) {
  World world{"[server]\nmax_connections = 2\n"};
  world.start();
  Wire third = [&] {
    Wire first{world.port("virtual_mailbox_domains")};
    Wire second{world.port("virtual_mailbox_domains")};
    EXPECT_EQ(first.ask_tcp("hosted.example"), "200 1\n");
    EXPECT_EQ(second.ask_tcp("hosted.example"), "200 1\n");
    Wire waiting{world.port("virtual_mailbox_domains")};
    waiting.send("get hosted.example\n");
    EXPECT_FALSE(waiting.readable_within(std::chrono::milliseconds{300}));
    return waiting;
  }();
  EXPECT_EQ(third.line(), "200 1\n");
}

constexpr const char* slow_map = R"toml(
[maps.slow]
parameter = "exact"
listen = "inet:127.0.0.1:PORT(slow)"
query = "SELECT CONCAT('%s', SLEEP(0.5))"
)toml";

/// Until the request has become a query that sleeps.
bool is_under_way(const World& world) {
  return wait_until([&] {
    return world.mariadb().sql(
               "SELECT COUNT(*) FROM information_schema.processlist WHERE user = 'maproom' AND state = "
               "'User sleep'") != "0\n";
  });
}

TEST(Wire, SigtermFinishesTheRequestsUnderWayAndTakesNoMore) {
  World world{slow_map};
  world.start();
  Wire busy{world.port("slow")};
  Wire idle{world.port("slow")};
  Wire socketmap{world.socketmap_path()};
  EXPECT_EQ(idle.ask_tcp("warm"), "200 warm0\n");
  busy.send("get one\n");
  socketmap.send("8:slow two,");
  ASSERT_TRUE(is_under_way(world));
  world.daemon.signal(SIGTERM);
  EXPECT_EQ(busy.line(), "200 one0\n");
  EXPECT_EQ(socketmap.netstring(), "OK two0");
  EXPECT_EQ(busy.line(), "");
  EXPECT_EQ(idle.line(), "");
  EXPECT_EQ(world.daemon.stop(), 0) << world.daemon.log();
  EXPECT_EQ(world.daemon.log_lines({"event=stopped", "unfinished=0"}), 1U) << world.daemon.log();
}

TEST(Wire, AClientThatHangsUpInTheMiddleHurtsNobody) {
  World world{slow_map};
  world.start();
  {
    Wire gone{world.port("slow")};
    gone.send("get key\n");
    ASSERT_TRUE(is_under_way(world));
  }
  Wire other{world.port("slow")};
  EXPECT_EQ(other.ask_tcp("key"), "200 key0\n");
  EXPECT_TRUE(world.daemon.running());
  EXPECT_EQ(world.daemon.stop(), 0) << world.daemon.log();
}

/// The most memory that the process has had, in KiB.
std::uint64_t most_memory_of(pid_t pid) {
  std::ifstream status{"/proc/" + std::to_string(pid) + "/status"};
  for (std::string line; std::getline(status, line);)
    if (line.starts_with("VmHWM:")) return std::stoull(line.substr(6));
  return 0;
}

TEST(Wire, WhoeverAsksForMuchAndTakesNothingCostsLittleAndKeepsNobodyWaiting) {
  World world;
  world.start();
  const std::string value(90'000, 'x');
  world.mariadb().sql("INSERT INTO alias (address, goto, active, created) VALUES ('long@hosted.example', '" + value +
                          "', 1, '2026-01-01')",
                      "mail");
  const std::string request = "38:virtual_alias_maps long@hosted.example,";
  Wire greedy{world.socketmap_path()};
  greedy.send(request);
  ASSERT_EQ(greedy.netstring(), "OK " + value);
  const auto before = most_memory_of(world.daemon.pid());
  constexpr int pipelined = 1'500;  // 64 kB of requests, 135 MB of replies
  std::string requests;
  for (int i = 0; i < pipelined; ++i) requests += request;
  greedy.send(requests);
  Wire other{world.port("virtual_alias_maps")};
  EXPECT_EQ(other.ask_tcp("sales@hosted.example"), "200 " + sales + "\n");
  for (int i = 0; i < pipelined; ++i) ASSERT_EQ(greedy.netstring(), "OK " + value) << i;
  EXPECT_LT(most_memory_of(world.daemon.pid()) - before, 16U * 1024) << "KiB";
  world.mariadb().sql("DELETE FROM alias WHERE address = 'long@hosted.example'", "mail");
}

}  // namespace
}  // namespace maproom::test
