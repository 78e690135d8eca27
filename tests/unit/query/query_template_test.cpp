// Templates of `query` (docs/postfix-lookups.md, 6.2): what they expand to, what they need of a key, and that no
// key changes the shape of a statement.

#include "maproom/query/query_template.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace maproom::query {
namespace {

using testing::HasSubstr;

constexpr SqlMode usual{};
constexpr SqlMode ansi{.ansi_quotes = true};
constexpr SqlMode no_escapes{.no_backslash_escapes = true};

std::string bound(const std::string& query, std::string_view key, SqlMode mode = usual) {
  const auto parsed = QueryTemplate::parse(query);
  if (!parsed) return "refused: " + parsed.error().detail;
  const auto sql = parsed->bind(key, mode);
  return sql ? *sql : "refused: " + sql.error().detail;
}

std::string refusal(const std::string& query) {
  const auto parsed = QueryTemplate::parse(query);
  return parsed ? "" : parsed.error().detail;
}

bool asked(const std::string& query, std::string_view key) { return QueryTemplate::parse(query)->needs().met_by(key); }

TEST(QueryTemplate, ExpandsThePartsOfTheKey) {
  constexpr auto query = "select '%d','%u','%%','%s'";
  EXPECT_EQ(bound(query, "u@d.example"), "select 'd.example','u','%','u@d.example'");
  EXPECT_EQ(bound(query, "a@b@c.example"), "select 'c.example','a@b','%','a@b@c.example'");
  EXPECT_EQ(bound("select '%S','%U','%D'", "u@d.example"), "select 'u@d.example','u','d.example'");
  EXPECT_EQ(bound("select '%u'", "bare"), "select 'bare'");
}

TEST(QueryTemplate, LabelsCountFromTheRightAndEmptyOnesVanish) {
  EXPECT_EQ(bound("select '%1','%2'", "u@a..b"), "select 'b','a'");
  EXPECT_EQ(bound("select '%1','%2'", "u@.dom.example."), "select 'example','dom'");
  EXPECT_EQ(bound("select '%9'", "u@i.h.g.f.e.d.c.b.a"), "select 'i'");
}

TEST(QueryTemplate, AKeyWithoutThePartNamedIsNotAsked) {
  EXPECT_TRUE(asked("select '%s'", "u"));
  EXPECT_TRUE(asked("select '%s'", "@d"));
  EXPECT_TRUE(asked("select '%u'", "u"));
  EXPECT_TRUE(asked("select '%u'", "u@"));
  EXPECT_FALSE(asked("select '%u'", "@d"));
  EXPECT_FALSE(asked("select '%U'", "@d"));
  EXPECT_TRUE(asked("select '%u'", "@a@d"));  // the last @ counts
  for (const std::string query : {"select '%d'", "select '%D'", "select '%1'"}) {
    EXPECT_FALSE(asked(query, "u")) << query;
    EXPECT_FALSE(asked(query, "u@")) << query;
    EXPECT_TRUE(asked(query, "@d")) << query;
    EXPECT_TRUE(asked(query, "u@d")) << query;
  }
  EXPECT_FALSE(asked("select '%u','%d'", "u"));
  EXPECT_FALSE(asked("select '%u','%d'", "@d.example"));
  EXPECT_FALSE(asked("select '%u','%d'", "u@"));
}

TEST(QueryTemplate, TheHighestLabelMustBeThere) {
  EXPECT_TRUE(asked("select '%2','%1'", "u@a.b"));
  EXPECT_FALSE(asked("select '%3','%1'", "u@a.b"));
  EXPECT_FALSE(asked("select '%3'", "u@a..b"));
  EXPECT_FALSE(asked("select '%1'", "a.b"));
  EXPECT_FALSE(asked("select '%1'", "u@..."));
}

TEST(QueryTemplate, UnknownAndLonePercentSignsAreRefusedWithTheirPlace) {
  EXPECT_THAT(refusal("select '%x'"), HasSubstr("%x, line 1, column 9"));
  EXPECT_THAT(refusal("select *\nfrom t where k like 'a%'"), HasSubstr("%', line 2, column 23"));
  EXPECT_THAT(refusal("select '%0'"), HasSubstr("%0"));
  EXPECT_THAT(refusal("select '%s' like 'a%%' %"), HasSubstr("a lone %, line 1, column 24"));
  EXPECT_THAT(refusal(std::string{"select '\0'", 10}), HasSubstr("NUL"));
}

TEST(QueryTemplate, AnExpansionOutsideALiteralIsRefusedWithItsPlace) {
  EXPECT_THAT(refusal("select a from t\nwhere k = %s"),
              HasSubstr("%s stands outside a quoted literal, line 2, column 11"));
  EXPECT_THAT(refusal("select `%u` from t"), HasSubstr("%u stands in a quoted name"));
  EXPECT_THAT(refusal("select 1 -- for '%s'"), HasSubstr("%s stands in a comment"));
  EXPECT_THAT(refusal("select 1 /* '%s' */"), HasSubstr("%s stands in a comment"));
  EXPECT_THAT(refusal("select 1 # '%s'"), HasSubstr("%s stands in a comment"));
  EXPECT_THAT(refusal("select '\\%s'"), HasSubstr("%s stands right behind a backslash"));
  EXPECT_THAT(refusal("select 'a'%s'b'"), HasSubstr("%s stands outside"));
  EXPECT_THAT(refusal("select ''%s''"), HasSubstr("%s stands outside"));
  EXPECT_THAT(refusal("select /*! '*/ x ' , '%s' , ' y' */"), HasSubstr("not every server reads alike"));
  EXPECT_THAT(refusal("select '%s' from t where a = '%s' and b = %d"), HasSubstr("%d stands outside"));
}

TEST(QueryTemplate, ColumnsCountBytesOfTheTextAsWritten) {
  EXPECT_THAT(refusal("select '%%%%', %s"), HasSubstr("line 1, column 16"));
}

TEST(QueryTemplate, AQuoteThatIsNeverClosedIsRefused) {
  EXPECT_THAT(refusal("select '%s"), HasSubstr("never closed"));
  EXPECT_THAT(refusal("select '%s' from `t"), HasSubstr("never closed"));
  EXPECT_THAT(refusal("select '%s\\'"), HasSubstr("never closed"));
  EXPECT_THAT(refusal("select \"%s\" where 'it's'"), HasSubstr("never closed"));
}

TEST(QueryTemplate, AStatementWithinALiteralIsRefused) {
  EXPECT_THAT(refusal("execute immediate 'select ''%s'''"), HasSubstr("runs the text"));
  EXPECT_THAT(refusal("/* list */ Execute Immediate concat('select ', '%s')"), HasSubstr("runs the text"));
  EXPECT_THAT(refusal("begin not atomic prepare s from '%s'; end"), HasSubstr("runs the text"));
  EXPECT_THAT(refusal("/*! execute */ immediate '%s'"), HasSubstr("runs the text"));
  EXPECT_EQ(refusal("select execute from prepare where k = '%s'"), "");
  EXPECT_EQ(refusal("(select 'execute', '%s')"), "");
  EXPECT_EQ(refusal("call lookup('%s')"), "");
  EXPECT_EQ(refusal("insert into log values ('execute', '%s')"), "");
}

TEST(QueryTemplate, QuotesAndBackslashesOfAKeyAreEscaped) {
  EXPECT_EQ(bound("select '%s'", "o'b@c"), "select 'o\\'b@c'");
  EXPECT_EQ(bound("select \"%s\"", "o\"b@c"), "select \"o\\\"b@c\"");
  EXPECT_EQ(bound("select '%s'", "a\\"), "select 'a\\\\'");
  EXPECT_EQ(bound("select '%s'", std::string_view{"\0\n\r\x1a", 4}), "select '\\0\\n\\r\\Z'");
  EXPECT_EQ(bound("select '%u'", "\"a\\\"b\"@c"), "select '\\\"a\\\\\\\"b\\\"'");
}

TEST(QueryTemplate, WildcardsOfLikeStayWhatTheyAre) {
  EXPECT_EQ(bound("select 1 where a like '%%%s%%'", "a_b%@c"), "select 1 where a like '%a_b%@c%'");
}

TEST(QueryTemplate, UnderNoBackslashEscapesTheEnclosingQuoteIsDoubled) {
  EXPECT_EQ(bound("select '%s'", "o'b\"\\", no_escapes), "select 'o''b\"\\'");
  EXPECT_EQ(bound("select \"%s\"", "o'b\"\\", no_escapes), "select \"o'b\"\"\\\"");
  EXPECT_EQ(bound("select '%s''x'", "'", no_escapes), "select '''''x'");
}

TEST(QueryTemplate, UnderAnsiQuotesADoubleQuotedExpansionIsRefusedWhenBound) {
  EXPECT_EQ(bound("select '%s', \"t\"", "a", ansi), "select 'a', \"t\"");
  EXPECT_THAT(bound("select \"%s\"", "a", ansi), HasSubstr("sql_mode (ANSI_QUOTES)"));
  EXPECT_THAT(bound("select \"%s\"", "a", {true, true}), HasSubstr("(ANSI_QUOTES, NO_BACKSLASH_ESCAPES)"));
}

TEST(QueryTemplate, ABackslashThatOnlySomeModesTakeForAnEscapeDecidesWhenBound) {
  // With escapes all of it is one literal; without, the %s stands bare.
  constexpr auto query = "select 'a\\', %s, '";
  EXPECT_EQ(bound(query, "k"), "select 'a\\', k, '");
  EXPECT_THAT(bound(query, "k", no_escapes), HasSubstr("sql_mode (NO_BACKSLASH_ESCAPES)"));
}

TEST(QueryTemplate, RealLayoutsAreTakenAsTheyAre) {
  for (const std::string query : {
           "SELECT goto FROM alias WHERE address='%s' AND active = '1'",
           "SELECT goto FROM alias,alias_domain WHERE alias_domain.alias_domain = '%d' and alias.address = "
           "CONCAT('%u', '@', alias_domain.target_domain) AND alias.active = 1",
           "SELECT transport FROM domain WHERE transport LIKE 'smtp%%' AND domain='%s'",
           "SELECT a FROM b WHERE '%u' NOT LIKE '%%+%%' AND (SELECT 1) LIMIT 1;",
           "SELECT SUBSTRING_INDEX('%u', '+', 1), `key` FROM t WHERE '%s' REGEXP CONCAT('^', c, '\\\\.x$')",
           "-- list's members\nSELECT 1 FROM t WHERE u = '%u' AND d = \"%d\"",
           "SELECT N'%s', _utf8mb4'%s', x'%s'",
       })
    EXPECT_EQ(refusal(query), "") << query;
}

}  // namespace
}  // namespace maproom::query
