#include "maproom/backend/pool_names.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace maproom::backend {
namespace {

using testing::ElementsAre;

ConnectionSettings settings(const std::string& host, const std::string& user, const std::string& password = {}) {
  ConnectionSettings made;
  made.hosts.push_back(*Endpoint::parse(host, 3306));
  made.user = user;
  made.password = password;
  made.database = "mail";
  return made;
}

TEST(PoolNames, TheHostAndTheDatabaseAreEnoughAsLongAsTheyTellThemApart) {
  EXPECT_THAT(pool_names({settings("inet:db1", "a"), settings("inet:db2", "a")}),
              ElementsAre("inet:db1:3306/mail", "inet:db2:3306/mail"));
  EXPECT_THAT(pool_names({}), ElementsAre());
}

TEST(PoolNames, OtherwiseTheUserIsSaidOfAllThatShareThem) {
  EXPECT_THAT(pool_names({settings("inet:db1", "a"), settings("inet:db1", "b"), settings("inet:db2", "a")}),
              ElementsAre("inet:db1:3306/mail as a", "inet:db1:3306/mail as b", "inet:db2:3306/mail"));
}

TEST(PoolNames, WhatDiffersInSomethingElseIsNumbered) {
  EXPECT_THAT(pool_names({settings("inet:db1", "a", "x"), settings("inet:db1", "b"), settings("inet:db1", "a", "y")}),
              ElementsAre("inet:db1:3306/mail as a", "inet:db1:3306/mail as b", "inet:db1:3306/mail as a (2)"));
  auto none = settings("inet:db1", "");
  EXPECT_THAT(pool_names({none, settings("inet:db1", "b")}),
              ElementsAre("inet:db1:3306/mail as the option file's user", "inet:db1:3306/mail as b"));
}

}  // namespace
}  // namespace maproom::backend
