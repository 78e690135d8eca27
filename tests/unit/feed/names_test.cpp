#include "maproom/feed/names.hpp"

#include <gtest/gtest.h>

namespace maproom::feed {
namespace {

TEST(Names, AreOneWhateverTheirCapitals) {
  EXPECT_TRUE(may_be_one_name("Mail", "mAIL"));
  EXPECT_FALSE(may_be_one_name("mail", "mails"));
  EXPECT_FALSE(may_be_one_name("mail", ""));
}

TEST(Names, BeyondAsciiMayBeOneWithAnyOther) {
  EXPECT_TRUE(may_be_one_name("\xc3\x84pfel", "\xc3\xa4pfel"));  // A and a with two dots
  EXPECT_FALSE(may_be_one_name("\xc3\x84pfel", "\xc3\xa4pfelsaft"));
  EXPECT_TRUE(
      may_be_one_name("\xe2\x84\xaa"
                      "elvin",
                      "kelvin"));                               // KELVIN SIGN
  EXPECT_TRUE(may_be_one_name("\xc4\xb0stanbul", "istanbul"));  // capital I with a dot
}

}  // namespace
}  // namespace maproom::feed
