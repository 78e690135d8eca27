// Where an expansion may stand: every place of a statement, as MariaDB's lexer reads it under each sql_mode.

#include "maproom/query/sql_literals.hpp"

#include <gtest/gtest.h>

#include <string>

namespace maproom::query {
namespace {

constexpr SqlMode usual{};
constexpr SqlMode ansi{.ansi_quotes = true};
constexpr SqlMode no_escapes{.no_backslash_escapes = true};

/// The place of the mark ^ in `marked`, which is not part of the statement.
SqlPlace at_mark(std::string marked, SqlMode mode = usual) {
  const auto mark = marked.find('^');
  marked.erase(mark, 1);
  return sql_places(marked, mode).at(mark);
}

TEST(SqlLiterals, SingleQuotesEncloseALiteralUnderEveryMode) {
  for (const auto mode : {usual, ansi, no_escapes, SqlMode{true, true}}) {
    EXPECT_EQ(at_mark("select '^'", mode), SqlPlace::single_quoted);
    EXPECT_EQ(at_mark("select 'a^b'", mode), SqlPlace::single_quoted);
    EXPECT_EQ(at_mark("select ^'ab'", mode), SqlPlace::bare);
    EXPECT_EQ(at_mark("select 'ab'^", mode), SqlPlace::bare);
  }
}

TEST(SqlLiterals, DoubleQuotesEncloseANameUnderAnsiQuotes) {
  EXPECT_EQ(at_mark("select \"^\""), SqlPlace::double_quoted);
  EXPECT_EQ(at_mark("select \"^\"", no_escapes), SqlPlace::double_quoted);
  EXPECT_EQ(at_mark("select \"^\"", ansi), SqlPlace::identifier);
}

TEST(SqlLiterals, BackquotesEncloseANameInWhichABackslashIsABackslash) {
  EXPECT_EQ(at_mark("select `^`"), SqlPlace::identifier);
  EXPECT_EQ(at_mark("select `a\\`^"), SqlPlace::bare);
  EXPECT_EQ(at_mark("select `a``^`"), SqlPlace::identifier);
  EXPECT_EQ(at_mark("select \"a\\\"^", ansi), SqlPlace::bare);
}

TEST(SqlLiterals, ADoubledQuoteStaysInsideButItsSeamDoesNot) {
  EXPECT_EQ(at_mark("'a''^b'"), SqlPlace::single_quoted);
  EXPECT_EQ(at_mark("'a^''b'"), SqlPlace::single_quoted);
  EXPECT_EQ(at_mark("'a'^'b'"), SqlPlace::bare);
  EXPECT_EQ(at_mark("''^''"), SqlPlace::bare);
  EXPECT_EQ(at_mark("'^''x'"), SqlPlace::single_quoted);
  EXPECT_EQ(at_mark("'x''^'"), SqlPlace::single_quoted);
}

TEST(SqlLiterals, ABackslashEscapesTheQuoteBehindIt) {
  EXPECT_EQ(at_mark("'a\\'^'"), SqlPlace::single_quoted);
  EXPECT_EQ(at_mark("'a\\'^'", no_escapes), SqlPlace::bare);  // seam of a doubled quote
  EXPECT_EQ(at_mark("'a\\' ^ '"), SqlPlace::single_quoted);
  EXPECT_EQ(at_mark("'a\\' ^ '", no_escapes), SqlPlace::bare);
  EXPECT_EQ(at_mark("'a\\\\^'"), SqlPlace::single_quoted);
  EXPECT_EQ(at_mark("'a\\\\' ^"), SqlPlace::bare);
}

TEST(SqlLiterals, RightBehindABackslashAnInsertedByteWouldBeEscaped) {
  EXPECT_EQ(at_mark("'a\\^b'"), SqlPlace::after_escape);
  EXPECT_EQ(at_mark("\"a\\^b\""), SqlPlace::after_escape);
  EXPECT_EQ(at_mark("'a\\^b'", no_escapes), SqlPlace::single_quoted);
  EXPECT_EQ(at_mark("'a\\^"), SqlPlace::after_escape);
}

TEST(SqlLiterals, OneKindOfQuoteIsTextWithinAnother) {
  EXPECT_EQ(at_mark("'a\"' ^ '\"'"), SqlPlace::bare);
  EXPECT_EQ(at_mark("\"a'\" ^ \"'\""), SqlPlace::bare);
  EXPECT_EQ(at_mark("`a'` ^ `'`"), SqlPlace::bare);
  EXPECT_EQ(at_mark("\"it's ^\""), SqlPlace::double_quoted);
}

TEST(SqlLiterals, CommentsHideQuotes) {
  EXPECT_EQ(at_mark("-- it's\n^"), SqlPlace::bare);
  EXPECT_EQ(at_mark("# it's\n^"), SqlPlace::bare);
  EXPECT_EQ(at_mark("/* it's */^"), SqlPlace::bare);
  EXPECT_EQ(at_mark("-- it's ^\n"), SqlPlace::comment);
  EXPECT_EQ(at_mark("# it's ^"), SqlPlace::comment);
  EXPECT_EQ(at_mark("/* it's ^*/"), SqlPlace::comment);
  EXPECT_EQ(at_mark("/* it's *^/"), SqlPlace::comment);
  EXPECT_EQ(at_mark("/^* it's */"), SqlPlace::comment);
  EXPECT_EQ(at_mark("/*/ ^ */"), SqlPlace::comment);  // the star opens and does not close
}

TEST(SqlLiterals, QuotesHideComments) {
  EXPECT_EQ(at_mark("'-- ' ^"), SqlPlace::bare);
  EXPECT_EQ(at_mark("'#^'"), SqlPlace::single_quoted);
  EXPECT_EQ(at_mark("'/*' ^ '*/'"), SqlPlace::bare);
}

TEST(SqlLiterals, TwoDashesAreACommentOnlyBeforeWhiteSpaceOrAControlByte) {
  EXPECT_EQ(at_mark("select 1--'^'"), SqlPlace::single_quoted);
  EXPECT_EQ(at_mark("select 1-- '^'"), SqlPlace::comment);
  EXPECT_EQ(at_mark("select 1--\t'^'"), SqlPlace::comment);
  EXPECT_EQ(at_mark("select 1--\x01'^'"), SqlPlace::comment);
  EXPECT_EQ(at_mark("select 1--\x7f'^'"), SqlPlace::comment);
  EXPECT_EQ(at_mark("select 1--\n'^'"), SqlPlace::single_quoted);
  EXPECT_EQ(at_mark("select 1--- '^'"), SqlPlace::comment);
}

TEST(SqlLiterals, BehindDashesThatOnlySomeReadAsACommentNothingIsCertain) {
  EXPECT_EQ(at_mark("select 1--\xa0'^'"),
            SqlPlace::uncertain);  // white space in latin1, a letter's byte in utf8mb4
  EXPECT_EQ(at_mark("select 1.5e-- '\n'^'"), SqlPlace::uncertain);
}

TEST(SqlLiterals, AnExecutableCommentWithoutQuotesIsAComment) {
  EXPECT_EQ(at_mark("select /*! straight_join */ '^'"), SqlPlace::single_quoted);
  EXPECT_EQ(at_mark("select /*M!100500 a */ '^'"), SqlPlace::single_quoted);
  EXPECT_EQ(at_mark("select /*! ^ */ 1"), SqlPlace::comment);
}

TEST(SqlLiterals, BehindAnExecutableCommentWithQuotesOrCommentsNothingIsCertain) {
  // Run, the quote hides the first end; skipped, it does not.
  EXPECT_EQ(at_mark("select /*! '*/ x ' , '^' */"), SqlPlace::uncertain);
  EXPECT_EQ(at_mark("select /*! '*/ x ' , ^ , ' y'"), SqlPlace::uncertain);
  // Skipped, comments nest.
  EXPECT_EQ(at_mark("select /*!99999 /* */ ' ^ */ 1"), SqlPlace::uncertain);
  EXPECT_EQ(at_mark("select /*M!99999 # */ '^'"), SqlPlace::uncertain);
  EXPECT_EQ(at_mark("select /*!99999 -- */ '^'"), SqlPlace::uncertain);
  EXPECT_EQ(at_mark("select /*+ bka(`a*/ '^'"), SqlPlace::uncertain);
}

TEST(SqlLiterals, WhatIsNeverClosedGoesToTheEnd) {
  EXPECT_EQ(at_mark("'a^"), SqlPlace::single_quoted);
  EXPECT_EQ(at_mark("`a^"), SqlPlace::identifier);
  EXPECT_EQ(at_mark("/* a^"), SqlPlace::comment);
  EXPECT_EQ(at_mark("^"), SqlPlace::bare);
}

}  // namespace
}  // namespace maproom::query
