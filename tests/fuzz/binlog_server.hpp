#pragma once
// A server's side of a binlog stream, with one table whose columns change: makes events as sql/log_event.h and
// sql/field.h describe them, in packets, with checksums and compression or without.

#include <zlib.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "property.hpp"
#include "unit/feed/binlog_bytes.hpp"

namespace maproom::fuzz {

/// A type of a column: what the table map says of it, and how a value of some bytes is written.
struct ColumnType {
  std::string type, metadata;
  std::size_t count = 0;  ///< of the bytes before the value that say its length; 0: it has a fixed one
  std::size_t size = 0;   ///< the fixed one, or the most
  bool text = false;
};

inline const std::vector<ColumnType>& column_types() {
  using feed::number;
  static const std::vector<ColumnType> all{
      {"\x0f", number(100, 2), 1, 100, true},               // VARCHAR(100)
      {"\x0f", number(1200, 2), 2, 300, true},              // VARCHAR(300), four bytes a character
      {"\xfe", "\xfe\x50", 1, 80, true},                    // CHAR(20)
      {"\xfe", "\xce\xb0", 2, 100, true},                   // CHAR(236), whose size hides two bits in the type
      {"\xfc", number(2, 1), 2, 200, true},                 // TEXT
      {"\x03", "", 0, 4, false},                            // INT
      {"\x01", "", 0, 1, false},                            // TINYINT
      {"\x08", "", 0, 8, false},                            // BIGINT
      {"\xf6", number(10, 1) + number(2, 1), 0, 5, false},  // DECIMAL(10,2)
      {"\x12", number(3, 1), 0, 7, false},                  // DATETIME(3)
      {"\xfe", "\xf7\x02", 0, 2, false},                    // ENUM of many
      {"\x10", number(3, 1) + number(1, 1), 0, 2, false},   // BIT(11)
      {"\x05", number(8, 1), 0, 8, false},                  // DOUBLE
  };
  return all;
}

struct Layout {
  std::vector<std::size_t> types;  ///< of column_types()
  std::size_t key = 0;             ///< which column is the key
  std::size_t value = 0;           ///< and which the one that the query reads
};

using Values = std::vector<std::optional<std::string>>;

inline std::string written(const Layout& layout, const Values& values) {
  std::string nulls((layout.types.size() + 7) / 8, '\0');
  std::string rest;
  for (std::size_t i = 0; i < values.size(); ++i) {
    const auto& type = column_types()[layout.types[i]];
    if (!values[i])
      nulls[i / 8] = static_cast<char>(nulls[i / 8] | 1 << (i % 8));
    else if (type.count > 0)
      rest += feed::number(values[i]->size(), static_cast<int>(type.count)) + *values[i];
    else
      rest += *values[i];
  }
  return nulls + rest;
}

inline std::string table_map_of(std::uint64_t id, const std::string& table, const Layout& layout) {
  std::string types, metadata;
  for (const auto each : layout.types) {
    types += column_types()[each].type;
    metadata += column_types()[each].metadata;
  }
  const std::string database = "mail";
  return feed::event(19, feed::number(id, 6) + feed::number(0, 2) + feed::number(database.size(), 1) + database + '\0' +
                             feed::number(table.size(), 1) + table + '\0' + feed::number(types.size(), 1) + types +
                             feed::number(metadata.size(), 1) + metadata + std::string((types.size() + 7) / 8, '\xff'));
}

/// As log_bin_compress does (sql/log_event.cc: binlog_buf_compress).
inline std::string made_smaller(const std::string& text) {
  auto size = ::compressBound(text.size());
  std::string out(size, '\0');
  require(::compress(reinterpret_cast<Bytef*>(out.data()), &size, reinterpret_cast<const Bytef*>(text.data()),
                     text.size()) == Z_OK,
          "zlib works");
  out.resize(size);
  std::string head = "\x82";
  head += static_cast<char>(text.size() >> 8 & 0xff);
  head += static_cast<char>(text.size() & 0xff);
  return head + out;
}

/// `kind`: 0 inserted, 1 updated, 2 deleted.
inline std::string rows_of(int kind, std::uint64_t id, const Layout& layout, const std::string& images, bool compress) {
  std::string used((layout.types.size() + 7) / 8, '\0');
  for (std::size_t i = 0; i < layout.types.size(); ++i) used[i / 8] = static_cast<char>(used[i / 8] | 1 << (i % 8));
  return feed::event((compress ? 166 : 23) + kind,
                     feed::number(id, 6) + feed::number(0, 2) + feed::number(layout.types.size(), 1) + used +
                         (kind == 1 ? used : "") + (compress ? made_smaller(images) : images));
}

inline std::string query_of(const std::string& statement, bool compress) {
  const std::string database = "mail";
  return feed::event(compress ? 165 : 2, feed::number(0, 8) + feed::number(database.size(), 1) + feed::number(0, 4) +
                                             database + '\0' + (compress ? made_smaller(statement) : statement));
}

/// The packets of a stream.
class PacketWriter {
 public:
  std::string description(bool summed) {
    summed_ = summed;
    const auto event = feed::file_event() + feed::number(summed ? 1 : 0, 1);
    return '\0' + (summed ? with_sum(event) : event + feed::number(0, 4));
  }
  [[nodiscard]] std::string packet(const std::string& event) const {
    return '\0' + (summed_ ? with_sum(event) : event);
  }
  [[nodiscard]] bool summed() const { return summed_; }

 private:
  static std::string with_sum(const std::string& event) {
    return event + feed::number(::crc32_z(0, reinterpret_cast<const Bytef*>(event.data()), event.size()), 4);
  }
  bool summed_ = false;
};

}  // namespace maproom::fuzz
