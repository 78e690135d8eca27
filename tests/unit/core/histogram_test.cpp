#include "maproom/core/histogram.hpp"

#include <gtest/gtest.h>

#include "maproom/core/recent_peak.hpp"

namespace maproom {
namespace {

using namespace std::chrono_literals;

TEST(Histogram, EachBoundBelongsToItsOwnBucketAndWhatIsLongerToTheNext) {
  for (std::size_t bucket = 0; bucket < Histogram::bounds.size(); ++bucket) {
    Histogram histogram;
    histogram.observe(Histogram::bounds[bucket] - 1ns);
    histogram.observe(Histogram::bounds[bucket]);
    EXPECT_EQ(histogram.in(bucket), 2U) << bucket;
    histogram.observe(Histogram::bounds[bucket] + 1ns);
    EXPECT_EQ(histogram.in(bucket), 2U) << bucket;
    EXPECT_EQ(histogram.in(bucket + 1), 1U) << bucket;
  }
}

TEST(Histogram, BoundsAscendFromTenMicrosecondsToFiveSeconds) {
  EXPECT_EQ(Histogram::bounds.front(), 10us);
  EXPECT_EQ(Histogram::bounds.back(), 5s);
  EXPECT_TRUE(std::is_sorted(Histogram::bounds.begin(), Histogram::bounds.end()));
}

TEST(Histogram, CountsAndSumsWhatItSaw) {
  Histogram histogram;
  histogram.observe(3us);
  histogram.observe(7s);
  EXPECT_EQ(histogram.count(), 2U);
  EXPECT_EQ(histogram.sum(), 7s + 3us);
  EXPECT_EQ(histogram.in(Histogram::bounds.size()), 1U);
}

TEST(Histogram, AClockThatStoodStillIsNoTime) {
  Histogram histogram;
  histogram.observe(-1us);
  EXPECT_EQ(histogram.in(0), 1U);
  EXPECT_EQ(histogram.sum(), 0us);
}

TEST(Histogram, AQuantileIsTheBoundThatSoManyKeptTo) {
  Histogram histogram;
  EXPECT_EQ(histogram.quantile(0.5), 0us);
  for (int i = 0; i < 99; ++i) histogram.observe(5us);
  histogram.observe(700us);
  EXPECT_EQ(histogram.quantile(0.99), 10us);
  EXPECT_EQ(histogram.quantile(0.995), 1ms);
  for (int i = 0; i < 100; ++i) histogram.observe(1h);
  EXPECT_EQ(histogram.quantile(0.99), 5s);
}

TEST(Histogram, TwoAddUp) {
  Histogram one;
  Histogram other;
  one.observe(5us);
  other.observe(5us);
  other.observe(2ms);
  one += other;
  EXPECT_EQ(one.in(0), 2U);
  EXPECT_EQ(one.count(), 3U);
  EXPECT_EQ(one.sum(), 2ms + 10us);
}

TEST(RecentPeak, IsTheGreatestOfTheLastMinuteAndIsGoneAfterTwo) {
  const TimePoint start{100h};
  RecentPeak peak;
  EXPECT_EQ(peak.at(start), 0s);
  peak.observe(start, 3s);
  peak.observe(start + 1s, 2s);
  EXPECT_EQ(peak.at(start + 59s), 3s);
  EXPECT_EQ(peak.at(start + 119s), 3s);
  EXPECT_EQ(peak.at(start + 120s), 0s);
}

TEST(RecentPeak, AnEarlierMinutesPeakGivesWayToALaterSmallerOne) {
  const TimePoint start{100h};
  RecentPeak peak;
  peak.observe(start, 9s);
  peak.observe(start + 70s, 4s);
  EXPECT_EQ(peak.at(start + 71s), 9s);
  peak.observe(start + 131s, 1s);
  EXPECT_EQ(peak.at(start + 132s), 4s);
  EXPECT_EQ(peak.at(start + 400s), 0s);
}

}  // namespace
}  // namespace maproom
