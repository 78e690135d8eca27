// Pattern tables at work in a map: in their place among SQL tables, read again, bounded, and compared by `verify`.

#include <gtest/gtest.h>

#include <filesystem>

#include "integration/sample_world.hpp"
#include "support/process.hpp"

namespace maproom::test {
namespace {

class PatternTablesServed : public testing::Test {
 protected:
  static void SetUpTestSuite() { shared_mariadb().make_sample_database(); }

  void start(const std::string& tables, const std::string& parameter = "virtual_alias_maps") {
    daemon.configure("[postfix]\nrecipient_delimiter = \"+\"\n[mariadb]\nhosts = [\"unix:" + shared_mariadb().socket() +
                     "\"]\npassword = \"secret\"\n[maps." + parameter + "]\nlisten = \"inet:127.0.0.1:" +
                     std::to_string(ports["map"]) + "\"\ntables = [" + tables + "]\n");
    daemon.start();
  }
  [[nodiscard]] Judged ask(const std::string& key) {
    return postmap.query(key, "tcp:127.0.0.1:" + std::to_string(ports["map"]));
  }
  /// As if it had been there for long.
  [[nodiscard]] std::string write(const std::string& name, const std::string& text) const {
    const auto path = dir.write(name, text);
    std::filesystem::last_write_time(path, std::filesystem::file_time_type::clock::now() - std::chrono::hours{1});
    return path;
  }
  [[nodiscard]] std::string table(const std::string& type, const std::string& text) const {
    return "{ " + type + " = \"" + write(type, text) + "\" }";
  }
  static constexpr auto rows =
      R"({ query = "SELECT CASE '%s' WHEN 'joe@d.example' THEN 'row@x.example' WHEN '@d.example' THEN 'all@x.example' END" })";

  TempDir dir;
  Ports ports;
  Daemon daemon;
  Postmap postmap;
};

TEST_F(PatternTablesServed, StandInTheirPlaceAndAreAskedTheWholeKeyAlone) {
  start(table("pcre", "/^joe@/ first@x.example\n/^joe\\+(.*)@/ $1@x.example\n/^@/ never@x.example\n") + ", " + rows +
        ", " + table("regexp", "/^(ann)@/ $1-last@x.example\n/^@d/ never@x.example\n"));
  EXPECT_EQ(ask("Joe@D.example"), found("first@x.example"));
  EXPECT_EQ(ask("joe+Ext@d.example"), found("Ext@x.example")) << "in its own case, and nothing is put back";
  EXPECT_EQ(ask("Ann@d.example"), found("Ann-last@x.example")) << "before the part @d.example is asked of anybody";
  EXPECT_EQ(ask("bob@d.example"), found("all@x.example"));
  EXPECT_EQ(ask("bob@e.example"), not_found());
}

TEST_F(PatternTablesServed, BehindSqlTheRowOfTheWholeKeyCounts) {
  start(std::string{rows} + ", " + table("pcre", "/@d\\.example$/ pattern@x.example\n"));
  EXPECT_EQ(ask("joe@d.example"), found("row@x.example"));
  EXPECT_EQ(ask("joe+ext@d.example"), found("pattern@x.example"));
}

TEST_F(PatternTablesServed, AChangeIsSeenWithoutReloadAndWhatCannotBeATableLeavesTheLastReading) {
  start(table("regexp", "/^joe@/ one@x.example\n"));
  EXPECT_EQ(ask("joe@d.example"), found("one@x.example"));
  static_cast<void>(write("regexp", "/^joe@/ another@x.example\n"));
  EXPECT_TRUE(wait_until([&] { return ask("joe@d.example") == found("another@x.example"); }));
  static_cast<void>(write("regexp", "/^(j)oe\\1@/ third-reading@x.example\n"));
  EXPECT_TRUE(wait_until([&] { return daemon.log_lines({"event=text_table_unreadable", "back-reference"}) > 0; }));
  EXPECT_EQ(ask("joe@d.example"), found("another@x.example"));
}

TEST_F(PatternTablesServed, WhatTakesTooLongOrIsEmptyIsATemporaryError) {
  start(table("pcre", "/^(a+)+$/ slow@x.example\n/^empty@/\n/./ rest@x.example\n"));
  EXPECT_EQ(ask("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab").kind, Judged::Kind::error);
  EXPECT_EQ(ask("empty@d.example").kind, Judged::Kind::error);
  EXPECT_EQ(ask("b@d.example"), found("rest@x.example"));
}

TEST_F(PatternTablesServed, AClientListThatTrustsAnyNameIsRefused) {
  start(table("pcre", "/./ ok\n"), "mynetworks");
  EXPECT_EQ(ask("192.0.2.1").kind, Judged::Kind::error);
  EXPECT_EQ(daemon.log_lines({"event=map_refused"}), 1);
}

TEST_F(PatternTablesServed, NetworksAreAClientList) {
  start(table("cidr", "!192.0.2.128/25 no\n192.0.2.0/24 ok\n"), "mynetworks");
  ASSERT_TRUE(wait_until([&] { return ask("192.0.2.129").kind != Judged::Kind::error; }));
  EXPECT_EQ(ask("192.0.2.129"), found("ok"));
  EXPECT_EQ(ask("192.0.2.1"), found("no"));
  EXPECT_EQ(ask("2001:db8::1"), not_found());
  EXPECT_EQ(ask("host.example"), not_found());
}

TEST_F(PatternTablesServed, VerifyAsksPostfixsOwnTables) {
  start(table("pcre", "/^joe\\+(.*)@/ $1@x.example\n") + ", " + rows + ", " +
        table("regexp", "/^(ann)@/ $1-last@x.example\n"));
  const auto keys = dir.write("keys", "Joe+Ext@d.example\nAnn@d.example\njoe@d.example\nbob@e.example\n");
  const auto verified = daemon.run({"verify", "virtual_alias_maps", "--keys", keys});
  EXPECT_EQ(verified.status, 0) << verified.out << verified.err;
  EXPECT_NE(verified.out.find("4 the same (3 of them found)"), std::string::npos) << verified.out;
}

TEST_F(PatternTablesServed, CheckNamesTheLinesThatPostfixSkips) {
  start(table("pcre", "/good/ x\n/(/ y\n"));
  const auto checked = daemon.run({"check"});
  EXPECT_NE(checked.err.find("pcre: line 2: "), std::string::npos) << checked.err;
}

}  // namespace
}  // namespace maproom::test
