#include "maproom/feed/binlog_packet.hpp"

#include <zlib.h>

#include <cstdint>

namespace maproom::feed {
namespace {

constexpr std::size_t header_size = 19;
constexpr std::size_t checksum_size = 4;
constexpr std::size_t description_size = 2 + 50 + 4 + 1;  // versions, when it began, the size of headers
constexpr std::size_t type_at = 4;
constexpr unsigned char incident_event = 26;
constexpr unsigned char format_description_event = 15;
constexpr unsigned char summed_with_crc32 = 1;
/// What the server's largest max_allowed_packet allows.
constexpr std::uint64_t largest_event = 1ULL << 30;
/// zlib's format makes nothing smaller than by this factor (zlib's manual, "Maximum Compression Factor": 1032).
constexpr std::uint64_t most_inflated = 1040;

unsigned char byte_at(std::string_view bytes, std::size_t at) { return static_cast<unsigned char>(bytes[at]); }

std::uint32_t little_endian(std::string_view bytes) {
  std::uint32_t value = 0;
  for (std::size_t i = bytes.size(); i-- > 0;) value = value << 8 | byte_at(bytes, i);
  return value;
}

Error unreadable(std::string what) { return {Errc::invalid, std::move(what)}; }

}  // namespace

Result<std::optional<std::string_view>> BinlogPackets::event_in(std::string_view packet) {
  // Of the protocol: an end is 0xFE in a short packet, an event stands behind a zero.
  if (!packet.empty() && byte_at(packet, 0) == 0xFE && packet.size() < 9) return std::optional<std::string_view>{};
  if (packet.empty() || packet[0] != 0) return unreadable("a packet of no known kind");
  auto event = packet.substr(1);
  if (event.size() < header_size) return unreadable("an event without a whole header");
  const auto type = byte_at(event, type_at);
  if (type == format_description_event) {
    // The kind of checksum, and room for one, end it in each file of MariaDB 5.3 and later.
    if (event.size() < header_size + description_size + checksum_size + 1)
      return unreadable("a format description cut short");
    summed_ = byte_at(event, event.size() - checksum_size - 1) == summed_with_crc32;
  }
  if (summed_) {
    if (event.size() < header_size + checksum_size) return unreadable("an event without its checksum");
    const auto said = little_endian(event.substr(event.size() - checksum_size));
    event.remove_suffix(checksum_size);
    const auto is = ::crc32_z(0, reinterpret_cast<const Bytef*>(event.data()), event.size());
    if (static_cast<std::uint32_t>(is) != said)
      return unreadable("an event whose checksum is wrong, of type " + std::to_string(type));
  }
  if (type == incident_event) return unreadable("an incident: the binlog lacks something");
  return std::optional{event};
}

std::optional<std::string> uncompressed(std::string_view record) {
  // A byte with the highest bit, three for the way (0: zlib) and three for how many bytes of length follow.
  if (record.empty() || (byte_at(record, 0) & 0xF8U) != 0x80U) return std::nullopt;
  const std::size_t length_size = byte_at(record, 0) & 0x07U;
  if (length_size == 0 || length_size > 4 || record.size() < 1 + length_size) return std::nullopt;
  std::uint64_t length = 0;
  for (std::size_t i = 1; i <= length_size; ++i) length = length << 8 | byte_at(record, i);
  record.remove_prefix(1 + length_size);
  if (length > largest_event || length > record.size() * most_inflated) return std::nullopt;
  std::string whole(static_cast<std::size_t>(length), '\0');
  auto size = static_cast<uLongf>(length);
  if (::uncompress(reinterpret_cast<Bytef*>(whole.data()), &size, reinterpret_cast<const Bytef*>(record.data()),
                   record.size()) != Z_OK ||
      size != length)
    return std::nullopt;
  return whole;
}

}  // namespace maproom::feed
