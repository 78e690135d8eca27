// $name in main.cf. What each text becomes was seen with postconf 3.7.11 -x; integration_import asks it again.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include "maproom/import/expand.hpp"
#include "maproom/import/table_list.hpp"
#include "maproom/import/words.hpp"
#include "support/expansions.hpp"

namespace maproom::app {
namespace {

Result<imports::Expanded> expanded(std::string_view text) {
  return imports::expand(text, [](std::string_view name) -> std::optional<imports::Setting> {
    const auto found = test::expansion_parameters().find(name);
    if (found == test::expansion_parameters().end()) return std::nullopt;
    return imports::Setting{found->second, false};
  });
}

TEST(Expand, AsPostconfDoes) {
  for (const auto& [text, expected] : test::good_expansions()) {
    const auto result = expanded(text);
    ASSERT_TRUE(result) << text << ": " << result.error().detail;
    EXPECT_EQ(result->text, expected) << text;
  }
}

TEST(Expand, WhatPostconfRefusesIsAnError) {
  for (const auto& text : test::bad_expansions()) EXPECT_FALSE(expanded(text)) << text;
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
  const auto result = imports::expand("$a59", [&](std::string_view name) -> std::optional<imports::Setting> {
    return imports::Setting{lines.at(std::string{name}), false};
  });
  EXPECT_FALSE(result);
}

TEST(Expand, ALongLineCannotFillTheMemory) {
  const std::string line(1U << 20U, 'x');
  const auto find = [&](std::string_view) -> std::optional<imports::Setting> { return imports::Setting{line, false}; };
  EXPECT_TRUE(imports::expand("$a $a $a", find));
  EXPECT_FALSE(imports::expand("$a $a $a $a $a", find));
}

std::vector<std::string> words(std::string_view list) {
  std::vector<std::string> all;
  for (const auto& word : imports::split_words(list)) all.push_back(word.text);
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
  using enum imports::TableWord::Kind;
  EXPECT_EQ(imports::table_word("mysql:/x.cf").kind, sql);
  EXPECT_EQ(imports::table_word("proxy:mysql:/x.cf").path, "/x.cf");
  EXPECT_EQ(imports::table_word("proxy:hash:/etc/virtual").kind, text);
  EXPECT_EQ(imports::table_word("inline:{a=b}").kind, inline_text);
  EXPECT_EQ(imports::table_word("proxy:unix:passwd.byname").kind, other);
  EXPECT_EQ(imports::table_word("unionmap:{mysql:/a, mysql:/b}").kind, other);
  for (const auto* const plain : {"example.org", "127.0.0.0/8", "[::1]/128", "/etc/domains", "!mysql:/x", "$x", ":x"})
    EXPECT_EQ(imports::table_word(plain).kind, imports::TableWord::Kind::plain) << plain;
}

TEST(Words, InlineTablesBecomeText) {
  const auto text =
      imports::inline_as_text("{ {joe@a.example = bob@b.example, carl@c.example}, x=y, { @d.example=@e.example } }");
  ASSERT_TRUE(text) << text.error().detail;
  EXPECT_EQ(*text, "joe@a.example bob@b.example, carl@c.example\nx y\n@d.example @e.example\n");
  for (const auto* const bad : {"{}", "a=b", "{ a }", "{ =b }", "{ a= }", "{ {two words = b} }", "{ #a=b }",
                                "{ a=b A=c }", "{ {\"a = b} }", "{ a:=b }", "{ \xff=b }"})
    EXPECT_FALSE(imports::inline_as_text(bad)) << bad;
}

}  // namespace
}  // namespace maproom::app
