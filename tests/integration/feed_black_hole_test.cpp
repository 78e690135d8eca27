// The feed behind a network that loses every packet: how it finds out, how often it tries, and how soon it follows
// again.

#include <gtest/gtest.h>

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
    gate.set(SqlGate::Way::black_hole);
    ASSERT_TRUE(wait_until([&] { return followed->feed("healthy") == "false"; }));
  }
  [[nodiscard]] int reconnects() const { return std::stoi(followed->feed("reconnects")); }
  void expect_it_follows_again() {
    const auto begun = Clock::now();
    gate.set(SqlGate::Way::open);
    ASSERT_TRUE(followed->wait_healthy()) << followed->daemon.log();
    const auto took = std::chrono::duration_cast<milliseconds>(Clock::now() - begun);
    RecordProperty("recovery_ms", static_cast<int>(took.count()));
    EXPECT_LT(took, std::chrono::seconds{3}) << "one second, on a machine that has nothing else to do";
    EXPECT_EQ(followed->feed("eras"), "1") << "nothing was missed";
    mariadb.sql("INSERT INTO mailbox (username, maildir) VALUES ('new@d.example', 'new/')", "mail");
    EXPECT_TRUE(wait_until([&] { return followed->ask("mailboxes", "new@d.example") == found("new/"); }));
  }

  PrivateMariadb mariadb{binlog_options()};
  SqlGate gate{mariadb.port()};
  std::unique_ptr<Followed> followed;
};

TEST_F(FeedBlackHoleTest, ItFollowsAgainAfterALongTime) {
  lose_everything();
  // Fresh packets each 700 ms; libmariadb's own limit would make it 1200 ms.
  const int tried = reconnects();
  const auto begun = Clock::now();
  ASSERT_TRUE(wait_until([&] { return reconnects() >= tried + 7; }));
  EXPECT_LT(Clock::now() - begun, milliseconds{7000});
  expect_it_follows_again();
}

TEST_F(FeedBlackHoleTest, ItFollowsAgainAfterAMoment) {
  lose_everything();
  expect_it_follows_again();
}

}  // namespace
}  // namespace maproom::test
