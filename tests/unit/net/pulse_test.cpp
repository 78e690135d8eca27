#include "maproom/net/pulse.hpp"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <boost/asio/experimental/awaitable_operators.hpp>
#include <tuple>

#include "support/run_coroutine.hpp"

namespace maproom::net {
namespace {

using namespace std::chrono_literals;
using namespace boost::asio::experimental::awaitable_operators;

class PulseTest : public testing::Test {
 protected:
  bool beat(std::chrono::milliseconds limit) { return test::run_coroutine(context, pulse.beat(limit)); }

  boost::asio::io_context context{1};
  cache::Store store{1 << 20};
  feed::Ledger ledger;
  resolver::Resolver resolver{context.get_executor(), store, nullptr, ledger};
  std::shared_ptr<const resolver::Registry> registry = std::make_shared<resolver::Registry>();
  SessionSet sessions{context.get_executor(), resolver, registry};
  Pulse pulse{context.get_executor(), sessions};
};

TEST_F(PulseTest, IsThereWhereSessionsAreServed) {
  sessions.start();
  EXPECT_TRUE(beat(20s));
  EXPECT_TRUE(beat(20s));
}

TEST_F(PulseTest, IsNotThereWhereTimersTurnAndSessionsAreDeaf) {
  EXPECT_FALSE(beat(20ms));
  EXPECT_FALSE(beat(20ms));
  sessions.start();
  EXPECT_TRUE(beat(20s));
}

TEST_F(PulseTest, CountsNeitherAsAConnectionNorAsARequest) {
  sessions.start();
  ASSERT_TRUE(beat(20s));
  EXPECT_EQ(sessions.size(), 0U);
  EXPECT_EQ(sessions.requests, 0U);
  EXPECT_EQ(sessions.unknown_maps, 0U);
  EXPECT_EQ(sessions.protocol_errors, 0U);
  EXPECT_EQ(store.size(), 0U);
}

TEST_F(PulseTest, OutlivesASessionThatEnded) {
  sessions.start();
  ASSERT_TRUE(beat(20s));
  sessions.drain();
  // Whether this one still finds the old session's end, or another session already, is all the same.
  static_cast<void>(beat(20s));
  EXPECT_TRUE(beat(20s));
  EXPECT_EQ(sessions.size(), 0U);
}

TEST_F(PulseTest, IsOneQuestionForAllWhoAskAtOnce) {
  sessions.start();
  const auto both = test::run_coroutine(context, pulse.beat(20s) && pulse.beat(20s));
  EXPECT_TRUE(std::get<0>(both));
  EXPECT_TRUE(std::get<1>(both));
}

TEST_F(PulseTest, EndsWithTheDaemon) {
  sessions.start();
  ASSERT_TRUE(beat(20s));
  pulse.stop();
  EXPECT_FALSE(beat(20s));
}

TEST_F(PulseTest, IsThereWithoutADescriptorLeft) {
  sessions.start();
  std::vector<int> taken;
  for (int descriptor = ::dup(0); descriptor >= 0; descriptor = ::dup(0)) taken.push_back(descriptor);
  ASSERT_GT(taken.size(), 2U);
#ifdef __SANITIZE_ADDRESS__
  // UBSan learns through a pipe whether memory can be read.
  for (int i = 0; i < 2; ++i, taken.pop_back()) ::close(taken.back());
#endif
  EXPECT_TRUE(beat(20s));
  for (const int descriptor : taken) ::close(descriptor);
}

}  // namespace
}  // namespace maproom::net
