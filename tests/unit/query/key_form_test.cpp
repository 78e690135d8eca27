#include "maproom/query/key_form.hpp"

#include <gtest/gtest.h>

namespace maproom::query {
namespace {

TEST(KeyForm, MakesOfTheKeyWhatTheQueryDoes) {
  EXPECT_EQ(KeyForm{}.of("joe@d.example"), "joe@d.example");
  EXPECT_EQ((KeyForm{{{'d'}}}.of("joe@d.example")), "d.example");
  EXPECT_EQ((KeyForm{{{0, "@"}, {'d'}}}.of("a@b@d.example")), "@d.example");
  EXPECT_EQ((KeyForm{{{'u'}, {0, "+x@"}, {'d'}}}.of("joe@d.example")), "joe+x@d.example");
  EXPECT_EQ((KeyForm{{{'2'}}}.of("joe@d.example")), "d");
  EXPECT_EQ((KeyForm{{{'b'}}}.of("joe@d.example")), "d.example");
  EXPECT_EQ((KeyForm{{{'b'}}}.of("joe")), "joe") << "SUBSTRING_INDEX('joe', '@', -1)";
  EXPECT_EQ((KeyForm{{{'d'}}}.of("joe")), "");
}

TEST(KeyForm, LocalPartAndDomainTogetherAreTheKey) {
  KeyForm form{{{'u'}, {0, "@"}, {'d'}}};
  form.simplify();
  EXPECT_TRUE(form.is_whole());
  KeyForm more{{{0, "x"}, {0, "y"}, {'u'}, {0, "@"}, {'d'}, {0, ""}}};
  more.simplify();
  EXPECT_EQ(more, (KeyForm{{{0, "xy"}, {'s'}}}));
  KeyForm other{{{'u'}, {0, "@x."}, {'d'}}};
  other.simplify();
  EXPECT_EQ(other.pieces.size(), 3U);
}

TEST(KeyForm, TellsAllOfTheKeyOrItsDomainOrLess) {
  EXPECT_EQ(KeyForm{}.worth(), 3);
  EXPECT_EQ((KeyForm{{{'d'}, {0, "/"}, {'u'}}}.worth()), 3);
  EXPECT_EQ((KeyForm{{{0, "@"}, {'d'}}}.worth()), 2);
  EXPECT_EQ((KeyForm{{{'b'}}}.worth()), 2);
  EXPECT_EQ((KeyForm{{{'u'}}}.worth()), 1);
  EXPECT_EQ((KeyForm{{{'1'}}}.worth()), 1);
  EXPECT_EQ((KeyForm{{{0, "x"}}}.worth()), 0);
}

}  // namespace
}  // namespace maproom::query
