#include "maproom/proto/percent.hpp"

#include <gtest/gtest.h>

#include <cctype>
#include <cstdio>

namespace maproom::proto {
namespace {

using namespace std::string_literals;

TEST(Percent, QuotesAsPostfixDoesInItsOwnExample) {
  EXPECT_EQ(quote("A b%c\t\xC3\xBC\"<>[]:@x"), "A%20b%25c%09%C3%BC\"<>[]:@x");
}

TEST(Percent, LeavesThePunctuationOfAddressesAsItIs) {
  const std::string plain = "\"<>[]:@,()\\&=+/!#$'*-.;?^_`{|}~09azAZ";
  EXPECT_EQ(quote(plain), plain);
}

TEST(Percent, QuotesExactlyPercentSpaceNonPrintingAndNonAsciiBytes) {
  for (int byte = 0; byte < 256; ++byte) {
    const std::string raw(1, static_cast<char>(byte));
    // isprint in the C locale, which tests run in, is what Postfix's ISPRINT asks after ISASCII.
    const bool plain = byte < 128 && std::isprint(byte) != 0 && byte != ' ' && byte != '%';
    char expected[4] = {};
    std::snprintf(expected, sizeof expected, "%%%02X", static_cast<unsigned>(byte));
    EXPECT_EQ(quote(raw), plain ? raw : std::string{expected}) << "byte " << byte;
  }
}

TEST(Percent, QuotedSizeIsTheSizeOfTheQuotedText) {
  for (const auto& raw : {""s, "plain"s, "a b"s, "\0"s, "%%%"s, "\xFF \n"s})
    EXPECT_EQ(quoted_size(raw), quote(raw).size());
}

TEST(Percent, AppendsBehindWhatIsThere) {
  std::string out = "200 ";
  append_quoted(out, "a b");
  EXPECT_EQ(out, "200 a%20b");
}

TEST(Percent, UnquotingUndoesQuotingForEveryByteInEveryPlace) {
  for (int byte = 0; byte < 256; ++byte) {
    const std::string c(1, static_cast<char>(byte));
    for (const auto& raw : {c, c + "x", "x" + c, "x" + c + "x", c + c}) EXPECT_EQ(unquote(quote(raw)), raw);
  }
}

TEST(Percent, UnquotingTakesDigitsOfEitherCase) { EXPECT_EQ(unquote("%c3%BC%Fa%aF"), "\xC3\xBC\xFA\xAF"); }

TEST(Percent, UnquotingTakesEveryOtherByteAsItIs) { EXPECT_EQ(unquote("a b  c\t\xC3\xBC\r"), "a b  c\t\xC3\xBC\r"); }

TEST(Percent, UnquotingFindsANul) { EXPECT_EQ(unquote("a%00b"), "a\0b"s); }

TEST(Percent, APercentWithoutTwoHexDigitsIsBadWhereverItStands) {
  for (const auto* bad :
       {"%", "%4", "%%", "%G0", "%0G", "% 1", "%1 ", "a%", "a%4", "100% bad", "%41%", "%+1", "%0x41"}) {
    EXPECT_EQ(unquote(bad), std::nullopt) << bad;
  }
}

TEST(Percent, ABadTextLeavesNothingBehind) {
  std::string out = "before";
  EXPECT_FALSE(unquote_into(out, "abc%"));
  EXPECT_EQ(out, "");
}

}  // namespace
}  // namespace maproom::proto
