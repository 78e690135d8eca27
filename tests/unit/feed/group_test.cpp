#include "maproom/feed/group.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "binlog_bytes.hpp"

namespace maproom::feed {
namespace {

using What = Change::What;

class GroupTest : public testing::Test {
 protected:
  std::vector<Item> feed(const std::vector<std::string>& events) {
    std::vector<Item> all;
    for (const auto& bytes : events)
      for (auto& item : grouper.add(parse_binlog_event(bytes))) all.push_back(std::move(item));
    return all;
  }
  Group group(const std::vector<std::string>& events) {
    auto items = feed(events);
    EXPECT_EQ(items.size(), 1U);
    return items.empty() ? Group{} : std::get<Group>(items[0]);
  }
  static std::vector<What> what(const Group& group) {
    std::vector<What> all;
    for (const auto& change : group.changes) all.push_back(change.what);
    return all;
  }
  Grouper grouper;
};

TEST_F(GroupTest, WhatIsNotUnderstoodOutsideAGroupCountsWithTheNext) {
  static_cast<void>(feed({rotate_event("bin.000001"), file_event(), event(200, "?")}));
  EXPECT_THAT(what(group({gtid_event(7), xid_event(100)})), testing::ElementsAre(What::everything));
  EXPECT_THAT(what(group({gtid_event(8), xid_event(200)})), testing::IsEmpty()) << "and with that alone";
}

TEST_F(GroupTest, ATransactionIsOneGroupAndEndsWithItsXid) {
  static_cast<void>(feed({rotate_event("bin.000001"), file_event()}));
  EXPECT_TRUE(feed({gtid_event(7), table_map_event(5, "t"), rows_event(23, 5, image("a", 1))}).empty());
  const auto done = group({xid_event(900)});
  EXPECT_EQ(done.gtid.sequence, 7U);
  EXPECT_EQ(done.end, (FilePlace{"bin.000001", 900}));
  EXPECT_THAT(what(done), testing::ElementsAre(What::rows));
}

TEST_F(GroupTest, ATableThatIsMappedAndShowsNoRowsHasChanged) {
  const auto cascade = group({gtid_event(7), table_map_event(5, "parent"), table_map_event(6, "child"),
                              rows_event(25, 5, image("a", 1)), xid_event()});
  ASSERT_THAT(what(cascade), testing::ElementsAre(What::rows, What::table));
  EXPECT_EQ(cascade.changes[0].table->table, "parent");
  EXPECT_EQ(cascade.changes[1].table->table, "child");
}

TEST_F(GroupTest, RowsOfALaterStatementDoNotExcuseTheEarlierOne) {
  const auto two =
      group({gtid_event(7), table_map_event(5, "parent"), table_map_event(6, "child"), rows_event(25, 5, image("a", 1)),
             table_map_event(6, "child"), rows_event(23, 6, image("b", 1)), xid_event()});
  EXPECT_THAT(what(two), testing::ElementsAre(What::rows, What::table, What::rows));
}

TEST_F(GroupTest, AStatementMayChangeEverythingAndTheLayout) {
  for (const auto* const statement :
       {"TRUNCATE t", "alter table t add x int", "INSERT INTO t VALUES (1)", "/* x */ DROP TABLE t",
        "CREATE OR REPLACE VIEW v AS SELECT 1", "GRANTED", "ALTER USERS ADD x INT"}) {
    const auto ddl = group({gtid_event(7, 0x01), query_event(statement)});
    EXPECT_THAT(what(ddl), testing::ElementsAre(What::everything)) << statement;
    EXPECT_EQ(ddl.layout_changed, std::string_view{statement}.substr(0, 6) != "INSERT") << statement;
  }
}

TEST_F(GroupTest, HarmlessStatementsChangeNothing) {
  for (const auto* const statement : {"FLUSH STATUS", "ANALYZE TABLE t", "DROP TEMPORARY TABLE IF EXISTS t"}) {
    const auto harmless = group({gtid_event(7, 0x01), query_event(statement)});
    EXPECT_TRUE(harmless.changes.empty()) << statement;
    EXPECT_FALSE(harmless.rights_changed) << statement;
  }
  EXPECT_THAT(what(group({gtid_event(8), query_event("SAVEPOINT a"), table_map_event(5, "t"),
                          rows_event(23, 5, image("a", 1)), query_event("ROLLBACK TO a"), query_event("COMMIT")})),
              testing::ElementsAre(What::rows));
}

TEST_F(GroupTest, StatementsAboutRightsChangeNoRow) {
  const auto granted = group({gtid_event(7, 0x01), query_event("GRANT SELECT ON x.* TO y")});
  EXPECT_TRUE(granted.changes.empty());
  EXPECT_TRUE(granted.rights_changed);
  EXPECT_FALSE(granted.layout_changed);
}

TEST_F(GroupTest, XaPartsBearTheirName) {
  const auto prepared = group({gtid_event(7, 0x40), query_event("XA START X'61',X'',1"), table_map_event(5, "t"),
                               rows_event(23, 5, image("a", 1)), query_event("XA END X'61',X'',1"), event(38, "")});
  EXPECT_EQ(prepared.xa, Group::Xa::prepared);
  EXPECT_EQ(prepared.xid, "X'61',X'',1");
  const auto committed = group({gtid_event(8, 0x81), query_event("XA COMMIT X'61',X'',1")});
  EXPECT_EQ(committed.xa, Group::Xa::committed);
  EXPECT_EQ(committed.xid, prepared.xid);
  EXPECT_EQ(group({gtid_event(9, 0x81), query_event("XA ROLLBACK X'61',X'',1")}).xa, Group::Xa::rolled_back);
}

TEST_F(GroupTest, UnclearEventsChangeEverything) {
  EXPECT_THAT(what(group({gtid_event(7), event(166, "compressed"), xid_event()})),
              testing::ElementsAre(What::everything));
  EXPECT_THAT(what(group({gtid_event(8), rows_event(23, 99, image("a", 1)), xid_event()})),
              testing::ElementsAre(What::everything));
}

TEST_F(GroupTest, AGroupWithoutAnEndChangesEverything) {
  auto items = feed({gtid_event(7), table_map_event(5, "t"), gtid_event(8), xid_event()});
  ASSERT_EQ(items.size(), 2U);
  EXPECT_EQ(std::get<Group>(items[0]).gtid.sequence, 7U);
  EXPECT_EQ(std::get<Group>(items[0]).changes.front().what, What::everything);
  EXPECT_EQ(std::get<Group>(items[1]).gtid.sequence, 8U);
}

TEST_F(GroupTest, FilesAreNamedAndToldApart) {
  auto items = feed({rotate_event("bin.000003"), file_event()});
  ASSERT_EQ(items.size(), 1U);
  EXPECT_EQ(std::get<FileEntered>(items[0]), (FileEntered{"bin.000003", 1000, 1}));
  EXPECT_FALSE(std::get<FileEntered>(items[0]).at_start);
  items = feed({rotate_event("bin.000004"), file_event(true)});
  EXPECT_TRUE(std::get<FileEntered>(items.at(0)).at_start);
}

TEST_F(GroupTest, HugeTransactionsAreSummedUpAsTables) {
  std::string images;
  while (images.size() < 1U << 20) images += image(std::string(90, 'x'), 1);
  std::vector<std::string> events{gtid_event(7), table_map_event(5, "t")};
  for (int i = 0; i < 20; ++i) events.push_back(rows_event(23, 5, images));
  events.push_back(xid_event());
  const auto huge = group(events);
  EXPECT_LE(huge.changes.size(), 18U);
  EXPECT_EQ(huge.changes.back().what, What::table);
}

}  // namespace
}  // namespace maproom::feed
