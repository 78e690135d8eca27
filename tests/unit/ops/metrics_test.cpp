// The metrics that Prometheus will read, judged by its own tool.

#include "maproom/ops/metrics.hpp"

#include <gtest/gtest.h>

#include "support/process.hpp"
#include "unit/ops/metrics_world.hpp"

namespace maproom::test {
namespace {

using namespace std::chrono_literals;

/// The value of this series, with its labels; "none".
std::string value_of(const std::string& text, const std::string& series) {
  const auto at = text.find("\n" + series + " ");
  if (at == std::string::npos) return "none";
  const auto begin = at + series.size() + 2;
  return text.substr(begin, text.find('\n', begin) - begin);
}

TEST(Metrics, PromtoolHasNothingToSay) {
  const MetricsWorld world;
  const auto judged = run_command({"promtool", "check", "metrics"}, ops::metrics_text(world.view()));
  EXPECT_EQ(judged.status, 0) << judged.err;
  EXPECT_EQ(judged.out + judged.err, "");
}

TEST(Metrics, TellWhatBecameOfLookups) {
  MetricsWorld world;
  auto& counters = *world.maps["virtual_alias_maps"]->counters;
  counters.sending(resolver::Protocol::socketmap, Answer::Kind::not_found);
  counters.finished(Answer::Kind::not_found, resolver::Tier::keys, 30us);
  counters.because(resolver::Trouble::bad_rows);
  counters.oldest_stale.observe(Clock::now(), 90s);
  const auto text = ops::metrics_text(world.view());
  EXPECT_EQ(
      value_of(text, R"(maproom_lookups_total{map="virtual_alias_maps",protocol="socketmap",answer="not_found"})"),
      "1");
  EXPECT_EQ(value_of(text, R"(maproom_lookups_total{map="virtual_alias_maps",protocol="tcp",answer="not_found"})"),
            "0");
  const std::string bucket = R"(maproom_lookup_duration_seconds_bucket{map="virtual_alias_maps",tier="key_set",le=)";
  EXPECT_EQ(value_of(text, bucket + R"("2.5e-05"})"), "0");
  EXPECT_EQ(value_of(text, bucket + R"("5e-05"})"), "1");
  EXPECT_EQ(value_of(text, R"(maproom_temporary_errors_total{map="virtual_alias_maps",reason="bad_rows"})"), "1");
  EXPECT_EQ(value_of(text, R"(maproom_stale_age_seconds{map="virtual_alias_maps"})"), "90");
  EXPECT_EQ(value_of(text, R"(maproom_map_refused{map="mynetworks"})"), "1");
  EXPECT_EQ(value_of(text, R"(maproom_feed_position{domain="7"})"), "9");
  EXPECT_EQ(value_of(text, "maproom_feed_lag_seconds"), "0.0015");
}

TEST(Metrics, TellOfTheProcess) {
  const auto text = ops::metrics_text(MetricsWorld{}.view());
  EXPECT_GT(std::stod(value_of(text, "process_resident_memory_bytes")), 1e6);
  EXPECT_GE(std::stod(value_of(text, "process_open_fds")), 3);
  EXPECT_GT(std::stod(value_of(text, "process_start_time_seconds")), 1.7e9);
}

TEST(Metrics, WithoutRedisAndFeedHaveNoSeriesOfThem) {
  const MetricsWorld world;
  auto view = world.view();
  view.redis = nullptr;
  view.feed.reset();
  const auto text = ops::metrics_text(view);
  EXPECT_EQ(text.find("maproom_redis"), std::string::npos);
  EXPECT_EQ(text.find("maproom_feed"), std::string::npos);
  EXPECT_EQ(text.find(R"(tier="redis",le)"), std::string::npos);
}

}  // namespace
}  // namespace maproom::test
