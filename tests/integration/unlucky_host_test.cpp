// A host that has no memory or disk left, whose clock jumps, whose administrator stops the daemon and sends it signals:
// answers stay right, or are temporary errors, or the daemon ends; "not found" is never said of what is there.

#include <gtest/gtest.h>
#include <sys/resource.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <random>

#include "integration/world.hpp"
#include "support/wire.hpp"

namespace maproom::test {
namespace {

TEST(UnluckyHost, WithoutMemoryItSaysSoOrEndsAndNeverThatARowIsNotThere) {
  World world;
  world.start();
  constexpr int rows = 1'500;
  const std::string value(60'000, 'x');
  world.mariadb().sql(
      "INSERT INTO alias (address, goto, active, created) SELECT CONCAT('big', seq, '@hosted.example'), REPEAT('x', "
      "60000), 1, '2026-01-01' FROM seq_1_to_" +
          std::to_string(rows),
      "mail");
  std::ifstream status{"/proc/" + std::to_string(world.daemon.pid()) + "/status"};
  rlim_t size = 0;
  for (std::string line; std::getline(status, line);)
    if (line.starts_with("VmSize:")) size = std::stoul(line.substr(7)) * 1024;
  ASSERT_GT(size, 0U);
  rlimit before{};
  ASSERT_EQ(::prlimit(world.daemon.pid(), RLIMIT_AS, nullptr, &before), 0);
  const rlimit limit{size + (8U << 20U), before.rlim_max};
  ASSERT_EQ(::prlimit(world.daemon.pid(), RLIMIT_AS, &limit, nullptr), 0);
  int right = 0;
  int put_off = 0;
  for (int i = 1; i <= rows && put_off < 20 && world.daemon.running(); ++i) {
    const auto key = "big" + std::to_string(i) + "@hosted.example";
    try {
      Wire wire{world.socketmap_path()};
      const auto answer = wire.ask_socketmap("virtual_alias_maps", key);
      ASSERT_NE(answer.substr(0, 8), "NOTFOUND") << key;
      if (answer == "OK " + value)
        ++right;
      else
        ++put_off;
      EXPECT_TRUE(answer == "OK " + value || !answer.starts_with("OK ")) << key;
    } catch (const std::runtime_error&) {
      ++put_off;  // the connection broke
    }
  }
  EXPECT_GT(right, 0);
  EXPECT_GT(put_off, 0) << "the limit was not felt";
  // Once there is memory again, a daemon that lives answers as ever.
  if (world.daemon.running()) {
    ASSERT_EQ(::prlimit(world.daemon.pid(), RLIMIT_AS, &before, nullptr), 0);
    EXPECT_TRUE(wait_until([&] {
      try {
        return Wire{world.socketmap_path()}.ask_socketmap("virtual_alias_maps", "big1@hosted.example") == "OK " + value;
      } catch (const std::runtime_error&) {
        return false;
      }
    })) << world.daemon.log();
  }
  world.mariadb().sql("DELETE FROM alias WHERE address LIKE 'big%'", "mail");
}

TEST(UnluckyHost, WithAFullDiskForItsLogItAnswersAsEver) {
  World world;
  // Every byte that is written there finds the disk full.
  Process daemon{{MAPROOM_BINARY, "serve", "--config", world.daemon.config()}, "/dev/full"};
  const auto asked = [&](const std::string& map, const std::string& key) -> std::string {
    try {
      return Wire{world.socketmap_path()}.ask_socketmap(map, key);
    } catch (const std::runtime_error&) {
      return {};
    }
  };
  ASSERT_TRUE(wait_until([&] { return asked("virtual_mailbox_domains", "hosted.example") == "OK 1"; }));
  for (int i = 0; i < 50; ++i) {
    EXPECT_EQ(asked("no_such_map_" + std::to_string(i), "key"), "TEMP unknown map") << "each would be a line";
    EXPECT_EQ(asked("virtual_mailbox_domains", "nowhere" + std::to_string(i) + ".example"), "NOTFOUND ");
    EXPECT_EQ(asked("virtual_mailbox_domains", "hosted.example"), "OK 1");
  }
  EXPECT_TRUE(daemon.running());
  EXPECT_EQ(daemon.stop(SIGTERM), 0);
}

/// The wall clock of the daemon, and of nobody else.
class UnluckyClock : public testing::Test {
 protected:
  void jump(long seconds) {
    const auto fresh = world.daemon.path("clock.new");
    std::ofstream{fresh} << seconds;
    std::filesystem::rename(fresh, clock);
  }
  /// Does the daemon take its clock to show this year?
  [[nodiscard]] bool log_has_year(const std::string& year) {
    return world.daemon.run({"reload"}).status == 0 && world.daemon.log_lines({year + "-", "event=reloaded"}) > 0;
  }
  World world{
      "[maps.fleeting]\nparameter = \"exact\"\nlisten = \"inet:127.0.0.1:PORT(fleeting)\"\n"
      "query = \"SELECT domain FROM domain WHERE domain = '%s'\"\nnegative_ttl = \"1 s\"\n"
      "positive_ttl = \"1 s\"\nstale_limit = \"1 s\"\n"};
  const std::string clock = world.daemon.path("clock");
};

TEST_F(UnluckyClock, JumpsOfTheWallClockNeitherProlongAnAnswerNorEndOne) {
  jump(0);
  world.start({{"LD_PRELOAD", MAPROOM_CLOCK}, {"CLOCK_FILE", clock}});
  constexpr long years = 365L * 24 * 3600;
  EXPECT_EQ(world.ask("virtual_alias_maps", "anna@hosted.example"), found("anna@hosted.example"));
  EXPECT_EQ(world.ask("fleeting", "new.example"), not_found());
  jump(-20 * years);
  ASSERT_TRUE(log_has_year("2006")) << world.daemon.log();
  // Backwards: "not found" does not live for twenty years.
  world.mariadb().sql("INSERT INTO domain (domain, active, created) VALUES ('new.example', 1, '2026-01-01')", "mail");
  EXPECT_TRUE(wait_until([&] { return world.ask("fleeting", "new.example") == found("new.example"); }));
  jump(10 * years);
  ASSERT_TRUE(log_has_year("2036")) << world.daemon.log();
  // Forwards: what is fresh costs no query.
  EXPECT_EQ(world.queries_during([&] {
    EXPECT_EQ(world.ask("virtual_alias_maps", "anna@hosted.example"), found("anna@hosted.example"));
  }),
            0U);
  world.mariadb().sql("DELETE FROM domain WHERE domain = 'new.example'", "mail");
  EXPECT_TRUE(wait_until([&] { return world.ask("fleeting", "new.example") == not_found(); }));
}

TEST(UnluckySignals, AStoppedDaemonAnswersWhenItGoesOn) {
  World world;
  world.start();
  Wire before{world.port("virtual_mailbox_domains")};
  EXPECT_EQ(before.ask_tcp("hosted.example"), "200 1\n");
  world.daemon.signal(SIGSTOP);
  before.send("get hosted.example\nget nowhere.example\n");
  Wire meanwhile{world.port("virtual_mailbox_domains")};
  meanwhile.send("get hosted.example\n");
  EXPECT_FALSE(before.readable_within(std::chrono::milliseconds{300}));
  world.daemon.signal(SIGCONT);
  EXPECT_EQ(before.line(), "200 1\n");
  EXPECT_EQ(before.line().substr(0, 4), "500 ");
  EXPECT_EQ(meanwhile.line(), "200 1\n");
}

TEST(UnluckySignals, InAnyOrderTheyLoseNoLookupAndTheLastOneEndsIt) {
  World world;
  world.start();
  std::mt19937 random{7};
  const std::vector<int> harmless{SIGHUP, SIGPIPE, SIGSTOP, SIGCONT, SIGCHLD, SIGWINCH, SIGURG};
  Wire tcp{world.port("virtual_mailbox_domains")};
  for (int i = 0; i < 12; ++i) {
    for (int n = 0; n < 3; ++n) world.daemon.signal(harmless[random() % harmless.size()]);
    world.daemon.signal(SIGCONT);
    ASSERT_EQ(tcp.ask_tcp("hosted.example"), "200 1\n") << i << world.daemon.log();
    ASSERT_EQ(tcp.ask_tcp("nowhere.example").substr(0, 4), "500 ") << i;
  }
  for (const int number : {SIGHUP, SIGSTOP, SIGTERM, SIGHUP, SIGTERM, SIGCONT, SIGHUP}) world.daemon.signal(number);
  EXPECT_EQ(world.daemon.stop(), 0) << world.daemon.log();
}

}  // namespace
}  // namespace maproom::test
