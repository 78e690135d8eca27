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

TextKeys domains_of(const std::vector<std::string>& texts) {
  TextKeys keys{Of::domains};
  for (const auto& text : texts) keys.add(text);
  return keys;
}

TEST(KeptPart, IsWhatBeginsAtTheLastAt) {
  const auto kept = [](std::string_view key) { return kept_part(key, Of::domains); };
  EXPECT_EQ(kept("joe@d.example"), "@d.example");
  EXPECT_EQ(kept("@d.example"), "@d.example");
  EXPECT_EQ(kept("\"a@b\"@d.example"), "@d.example");
  EXPECT_EQ(kept("d.example"), "d.example");
  EXPECT_EQ(kept("joe"), "joe");
  EXPECT_EQ(kept("joe@"), "joe@");
  EXPECT_EQ(kept("@"), "@");
  EXPECT_EQ(kept("<>"), "<>");
  EXPECT_EQ(kept_part("joe@d.example", Of::keys), "joe@d.example");
}

TEST(TextDomains, LackWhatStandsAtNoDomainOfTheirs) {
  const auto keys = domains_of({"joe@d.example", "Ann@D.Example  ", "@e.example", "f.example", "sue", "user@"});
  EXPECT_EQ(keys.size(), 5U) << "one for each";
  for (const char* held : {"new@d.example", "@D.example", "x@e.example", "f.example", "sue", "user@"})
    EXPECT_TRUE(keys.may_hold(held)) << held;
  for (const char* lacked : {"joe@g.example", "@g.example", "g.example", "joe", "ann@", "joe@example", ".d.example",
                             "joe@x.d.example", "d.example@g.example", "x@user"})
    EXPECT_FALSE(keys.may_hold(lacked)) << lacked;
}

// virtual_alias_maps is asked for "d.example" as well, since it names virtual_alias_domains.
TEST(TextDomains, TellABareKeyFromADomain) {
  const auto keys = domains_of({"joe@d.example", "@e.example", "f.example", "m\xc3\xbcl@odd.example"});
  for (const char* bare : {"d.example", "e.example", "odd.example"}) EXPECT_FALSE(keys.may_hold(bare)) << bare;
  EXPECT_TRUE(keys.may_hold("f.example"));
  EXPECT_FALSE(keys.may_hold("x@f.example"));
}

TEST(TextForms, OfTheKeyAreLookedUpEach) {
  TextKeys keys{Of::keys, {query::KeyForm{}, query::KeyForm{{{0, "@"}, {'d'}}}}};
  for (const auto* text : {"joe@d.example", "@Catch.example", "all.example"}) keys.add(text);
  for (const auto* held : {"joe@d.example", "any@catch.example", "all.example"})
    EXPECT_TRUE(keys.may_hold(held)) << held;
  for (const auto* lacked : {"ann@d.example", "x@all.example", "@d.example", "catch.example"})
    EXPECT_FALSE(keys.may_hold(lacked)) << lacked;
}

TEST(TextForms, MayBeTheDomainThatTheListingGives) {
  for (const auto of : {Of::keys, Of::domains}) {
    TextKeys keys{of, {query::KeyForm{{{'d'}}}}};
    keys.add("D.example");
    keys.add("abcm\xc3\xbcller.example");
    EXPECT_TRUE(keys.may_hold("joe@d.example"));
    EXPECT_TRUE(keys.may_hold("joe@abcmuller.example"));
    EXPECT_FALSE(keys.may_hold("joe@e.example"));
    EXPECT_TRUE(keys.may_hold("joe")) << "no domain: the query is not asked at all, and an empty text is not judged";
  }
}

TEST(TextForms, OfLikeAreNotJudgedWithWildcards) {
  TextKeys keys{Of::keys, {query::KeyForm{{{'s'}}, true}}};
  keys.add("joe@d.example");
  EXPECT_FALSE(keys.may_hold("ann@d.example"));
  for (const auto* wild : {"a_n@d.example", "%@d.example", "a\\b@d.example"}) EXPECT_TRUE(keys.may_hold(wild)) << wild;
}

TEST(TextDomains, OfATextWithAnOddLocalPartAreCertain) {
  const auto keys = domains_of({"j\xc3\xb6rg@d.example", "joe smith@e.example"});
  EXPECT_TRUE(keys.may_hold("x@d.example"));
  EXPECT_TRUE(keys.may_hold("x@e.example"));
  EXPECT_FALSE(keys.may_hold("jorg@f.example"));
  EXPECT_EQ(keys.bytes(), domains_of({"d.example", "e.example"}).bytes());
}

// U+FF20 and U+FE6B equal '@' under the collations that know the whole of Unicode.
TEST(TextDomains, AnOddCharacterMayBeAnAt) {
  for (const auto* at : {"\xef\xbc\xa0", "\xef\xb9\xab"}) {
    const auto keys = domains_of({"joe" + std::string{at} + "d.example", "ann@x" + std::string{at} + "y.example"});
    EXPECT_TRUE(keys.may_hold("joe@d.example"));
    EXPECT_TRUE(keys.may_hold("ann@x@y.example")) << "the last one is odd";
    EXPECT_FALSE(keys.may_hold("joe@e.org"));
  }
}

TEST(TextDomains, AnOddDomainMayEqualWhateverStandsInItsPlace) {
  const auto keys = domains_of({"joe@abcm\xc3\xbcller.example"});
  EXPECT_TRUE(keys.may_hold("joe@abcmuller.example"));
  EXPECT_TRUE(keys.may_hold("new@abcmueller.example")) << "a set of domains tells no local parts";
  EXPECT_TRUE(keys.may_hold("@abcmuller.example"));
  EXPECT_FALSE(keys.may_hold("joe@muller.example"));
  EXPECT_FALSE(keys.may_hold("abcx@other.example"));
  // A listing may give domains themselves, for a query that compares '%d'.
  for (const auto* listed : {"abcm\xc3\xbcller.example", "@abcm\xc3\xbcller.example"}) {
    TextKeys domains{Of::domains, {query::KeyForm{}, query::KeyForm{{{'b'}}}}};
    domains.add(listed);
    EXPECT_TRUE(domains.may_hold("joe@abcmuller.example")) << listed;
  }
}

// Whatever the text: if its pattern or hash as a whole key may equal a key, so may its domain.
TEST(TextDomains, HoldEveryKeyThatTheWholeKeysHold) {
  std::mt19937 random{11};
  const std::vector<std::string> letters{"a", "B", "@", ".", "@", "\xc3\xbc", "\xef\xbc\xa0", " ", "b", "\xc2\xad"};
  const std::vector<std::string> plain{"a", "b", "@", ".", "u"};
  const auto word = [&](const std::vector<std::string>& from) {
    std::string text;
    for (std::size_t i = random() % 9; i > 0; --i) text += from[random() % from.size()];
    return text;
  };
  int held = 0;
  for (int i = 0; i < 200'000; ++i) {
    const auto text = word(letters);
    const auto key = word(plain);
    if (key.empty() || !keys_of({text}).may_hold(key)) continue;
    ++held;
    ASSERT_TRUE(domains_of({text}).may_hold(key)) << text << " | " << key;
  }
  EXPECT_GT(held, 1'000);
}

TEST(TextDomains, ManyKeysOfFewDomainsTakeTheRoomOfTheDomains) {
  TextKeys keys{Of::domains};
  for (int i = 0; i < 100'000; ++i) keys.add("u" + std::to_string(i) + "@d" + std::to_string(i % 100) + ".example");
  EXPECT_EQ(keys.size(), 100U);
  EXPECT_LE(keys.bytes(), 100U * 16);
}

TEST(TextKeysCost, AKeyThatIsNoAddressIsNotComparedWithPatterns) {
  TextKeys keys{Of::domains};
  for (int i = 0; i < 200; ++i) keys.add("x@m\xc3\xbcller" + std::to_string(i) + ".example");
  EXPECT_FALSE(keys.may_hold("joe@foreign.example"));
  std::string many;
  for (int i = 0; i < 1000; ++i) many += "z@";
  EXPECT_TRUE(keys.may_hold(many + "foreign.example"));
  EXPECT_TRUE(keys.may_hold(std::string(400, 'z') + "@foreign.example"));
  EXPECT_TRUE(keys.may_hold("a@b@c@d@e@foreign.example"));
  EXPECT_FALSE(keys.may_hold("a@b@foreign.example"));
}

}  // namespace
}  // namespace maproom::keyset
