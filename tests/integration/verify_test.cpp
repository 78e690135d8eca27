// verify against a real daemon, database and postmap: equal, stale, different, and not comparable are told apart.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "integration/world.hpp"

namespace maproom::test {
namespace {

using testing::AllOf;
using testing::HasSubstr;

TEST(Verify, EqualAnswersAreEqual) {
  World world;
  world.start();
  const auto result = world.daemon.run({"verify", "--all"});
  EXPECT_EQ(result.status, 0) << result.out << result.err;
  EXPECT_THAT(result.out, HasSubstr(" 0 different, 0 were stale, 0 not compared"));
  // Six stored mailboxes and what is derived from them at least, so the sampling works.
  EXPECT_GT(std::stoi(result.out.substr(0, result.out.find(' '))), 30) << result.out;
}

TEST(Verify, AChangeBehindTheCacheIsToldAsStale) {
  World world;
  world.start();
  const TempDir folder;
  const auto keys = folder.write("keys", "anna@hosted.example\n");
  ASSERT_EQ(world.ask("virtual_mailbox_maps", "anna@hosted.example"), found("1"));
  world.mariadb().sql("UPDATE mailbox SET active = 0 WHERE username = 'anna@hosted.example'", "mail");
  const auto result = world.daemon.run({"verify", "virtual_mailbox_maps", "--keys", keys});
  EXPECT_EQ(result.status, 0) << result.out << result.err;
  EXPECT_THAT(result.out, AllOf(HasSubstr("anna@hosted.example: was stale: now equal"), HasSubstr("1 keys asked")));
}

TEST(Verify, ADifferenceIsAnError) {
  World world;
  world.start();
  const TempDir folder;
  const auto keys = folder.write("keys", "anna@hosted.example\nnobody@hosted.example\n");
  // The daemon runs with the old configuration; the file now asks for something else.
  auto text = read_text(world.daemon.config());
  const auto at = text.find("SELECT 1 FROM mailbox");
  ASSERT_NE(at, std::string::npos);
  const auto changed = folder.write("maproom.toml", text.replace(at, 8, "SELECT 7"));
  const auto result = run_command({MAPROOM_BINARY, "verify", "virtual_mailbox_maps", "--keys", keys, "-c", changed});
  EXPECT_EQ(result.status, 1) << result.out << result.err;
  EXPECT_THAT(result.out, AllOf(HasSubstr("anna@hosted.example: DIFFERENT: Postfix: \"7\"; Maproom: \"1\" from "),
                                HasSubstr("2 keys asked, 1 different")));
}

TEST(Verify, WithoutADaemonNothingIsCompared) {
  World world;
  const TempDir folder;
  const auto keys = folder.write("keys", "anna@hosted.example\n");
  const auto result = world.daemon.run({"verify", "virtual_mailbox_maps", "--keys", keys});
  EXPECT_EQ(result.status, 75);
  EXPECT_THAT(result.out, HasSubstr("NOT COMPARED"));
}

}  // namespace
}  // namespace maproom::test
