#include "maproom/cache/entry.hpp"

#include <gtest/gtest.h>

namespace maproom::cache {
namespace {

using namespace std::chrono_literals;

TEST(StoredEntryBytes, ComeBackAsTheyWere) {
  for (const StoredEntry& entry : {StoredEntry{"bob@mbox.example", 24h}, StoredEntry{std::nullopt, 30s},
                                   StoredEntry{std::string("a\0b\xff", 4), 1ms}})
    EXPECT_EQ(decode(encode(entry)), entry);
}

// Whole, with a checksum of its own: as nanoseconds the lifetime would wrap round, and the entry be from the future.
TEST(StoredEntryBytes, OfAnAbsurdLifetimeAreAMiss) {
  EXPECT_NE(decode(encode({"value", longest_lifetime})), std::nullopt);
  for (const auto lifetime : {longest_lifetime + 1ms, std::chrono::milliseconds::max(), 0ms, -1ms})
    EXPECT_EQ(decode(encode({"value", lifetime})), std::nullopt) << lifetime.count();
}

TEST(StoredEntryBytes, CutShortAnywhereAreAMiss) {
  const auto bytes = encode({"value", 5min});
  for (std::size_t size = 0; size < bytes.size(); ++size)
    EXPECT_EQ(decode(bytes.substr(0, size)), std::nullopt) << size;
  EXPECT_EQ(decode(bytes + "x"), std::nullopt);
}

TEST(StoredEntryBytes, AnyChangedByteIsAMiss) {
  const auto bytes = encode({"value", 5min});
  for (std::size_t at = 0; at < bytes.size(); ++at)
    for (const int bit : {0, 3, 7}) {
      auto changed = bytes;
      changed[at] = static_cast<char>(changed[at] ^ (1 << bit));
      EXPECT_EQ(decode(changed), std::nullopt) << at;
    }
}

// Whole, with a checksum of its own, and of another meaning.
TEST(StoredEntryBytes, OfAnotherVersionAreAMiss) {
  auto bytes = encode({"value", 5min});
  const auto body = bytes.size() - 4;
  const auto with_sum = [&](char version) {
    bytes[2] = version;
    std::uint32_t hash = 2166136261U;  // FNV-1a
    for (std::size_t i = 0; i < body; ++i) hash = (hash ^ static_cast<unsigned char>(bytes[i])) * 16777619U;
    for (std::size_t i = 0; i < 4; ++i) bytes[body + i] = static_cast<char>(hash >> (8 * i) & 0xff);
    return bytes;
  };
  const char version = bytes[2];
  EXPECT_NE(decode(with_sum(version)), std::nullopt);
  EXPECT_EQ(decode(with_sum(static_cast<char>(version - 1))), std::nullopt);
  EXPECT_EQ(decode(with_sum(static_cast<char>(version + 1))), std::nullopt);
}

TEST(StoredEntryBytes, ForeignOnesAreAMiss) {
  for (const char* bytes : {"", "MR", "OK", "bob@mbox.example", "{\"json\":1}"}) EXPECT_EQ(decode(bytes), std::nullopt);
}

}  // namespace
}  // namespace maproom::cache
