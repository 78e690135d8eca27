// Lookups, feed and key sets over a Galera cluster of three nodes: writes to each of them, a conflict, a node that is
// killed, one that is cut off, a donor that lags, and a rolling restart. Whatever becomes of a node, a row that is
// committed is never "not found" once the feed's bound for a proof (one second) is over.

#include <gtest/gtest.h>

#include <array>
#include <chrono>
#include <future>
#include <iostream>
#include <memory>
#include <optional>

#include "integration/feed_world.hpp"

namespace maproom::test {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::array<int, 3> everyone{1, 2, 3};

/// Three nodes with names n1 to n3; the first makes the cluster, the others join it.
class Cluster {
 public:
  Cluster() {
    for (const int n : everyone) ports_.at(n - 1) = {free_port(), free_port(), free_port()};
    for (const int n : everyone)
      nodes_.at(n - 1) = std::make_unique<PrivateMariadb>(
          options(n), n == 1 ? std::vector<std::string>{"--wsrep-new-cluster"} : std::vector<std::string>{});
    wait_synced();
  }
  PrivateMariadb& node(int n) { return *nodes_.at(n - 1); }

  /// Every node is a synced member of one cluster of three.
  void wait_synced() {
    for (const int n : everyone)
      if (!wait_until(
              [&] {
                return state(n, "wsrep_local_state_comment") == "Synced" && state(n, "wsrep_cluster_size") == "3";
              },
              std::chrono::seconds{60}))
        throw std::runtime_error{"node " + std::to_string(n) + " is not synced: " + node(n).log()};
  }
  std::string state(int n, const std::string& name) {
    try {
      const auto row = node(n).sql("SHOW GLOBAL STATUS LIKE '" + name + "'");
      const auto tab = row.find('\t');
      return tab == std::string::npos ? std::string{} : row.substr(tab + 1, row.size() - tab - 2);
    } catch (const std::runtime_error&) {
      return "away";
    }
  }
  /// Cuts it off from the others, as a broken network would, or lets it back.
  void cut_off(int n, bool off) {
    node(n).sql(std::string{"SET GLOBAL wsrep_provider_options = 'gmcast.isolate="} + (off ? "1'" : "0'"));
  }

 private:
  struct NodePorts {
    int group, ist, sst;
  };
  std::vector<std::string> options(int n) {
    const auto& mine = ports_.at(n - 1);
    const auto local = [](int port) { return "127.0.0.1:" + std::to_string(port); };
    std::string members;
    for (const auto& each : ports_) members += (members.empty() ? "" : ",") + local(each.group);
    auto all = binlog_options(n);
    for (auto& more : std::vector<std::string>{
             "--innodb-autoinc-lock-mode=2", "--wsrep-on=ON", "--wsrep-provider=/usr/lib/galera/libgalera_smm.so",
             "--wsrep-cluster-name=maproom-test", "--wsrep-cluster-address=gcomm://" + members,
             "--wsrep-node-address=" + local(mine.group), "--wsrep-node-name=n" + std::to_string(n),
             "--wsrep-sst-method=rsync", "--wsrep-sst-receive-address=" + local(mine.sst),
             // A node that is gone is missed after one second; the default is five.
             "--wsrep-provider-options=gmcast.listen_addr=tcp://" + local(mine.group) +
                 ";ist.recv_addr=" + local(mine.ist) +
                 ";gcache.size=8M;gcache.page_size=8M;evs.keepalive_period=PT0.3S;evs.inactive_check_period=PT0.3S;"
                 "evs.suspect_timeout=PT1S;evs.inactive_timeout=PT2S;evs.install_timeout=PT2S;gmcast.peer_timeout="
                 "PT1S"})
      all.push_back(std::move(more));
    return all;
  }

  std::array<NodePorts, 3> ports_{};
  std::array<std::unique_ptr<PrivateMariadb>, 3> nodes_;
};

Cluster& cluster() {
  static Cluster three;
  return three;
}

class GaleraFixture : public testing::Test {
 protected:
  explicit GaleraFixture(const std::string& keys_memory) {
    cluster().wait_synced();
    make_followed_database(node(1));
    std::string hosts;
    for (const int n : everyone) hosts += (n == 1 ? "\"unix:" : ", \"unix:") + node(n).socket() + "\"";
    daemon.emplace(
        Followed::Wish{.mariadb = node(1),
                       .cache = "positive_ttl = \"1 s\"\nnegative_ttl = \"1 s\"\nkeys_memory = \"" + keys_memory + "\"",
                       .hosts = hosts});
    daemon->start();
    EXPECT_TRUE(follows(1));
  }
  ~GaleraFixture() override { daemon.reset(); }

  static PrivateMariadb& node(int n) { return cluster().node(n); }
  static void add(int n, const std::string& name) {
    node(n).sql("INSERT INTO mail.mailbox (username, maildir) VALUES ('" + name + "@d.example', '" + name + "/')");
  }
  Judged ask(const std::string& name) { return daemon->ask("mailboxes", name + "@d.example"); }
  bool follows(int n) {
    return wait_until([&] { return daemon->feed("server").starts_with(std::to_string(n) + "/") && daemon->healthy(); });
  }
  /// The last proof and the answer may be a second old; from then on an error may come before the value, and nothing
  /// else.
  void expect_never_absent(const std::string& name) {
    EXPECT_TRUE(wait_until([&] { return ask(name) != not_found(); })) << name << '\n' << daemon->daemon.log();
    Judged last = error();
    EXPECT_TRUE(wait_until([&] { return (last = ask(name)) != error(); })) << name << '\n' << daemon->daemon.log();
    EXPECT_EQ(last, found(name + "/")) << daemon->daemon.log();
  }
  void expect_soon(const std::string& name) {
    EXPECT_TRUE(wait_until([&] { return ask(name) == found(name + "/"); })) << name << '\n' << daemon->daemon.log();
  }
  /// Known to be absent: asked, and kept.
  void know_absent(const std::string& name) {
    ASSERT_EQ(ask(name), not_found());
    ASSERT_EQ(ask(name), not_found());
  }

  /// How long it takes from now until a key that nobody has asked for has its answer from another node, and until that
  /// node is followed; how long its own cluster takes to answer a read of its own is beside it. For docs/operations.md.
  void tell_fail_over(const std::string& what, int to) {
    const auto begun = Clock::now();
    const auto since = [&] {
      return std::to_string(std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - begun).count()) +
             " ms";
    };
    auto cluster_itself = std::async(std::launch::async, [&] {
      node(to).sql("SET SESSION wsrep_sync_wait = 1; SELECT COUNT(*) FROM mail.mailbox");
      return since();
    });
    EXPECT_TRUE(wait_until([&] { return ask("never-asked-" + what) == not_found(); })) << daemon->daemon.log();
    const auto answered = since();
    EXPECT_TRUE(follows(to)) << daemon->daemon.log();
    std::cout << "fail-over, " << what << ": the node itself reads after " << cluster_itself.get()
              << ", a cold lookup is answered after " << answered << ", the feed follows it after " << since() << '\n';
  }

  std::optional<Followed> daemon;
};

/// With answers of single keys only, and with sets of whole keys.
class GaleraTest : public GaleraFixture, public testing::WithParamInterface<const char*> {
 protected:
  GaleraTest() : GaleraFixture{GetParam()} {}
};
INSTANTIATE_TEST_SUITE_P(With, GaleraTest, testing::Values("0 B", "8 MiB"),
                         [](const auto& each) { return std::string{each.index == 0 ? "SingleKeys" : "KeySets"}; });

/// Where nodes go and come back, which takes its time: as it is by default.
class GaleraRestartTest : public GaleraFixture {
 protected:
  GaleraRestartTest() : GaleraFixture{"8 MiB"} {}
};

TEST_P(GaleraTest, WhatAnyNodeWritesIsSeen) {
  for (const int n : everyone) {
    const auto name = "by" + std::to_string(n);
    know_absent(name);
    add(n, name);
    expect_soon(name);
  }
  // In pieces that travel before the commit (streaming replication).
  for (const char* name : {"piece1", "piece2"}) know_absent(name);
  node(2).sql(
      "SET SESSION wsrep_trx_fragment_unit = 'statements', wsrep_trx_fragment_size = 1; START TRANSACTION; "
      "INSERT INTO mail.mailbox (username, maildir) VALUES ('piece1@d.example', 'piece1/'); "
      "INSERT INTO mail.mailbox (username, maildir) VALUES ('piece2@d.example', 'piece2/'); COMMIT");
  for (const char* name : {"piece1", "piece2"}) expect_soon(name);
  // A statement about the layout, on all nodes at one place of the order.
  know_absent("late");
  node(3).sql(
      "ALTER TABLE mail.mailbox ADD note VARCHAR(9) NULL FIRST; INSERT INTO mail.mailbox (username, maildir) "
      "VALUES ('late@d.example', 'late/')");
  expect_soon("late");
  node(2).sql("DELETE FROM mail.mailbox WHERE username = 'late@d.example'");
  EXPECT_TRUE(wait_until([&] { return ask("late") == not_found(); }));
}

TEST_P(GaleraTest, OfTwoWritersThatConflictTheWinnersRowIsTheAnswer) {
  know_absent("torn");
  // The row of the one that holds its transaction open is rolled back by the other's commit.
  const auto loser = std::async(std::launch::async, [] {
    const auto write = [] {
      node(1).sql(
          "START TRANSACTION; INSERT INTO mail.mailbox (username, maildir) VALUES ('torn@d.example', 'lost/'); "
          "DO GET_LOCK('written', 0); DO SLEEP(60); COMMIT");
    };
    EXPECT_THROW(write(), std::runtime_error);
  });
  ASSERT_TRUE(wait_until([] { return node(1).sql("SELECT IS_USED_LOCK('written') IS NOT NULL") == "1\n"; }));
  add(2, "torn");
  expect_soon("torn");
  loser.wait();
  EXPECT_EQ(node(1).sql("SELECT maildir FROM mail.mailbox WHERE username = 'torn@d.example'"), "torn/\n");
  EXPECT_EQ(ask("torn"), found("torn/"));
}

TEST_P(GaleraTest, ANodeThatIsCutOffIsNoWitness) {
  know_absent("beyond");
  cluster().cut_off(1, true);
  tell_fail_over(std::string{"cut-off-"} + GetParam(), 2);
  add(2, "beyond");  // returns when the other two are a cluster by themselves
  expect_never_absent("beyond");
  EXPECT_TRUE(follows(2)) << daemon->daemon.log();
  know_absent("beyond2");
  add(3, "beyond2");
  expect_soon("beyond2");
  cluster().cut_off(1, false);
  cluster().wait_synced();
  EXPECT_TRUE(follows(1)) << daemon->daemon.log();
  EXPECT_EQ(ask("beyond"), found("beyond/"));
  EXPECT_EQ(ask("beyond2"), found("beyond2/"));
}

TEST_F(GaleraRestartTest, AfterANodeIsKilledAnotherAnswers) {
  know_absent("after");
  EXPECT_EQ(ask("joe"), found("joe/"));
  node(1).kill();
  EXPECT_EQ(ask("joe"), found("joe/"));
  tell_fail_over("killed", 2);
  add(2, "after");
  expect_never_absent("after");
  EXPECT_TRUE(follows(2)) << daemon->daemon.log();
  node(1).start();
  cluster().wait_synced();
  EXPECT_TRUE(follows(1)) << daemon->daemon.log();
  EXPECT_EQ(ask("after"), found("after/"));
}

TEST_F(GaleraRestartTest, NodesThatNumberTheirChangesDifferentlyTakeEachOthersPlace) {
  // A row that is on this node alone makes its GTIDs one more than everybody else's from here on.
  node(1).sql(
      "SET SESSION wsrep_on = OFF; INSERT INTO mail.numbers VALUES (1000, 1); DELETE FROM mail.numbers WHERE id = "
      "1000");
  add(2, "known");
  expect_soon("known");
  ASSERT_NE(node(1).sql("SELECT @@gtid_binlog_pos"), node(2).sql("SELECT @@gtid_binlog_pos"));
  node(1).kill();
  // Nothing is written meanwhile.
  EXPECT_TRUE(follows(2)) << daemon->daemon.log();
  EXPECT_EQ(ask("known"), found("known/"));
  node(1).start();
  cluster().wait_synced();
  EXPECT_TRUE(follows(1)) << daemon->daemon.log();
}

TEST_P(GaleraTest, ADonorThatLagsIsNoWitness) {
  know_absent("queued");
  node(1).sql("SET GLOBAL wsrep_desync = ON");
  const auto donor = std::async(std::launch::async, [] {  // ends with an error when it is killed
    const auto held = [] { node(1).sql("FLUSH TABLES WITH READ LOCK; DO GET_LOCK('held', 0); DO SLEEP(60)"); };
    EXPECT_THROW(held(), std::runtime_error);
  });
  ASSERT_TRUE(wait_until([] { return node(1).sql("SELECT IS_USED_LOCK('held') IS NOT NULL") == "1\n"; }));
  add(2, "queued");
  expect_never_absent("queued");
  // One that nobody has asked for: the node itself waits until it has what the cluster has.
  add(3, "queued2");
  expect_never_absent("queued2");
  auto holder = node(1).sql("SELECT IS_USED_LOCK('held')");
  node(1).sql("KILL " + holder);
  donor.wait();
  node(1).sql("SET GLOBAL wsrep_desync = OFF");
  cluster().wait_synced();
  expect_soon("queued");
  expect_soon("queued2");
}

TEST_F(GaleraRestartTest, ARollingRestartLosesNothing) {
  int number = 0;
  const auto add_and_ask = [&](int n) {
    const auto name = "roll" + std::to_string(number++);
    add(n, name);
    expect_soon(name);
    EXPECT_EQ(ask("joe"), found("joe/"));
  };
  for (const int n : everyone) {
    const int other = n == 3 ? 1 : n + 1;
    const auto name = "rolled" + std::to_string(n);
    know_absent(name);
    node(n).stop();
    add(other, name);
    expect_never_absent(name);
    add_and_ask(other);
    node(n).start();
    cluster().wait_synced();
    add_and_ask(n);
  }
  EXPECT_TRUE(follows(1)) << daemon->daemon.log();
}

}  // namespace
}  // namespace maproom::test
