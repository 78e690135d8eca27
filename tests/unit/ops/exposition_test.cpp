#include "maproom/ops/exposition.hpp"

#include <gtest/gtest.h>

namespace maproom::ops {
namespace {

using enum Exposition::Type;
using namespace std::chrono_literals;

TEST(Exposition, AFamilyIsItsHelpItsTypeAndItsSamples) {
  Exposition out;
  out.family(counter, "m_total", "Of m.");
  out.sample({{"map", "a"}, {"tier", "memory"}}, std::uint64_t{18446744073709551615U});
  out.family(gauge, "g_seconds", "Of g.");
  out.sample({}, 0.25);
  EXPECT_EQ(std::move(out).text(),
            "# HELP m_total Of m.\n# TYPE m_total counter\nm_total{map=\"a\",tier=\"memory\"} 18446744073709551615\n"
            "# HELP g_seconds Of g.\n# TYPE g_seconds gauge\ng_seconds 0.25\n");
}

TEST(Exposition, LabelValuesAreEscaped) {
  Exposition out;
  out.family(gauge, "g", "G.");
  out.sample({{"map", "a\"} 1\nb\\"}}, std::uint64_t{1});
  EXPECT_TRUE(std::move(out).text().ends_with("g{map=\"a\\\"} 1\\nb\\\\\"} 1\n"));
}

TEST(Exposition, AHistogramIsCumulativeInSeconds) {
  Histogram took;
  took.observe(10us);
  took.observe(2ms);
  took.observe(6s);
  Exposition out;
  out.family(histogram, "h_seconds", "H.");
  out.sample({{"map", "a"}}, took);
  const auto text = std::move(out).text();
  for (const auto* const line :
       {"h_seconds_bucket{map=\"a\",le=\"1e-05\"} 1\n", "h_seconds_bucket{map=\"a\",le=\"0.001\"} 1\n",
        "h_seconds_bucket{map=\"a\",le=\"0.0025\"} 2\n", "h_seconds_bucket{map=\"a\",le=\"5\"} 2\n",
        "h_seconds_bucket{map=\"a\",le=\"+Inf\"} 3\n", "h_seconds_sum{map=\"a\"} 6.00201\n",
        "h_seconds_count{map=\"a\"} 3\n"})
    EXPECT_NE(text.find(line), std::string::npos) << line << text;
}

TEST(Exposition, AHistogramWithoutLabelsHasItsBoundAlone) {
  Exposition out;
  out.family(histogram, "h", "H.");
  out.sample({}, Histogram{});
  EXPECT_NE(std::move(out).text().find("h_bucket{le=\"+Inf\"} 0\nh_sum 0\nh_count 0\n"), std::string::npos);
}

}  // namespace
}  // namespace maproom::ops
