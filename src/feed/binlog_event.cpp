#include "maproom/feed/binlog_event.hpp"

#include <array>

#include "maproom/feed/binlog_packet.hpp"

namespace maproom::feed {
namespace {

/// Takes bytes from the front; once more are wanted than there are, everything else is empty and `good` is false.
class Bytes {
 public:
  explicit Bytes(std::string_view bytes) : rest_{bytes} {}
  [[nodiscard]] bool good() const { return good_; }
  [[nodiscard]] bool empty() const { return rest_.empty(); }
  std::string_view take(std::uint64_t count) {
    if (count > rest_.size()) {
      good_ = false;
      rest_ = {};
      return {};
    }
    const auto taken = rest_.substr(0, static_cast<std::size_t>(count));
    rest_.remove_prefix(taken.size());
    return taken;
  }
  std::uint64_t number(int bytes) {  // little endian
    const auto taken = take(static_cast<std::uint64_t>(bytes));
    std::uint64_t value = 0;
    for (std::size_t i = taken.size(); i-- > 0;) value = value << 8 | static_cast<unsigned char>(taken[i]);
    return value;
  }
  std::uint64_t packed_number() {  // "length encoded integer" of the protocol
    const auto first = number(1);
    if (first < 251) return first;
    if (first == 252) return number(2);
    if (first == 253) return number(3);
    if (first == 254) return number(8);
    good_ = false;
    return 0;
  }
  std::string_view rest() { return take(rest_.size()); }

 private:
  std::string_view rest_;
  bool good_ = true;
};

// sql/log_event.h: Log_event_type
enum : std::uint8_t {
  query_event = 2,
  stop_event = 3,
  rotate_event = 4,
  intvar_event = 5,
  rand_event = 13,
  user_var_event = 14,
  format_description_event = 15,
  xid_event = 16,
  table_map_event = 19,
  write_rows_v1 = 23,
  update_rows_v1 = 24,
  delete_rows_v1 = 25,
  heartbeat_event = 27,
  xa_prepare_event = 38,
  annotate_rows_event = 160,
  checkpoint_event = 161,
  gtid_event = 162,
  gtid_list_event = 163,
  start_encryption_event = 164,
  query_compressed = 165,
  write_rows_compressed = 166,
  update_rows_compressed = 167,
  delete_rows_compressed = 168,
};

// Gtid_log_event's flags2
constexpr std::uint64_t fl_standalone = 0x01;
constexpr std::uint64_t fl_ddl = 0x20;
constexpr std::uint64_t fl_prepared_xa = 0x40;
constexpr std::uint64_t fl_completed_xa = 0x80;

/// log_bin_compress makes the end of a query or row event smaller: the statement, the images.
std::optional<std::string> last(Bytes& bytes, bool compressed) {
  const auto rest = bytes.rest();
  return compressed ? uncompressed(rest) : std::string{rest};
}

EventBody parse_query(Bytes bytes, bool compressed) {
  bytes.take(8);  // thread, duration
  const auto database_size = bytes.number(1);
  bytes.take(2);  // error
  const auto status_size = bytes.number(2);
  bytes.take(status_size);
  Query query;
  query.database = bytes.take(database_size);
  bytes.take(1);
  auto statement = last(bytes, compressed);
  if (!bytes.good() || !statement) return Unclear{"a query event cut short"};
  query.statement = std::move(*statement);
  return query;
}

EventBody parse_table_map(Bytes bytes) {
  TableMap map;
  map.id = bytes.number(6);
  bytes.take(2);
  map.database = bytes.take(bytes.number(1));
  bytes.take(1);
  map.table = bytes.take(bytes.number(1));
  bytes.take(1);
  map.types = bytes.take(bytes.packed_number());
  map.metadata = bytes.take(bytes.packed_number());
  if (!bytes.good()) return Unclear{"a table map event cut short"};
  return map;
}

bool all_set(std::string_view bitmap, std::uint64_t bits) {
  for (std::uint64_t i = 0; i < bits; ++i)
    if ((static_cast<unsigned char>(bitmap[static_cast<std::size_t>(i / 8)]) >> (i % 8) & 1U) == 0) return false;
  return true;
}

EventBody parse_rows(Bytes bytes, RowKind kind, bool compressed) {
  RowsEvent rows;
  rows.kind = kind;
  rows.table_id = bytes.number(6);
  bytes.take(2);
  rows.columns = bytes.packed_number();
  if (!bytes.good() || rows.columns == 0 || rows.columns > 65535) return Unclear{"a row event of no sense"};
  const auto bitmap_size = (rows.columns + 7) / 8;
  const auto used = bytes.take(bitmap_size);
  const auto used_after = kind == RowKind::updated ? bytes.take(bitmap_size) : used;
  if (!bytes.good()) return Unclear{"a row event cut short"};
  rows.all_columns = all_set(used, rows.columns) && all_set(used_after, rows.columns);
  auto images = last(bytes, compressed);
  if (!images) return Unclear{"a row event whose images are damaged"};
  rows.images = std::move(*images);
  return rows;
}

EventBody parse_gtid(Bytes bytes, std::uint32_t server) {
  GroupBegin begin;
  begin.gtid.sequence = bytes.number(8);
  begin.gtid.domain = static_cast<std::uint32_t>(bytes.number(4));
  begin.gtid.server = server;
  const auto flags = bytes.number(1);
  if (!bytes.good()) return Unclear{"a GTID event cut short"};
  begin.standalone = (flags & fl_standalone) != 0;
  begin.ddl = (flags & fl_ddl) != 0;
  begin.xa_prepare = (flags & fl_prepared_xa) != 0;
  begin.xa_complete = (flags & fl_completed_xa) != 0;
  return begin;
}

EventBody parse_rotate(Bytes bytes) {
  bytes.take(8);
  return Rotate{std::string{bytes.rest()}};
}

}  // namespace

BinlogEvent parse_binlog_event(std::string_view all) {
  Bytes bytes{all};
  const auto time = static_cast<std::uint32_t>(bytes.number(4));
  const auto type = static_cast<std::uint8_t>(bytes.number(1));
  const auto server = static_cast<std::uint32_t>(bytes.number(4));
  bytes.take(4);  // size
  BinlogEvent event;
  event.end = bytes.number(4);
  bytes.take(2);  // flags
  if (!bytes.good()) {
    event.body = Unclear{"an event without a whole header"};
    return event;
  }
  switch (type) {
    case query_event:
    case query_compressed:
      event.body = parse_query(bytes, type == query_compressed);
      break;
    case rotate_event:
      event.body = parse_rotate(bytes);
      break;
    case format_description_event:
      bytes.take(2 + 50);  // the binlog's version, the server's
      event.body = FileBegin{time, server, bytes.number(4) != 0};
      break;
    case xid_event:
      event.body = GroupEnd{};
      break;
    case table_map_event:
      event.body = parse_table_map(bytes);
      break;
    case write_rows_v1:
    case write_rows_compressed:
      event.body = parse_rows(bytes, RowKind::inserted, type == write_rows_compressed);
      break;
    case update_rows_v1:
    case update_rows_compressed:
      event.body = parse_rows(bytes, RowKind::updated, type == update_rows_compressed);
      break;
    case delete_rows_v1:
    case delete_rows_compressed:
      event.body = parse_rows(bytes, RowKind::deleted, type == delete_rows_compressed);
      break;
    case xa_prepare_event:
      event.body = XaPrepared{};
      break;
    case gtid_event:
      event.body = parse_gtid(bytes, server);
      break;
    case stop_event:
    case intvar_event:  // these three go before a statement, which is a query event of its own
    case rand_event:
    case user_var_event:
    case heartbeat_event:
    case annotate_rows_event:
    case checkpoint_event:
    case gtid_list_event:
    case start_encryption_event:
      event.body = Nothing{};
      break;
    default:
      event.body = Unclear{"an event of type " + std::to_string(type)};
  }
  return event;
}

// ---- rows
// ------------------------------------------------------------------------------------------------------------

namespace {

// include/mysql/mysql_com.h: enum_field_types
enum : std::uint8_t {
  type_decimal = 0,
  type_tiny = 1,
  type_short = 2,
  type_long = 3,
  type_float = 4,
  type_double = 5,
  type_null = 6,
  type_timestamp = 7,
  type_longlong = 8,
  type_int24 = 9,
  type_date = 10,
  type_time = 11,
  type_datetime = 12,
  type_year = 13,
  type_newdate = 14,
  type_varchar = 15,
  type_bit = 16,
  type_timestamp2 = 17,
  type_datetime2 = 18,
  type_time2 = 19,
  type_blob_compressed = 140,
  type_varchar_compressed = 141,
  type_newdecimal = 246,
  type_enum = 247,
  type_set = 248,
  type_tiny_blob = 249,
  type_medium_blob = 250,
  type_long_blob = 251,
  type_blob = 252,
  type_var_string = 253,
  type_string = 254,
  type_geometry = 255,
};

/// How a column's value is stored in a row image.
struct Storage {
  enum class Kind : std::uint8_t { fixed, counted, unknown } kind = Kind::unknown;
  std::uint64_t bytes = 0;  ///< of the value, or of the count before it
  bool text = false;
};

Storage fixed(std::uint64_t bytes) { return {Storage::Kind::fixed, bytes, false}; }
Storage counted(std::uint64_t bytes, bool text) { return {Storage::Kind::counted, bytes, text}; }

/// strings/decimal.c: decimal_bin_size
std::uint64_t decimal_size(std::uint64_t precision, std::uint64_t scale) {
  constexpr std::array<std::uint64_t, 10> left_over{0, 1, 1, 2, 2, 3, 3, 4, 4, 4};
  if (scale > precision) return 0;
  const auto whole = precision - scale;
  return whole / 9 * 4 + left_over[whole % 9] + scale / 9 * 4 + left_over[scale % 9];
}

/// Takes what the type has of `metadata`. sql/log_event.cc and sql/field.h: pack_length_from_metadata, save_metadata.
Storage storage_of(std::uint8_t type, Bytes& metadata) {
  switch (type) {
    case type_null:
      return fixed(0);
    case type_tiny:
    case type_year:
      return fixed(1);
    case type_short:
      return fixed(2);
    case type_int24:
    case type_date:
    case type_newdate:
    case type_time:
      return fixed(3);
    case type_long:
    case type_timestamp:
      return fixed(4);
    case type_longlong:
    case type_datetime:
      return fixed(8);
    case type_float:
    case type_double:
      return fixed(metadata.number(1));
    case type_timestamp2:
      return fixed(4 + (metadata.number(1) + 1) / 2);
    case type_datetime2:
      return fixed(5 + (metadata.number(1) + 1) / 2);
    case type_time2:
      return fixed(3 + (metadata.number(1) + 1) / 2);
    case type_newdecimal: {
      const auto precision = metadata.number(1);
      const auto scale = metadata.number(1);
      return precision == 0 || scale > precision ? Storage{} : fixed(decimal_size(precision, scale));
    }
    case type_bit: {
      const auto bits = metadata.number(1);
      const auto bytes = metadata.number(1);
      return fixed(bytes + (bits > 0 ? 1 : 0));
    }
    case type_varchar:
    case type_var_string:
      return counted(metadata.number(2) > 255 ? 2 : 1, true);
    case type_varchar_compressed:
      return counted(metadata.number(2) > 255 ? 2 : 1, false);
    case type_blob:
    case type_tiny_blob:
    case type_medium_blob:
    case type_long_blob: {
      const auto count = metadata.number(1);
      return count >= 1 && count <= 4 ? counted(count, true) : Storage{};
    }
    case type_blob_compressed:
    case type_geometry: {
      const auto count = metadata.number(1);
      return count >= 1 && count <= 4 ? counted(count, false) : Storage{};
    }
    case type_string:
    case type_enum:
    case type_set: {
      // Two bytes: the real type, and the size; sizes above 255 hide two bits in the type's byte, upside down.
      const auto first = metadata.number(1);
      const auto second = metadata.number(1);
      const auto real = first | 0x30U;
      const auto longest = second | ((first & 0x30U) ^ 0x30U) << 4;
      if (real == type_enum || real == type_set) return fixed(second);
      if (real != type_string) return {};
      return counted(longest > 255 ? 2 : 1, true);
    }
    default:
      return {};
  }
}

std::vector<Storage> storage_of(const TableMap& table) {
  Bytes metadata{table.metadata};
  std::vector<Storage> all;
  all.reserve(table.types.size());
  for (const char type : table.types) all.push_back(storage_of(static_cast<std::uint8_t>(type), metadata));
  if (!metadata.good() || !metadata.empty()) all.clear();
  return all;
}

bool read_image(Bytes& bytes, const std::vector<Storage>& storage, RowImage& image) {
  const auto nulls = bytes.take((storage.size() + 7) / 8);
  if (!bytes.good()) return false;
  image.reserve(storage.size());
  for (std::size_t i = 0; i < storage.size(); ++i) {
    if ((static_cast<unsigned char>(nulls[i / 8]) >> (i % 8) & 1U) != 0) {
      image.emplace_back(std::nullopt);
      continue;
    }
    if (storage[i].kind == Storage::Kind::unknown) return false;
    auto size = storage[i].bytes;
    if (storage[i].kind == Storage::Kind::counted) size = bytes.number(static_cast<int>(size));
    image.emplace_back(std::string{bytes.take(size)});
    if (!bytes.good()) return false;
  }
  return true;
}

}  // namespace

std::optional<std::vector<RowChange>> read_rows(const TableMap& table, const RowsEvent& rows) {
  const auto storage = storage_of(table);
  if (!rows.all_columns || storage.empty() || storage.size() != rows.columns) return std::nullopt;
  std::vector<RowChange> changes;
  Bytes bytes{rows.images};
  while (!bytes.empty()) {
    auto& change = changes.emplace_back();
    if (rows.kind != RowKind::inserted && !read_image(bytes, storage, change.before)) return std::nullopt;
    if (rows.kind != RowKind::deleted && !read_image(bytes, storage, change.after)) return std::nullopt;
  }
  return changes;
}

bool is_text(const TableMap& table, std::size_t column) {
  const auto storage = storage_of(table);
  return column < storage.size() && storage[column].text;
}

}  // namespace maproom::feed
