// What Redis hands back: only what encode wrote is read, and it has one form only.

#include "maproom/cache/entry.hpp"
#include "property.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace maproom::cache;
  using maproom::fuzz::require;
  const auto bytes = maproom::fuzz::as_text(data, size);

  if (const auto entry = decode(bytes)) {
    require(encode(*entry) == bytes, "what decode reads is what encode writes");
    require(entry->lifetime.count() > 0, "an entry has a time to live");
    require(!entry->value || !entry->value->empty(), "a value is never empty");
  }

  // The checksum stops nearly all random bytes, so the same bytes are tried as an entry's parts, and then cut.
  StoredEntry made;
  made.lifetime = std::chrono::milliseconds{1};
  for (std::size_t i = 0; i < size && i < 7; ++i)
    made.lifetime += std::chrono::milliseconds{std::int64_t{data[i]} << (8 * i)};
  if (size > 7) made.value = std::string{bytes.substr(7)};
  const auto written = encode(made);
  if (made.lifetime > longest_lifetime) {
    require(!decode(written), "a lifetime beyond all bounds makes no entry");
    return 0;
  }
  require(decode(written) == made, "what was written comes back");
  if (size > 0) {
    require(!decode(std::string_view{written}.substr(0, data[0] % written.size())), "a cut entry is none");
    require(!decode(written + static_cast<char>(data[0])), "an entry with something behind it is none");
  }
  return 0;
}
