// cidr:, regexp: and pcre: tables, line by line as Postfix 3.7 has them. The same is asked of Postfix itself in
// integration/pattern_table_postmap_test.cpp.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "maproom/map/file_table.hpp"

namespace maproom::map {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;

FileTable table_of(FileKind kind, std::string_view text) { return FileTable::parse(kind, text, true).value(); }

std::string value(const FileTable& table, const std::string& key) {
  const auto found = table.find(key);
  if (!found) return "error: " + found.error().detail;
  return *found == nullptr ? "not found" : **found;
}

std::string value(FileKind kind, std::string_view text, const std::string& key) {
  return value(table_of(kind, text), key);
}

TEST(CidrTable, TheFirstNetworkThatHasTheAddressCounts) {
  const auto table = table_of(FileKind::cidr, "192.0.2.1 one\n192.0.2.0/24 net\n2001:db8::/32 six\n[::1]/128 loop\n");
  EXPECT_EQ(value(table, "192.0.2.1"), "one");
  EXPECT_EQ(value(table, "192.0.2.2"), "net");
  EXPECT_EQ(value(table, "2001:DB8::9"), "six");
  EXPECT_EQ(value(table, "::1"), "loop");
  for (const auto* const other : {"192.0.3.1", "2001:db9::", "host.example", "192.0.2", "", "192.0.2.1/32"})
    EXPECT_EQ(value(table, other), "not found") << other;
  EXPECT_THAT(table.warnings(), IsEmpty());
}

TEST(CidrTable, AKeyWithANulByteIsNoAddress) {
  EXPECT_EQ(value(FileKind::cidr, "192.0.2.1 one\n", std::string{"192.0.2.1\0x", 11}), "not found");
}

TEST(CidrTable, ANegatedNetworkIsOfItsOwnFamily) {
  const auto table = table_of(FileKind::cidr, "!192.0.2.0/24 elsewhere\n! ! 2001:db8::/32 inside\n");
  EXPECT_EQ(value(table, "192.0.2.1"), "not found");
  EXPECT_EQ(value(table, "198.51.100.1"), "elsewhere");
  EXPECT_EQ(value(table, "2001:db8::1"), "inside");
  EXPECT_EQ(value(table, "::1"), "not found");
}

TEST(CidrTable, BetweenIfAndEndifOnlyItsNetworkIsAsked) {
  const auto table = table_of(FileKind::cidr,
                              "if 192.0.2.0/24\n!192.0.2.0/25 upper\nif 192.0.2.0/28\n0.0.0.0/0 lowest\nendif\nendif\n"
                              "if !192.0.2.0/24\n0.0.0.0/0 others\nendif\n::/0 six\n");
  EXPECT_EQ(value(table, "192.0.2.200"), "upper");
  EXPECT_EQ(value(table, "192.0.2.3"), "lowest");
  EXPECT_EQ(value(table, "192.0.2.100"), "not found");
  EXPECT_EQ(value(table, "10.0.0.1"), "others");
  EXPECT_EQ(value(table, "::9"), "six");
}

TEST(CidrTable, BehindAnIfThatIsNeverClosedNothingIsFoundForOthers) {
  const auto table = table_of(FileKind::cidr, "if 192.0.2.0/24\n0.0.0.0/0 v\n");
  EXPECT_EQ(value(table, "192.0.2.1"), "v");
  EXPECT_EQ(value(table, "10.0.0.1"), "not found");
  EXPECT_THAT(table.warnings(), ElementsAre(StartsWith("line 1: an IF without ENDIF")));
}

TEST(CidrTable, ALineThatCannotBeUsedIsIgnoredWithAWarning) {
  const auto table = table_of(FileKind::cidr,
                              "192.0.2.1/24 bits\n192.0.2.0/33 long\n192.0.2/24 short\n192.0.2.0/24\n[::1 open\n"
                              "if 10.0.0.0/33\n10.0.0.1 open\nendif\nendif x\n!\n192.0.2.9 good\n");
  EXPECT_EQ(value(table, "192.0.2.9"), "good");
  EXPECT_EQ(value(table, "10.0.0.1"), "open");
  EXPECT_EQ(table.size(), 2U);
  EXPECT_THAT(table.warnings(), ElementsAre(StartsWith("line 1: "), StartsWith("line 2: "), StartsWith("line 3: "),
                                            StartsWith("line 4: "), StartsWith("line 5: "), StartsWith("line 6: "),
                                            StartsWith("line 8: "), StartsWith("line 9: "), StartsWith("line 10: ")));
}

class Expressions : public testing::TestWithParam<FileKind> {
 protected:
  [[nodiscard]] static std::string ask(std::string_view text, const std::string& key) {
    return value(GetParam(), text, key);
  }
};
INSTANTIATE_TEST_SUITE_P(Both, Expressions, testing::Values(FileKind::regexp, FileKind::pcre),
                         [](const auto& kind) { return std::string{to_string(kind.param)}; });

TEST_P(Expressions, CaseCountsOnlyWithTheFlagI) {
  EXPECT_EQ(ask("/^JOE@/ x\n", "Joe@d.example"), "x");
  EXPECT_EQ(ask("/^JOE@/i x\n", "Joe@d.example"), "not found");
  EXPECT_EQ(ask("/^JOE@/ii x\n", "Joe@d.example"), "x");
}

TEST_P(Expressions, GroupsStandForWhatTheyMatchedInItsOwnCase) {
  EXPECT_EQ(ask("/^(.*)@(.*)$/ $2: ${1} $(1) $$1\n", "Joe@D.example"), "D.example: Joe Joe $1");
  EXPECT_EQ(ask("/^(a)(b)?(c)$/ [$1$2$3]\n", "ac"), "[ac]");
}

TEST_P(Expressions, ANegatedExpressionMatchesWhatDoesNot) {
  EXPECT_EQ(ask("!/^joe/ other\n", "ann"), "other");
  EXPECT_EQ(ask("!/^joe/ other\n", "joe"), "not found");
  EXPECT_EQ(ask("! !/^joe/ joe\n", "joe"), "joe");
}

TEST_P(Expressions, AnyDelimiterMayStandAround) {
  EXPECT_EQ(ask("|^a/b$| pipe\n", "a/b"), "pipe");
  EXPECT_EQ(ask("/^a\\/b$/ slash\n", "a/b"), "slash");
}

TEST_P(Expressions, IfAndEndifNest) {
  const auto* const text =
      "if /@example\\.com$/\nif !/^joe/\n/^(.*)@/ $1 is not joe\nendif\n/./ joe\nendif\n/./ elsewhere\n";
  EXPECT_EQ(ask(text, "ann@example.com"), "ann is not joe");
  EXPECT_EQ(ask(text, "joe@example.com"), "joe");
  EXPECT_EQ(ask(text, "joe@example.org"), "elsewhere");
  EXPECT_EQ(ask("if /x/\n/./ x\n", "y"), "not found");
}

TEST_P(Expressions, WhatPostfixSkipsIsSkippedWithAWarning) {
  const auto table = table_of(GetParam(),
                              "/(/ broken\n/open\n/x/q flag\n/x/ $1\n!/(x)/ $1\n/(x)/ ${1\n/(x)/ $0\nendif\nword\n!\n"
                              "if /(/\n/x/ under a broken if\nendif\n");
  EXPECT_EQ(value(table, "x"), "under a broken if");
  EXPECT_EQ(table.size(), 1U);
  EXPECT_EQ(table.warnings().size(), 12U);
  for (const auto& warning : table.warnings()) EXPECT_THAT(warning, StartsWith("line "));
}

TEST_P(Expressions, AnEmptyValueIsAnErrorAsItIsForPostfix) {
  EXPECT_THAT(ask("/x/\n", "x"), StartsWith("error: "));
  EXPECT_THAT(ask("/x(y*)/ $1\n", "x"), StartsWith("error: "));
  EXPECT_EQ(ask("/x(y*)/ $1\n", "xy"), "y");
}

TEST_P(Expressions, AValueThatIsNotUtf8IsAnErrorWithSmtputf8) {
  EXPECT_THAT(ask("/^(.)/ $1\n", "\u00e4"), HasSubstr("UTF-8"));
  const auto table = FileTable::parse(GetParam(), "/^(.)/ $1\n", false).value();
  EXPECT_EQ(value(table, "\u00e4"), "\xc3");
}

TEST_P(Expressions, AKeyWithANulByteIsAnError) {
  EXPECT_THAT(ask("/x$/ v\n", std::string{"x\0y", 3}), StartsWith("error: "));
}

TEST(RegexpTable, ASecondExpressionMayHaveToFail) {
  EXPECT_EQ(value(FileKind::regexp, "/^(joe)/!/@x$/ $1\n", "joe@y"), "joe");
  EXPECT_EQ(value(FileKind::regexp, "/^(joe)/!/@x$/ $1\n", "joe@x"), "not found");
}

TEST(RegexpTable, TheFlagXMakesABasicExpression) {
  EXPECT_EQ(value(FileKind::regexp, "/^a+$/x v\n", "a+"), "v");
  EXPECT_EQ(value(FileKind::regexp, "/^a+$/ v\n", "a+"), "not found");
}

TEST(RegexpTable, ABackReferenceIsRefusedSinceNothingBoundsItsTime) {
  const auto table = FileTable::parse(FileKind::regexp, "/ok/ v\n/^(a*)*\\1$/ v\n", true);
  ASSERT_FALSE(table);
  EXPECT_THAT(table.error().detail, StartsWith("line 2: a back-reference"));
  EXPECT_TRUE(FileTable::parse(FileKind::regexp, "/\\\\1/ v\n", true));
  EXPECT_EQ(value(FileKind::pcre, "/^(a*)b\\1$/ $1\n", "aabaa"), "aa");
}

TEST(RegexpTable, AKeyTooLongForTheCLibraryIsAnError) {
  const auto table = table_of(FileKind::regexp, "/^x/ v\n");
  EXPECT_EQ(value(table, std::string(expression_max_key_bytes, 'x')), "v");
  EXPECT_THAT(value(table, std::string(expression_max_key_bytes + 1, 'x')), StartsWith("error: line 1: "));
}

TEST(PcreTable, AnExpressionThatNeverEndsIsAnErrorAndNoNotFound) {
  const auto table = table_of(FileKind::pcre, "/^(a+)+$/ v\n/./ rest\n");
  EXPECT_EQ(value(table, "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"), "v");
  EXPECT_THAT(value(table, "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab"), StartsWith("error: line 1: "));
  const auto condition = table_of(FileKind::pcre, "if /^(a+)+$/\n/./ v\nendif\n");
  EXPECT_THAT(value(condition, "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab"), StartsWith("error: line 1: "));
}

// PCRE2 counts its steps anew at each byte at which the expression may begin: without a part for each this one took
// seconds, and found nothing.
TEST(PcreTable, TheBoundIsOnTheWholeKeyAndNotOnEachOfItsBytes) {
  const auto table = table_of(FileKind::pcre, "/[0-9]+.*[0-9]+-dyn/ v\n");
  EXPECT_THAT(value(table, std::string(650, '7') + "@example.org-dy n"), StartsWith("error: line 1: "));
  EXPECT_EQ(value(table, "host-10-11-dyn.example.org"), "v");
  EXPECT_EQ(value(table, "joe@example.org"), "not found");
  EXPECT_THAT(value(table, std::string(expression_max_key_bytes + 1, 'x')), StartsWith("error: line 1: "));
}

// Each line has its bound; a table may have thousands of them.
TEST(PatternTable, LinesThatTogetherTakeTooLongAreAnErrorAndNoNotFound) {
  for (const auto kind : {FileKind::regexp, FileKind::pcre}) {
    const auto table = table_of(kind, "/^a/ v\nif /@/\n/^b/ v\n/^c/ v\nendif\n/^d/ v\n");
    for (const auto* const key : {"a@x", "b@x", "c@x", "d", "e@x", "e"}) {
      const auto all_of_it = table.find(key);
      ASSERT_TRUE(all_of_it);
      int asked = 0;
      ASSERT_EQ(*table.find(key, [&asked] { return ++asked > 100; }), *all_of_it);
      for (int allowed = 0; allowed < asked; ++allowed) {
        int left = allowed;
        const auto cut = table.find(key, [&left] { return left-- <= 0; });
        ASSERT_FALSE(cut) << key << " after " << allowed;
        EXPECT_EQ(cut.error().code, Errc::overload);
      }
      EXPECT_EQ(asked == 0, std::string_view{key} == "a@x") << "the first line always has its turn";
    }
  }
}

TEST(RegexpTable, CompiledAnewItMatchesAsBefore) {
  const auto table = table_of(FileKind::regexp, "/^(x+)y/ $1\n");
  for (int i = 0; i < 300; ++i) ASSERT_EQ(value(table, std::string(500, 'x') + "y"), std::string(500, 'x')) << i;
}

TEST(PcreTable, EveryFlagTurnsItsMeaningRound) {
  EXPECT_EQ(value(FileKind::pcre, "/^a.c$/ v\n", "a\nc"), "v");
  EXPECT_EQ(value(FileKind::pcre, "/^a.c$/s v\n", "a\nc"), "not found");
  EXPECT_EQ(value(FileKind::pcre, "/^b$/m v\n", "a\nb"), "v");
  EXPECT_EQ(value(FileKind::pcre, "/a b/x v\n", "ab"), "v");
  EXPECT_EQ(value(FileKind::pcre, "/b/A v\n", "ab"), "not found");
  EXPECT_EQ(value(FileKind::pcre, "/a$/ v\n", "a\n"), "v");
  EXPECT_EQ(value(FileKind::pcre, "/a$/E v\n", "a\n"), "not found");
  EXPECT_EQ(value(FileKind::pcre, "/^(a+)/U $1\n", "aaa"), "a");
  EXPECT_EQ(value(FileKind::pcre, "/a/X v\n", "a"), "v");
}

}  // namespace
}  // namespace maproom::map
