#include "maproom/cache/redis_time.hpp"

#include <charconv>
#include <cstdint>

namespace maproom::cache {
namespace {

std::optional<std::int64_t> number(std::string_view text, std::int64_t limit) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size() || value < 0 || value >= limit) return std::nullopt;
  return value;
}

constexpr std::int64_t year_10000 = 253'402'300'800;

}  // namespace

std::optional<std::chrono::milliseconds> redis_time(std::string_view seconds, std::string_view microseconds) {
  const auto whole = number(seconds, year_10000);
  const auto part = number(microseconds, 1'000'000);
  if (!whole || !part) return std::nullopt;
  return std::chrono::milliseconds{*whole * 1000 + *part / 1000};
}

}  // namespace maproom::cache
