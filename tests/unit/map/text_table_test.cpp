// Text tables, line by line as Postfix 3.7's texthash: answers for them.

#include "maproom/map/text_table.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace maproom::map {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::StartsWith;

std::string value(const TextTable& table, std::string_view key) {
  const auto* found = table.find(key);
  return found == nullptr ? "not found" : *found;
}

TEST(TextTable, AKeyEndsAtTheFirstWhiteSpace) {
  const auto table = TextTable::parse("a@x one\nb\t two  words \nc v\r\n\nlast l", true);
  EXPECT_EQ(value(table, "a@x"), "one");
  EXPECT_EQ(value(table, "b"), "two  words");
  EXPECT_EQ(value(table, "c"), "v");
  EXPECT_EQ(value(table, "last"), "l");
  EXPECT_EQ(value(table, ""), "not found");
  EXPECT_EQ(table.size(), 4U);
  EXPECT_THAT(table.warnings(), IsEmpty());
}

TEST(TextTable, QuotesProtectWhiteSpaceAndStayPartOfTheKey) {
  const auto table = TextTable::parse("\"c d\"@x three\n\\\\ esc v\n\"a\\\"b c\"@x q\na\\ b w\n", true);
  EXPECT_EQ(value(table, "\"c d\"@x"), "three");
  EXPECT_EQ(value(table, "\\\\"), "esc v");
  EXPECT_EQ(value(table, "\"a\\\"b c\"@x"), "q");
  EXPECT_EQ(value(table, "a\\ b"), "w");
}

TEST(TextTable, LinesAreContinuedAlsoAcrossComments) {
  const auto table = TextTable::parse("# c\nb v1\n # inside\n\n# too\n v2\nd e", true);
  EXPECT_EQ(value(table, "b"), "v1 v2");
  EXPECT_EQ(value(table, "d"), "e");
}

TEST(TextTable, KeysAreFoldedAndValuesAreNot) {
  const auto table = TextTable::parse("A@X One\nStraße S\n", true);
  EXPECT_EQ(value(table, "a@x"), "One");
  EXPECT_EQ(value(table, "strasse"), "S");
  const auto ascii = TextTable::parse("A@X One\nSTRAßE S\n", false);
  EXPECT_EQ(value(ascii, "straße"), "S");
}

TEST(TextTable, TheFirstOfTwoEqualKeysCounts) {
  const auto table = TextTable::parse("STRASSE s1\nStraße s2\n", true);
  EXPECT_EQ(value(table, "strasse"), "s1");
  EXPECT_THAT(table.warnings(), ElementsAre(StartsWith("line 2: the key was there before")));
}

TEST(TextTable, WhatCannotBeUsedIsIgnoredWithAWarning) {
  const auto table = TextTable::parse(" lead x\n more\nlone\n\xff bad\nun\"bal x\n\\\ngood v\n", true);
  EXPECT_THAT(table.warnings(),
              ElementsAre(StartsWith("line 1: begins with white space"), StartsWith("line 3: expected a key"),
                          StartsWith("line 4: is not valid UTF-8"), StartsWith("line 5: a double quote"),
                          StartsWith("line 6: expected a key")));
  EXPECT_EQ(table.size(), 1U);
  EXPECT_EQ(value(table, "good"), "v");
}

TEST(TextTable, WithoutSmtputf8AnyBytesAreAKey) {
  const auto table = TextTable::parse("\xff v\n", false);
  EXPECT_EQ(value(table, "\xff"), "v");
  EXPECT_THAT(table.warnings(), IsEmpty());
}

TEST(TextTable, AnAliasFileIsNoticed) {
  const auto table = TextTable::parse("root: admin\n", true);
  EXPECT_EQ(value(table, "root:"), "admin");
  EXPECT_THAT(table.warnings(), ElementsAre(StartsWith("line 1: the key ends with a colon")));
}

TEST(TextTable, ANulByteEndsALine) {
  const auto table = TextTable::parse(std::string_view{"a b\0c\nd\0 e\n", 11}, true);
  EXPECT_EQ(value(table, "a"), "b");
  EXPECT_EQ(table.size(), 1U);
}

}  // namespace
}  // namespace maproom::map
