#include "maproom/proto/netstring.hpp"

#include <gtest/gtest.h>

#include <limits>

namespace maproom::proto {
namespace {

using State = Netstring::State;

TEST(Netstring, ReadsAPayloadAndSaysWhereTheFrameEnds) {
  const auto frame = read_netstring("3:a,b,rest", 100);
  ASSERT_EQ(frame.state, State::complete);
  EXPECT_EQ(frame.payload, "a,b");
  EXPECT_EQ(frame.size, 6U);
}

TEST(Netstring, AnEmptyPayloadIsCanonical) {
  const auto frame = read_netstring("0:,", 100);
  ASSERT_EQ(frame.state, State::complete);
  EXPECT_EQ(frame.payload, "");
  EXPECT_EQ(frame.size, 3U);
}

TEST(Netstring, EveryProperPrefixNeedsMore) {
  const std::string_view whole = "12:hello world!,";
  for (std::size_t size = 0; size < whole.size(); ++size)
    EXPECT_EQ(read_netstring(whole.substr(0, size), 100).state, State::need_more) << size;
  EXPECT_EQ(read_netstring(whole, 100).state, State::complete);
}

TEST(Netstring, WhatIsNotACanonicalLengthIsAViolation) {
  for (const auto* bad : {":", ":,", " 1:a,", "+1:a,", "-1:a,", "1 :a,", "0x1:a,", "a", "\n", "00", "00:,", "01:a,",
                          "1a:", "\xB2:", ","}) {
    const auto frame = read_netstring(bad, 100);
    EXPECT_EQ(frame.state, State::violation) << bad;
    EXPECT_NE(frame.problem, "") << bad;
  }
}

TEST(Netstring, AFrameWithoutItsCommaIsAViolation) {
  EXPECT_EQ(read_netstring("1:ab", 100).state, State::violation);
  EXPECT_EQ(read_netstring("1:a\n", 100).state, State::violation);
}

TEST(Netstring, TheLimitIsJudgedOnTheLengthAloneAsSoonAsItsDigitIsThere) {
  struct Row {
    std::string_view input;
    std::size_t limit;
    State state;
  };
  for (const auto& [input, limit, state] :
       {Row{"9", 10, State::need_more}, Row{"10", 10, State::need_more}, Row{"11", 10, State::violation},
        Row{"100", 10, State::violation}, Row{"19", 20, State::need_more}, Row{"20", 20, State::need_more},
        Row{"21", 20, State::violation}, Row{"0", 0, State::need_more}, Row{"1", 0, State::violation},
        Row{"5", 4, State::violation}})
    EXPECT_EQ(read_netstring(input, limit).state, state) << input << " limit " << limit;
}

TEST(Netstring, ALengthThatWouldOverflowIsAViolation) {
  constexpr auto unlimited = std::numeric_limits<std::size_t>::max();
  EXPECT_EQ(read_netstring("18446744073709551616", unlimited).state, State::violation);
  EXPECT_EQ(read_netstring("99999999999999999999999999999999", 100).state, State::violation);
}

TEST(Netstring, WritesWhatItReadsBack) {
  for (const std::size_t size : {0U, 1U, 9U, 10U, 99U, 100U, 99999U, 100000U}) {
    const std::string payload(size, ':');
    std::string out = "before";
    append_netstring(out, payload.substr(0, size / 2), payload.substr(size / 2));
    EXPECT_EQ(out, "before" + std::to_string(size) + ":" + payload + ",");
    EXPECT_EQ(netstring_size(size), out.size() - 6);
    const auto frame = read_netstring(std::string_view{out}.substr(6), size);
    ASSERT_EQ(frame.state, State::complete) << size;
    EXPECT_EQ(frame.payload, payload);
  }
}

}  // namespace
}  // namespace maproom::proto
