#include "maproom/core/fold.hpp"

#include <gtest/gtest.h>

namespace maproom {
namespace {

TEST(Fold, LowersAsciiWithAndWithoutUtf8) {
  EXPECT_EQ(fold("Joe+Foo@Alias.EXAMPLE", true), "joe+foo@alias.example");
  EXPECT_EQ(fold("Joe+Foo@Alias.EXAMPLE", false), "joe+foo@alias.example");
  EXPECT_EQ(fold("@[`{AZ", true), "@[`{az");
  EXPECT_EQ(fold("", true), "");
}

TEST(Fold, IsFullUnicodeFoldingWithUtf8) {
  EXPECT_EQ(fold("JöE+Üx@Straße.example", true), "jöe+üx@strasse.example");
  EXPECT_EQ(fold("ΑΣ", true), "ασ");        // no final sigma in folding
  EXPECT_EQ(fold("İ", true), "i\xCC\x87");  // the default option, not the Turkic one
  EXPECT_EQ(fold("ﬀ", true), "ff");
}

TEST(Fold, GrowsWithItsText) {
  std::string many;
  std::string folded;
  for (int i = 0; i < 100; ++i) {
    many += "\xCE\x90";  // two bytes, folded to six
    folded += "\xCE\xB9\xCC\x88\xCC\x81";
  }
  EXPECT_EQ(fold(many, true), folded);
}

TEST(Fold, ChangesOnlyAsciiWithoutUtf8) {
  EXPECT_EQ(fold("JöE+Üx@Straße.example", false), "jöe+Üx@straße.example");
  EXPECT_EQ(fold("\xFF\xC3Z", false), "\xFF\xC3z");
}

TEST(Utf8, AcceptsWhatRfc3629Allows) {
  for (const char* text : {"", "plain", "naïve", "\xED\x9F\xBF", "\xEE\x80\x80", "\xC2\x80", "\xE0\xA0\x80",
                           "\xF0\x90\x80\x80", "\xF4\x8F\xBF\xBF"}) {
    EXPECT_TRUE(is_valid_utf8(text)) << text;
  }
}

TEST(Utf8, RefusesAllElse) {
  const char* const refused[] = {
      "\x80",              // a tail alone
      "na\xC3ve",          // a lead without its tail
      "\xC3",              // cut off
      "\xE2\x82",          //
      "\xF0\x9F\x98",      //
      "\xC0\xAF",          // overlong forms
      "\xC1\xBF",          //
      "\xE0\x9F\xBF",      //
      "\xF0\x8F\xBF\xBF",  //
      "\xED\xA0\x80",      // surrogates
      "\xED\xBF\xBF",      //
      "\xF4\x90\x80\x80",  // above U+10FFFF
      "\xF5\x80\x80\x80",  //
      "\xFF",              //
      "\xE2\x28\xA1",      // bad second, third and fourth bytes
      "\xE2\x82\x28",      //
      "\xF0\x9F\x98\x28",  //
  };
  for (const char* text : refused) EXPECT_FALSE(is_valid_utf8(text)) << testing::PrintToString(text);
}

TEST(EqualsFolded, ComparesUnicodeOnlyWithUtf8) {
  EXPECT_TRUE(equals_folded("Test.Example", "tEST.example", false));
  EXPECT_TRUE(equals_folded("straße.example", "STRASSE.example", true));
  EXPECT_FALSE(equals_folded("straße.example", "STRASSE.example", false));
  EXPECT_FALSE(equals_folded("a", "ab", true));
  EXPECT_FALSE(equals_ignoring_ascii_case("@", "`"));
}

}  // namespace
}  // namespace maproom
