#include "maproom/feed/binlog_packet.hpp"

#include <gtest/gtest.h>
#include <zlib.h>

#include "binlog_bytes.hpp"
#include "maproom/feed/group.hpp"

namespace maproom::feed {
namespace {

std::string packet(const std::string& event) { return std::string(1, '\0') + event; }

std::string summed(const std::string& event) {
  return event + number(::crc32_z(0, reinterpret_cast<const Bytef*>(event.data()), event.size()), 4);
}

/// `kind`: 0 none, 1 CRC32. A description has room for a checksum in any case.
std::string description(int kind) {
  const auto event = file_event() + number(static_cast<std::uint64_t>(kind), 1);
  return kind == 1 ? summed(event) : event + number(0, 4);
}

std::string read(BinlogPackets& packets, const std::string& bytes) {
  const auto event = packets.event_in(bytes);
  if (!event) return "error: " + event.error().detail;
  return *event ? std::string{**event} : "the end";
}

/// As the server writes it with log_bin_compress.
std::string compressed(const std::string& text) {
  auto size = ::compressBound(text.size());
  std::string out(size, '\0');
  EXPECT_EQ(
      ::compress(reinterpret_cast<Bytef*>(out.data()), &size, reinterpret_cast<const Bytef*>(text.data()), text.size()),
      Z_OK);
  out.resize(size);
  std::string length;
  for (const int shift : {16, 8, 0}) length.push_back(static_cast<char>(text.size() >> shift & 0xff));
  return "\x83" + length + out;
}

TEST(BinlogPackets, HoldAnEventEach) {
  BinlogPackets packets;
  EXPECT_EQ(read(packets, packet(xid_event())), xid_event());
  EXPECT_EQ(read(packets, "\xfe" + number(0, 4)), "the end");
}

TEST(BinlogPackets, BearChecksumsIfTheFileHasThem) {
  BinlogPackets packets;
  EXPECT_EQ(read(packets, packet(rotate_event("bin.1"))), rotate_event("bin.1")) << "made up before the first file";
  EXPECT_EQ(read(packets, packet(description(1))), file_event() + number(1, 1));
  EXPECT_EQ(read(packets, packet(summed(xid_event()))), xid_event());
  // The end of a file is as its other events; the next one may have none.
  EXPECT_EQ(read(packets, packet(summed(rotate_event("bin.2")))), rotate_event("bin.2"));
  EXPECT_EQ(read(packets, packet(description(0))), description(0));
  EXPECT_EQ(read(packets, packet(xid_event())), xid_event());
}

TEST(BinlogPackets, ThatAreDamagedAreErrors) {
  BinlogPackets packets;
  for (const auto& bytes : {std::string{}, std::string{"\xff no"}, std::string{"\x01"}, packet(""), packet("short"),
                            packet(event(15, "short"))})
    EXPECT_TRUE(read(packets, bytes).starts_with("error: ")) << bytes;
  static_cast<void>(read(packets, packet(description(1))));
  for (std::size_t i = 0; i < xid_event().size(); ++i) {
    auto bytes = packet(summed(xid_event()));
    bytes[1 + i] = static_cast<char>(bytes[1 + i] ^ 1);
    if (i == 4) continue;  // its type, which the next line turns into a description
    EXPECT_TRUE(read(packets, bytes).starts_with("error: ")) << i;
  }
  EXPECT_TRUE(read(packets, packet(xid_event().substr(0, 20))).starts_with("error: "));
}

TEST(BinlogPackets, SayThatTheBinlogLacksSomething) {
  BinlogPackets packets;
  EXPECT_EQ(read(packets, packet(event(26, number(1, 2)))), "error: an incident: the binlog lacks something");
}

TEST(Uncompressed, IsWhatWasCompressed) {
  for (const auto& text : {std::string{"INSERT"}, std::string(100'000, 'x')})
    EXPECT_EQ(uncompressed(compressed(text)), text);
}

TEST(Uncompressed, IsNothingWhereItIsDamaged) {
  const auto whole = compressed(std::string(1000, 'x') + "y");
  for (std::size_t size = 0; size < whole.size(); ++size) EXPECT_EQ(uncompressed(whole.substr(0, size)), std::nullopt);
  for (const char first : {'\x03', '\x80', '\x85', '\x93', '\xa3'}) {
    auto other = whole;
    other[0] = first;
    EXPECT_EQ(uncompressed(other), std::nullopt) << static_cast<int>(first);
  }
  auto longer = whole;
  longer[3] = static_cast<char>(longer[3] + 1);
  EXPECT_EQ(uncompressed(longer), std::nullopt);
  longer[1] = '\xff';  // 16 MiB of a few bytes
  EXPECT_EQ(uncompressed(longer), std::nullopt);
}

TEST(CompressedEvents, AreReadAsTheOthers) {
  // The bytes of a statement and of the images stand last in both.
  const auto statement = std::string{"ALTER TABLE t ADD x INT"};
  const auto plain = query_event(statement);
  const auto small = event(165, plain.substr(19, plain.size() - 19 - statement.size()) + compressed(statement));
  EXPECT_EQ(std::get<Query>(parse_binlog_event(small).body).statement, statement);
  EXPECT_EQ(std::get<Query>(parse_binlog_event(small).body).database, "mail");
  const auto images = image("joe", 1) + image("ann", 2);
  for (const auto& [type, small_type, kind] :
       {std::tuple{23, 166, RowKind::inserted}, {24, 167, RowKind::updated}, {25, 168, RowKind::deleted}}) {
    const auto whole = rows_event(type, 5, images);
    const auto head = whole.substr(19, whole.size() - 19 - images.size());
    const auto rows = std::get<RowsEvent>(parse_binlog_event(event(small_type, head + compressed(images))).body);
    EXPECT_EQ(rows.images, images);
    EXPECT_EQ(rows.kind, kind);
    EXPECT_EQ(rows.table_id, 5U);
    const auto damaged = parse_binlog_event(event(small_type, head + images)).body;
    EXPECT_TRUE(std::holds_alternative<Unclear>(damaged));
  }
}

TEST(CompressedEvents, EndAGroupOfOneStatement) {
  Grouper grouper;
  const auto statement = std::string{"CREATE TABLE t (a INT)"};
  const auto plain = query_event(statement);
  const auto small = event(165, plain.substr(19, plain.size() - 19 - statement.size()) + compressed(statement));
  EXPECT_TRUE(grouper.add(parse_binlog_event(gtid_event(1, 0x01))).empty());
  EXPECT_EQ(grouper.add(parse_binlog_event(small)).size(), 1U);
}

}  // namespace
}  // namespace maproom::feed
