// The feed behind a network that loses every packet: how it finds out, how often it tries, and how soon it follows
// again.

#include <gtest/gtest.h>

#include <algorithm>

#include "integration/feed_world.hpp"
#include "support/sql_gate.hpp"

namespace maproom::test {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

class FeedBlackHoleTest : public testing::Test {
 protected:
  void SetUp() override {
    make_followed_database(mariadb);
    followed = std::make_unique<Followed>(
        Followed::Wish{.mariadb = mariadb, .hosts = "\"inet:127.0.0.1:" + std::to_string(gate.port()) + "\""});
    followed->start();
    ASSERT_EQ(followed->ask("mailboxes", "joe@d.example"), found("joe/"));
    ASSERT_EQ(followed->ask("mailboxes", "new@d.example"), not_found());
  }
  void lose_everything() {
    const auto before = followed->daemon.log_lines({"event=feed_away"});
    gate.set(SqlGate::Way::black_hole);
    // Its connections are given up.
    ASSERT_TRUE(wait_until([&] { return followed->daemon.log_lines({"event=feed_away"}) > before; }));
    ASSERT_TRUE(wait_until([&] { return followed->feed("healthy") == "false"; }));
  }
  [[nodiscard]] int reconnects() const { return std::stoi(followed->feed("reconnects")); }
  /// How long that takes.
  milliseconds follows_again() {
    const auto begun = Clock::now();
    gate.set(SqlGate::Way::open);
    EXPECT_TRUE(followed->wait_healthy()) << followed->daemon.log();
    const auto took = std::chrono::duration_cast<milliseconds>(Clock::now() - begun);
    EXPECT_EQ(followed->feed("eras"), "1") << "nothing was missed";
    const auto name = "new" + std::to_string(++made_) + "@d.example";
    mariadb.sql("INSERT INTO mailbox (username, maildir) VALUES ('" + name + "', 'new/')", "mail");
    EXPECT_TRUE(wait_until([&] { return followed->ask("mailboxes", name) == found("new/"); }));
    return took;
  }

  PrivateMariadb mariadb{binlog_options()};
  SqlGate gate{mariadb.port()};
  std::unique_ptr<Followed> followed;

 private:
  int made_ = 0;
};

TEST_F(FeedBlackHoleTest, ItFollowsAgainAfterALongTime) {
  lose_everything();
  const int tried = reconnects();
  ASSERT_TRUE(wait_until([&] { return reconnects() >= tried + 4; }));
  follows_again();
}

TEST_F(FeedBlackHoleTest, ItFollowsAgainAfterAMoment) {
  auto shortest = milliseconds::max();
  for (int i = 0; i < 3; ++i) {
    lose_everything();
    shortest = std::min(shortest, follows_again());
  }
  RecordProperty("recovery_ms", static_cast<int>(shortest.count()));
  EXPECT_LT(shortest, milliseconds{1000}) << followed->daemon.log();
}

}  // namespace
}  // namespace maproom::test
