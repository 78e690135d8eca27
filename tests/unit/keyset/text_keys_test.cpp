#include "maproom/keyset/text_keys.hpp"

#include <gtest/gtest.h>

#include <random>

namespace maproom::keyset {
namespace {

TextKeys keys_of(const std::vector<std::string>& texts) {
  TextKeys keys;
  for (const auto& text : texts) keys.add(text);
  return keys;
}

TEST(TextKeys, HoldWhatWasAddedIgnoringCaseAndPadding) {
  const auto keys = keys_of({"Joe@D.example", "ann@d.example  "});
  EXPECT_TRUE(keys.may_hold("joe@d.example"));
  EXPECT_TRUE(keys.may_hold("JOE@d.example"));
  EXPECT_TRUE(keys.may_hold("ann@d.example"));
  EXPECT_FALSE(keys.may_hold("jo@d.example"));
  EXPECT_FALSE(keys.may_hold("d.example"));
  EXPECT_EQ(keys.size(), 2U);
}

TEST(TextKeys, AnEmptySetLacksEveryPlainKey) {
  EXPECT_FALSE(TextKeys{}.may_hold("joe@d.example"));
  EXPECT_FALSE(keys_of({"", "   "}).may_hold("joe@d.example"));
}

TEST(TextKeys, AKeyThatCannotBeJudgedMayAlwaysBeHeld) {
  const auto keys = keys_of({"joe@d.example"});
  EXPECT_TRUE(keys.may_hold("j\xc3\xb6rg@d.example"));
  EXPECT_TRUE(keys.may_hold("joe smith@d.example"));
  EXPECT_TRUE(keys.may_hold("joe\x01@d.example"));
}

TEST(TextKeys, ATextWithOtherCharactersMayEqualWhateverStandsInTheirPlace) {
  const auto keys = keys_of({"j\xc3\xb6rg@d.example"});  // 'jorg' under _general_ci, 'joerg' under german2
  EXPECT_TRUE(keys.may_hold("jorg@d.example"));
  EXPECT_TRUE(keys.may_hold("JOERG@d.example"));
  EXPECT_TRUE(keys.may_hold("jg@d.example"));  // a neighbour may be part of it
  EXPECT_FALSE(keys.may_hold("jorg@e.example"));
  EXPECT_FALSE(keys.may_hold("ann@d.example"));
  EXPECT_FALSE(keys.may_hold("rg@d.example.org"));
  const auto ends = keys_of({"\xc3\xa9tienne@d.example", "d.exampl\xc3\xa9", "a\xc2\xadnn@d.example"});
  EXPECT_TRUE(ends.may_hold("etienne@d.example"));
  EXPECT_TRUE(ends.may_hold("d.example"));
  EXPECT_TRUE(ends.may_hold("ann@d.example"));  // a soft hyphen does not count under many collations
  EXPECT_FALSE(ends.may_hold("bob@x.example"));
}

TEST(TextKeys, PiecesDoNotOverlap) {
  const auto keys =
      keys_of({"abc\xc3\xb6"
               "cbabc"});
  EXPECT_FALSE(keys.may_hold("ababc"));  // "ab" and "babc" would share a letter
  EXPECT_TRUE(keys.may_hold("abcocbabc"));
  EXPECT_FALSE(keys.may_hold("abc"));
}

TEST(TextKeys, TooManyPatternsMakeItUseless) {
  TextKeys keys;
  for (std::size_t i = 0; i < TextKeys::max_patterns; ++i) keys.add("\xc3\xb6x" + std::to_string(i) + "@d.example");
  EXPECT_FALSE(keys.useless());
  EXPECT_FALSE(keys.may_hold("joe@e.example"));
  keys.add("\xc3\xb6x0@d.example");  // known already
  EXPECT_FALSE(keys.useless());
  keys.add("\xc3\xb6y@d.example");
  EXPECT_TRUE(keys.useless());
  EXPECT_TRUE(keys.may_hold("joe@e.example"));
}

TEST(TextKeys, NoKeyIsLostWhileItGrowsAndAKeyCostsSixteenBytesAtMost) {
  TextKeys keys;
  std::mt19937 random{4};
  std::vector<std::string> texts;
  for (int i = 0; i < 100'000; ++i) texts.push_back(std::to_string(random()) + "@" + std::to_string(i) + ".example");
  std::size_t count = 0;
  for (const auto& text : texts) {
    keys.add(text);
    if (++count < 100) continue;
    ASSERT_LE(keys.bytes(), count * 16) << count;
  }
  for (const auto& text : texts) ASSERT_TRUE(keys.may_hold(text));
  EXPECT_EQ(keys.size(), texts.size());
  int wrong = 0;
  for (int i = 0; i < 100'000; ++i) wrong += keys.may_hold(std::to_string(i) + "@none.example") ? 1 : 0;
  EXPECT_EQ(wrong, 0);
}

}  // namespace
}  // namespace maproom::keyset
