// The database away, hung, back again: temporary errors, never "not found", and no restart.

#include <gtest/gtest.h>

#include "integration/sample_world.hpp"
#include "support/sql_gate.hpp"
#include "support/wire.hpp"

namespace maproom::test {
namespace {

class OutageTest : public testing::Test {
 protected:
  static void SetUpTestSuite() { shared_mariadb().make_sample_database(); }

  void configure(const std::string& cache, const std::string& mariadb_hosts = {}) {
    auto text = sample_config(shared_mariadb(), nullptr, ports, daemon.path("socketmap"), cache);
    if (!mariadb_hosts.empty()) {
      const auto at = text.find("hosts = ");
      text.replace(at, text.find('\n', at) - at, "hosts = [" + mariadb_hosts + "]");
    }
    daemon.configure(text);
  }
  Judged ask(const std::string& map, const std::string& key) {
    return postmap.query(key, table_of(map, "socketmap-unix", ports, daemon.path("socketmap")));
  }
  bool answers(const std::string& map, const std::string& key, const Judged& expected) {
    return wait_until([&] { return ask(map, key) == expected; });
  }

  Ports ports;
  Daemon daemon;
  Postmap postmap;
};

TEST_F(OutageTest, DatabaseThatIsNotThereAtStartIsATemporaryErrorUntilItIs) {
  shared_mariadb().stop();
  configure("");
  daemon.start();
  for (const char* map :
       {"virtual_mailbox_domains", "relay_domains", "virtual_alias_maps", "mynetworks", "transport_maps"}) {
    EXPECT_EQ(ask(map, "hosted.example"), map == std::string{"mynetworks"} ? not_found() : error()) << map;
    EXPECT_EQ(ask(map, "192.0.2.1"), error()) << map;
  }
  shared_mariadb().start();
  EXPECT_TRUE(answers("virtual_mailbox_domains", "hosted.example", found("1"))) << daemon.log();
  EXPECT_TRUE(answers("mynetworks", "192.0.2.1", found("OK"))) << daemon.log();
  EXPECT_TRUE(answers("mynetworks", "192.0.9.1", not_found())) << daemon.log();
}

TEST_F(OutageTest, KnownKeysAreServedStaleAndUnknownOnesAreTemporaryErrors) {
  configure("positive_ttl = \"10 ms\"\nnegative_ttl = \"10 ms\"\n");
  daemon.start();
  ASSERT_EQ(ask("virtual_mailbox_maps", "anna@hosted.example"), found("1"));
  ASSERT_EQ(ask("virtual_mailbox_maps", "nobody@hosted.example"), not_found());
  shared_mariadb().stop();
  EXPECT_EQ(ask("virtual_mailbox_maps", "anna@hosted.example"), found("1"));
  EXPECT_EQ(ask("virtual_mailbox_maps", "nobody@hosted.example"), error());
  EXPECT_EQ(ask("virtual_mailbox_maps", "ben@hosted.example"), error());
  EXPECT_GT(daemon.counter("virtual_mailbox_maps", "stale"), 0U);
  shared_mariadb().start();
  EXPECT_TRUE(answers("virtual_mailbox_maps", "ben@hosted.example", found("1"))) << daemon.log();
  EXPECT_EQ(ask("virtual_mailbox_maps", "nobody@hosted.example"), not_found());
}

TEST_F(OutageTest, AFlushDoesNotTakeAwayWhatKeepsMailFlowingUnlessForced) {
  configure("positive_ttl = \"10 ms\"\n");
  daemon.start();
  ASSERT_EQ(ask("virtual_mailbox_maps", "anna@hosted.example"), found("1"));
  shared_mariadb().stop();
  ASSERT_TRUE(wait_until([&] {
    static_cast<void>(ask("virtual_mailbox_maps", "anna@hosted.example"));
    return daemon.log_lines({"event=all_databases_down"}) > 0;
  })) << daemon.log();
  for (const std::vector<std::string>& what :
       {std::vector<std::string>{}, {"virtual_mailbox_maps"}, {"virtual_mailbox_maps", "anna@hosted.example"}}) {
    auto command = what;
    command.insert(command.begin(), "flush");
    const auto refused = daemon.run(command);
    EXPECT_EQ(refused.status, 75);
    EXPECT_NE(refused.err.find("--force"), std::string::npos) << refused.err;
    EXPECT_EQ(ask("virtual_mailbox_maps", "anna@hosted.example"), found("1"));
  }
  EXPECT_EQ(daemon.run({"flush", "no_such_map"}).status, 64);
  EXPECT_EQ(daemon.run({"flush", "--force"}).status, 0);
  EXPECT_EQ(ask("virtual_mailbox_maps", "anna@hosted.example"), error());
  shared_mariadb().start();
  EXPECT_TRUE(answers("virtual_mailbox_maps", "anna@hosted.example", found("1"))) << daemon.log();
}

TEST_F(OutageTest, DatabaseThatHangsIsATemporaryErrorByTheDeadlineAndFailsFastThen) {
  configure("");
  auto text = read_text(daemon.config());
  text.insert(text.find("[maps.relay_domains]\n") + 21, "deadline = \"300 ms\"\n");
  static_cast<void>(std::filesystem::remove(daemon.config()));
  daemon.configure(text.substr(0, text.find("\n[admin]")));
  daemon.start();
  ASSERT_EQ(ask("relay_domains", "relayed.example"), found("1"));
  shared_mariadb().pause();
  EXPECT_EQ(ask("relay_domains", "gone.example"), error());
  // Connecting hangs as well; once that is known, nobody waits for it.
  EXPECT_TRUE(wait_until([&] {
    return daemon.log_lines({"event=all_databases_down"}) > 0 ||
           ask("relay_domains", "x.example").kind != Judged::Kind::error;
  }));
  EXPECT_EQ(ask("relay_domains", "y.example"), error());
  EXPECT_EQ(ask("relay_domains", "relayed.example"), found("1")) << "cached";
  shared_mariadb().resume();
  EXPECT_TRUE(answers("relay_domains", "z.example", not_found())) << daemon.log();
}

TEST_F(OutageTest, LookupsDoNotQueueBehindADatabaseThatIsKnownToBeDown) {
  SqlGate gate{shared_mariadb().port()};
  configure("", "\"inet:127.0.0.1:" + std::to_string(gate.port()) + "\"");
  daemon.start();
  ASSERT_EQ(ask("relay_domains", "relayed.example"), found("1"));
  int ways = 0;
  for (const auto way : {SqlGate::Way::closed, SqlGate::Way::black_hole}) {
    gate.set(way);
    const auto times = daemon.log_lines({"event=all_databases_down"});
    ASSERT_TRUE(wait_until([&] {
      static_cast<void>(ask("relay_domains", "away.example"));
      return daemon.log_lines({"event=all_databases_down"}) > times;
    })) << daemon.log();
    gate.count_anew();
    const auto begun = std::chrono::steady_clock::now();
    std::vector<Wire> clients;
    for (int i = 0; i < 200; ++i) clients.emplace_back(ports["relay_recipient_maps"]);
    for (int round = 0; round < 20; ++round) {
      for (std::size_t i = 0; i < clients.size(); ++i)
        clients[i].send("get nobody" + std::to_string(round) + "-" + std::to_string(i) + "@relayed.example\n");
      for (auto& client : clients) EXPECT_TRUE(client.line().starts_with("400 "));
    }
    const auto took = std::chrono::steady_clock::now() - begun;
    EXPECT_LT(took, std::chrono::seconds{5}) << "less than the deadline of one lookup, for twenty rounds";
    // The back-off's beginning, and then one each half second.
    EXPECT_LE(gate.connections(), 5 + took / std::chrono::milliseconds{500});
    EXPECT_LE(gate.most_at_once(), 1);
    gate.set(SqlGate::Way::open);
    EXPECT_TRUE(answers("relay_domains", "back-" + std::to_string(++ways) + ".example", not_found())) << daemon.log();
  }
}

TEST_F(OutageTest, ConnectionsThatTheServerKillsAreMadeAnewUnnoticed) {
  configure("positive_ttl = \"1 ms\"\nnegative_ttl = \"1 ms\"\nstale_limit = \"0 s\"\n");
  daemon.start();
  for (int i = 0; i < 5; ++i) {
    ASSERT_EQ(ask("relay_domains", "relayed.example"), found("1"));
    ASSERT_EQ(ask("relay_domains", "nope.example"), not_found());
    shared_mariadb().sql("SELECT CONCAT('KILL ', id, ';') FROM information_schema.processlist WHERE user = 'maproom'");
    const auto kills = shared_mariadb().sql(
        "SELECT CONCAT('KILL ', id, ';') FROM information_schema.processlist WHERE user = 'maproom'");
    ASSERT_FALSE(kills.empty());
    shared_mariadb().sql(kills);
  }
  EXPECT_EQ(daemon.counter("relay_domains", "temporary"), 0U) << daemon.log();
}

TEST_F(OutageTest, NextHostIsAskedWhenTheFirstIsNotThere) {
  configure("", "\"unix:" + daemon.path("nobody.sock") +
                    "\", \"inet:127.0.0.1:" + std::to_string(shared_mariadb().port()) + "\"");
  daemon.start();
  EXPECT_TRUE(answers("relay_domains", "relayed.example", found("1"))) << daemon.log();
  EXPECT_TRUE(answers("relay_domains", "nope.example", not_found())) << daemon.log();
  EXPECT_NE(daemon.run({"status"}).out.find("127.0.0.1"), std::string::npos);
}

TEST_F(OutageTest, TableThatIsMissingIsATemporaryErrorAndTheRestGoesOn) {
  configure("");
  daemon.start();
  shared_mariadb().sql("RENAME TABLE mr_relay_domain TO mr_away", "mail");
  EXPECT_EQ(ask("relay_domains", "relayed.example"), error());
  EXPECT_EQ(ask("virtual_mailbox_domains", "hosted.example"), found("1"));
  EXPECT_GT(daemon.log_lines({"event=lookup_failed", "relay_domains", "doesn't exist"}), 0U) << daemon.log();
  shared_mariadb().sql("RENAME TABLE mr_away TO mr_relay_domain", "mail");
  EXPECT_EQ(ask("relay_domains", "relayed.example"), found("1"));
}

TEST_F(OutageTest, MynetworksThatAnswersUnknownIsRefusedUntilItIsMended) {
  shared_mariadb().sql("CREATE OR REPLACE TABLE careless (k VARCHAR(255)); INSERT INTO careless VALUES ('everybody')",
                       "mail");
  daemon.configure("[mariadb]\nhosts = [\"unix:" + shared_mariadb().socket() +
                   "\"]\npassword = \"secret\"\n[cache]\npositive_ttl = \"1 s\"\n[socketmap]\nlisten = [\"unix:" +
                   daemon.path("socketmap") +
                   "\"]\n[maps.mynetworks]\nquery = \"SELECT 'OK' FROM careless WHERE k IN ('%s', 'everybody')\"\n");
  daemon.start();
  EXPECT_EQ(ask("mynetworks", "192.0.2.1"), error());
  EXPECT_EQ(ask("mynetworks", "unknown"), not_found());
  EXPECT_EQ(daemon.log_lines({"event=map_refused", "map=mynetworks"}), 1U) << daemon.log();
  shared_mariadb().sql("UPDATE careless SET k = '192.0.2.1'", "mail");
  EXPECT_TRUE(answers("mynetworks", "192.0.2.1", found("OK"))) << daemon.log();
  EXPECT_EQ(ask("mynetworks", "192.0.2.2"), not_found());
}

}  // namespace
}  // namespace maproom::test
