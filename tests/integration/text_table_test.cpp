// Text tables among SQL tables: what a list such as "hash:virtual, mysql:aliases" gives in Postfix, from one map.

#include <gtest/gtest.h>
#include <unistd.h>

#include "integration/world.hpp"
#include "support/process.hpp"

namespace maproom::test {
namespace {

class TextTableTest : public testing::Test {
 protected:
  static void SetUpTestSuite() { shared_mariadb().make_sample_database(); }

  void start(const std::string& tables) {
    daemon.configure("[postfix]\nrecipient_delimiter = \"+\"\n[mariadb]\nhosts = [\"unix:" + shared_mariadb().socket() +
                     "\"]\npassword = \"secret\"\n[maps.virtual_alias_maps]\nlisten = \"inet:127.0.0.1:" +
                     std::to_string(ports["aliases"]) + "\"\n" + tables);
    daemon.start();
  }
  [[nodiscard]] Judged ask(const std::string& key) {
    return postmap.query(key, "tcp:127.0.0.1:" + std::to_string(ports["aliases"]));
  }
  [[nodiscard]] std::string table_file() const { return "{ file = \"" + path + "\" }"; }
  static constexpr auto catch_all =
      R"({ query = "SELECT 'catch@mbox.example' FROM DUAL WHERE '%s' = '@text.example'" })";

  void write(const std::string& text) const { static_cast<void>(dir.write("virtual", text)); }

  TempDir dir;
  Ports ports;
  Daemon daemon;
  Postmap postmap;
  std::string path = dir.path("virtual");
};

TEST_F(TextTableTest, CandidatesAreWalkedThroughTextAndSqlAlike) {
  write("joe@text.example bob@mbox.example\n");
  start("tables = [" + std::string{catch_all} + ", " + table_file() + "]\n");
  EXPECT_EQ(ask("Joe+Ext@Text.example"), found("bob+Ext@mbox.example"));  // not the catch-all of the table before it
  EXPECT_EQ(ask("ann@text.example"), found("catch@mbox.example"));
  EXPECT_EQ(ask("ann@elsewhere.example"), not_found());
}

TEST_F(TextTableTest, TheSameLinesMeanWhatTheyMeanToPostfix) {
  write(
      "# comment\n\nplain@text.example  a@x.example,\n   b@x.example\n\"two words\"@text.example quoted@x.example\n"
      "UPPER@Text.Example upper@x.example\ntwice@text.example first@x.example\n"
      "twice@text.example second@x.example\nno-value@text.example\n");
  start("tables = [" + table_file() + "]\n");
  // postmap prints what texthash: says of odd lines to standard error, so that only "found" can be told from the rest.
  for (const auto* const key : {"plain@text.example", "\"two words\"@text.example", "upper@text.example",
                                "Upper@TEXT.example", "twice@text.example"})
    EXPECT_EQ(ask(key), postmap.query(key, "texthash:" + path)) << key;
  for (const auto* const key : {"no-value@text.example", "other"}) {
    EXPECT_EQ(ask(key), not_found()) << key;
    EXPECT_NE(postmap.query(key, "texthash:" + path).kind, Judged::Kind::found) << key;
  }
}

TEST_F(TextTableTest, AChangeIsSeenWithoutReload) {
  write("joe@text.example bob@mbox.example\n");
  start("tables = [" + table_file() + "]\n");
  EXPECT_EQ(ask("joe@text.example"), found("bob@mbox.example"));
  write("joe@text.example ann@mbox.example\n");
  EXPECT_TRUE(wait_until([&] { return ask("joe@text.example") == found("ann@mbox.example"); }));
  write("ann@text.example ann@mbox.example\n");
  EXPECT_TRUE(wait_until([&] { return ask("joe@text.example") == not_found(); }));
  ::unlink(path.c_str());
  EXPECT_TRUE(wait_until([&] { return daemon.log_lines({"event=text_table_unreadable", path}) > 0; }));
  EXPECT_EQ(ask("ann@text.example"), found("ann@mbox.example"));
}

TEST_F(TextTableTest, NeedsNoDatabase) {
  write("joe@text.example bob@mbox.example\n");
  daemon.configure(
      "[mariadb]\nhosts = [\"unix:/nonexistent/socket\"]\n[maps.virtual_alias_maps]\nlisten = \"inet:127.0.0.1:" +
      std::to_string(ports["aliases"]) + "\"\ntables = [" + table_file() + "]\n");
  daemon.start();
  EXPECT_EQ(ask("joe@text.example"), found("bob@mbox.example"));
  EXPECT_EQ(ask("ann@text.example"), not_found());
}

TEST_F(TextTableTest, ExplainNamesTheFileAndCheckTheMistakes) {
  write("joe@text.example bob@mbox.example\n");
  start("tables = [" + table_file() + "]\n");
  const auto explained = daemon.run({"query", "virtual_alias_maps", "joe@text.example", "--explain"});
  EXPECT_NE(explained.out.find("text file"), std::string::npos) << explained.out;
  write("joe@text.example\n");
  const auto checked = daemon.run({"check"});
  EXPECT_NE(checked.err.find(path + ": line 1: "), std::string::npos) << checked.err;
  ::unlink(path.c_str());
  const auto missing = daemon.run({"check"});
  EXPECT_EQ(missing.status, 78);
  EXPECT_NE(missing.err.find(path), std::string::npos) << missing.err;
}

}  // namespace
}  // namespace maproom::test
