// An account that may do more than the daemon needs of it is told at the start, once.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <regex>

#include "integration/world.hpp"

namespace maproom::test {
namespace {

using testing::HasSubstr;
using testing::Not;

/// The rights that the account has beside USAGE, as they were before a test and shall be after it.
class RightsWarning : public testing::Test {
 protected:
  RightsWarning() { give("SELECT ON mail.*"); }
  ~RightsWarning() override { give("SELECT ON mail.*"); }
  void give(const std::string& rights) const {
    // (A line's own account: 'maproom' is there at localhost and at 127.0.0.1.)
    world.mariadb().sql("REVOKE ALL PRIVILEGES, GRANT OPTION FROM maproom@localhost; GRANT " + rights +
                        " TO maproom@localhost");
  }
  [[nodiscard]] std::string line() const {
    std::smatch match;
    const auto log = world.daemon.log();
    return std::regex_search(log, match, std::regex{"event=rights_excess[^\n]*"}) ? match.str() : "";
  }
  World world;
};

TEST_F(RightsWarning, NothingIsSaidOfWhatIsNeeded) {
  world.start();
  EXPECT_EQ(world.daemon.log_lines({"event=ready"}), 1U);
  EXPECT_EQ(line(), "");
}

TEST_F(RightsWarning, WhatIsTooMuchIsToldOnceAndIsNotWhenItIsGone) {
  give("ALL PRIVILEGES ON mail.*");
  world.start();
  EXPECT_EQ(world.daemon.log_lines({"event=rights_excess", "user=maproom"}), 1U) << world.daemon.log();
  EXPECT_THAT(line(), HasSubstr("what=\"ALL PRIVILEGES ON `mail`.*\"")) << world.daemon.log();
  EXPECT_THAT(line(), Not(HasSubstr("REVOKE"))) << "a panel may use the same account";
  EXPECT_THAT(world.daemon.log(), Not(HasSubstr("PASSWORD")));
  EXPECT_EQ(world.ask("virtual_mailbox_domains", "hosted.example"), found("1"));
  give("SELECT, EXECUTE ON mail.*");
  EXPECT_EQ(world.daemon.stop(), 0);
  const auto lines = world.daemon.log_lines({"event=rights_excess"});
  world.start();
  EXPECT_EQ(world.daemon.log_lines({"event=rights_excess"}), lines) << world.daemon.log();
  EXPECT_EQ(world.ask("virtual_mailbox_domains", "nowhere.example"), not_found());
}

TEST_F(RightsWarning, AServerThatComesLaterIsLookedAtThen) {
  give("SELECT, DELETE ON mail.*");
  world.mariadb().pause();
  world.daemon.start();
  EXPECT_EQ(world.daemon.log_lines({"event=ready"}), 1U);
  world.mariadb().resume();
  EXPECT_TRUE(wait_until([this] { return line().find("DELETE") != std::string::npos; })) << world.daemon.log();
}

}  // namespace
}  // namespace maproom::test
