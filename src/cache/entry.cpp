#include "maproom/cache/entry.hpp"

#include <array>

namespace maproom::cache {
namespace {

// "MR" version kind | lifetime (8 bytes, little endian, ms) | tag length (2) tag | value length (4) value | checksum
// (4) The tag is the database position up to which the answer is true; without a change feed there is none.
constexpr std::string_view magic = "MR";
constexpr char version = 2;
constexpr std::size_t longest_tag = 60'000;
constexpr char positive = '+';
constexpr char negative = '-';
constexpr std::size_t header = 2 + 1 + 1 + 8 + 2 + 4;
constexpr std::size_t trailer = 4;

template <class Integer>
void append(std::string& out, Integer value) {
  for (std::size_t i = 0; i < sizeof value; ++i) out.push_back(static_cast<char>((value >> (8 * i)) & 0xff));
}

template <class Integer>
Integer read(std::string_view bytes) {
  Integer value = 0;
  for (std::size_t i = 0; i < sizeof value; ++i)
    value = static_cast<Integer>(
        value | static_cast<Integer>(static_cast<Integer>(static_cast<unsigned char>(bytes[i])) << (8 * i)));
  return value;
}

/// FNV-1a: against truncation and garbage, not against an enemy (who could write to Redis what he likes).
std::uint32_t checksum(std::string_view bytes) {
  std::uint32_t hash = 2166136261U;
  for (const char c : bytes) hash = (hash ^ static_cast<unsigned char>(c)) * 16777619U;
  return hash;
}

}  // namespace

std::string encode(const StoredEntry& entry) {
  std::string out{magic};
  out.push_back(version);
  out.push_back(entry.value ? positive : negative);
  append(out, static_cast<std::uint64_t>(entry.lifetime.count()));
  // A position of so many domains is nobody's; without its tag the entry bears its age alone.
  const std::string_view tag = entry.tag.size() <= longest_tag ? std::string_view{entry.tag} : std::string_view{};
  append(out, static_cast<std::uint16_t>(tag.size()));
  append(out, static_cast<std::uint32_t>(entry.value ? entry.value->size() : 0));
  out += tag;
  if (entry.value) out += *entry.value;
  append(out, checksum(out));
  return out;
}

std::optional<StoredEntry> decode(std::string_view bytes) {
  if (bytes.size() < header + trailer || !bytes.starts_with(magic) || bytes[2] != version) return std::nullopt;
  const auto body = bytes.substr(0, bytes.size() - trailer);
  if (read<std::uint32_t>(bytes.substr(body.size())) != checksum(body)) return std::nullopt;
  const char kind = bytes[3];
  const auto lifetime = read<std::uint64_t>(bytes.substr(4));
  const auto tag = read<std::uint16_t>(bytes.substr(12));
  const auto length = read<std::uint32_t>(bytes.substr(14));
  if (body.size() - header != std::size_t{tag} + length) return std::nullopt;
  if (lifetime == 0 || lifetime > static_cast<std::uint64_t>(longest_lifetime.count())) return std::nullopt;
  StoredEntry entry;
  entry.lifetime = std::chrono::milliseconds{static_cast<std::int64_t>(lifetime)};
  entry.tag = body.substr(header, tag);
  if (kind == positive && length > 0)
    entry.value = std::string{body.substr(header + tag)};
  else if (kind != negative || length != 0)
    return std::nullopt;
  return entry;
}

}  // namespace maproom::cache
