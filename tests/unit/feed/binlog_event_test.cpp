#include "maproom/feed/binlog_event.hpp"

#include <gtest/gtest.h>

#include "binlog_bytes.hpp"

namespace maproom::feed {
namespace {

template <class Body>
Body body(const std::string& bytes) {
  return std::get<Body>(parse_binlog_event(bytes).body);
}

TEST(BinlogEvent, IsReadAsTheServerWritesIt) {
  EXPECT_EQ(parse_binlog_event(xid_event(4711)).end, 4711U);
  const auto begin = body<GroupBegin>(gtid_event(77, 0x40 | 0x01));
  EXPECT_EQ(begin.gtid, (Gtid{0, 1, 77}));
  EXPECT_TRUE(begin.standalone);
  EXPECT_TRUE(begin.xa_prepare);
  EXPECT_FALSE(begin.xa_complete);
  EXPECT_EQ(body<Query>(query_event("ALTER TABLE t ADD x INT")).statement, "ALTER TABLE t ADD x INT");
  EXPECT_EQ(body<Query>(query_event("COMMIT", "other")).database, "other");
  const auto map = body<TableMap>(table_map_event(5, "mailbox"));
  EXPECT_EQ(map.id, 5U);
  EXPECT_EQ(map.database, "mail");
  EXPECT_EQ(map.table, "mailbox");
  EXPECT_EQ(map.types, "\x0f\x03");
  EXPECT_EQ(body<Rotate>(rotate_event("bin.000002")).file, "bin.000002");
  EXPECT_EQ(body<FileBegin>(file_event()).created, 1000U);
  EXPECT_FALSE(body<FileBegin>(file_event()).at_start);
  EXPECT_TRUE(body<FileBegin>(file_event(true)).at_start);
}

TEST(BinlogEvent, WhatIsNotKnownIsUnclearAndNotNothing) {
  for (const int type : {0, 26, 6, 165, 166, 172, 30, 200})
    EXPECT_TRUE(std::holds_alternative<Unclear>(parse_binlog_event(event(type, "body")).body)) << type;
}

TEST(BinlogEvent, CutShortAnywhereIsUnclear) {
  for (const auto& whole : {gtid_event(7), table_map_event(5, "t"), rows_event(24, 5, "")})
    for (std::size_t size = 0; size < whole.size(); ++size) {
      const auto cut = whole.substr(0, size);
      // The six bytes behind a GTID's flags hold nothing that is read.
      if (whole[4] == static_cast<char>(162) && size >= 19 + 13) continue;
      EXPECT_TRUE(std::holds_alternative<Unclear>(parse_binlog_event(cut).body) || whole[4] == 19) << size;
    }
}

TEST(Rows, AreReadWithTheirValues) {
  const auto map = body<TableMap>(table_map_event(5, "mailbox"));
  const auto rows = read_rows(
      map, body<RowsEvent>(rows_event(24, 5, image("joe", 1) + image("ann", 2) + image("x", 3) + image("", 4))));
  ASSERT_TRUE(rows);
  ASSERT_EQ(rows->size(), 2U);
  EXPECT_EQ((*rows)[0].before[0], "joe");
  EXPECT_EQ((*rows)[0].after[0], "ann");
  EXPECT_EQ((*rows)[1].after[0], "");
  EXPECT_TRUE(is_text(map, 0));
  EXPECT_FALSE(is_text(map, 1));
  EXPECT_FALSE(is_text(map, 2));
}

TEST(Rows, NullIsNoValue) {
  const auto map = body<TableMap>(table_map_event(5, "t"));
  const auto rows = read_rows(map, body<RowsEvent>(rows_event(23, 5, number(1, 1) + number(9, 4))));
  ASSERT_TRUE(rows);
  EXPECT_EQ((*rows)[0].after[0], std::nullopt);
  EXPECT_EQ((*rows)[0].after[1], number(9, 4));
}

TEST(Rows, ThatDoNotFitTheirTableAreNotRead) {
  const auto map = body<TableMap>(table_map_event(5, "t"));
  const auto with = [&](const std::string& images) {
    return read_rows(map, body<RowsEvent>(rows_event(23, 5, images)));
  };
  EXPECT_TRUE(with(image("joe", 1)));
  EXPECT_FALSE(with(image("joe", 1) + "x"));
  EXPECT_FALSE(with(image("joe", 1).substr(0, 5)));
  EXPECT_FALSE(read_rows(map, body<RowsEvent>(rows_event(23, 5, image("joe", 1), 1))));  // not all columns
  auto odd = map;
  odd.types = "\x0f\x63";
  EXPECT_FALSE(read_rows(odd, body<RowsEvent>(rows_event(23, 5, image("joe", 1)))));
  auto short_metadata = map;
  short_metadata.metadata = "x";
  EXPECT_FALSE(read_rows(short_metadata, body<RowsEvent>(rows_event(23, 5, image("joe", 1)))));
}

}  // namespace
}  // namespace maproom::feed
