// From rows to the value (docs/postfix-lookups.md, 6.2, 6.3, 6.5).

#include "maproom/map/table.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace maproom::map {
namespace {

using testing::HasSubstr;
using Row = std::vector<std::optional<std::string>>;

constexpr auto null = std::nullopt;

TableSettings with(std::string format = "%s", std::int64_t limit = 0) {
  TableSettings settings;
  settings.query = "select a from t where k = '%s'";
  settings.result_format = std::move(format);
  settings.expansion_limit = limit;
  return settings;
}

Table compiled(TableSettings settings, bool smtputf8 = true) {
  return Table::compile(std::move(settings), smtputf8).value();
}

/// The value, "not found", or "error: ...".
std::string value(const TableSettings& settings, std::vector<Row> rows, std::string_view key = "u@d.example",
                  bool smtputf8 = true) {
  const auto result = compiled(settings, smtputf8).value(query::ResultSet{true, std::move(rows)}, key);
  if (!result) return "error: " + result.error().detail;
  return result->value_or("not found");
}

std::string refusal(TableSettings settings) {
  const auto table = Table::compile(std::move(settings), true);
  return table ? "" : table.error().detail;
}

TEST(TableValue, EveryColumnOfEveryRowIsOneValueJoinedByACommaAlone) {
  EXPECT_EQ(value(with(), {{"a,b"}, {"c"}}), "a,b,c");
  EXPECT_EQ(value(with(), {{"secure", "match=x"}, {"may", null}}), "secure,match=x,may");
}

TEST(TableValue, ValuesAreNotTrimmedSplitOrQuoted) {
  EXPECT_EQ(value(with(), {{"a b "}, {" c"}}), "a b , c");
  EXPECT_EQ(value(with("smtp:[%s]:24"), {{"a,b"}}), "smtp:[a,b]:24");
  EXPECT_EQ(value(with(), {{"a\nb\tc\r"}}), "a\nb\tc\r");
}

TEST(TableValue, NullAndEmptyColumnsAreNoValues) {
  EXPECT_EQ(value(with(), {{null, "", "a"}, {""}}), "a");
  EXPECT_EQ(value(with(), {{null}, {""}}), "not found");
  EXPECT_EQ(value(with("x%s"), {{null}, {""}}), "not found");
  EXPECT_EQ(value(with(), {}), "not found");
}

TEST(TableValue, ANulByteEndsAValue) {
  EXPECT_EQ(value(with(), {{std::string{"ab\0c", 4}}, {"d"}}), "ab,d");
  EXPECT_EQ(value(with(), {{std::string{"\0c", 2}}}), "not found");
}

TEST(TableValue, OneValueMoreThanTheLimitIsAnError) {
  const std::vector<Row> three{{"a", "b"}, {null, ""}, {"c"}};
  EXPECT_THAT(value(with("%s", 2), three), HasSubstr("error: more than expansion_limit = 2"));
  EXPECT_EQ(value(with("%s", 3), three), "a,b,c");
  EXPECT_EQ(value(with("%s", 0), three), "a,b,c");
  EXPECT_EQ(value(with("%s", -1), three), "a,b,c");
}

TEST(TableValue, SkippedValuesDoNotCountForTheLimit) {
  EXPECT_EQ(value(with("%d", 1), {{"bare"}, {"u@d"}, {"u@"}}), "d");
}

TEST(TableValue, AStatementWithoutResultSetIsAnErrorUnlessItNeedNotHaveOne) {
  auto settings = with();
  EXPECT_THAT(compiled(settings).value(query::ResultSet{false, {}}, "k").error().detail,
              HasSubstr("require_result_set"));
  settings.require_result_set = false;
  EXPECT_EQ(compiled(settings).value(query::ResultSet{false, {}}, "k").value(), std::nullopt);
}

TEST(TableValue, AValueThatIsNotUtf8IsAnErrorWhileSmtputf8IsOn) {
  EXPECT_THAT(value(with(), {{"a\xff"}}), HasSubstr("error: the value is not valid UTF-8"));
  EXPECT_EQ(value(with(), {{"a\xff"}}, "u@d.example", false), "a\xff");
  EXPECT_EQ(value(with(), {{"ü"}}), "ü");
}

TEST(TableValue, CountsWhatWasJoined) {
  const query::ResultSet rows{true, {{"a@b", null, ""}, {"c"}}};
  EXPECT_EQ(compiled(with()).count_values(rows, "k"), 2U);
  EXPECT_EQ(compiled(with("%d")).count_values(rows, "k"), 1U);
}

TEST(ResultFormat, PartsOfTheValue) {
  EXPECT_EQ(value(with("%u=%d"), {{"a@b@c"}}), "a@b=c");
  EXPECT_EQ(value(with("%u"), {{"bare"}}), "bare");
  EXPECT_EQ(value(with("%u"), {{"u@"}}), "u");
  EXPECT_EQ(value(with("%u"), {{"@d"}, {"x@y"}}), "x");
  EXPECT_EQ(value(with("%d"), {{"bare"}, {"u@"}, {"@d"}}), "d");
  EXPECT_EQ(value(with("100%%:%s"), {{"v"}}), "100%:v");
}

TEST(ResultFormat, PartsOfTheKey) {
  EXPECT_EQ(value(with("%S %U %D %2.%1 %s"), {{"v"}}), "u@d.example u d.example d.example v");
}

TEST(ResultFormat, WhatIsWrongIsRefusedAtLoad) {
  EXPECT_THAT(refusal(with("")), HasSubstr("result_format is empty"));
  EXPECT_THAT(refusal(with("%x")), HasSubstr("unknown expansion %x"));
  EXPECT_THAT(refusal(with("a%")), HasSubstr("lone %"));
  EXPECT_THAT(refusal(with("%0")), HasSubstr("unknown expansion %0"));
  auto settings = with();
  settings.query.clear();
  EXPECT_THAT(refusal(settings), HasSubstr("query: is empty"));
  settings.query = "select %s";
  EXPECT_THAT(refusal(settings), HasSubstr("query: %s stands outside"));
}

TEST(TableAsks, BothTemplatesSuppressTheQuery) {
  EXPECT_FALSE(compiled(with()).asks(""));
  EXPECT_TRUE(compiled(with()).asks("user"));
  EXPECT_FALSE(compiled(with("%D")).asks("user"));
  EXPECT_TRUE(compiled(with("%D")).asks("@d"));
  EXPECT_FALSE(compiled(with("%U")).asks("@d"));
  EXPECT_FALSE(compiled(with("%3")).asks("u@a.b"));
  EXPECT_TRUE(compiled(with("%u%d")).asks("user"));  // of the value, not of the key
}

class TableDomain : public testing::Test {
 protected:
  static bool asks(std::vector<std::string> domain, std::string_view key, bool smtputf8 = true) {
    auto settings = with();
    settings.domain = std::move(domain);
    return compiled(std::move(settings), smtputf8).asks(key);
  }
};

TEST_F(TableDomain, OnlyWholeAddressesOfListedDomainsAreAsked) {
  const std::vector<std::string> list{"one.example", ".dot.example"};
  EXPECT_TRUE(asks(list, "u@one.example"));
  EXPECT_FALSE(asks(list, "u@two.example"));
  EXPECT_FALSE(asks(list, "one.example"));
  EXPECT_FALSE(asks(list, "u"));
  EXPECT_FALSE(asks(list, "@one.example"));
  EXPECT_FALSE(asks(list, "u@"));
  EXPECT_TRUE(asks(list, "a@b@one.example"));
}

TEST_F(TableDomain, NamesAreExact) {
  const std::vector<std::string> list{"one.example", ".dot.example"};
  EXPECT_FALSE(asks(list, "u@sub.one.example"));
  EXPECT_FALSE(asks(list, "u@sub.dot.example"));
  EXPECT_FALSE(asks(list, "u@dot.example"));
  EXPECT_TRUE(asks(list, "u@.dot.example"));
}

TEST_F(TableDomain, EntriesAreFolded) {
  EXPECT_TRUE(asks({"ONE.Example"}, "u@one.example"));
  EXPECT_TRUE(asks({"Straße.example"}, "u@strasse.example"));
  EXPECT_FALSE(asks({"Straße.example"}, "u@strasse.example", false));
}

TEST_F(TableDomain, TheFirstMatchDecidesAndEachMarkTurnsItRound) {
  EXPECT_FALSE(asks({"!one.example", "one.example"}, "u@one.example"));
  EXPECT_TRUE(asks({"one.example", "!one.example"}, "u@one.example"));
  EXPECT_TRUE(asks({"!!one.example"}, "u@one.example"));
  EXPECT_FALSE(asks({"!!!one.example", "one.example"}, "u@one.example"));
  EXPECT_FALSE(asks({"!one.example"}, "u@two.example"));
}

TEST_F(TableDomain, ListWithoutANameLetsNothingThrough) {
  auto settings = with();
  EXPECT_TRUE(compiled(settings).asks("u@one.example"));
  settings.domain_names_nothing = true;
  EXPECT_FALSE(compiled(settings).asks("u@one.example"));
  EXPECT_FALSE(compiled(settings).asks("one.example"));
}

TEST_F(TableDomain, LookupTablesAreRefused) {
  auto settings = with();
  settings.domain = {"hash:/etc/postfix/domains"};
  EXPECT_THAT(refusal(settings), HasSubstr("type:table"));
  settings.domain = {"!"};
  EXPECT_THAT(refusal(settings), HasSubstr("an empty name"));
  settings.domain = {"[IPv6:::1]"};
  EXPECT_EQ(refusal(settings), "");
}

}  // namespace
}  // namespace maproom::map
