#include "maproom/core/quantity.hpp"

#include <array>
#include <charconv>
#include <limits>

namespace maproom {
namespace {

struct Unit {
  std::string_view name;
  std::uint64_t factor;
};

// Largest first: format_* takes the first that divides.
constexpr std::array<Unit, 5> duration_units{
    {{"d", 86'400'000}, {"h", 3'600'000}, {"min", 60'000}, {"s", 1000}, {"ms", 1}}};
constexpr std::array<Unit, 4> byte_units{{{"GiB", 1ULL << 30}, {"MiB", 1ULL << 20}, {"KiB", 1ULL << 10}, {"B", 1}}};

template <std::size_t N>
Result<std::uint64_t> parse(std::string_view text, const std::array<Unit, N>& units, std::string_view example) {
  const auto expected = [&](std::string_view why) {
    return fail(Errc::invalid, "\"" + std::string{text} + "\" " + std::string{why} +
                                   "; expected a whole number and a unit, such as " + std::string{example});
  };
  std::uint64_t number = 0;
  const auto [end, ec] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (ec == std::errc::result_out_of_range) return expected("is too large");
  if (ec != std::errc{}) return expected("does not begin with a number");
  auto unit = text.substr(static_cast<std::size_t>(end - text.data()));
  while (unit.starts_with(' ')) unit.remove_prefix(1);
  if (unit.empty()) return expected("has no unit");
  for (const auto& known : units) {
    if (unit != known.name) continue;
    constexpr auto max = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
    if (number > max / known.factor) return expected("is too large");
    return number * known.factor;
  }
  return expected("has an unknown unit");
}

template <std::size_t N>
std::string format(std::uint64_t value, const std::array<Unit, N>& units, std::string_view zero) {
  if (value == 0) return std::string{zero};
  for (const auto& unit : units)
    if (value % unit.factor == 0) return std::to_string(value / unit.factor) + " " + std::string{unit.name};
  return {};
}

}  // namespace

Result<std::chrono::milliseconds> parse_duration(std::string_view text) {
  const auto value = parse(text, duration_units, "\"500 ms\", \"30 s\", \"5 min\", \"24 h\" or \"7 d\"");
  if (!value) return value.error();
  return std::chrono::milliseconds{static_cast<std::int64_t>(*value)};
}

Result<std::uint64_t> parse_bytes(std::string_view text) {
  return parse(text, byte_units, "\"512 B\", \"64 KiB\", \"64 MiB\" or \"1 GiB\"");
}

std::string format_duration(std::chrono::milliseconds value) {
  return format(static_cast<std::uint64_t>(value.count()), duration_units, "0 s");
}

std::string format_bytes(std::uint64_t value) { return format(value, byte_units, "0 B"); }

}  // namespace maproom
