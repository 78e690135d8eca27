// SPDX-License-Identifier: Apache-2.0
#include "maproom/core/condition.hpp"

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <chrono>
#include <memory>
#include <optional>

#include "support/run_coroutine.hpp"

namespace maproom {
namespace {
namespace asio = boost::asio;
using namespace std::chrono_literals;

class ConditionTest : public testing::Test {
 protected:
  /// Begins to wait, and says in `woken` how it ended.
  void wait(TimePoint end, std::optional<bool>& woken) {
    asio::co_spawn(context, test::keep(condition->wait_until(end), woken), asio::detached);
    context.poll();
  }
  void run_until(const std::optional<bool>& ended) {
    context.restart();
    while (!ended) ASSERT_EQ(context.run_one(), 1U);
  }

  asio::io_context context{1};
  std::unique_ptr<Condition> condition = std::make_unique<Condition>(context.get_executor());
  TimePoint far = Clock::now() + 24h;
  std::optional<bool> first, second;
};

TEST_F(ConditionTest, AllWhoWaitAreWokenEachWithADeadlineOfItsOwn) {
  std::optional<bool> late;
  wait(far, first);
  wait(TimePoint::max(), second);
  wait(Clock::now(), late);
  run_until(late);
  EXPECT_EQ(late, false);
  EXPECT_FALSE(first.has_value());
  condition->notify_all();
  EXPECT_FALSE(first.has_value()) << "never within the call";
  run_until(first);
  run_until(second);
  EXPECT_EQ(first, true);
  EXPECT_EQ(second, true);
}

TEST_F(ConditionTest, WhoBeginsToWaitLaterIsNotWoken) {
  condition->notify_all();
  wait(Clock::now() + 1ms, first);
  run_until(first);
  EXPECT_EQ(first, false);
}

TEST_F(ConditionTest, WhatIsSaidBetweenTheTimeAndTheWakingCounts) {
  wait(Clock::now(), first);
  condition->notify_all();
  run_until(first);
  EXPECT_TRUE(first.has_value());
}

TEST_F(ConditionTest, AWaitMayOutliveTheCondition) {
  wait(Clock::now() + 1ms, first);
  condition.reset();
  run_until(first);
  EXPECT_EQ(first, false);
}

TEST_F(ConditionTest, AWaitThatEndsWithItsLoopIsWokenByNobody) {
  auto loop = std::make_unique<asio::io_context>(1);
  Condition lasting{loop->get_executor()};
  asio::co_spawn(*loop, test::keep(lasting.wait_until(far), first), asio::detached);
  loop->poll();
  loop.reset();
  lasting.notify_all();
  EXPECT_FALSE(first.has_value());
}

}  // namespace
}  // namespace maproom
