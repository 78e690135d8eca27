// $name in main.cf. What each text becomes was seen with postconf 3.7.11 -x; integration_import asks it again.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include "maproom/app/import/expand.hpp"
#include "maproom/app/import/table_list.hpp"
#include "maproom/app/import/words.hpp"

namespace maproom::app {
namespace {

const std::map<std::string, std::string, std::less<>> parameters{
    {"a", "x y"},        {"empty", ""},      {"num", "10"},     {"nested", "<$a>"},
    {"loop", "1 $loop"}, {"left", "$right"}, {"right", "$left"}};

Result<Expanded> expanded(std::string_view text) {
  return expand(text, [](std::string_view name) -> std::optional<Setting> {
    const auto found = parameters.find(name);
    if (found == parameters.end()) return std::nullopt;
    return Setting{found->second, false};
  });
}

TEST(Expand, AsPostconfDoes) {
  const std::vector<std::pair<std::string, std::string>> cases{
      {"plain", "plain"},
      {"$a ${a} $(a)", "x y x y x y"},
      {"$nested", "<x y>"},
      {"$$a $$$a", "$a $x y"},
      {"$a-b $a.c", "x y-b x y.c"},
      {"${ a }", "x y"},
      {"${a}}", "x y}"},
      {"$num.2", "10.2"},
      {"${a?yes}|${empty?yes}|${unset?yes}", "yes||"},
      {"${a:no}|${empty:no}|${unset:no}", "|no|no"},
      {"${a?yes:no}|${empty?yes:no}", "yes:no|"},
      {"${a?{yes}:{no}}|${empty?{yes}:{no}}", "yes|no"},
      {"${a ? {yes} : {no}}|${empty?{x}: y z}", "yes|y z"},
      {"${a?{ yes }}|", " yes |"},
      {"${a?{$a/{b}}}", "x y/{b}"},
      {"${a?x}y}", "xy}"},
      {"$(a?x(y)z)", "x(y)z"},
      {"${a?{y}:n}|${empty?{y}:n}", "y|n"},
      {"${{$a} == {x y} ? {same} : {other}}", "same"},
      {"${{a} == {a}}|${{a} == {b}}", "true|"},
      {"${{9} < {10}?{lt}:{ge}}|${{9a} < {10}?{lt}:{ge}}", "lt|ge"},
      {"${{10} < {9} ? {lt} : {ge}}|${{$num}!={10}?{other}:{same}}", "ge|same"},
      {"${ {$num} == {10} ? {same} : {other} }", "same"},
      {"${{3.6} <level {3.10} ? {lt} : {ge}}|${{3} >=level {2.9}}", "lt|true"},
      {"${{a}=={b}:{no}}|${{a}=={a}:{no}}", "no|"},
      {"${{ $empty } == {} ?{e}:{n}}", "n"},
  };
  for (const auto& [text, expected] : cases) {
    const auto result = expanded(text);
    ASSERT_TRUE(result) << text << ": " << result.error().detail;
    EXPECT_EQ(result->text, expected) << text;
  }
}

TEST(Expand, WhatPostconfRefusesIsAnError) {
  for (const auto* const text :
       {"$", "$-", "${}", "${a", "$(a", "${a?{b}c}", "${a?{b} c}", "${a!x}", "${a1.2}", "${a:{b}:{c}}", "${{a} ~ {b}}",
        "${{3.x} >=level {2.9}}", "${a?{b}", "$loop", "$left", "${{a} == b}"})
    EXPECT_FALSE(expanded(text)) << text;
}

TEST(Expand, UnknownNamesAreToldOnce) {
  const auto result = expanded("$foo ${bar?{x}} $foo $a");
  ASSERT_TRUE(result);
  EXPECT_THAT(result->unknown, testing::ElementsAre("foo", "bar"));
}

TEST(Expand, AFewLinesCannotFillTheMemory) {
  std::map<std::string, std::string> lines{{"a0", std::string(1000, 'x')}};
  for (int i = 1; i < 60; ++i) {
    const auto before = "$a" + std::to_string(i - 1);
    lines["a" + std::to_string(i)] = before + before;
  }
  const auto result = expand("$a59", [&](std::string_view name) -> std::optional<Setting> {
    return Setting{lines.at(std::string{name}), false};
  });
  EXPECT_FALSE(result);
}

std::vector<std::string> words(std::string_view list) {
  std::vector<std::string> all;
  for (const auto& word : split_words(list)) all.push_back(word.text);
  return all;
}

TEST(Words, BracesKeepTogether) {
  EXPECT_THAT(words(" a, b\tc ,,d"), testing::ElementsAre("a", "b", "c", "d"));
  EXPECT_THAT(words("inline:{ {a = b, c}, d=e } hash:/x"),
              testing::ElementsAre("inline:{ {a = b, c}, d=e }", "hash:/x"));
  EXPECT_THAT(words("a} b {c d"), testing::ElementsAre("a}", "b", "{c d"));
  EXPECT_THAT(words(""), testing::IsEmpty());
}

TEST(Words, KindsOfTables) {
  using enum TableWord::Kind;
  EXPECT_EQ(table_word("mysql:/x.cf").kind, sql);
  EXPECT_EQ(table_word("proxy:mysql:/x.cf").path, "/x.cf");
  EXPECT_EQ(table_word("proxy:hash:/etc/virtual").kind, text);
  EXPECT_EQ(table_word("inline:{a=b}").kind, inline_text);
  EXPECT_EQ(table_word("proxy:unix:passwd.byname").kind, other);
  EXPECT_EQ(table_word("unionmap:{mysql:/a, mysql:/b}").kind, other);
  for (const auto* const plain : {"example.org", "127.0.0.0/8", "[::1]/128", "/etc/domains", "!mysql:/x", "$x", ":x"})
    EXPECT_EQ(table_word(plain).kind, TableWord::Kind::plain) << plain;
}

TEST(Words, InlineTablesBecomeText) {
  const auto text =
      inline_as_text("{ {joe@a.example = bob@b.example, carl@c.example}, x=y, { @d.example=@e.example } }");
  ASSERT_TRUE(text) << text.error().detail;
  EXPECT_EQ(*text, "joe@a.example bob@b.example, carl@c.example\nx y\n@d.example @e.example\n");
  for (const auto* const bad : {"{}", "a=b", "{ a }", "{ =b }", "{ a= }", "{ {two words = b} }", "{ #a=b }",
                                "{ a=b A=c }", "{ {\"a = b} }", "{ a:=b }", "{ \xff=b }"})
    EXPECT_FALSE(inline_as_text(bad)) << bad;
}

}  // namespace
}  // namespace maproom::app
