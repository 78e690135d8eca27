#include "maproom/backend/error_streak.hpp"

#include <gtest/gtest.h>

namespace maproom::backend {
namespace {

using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

TimePoint at(milliseconds time) { return TimePoint{} + seconds{1000} + time; }

TEST(ErrorStreakTest, LastsWhenThreeOverASecondFailed) {
  ErrorStreak streak;
  EXPECT_FALSE(streak.lasts());
  streak.failed(at(milliseconds{0}));
  streak.failed(at(milliseconds{1000}));
  EXPECT_FALSE(streak.lasts()) << "two are too few";
  streak.failed(at(milliseconds{1001}));
  EXPECT_TRUE(streak.lasts());
}

TEST(ErrorStreakTest, AnyNumberAtOnceIsOneTrouble) {
  ErrorStreak streak;
  for (int i = 0; i < 1000; ++i) streak.failed(at(milliseconds{i % 999}));
  EXPECT_FALSE(streak.lasts());
}

TEST(ErrorStreakTest, OneAnswerEndsIt) {
  ErrorStreak streak;
  for (int i = 0; i < 5; ++i) streak.failed(at(seconds{i}));
  streak.answered();
  EXPECT_FALSE(streak.lasts());
  streak.failed(at(seconds{6}));
  EXPECT_FALSE(streak.lasts());
}

TEST(ErrorStreakTest, WhatFailedLongAgoSaysNothingOfNow) {
  ErrorStreak streak;
  for (int i = 0; i < 5; ++i) streak.failed(at(seconds{i}));
  streak.failed(at(seconds{4} + minutes{5} + milliseconds{1}));
  EXPECT_FALSE(streak.lasts());
}

}  // namespace
}  // namespace maproom::backend
