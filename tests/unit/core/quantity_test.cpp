#include "maproom/core/quantity.hpp"

#include <gtest/gtest.h>

namespace maproom {
namespace {

using namespace std::chrono_literals;

TEST(Duration, IsAWholeNumberWithAUnit) {
  EXPECT_EQ(*parse_duration("500 ms"), 500ms);
  EXPECT_EQ(*parse_duration("30s"), 30s);
  EXPECT_EQ(*parse_duration("5 min"), 5min);
  EXPECT_EQ(*parse_duration("24 h"), 24h);
  EXPECT_EQ(*parse_duration("7 d"), 168h);
  EXPECT_EQ(*parse_duration("0 s"), 0s);
}

TEST(Duration, AnythingElseIsRefusedWithAnExample) {
  for (const char* text :
       {"", "5", "min", "-1 s", "1.5 h", "5 m", "5 minutes", "99999999999999999999 s", "999999999999999 d"}) {
    const auto value = parse_duration(text);
    ASSERT_FALSE(value) << text;
    EXPECT_NE(value.error().detail.find("\"5 min\""), std::string::npos) << value.error().detail;
  }
}

TEST(Bytes, AreAWholeNumberWithAUnit) {
  EXPECT_EQ(*parse_bytes("512 B"), 512U);
  EXPECT_EQ(*parse_bytes("64 KiB"), 65536U);
  EXPECT_EQ(*parse_bytes("64MiB"), 64U << 20);
  EXPECT_EQ(*parse_bytes("1 GiB"), 1U << 30);
  for (const char* text : {"64", "64 MB", "1 TiB", "-1 B", "99999999999 GiB"}) EXPECT_FALSE(parse_bytes(text)) << text;
}

TEST(Format, ReadsBackToTheSameValue) {
  for (const auto value : {0ms, 1ms, 999ms, 1000ms, 90'000ms, 300'000ms, 3'600'000ms, 86'400'000ms})
    EXPECT_EQ(*parse_duration(format_duration(value)), value);
  EXPECT_EQ(format_duration(5min), "5 min");
  EXPECT_EQ(format_bytes(64U << 20), "64 MiB");
  EXPECT_EQ(format_bytes(1000), "1000 B");
}

}  // namespace
}  // namespace maproom
