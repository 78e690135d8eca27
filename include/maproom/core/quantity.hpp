#pragma once
// Quantities with units as the configuration writes them: "64 MiB", "30 s", "5 min". Pure.

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "maproom/core/result.hpp"

namespace maproom {

/// "500 ms", "30 s", "5 min", "24 h", "7 d"; the blank is optional; whole numbers only; "0 s" is allowed.
/// A number without a unit is an error: the message names the units.
[[nodiscard]] Result<std::chrono::milliseconds> parse_duration(std::string_view text);
/// "512 B", "64 KiB", "64 MiB", "1 GiB"; whole numbers only; a unit is required.
[[nodiscard]] Result<std::uint64_t> parse_bytes(std::string_view text);
/// The shortest form that parse_duration reads back to the same value: "5 min", not "300 s".
[[nodiscard]] std::string format_duration(std::chrono::milliseconds value);
[[nodiscard]] std::string format_bytes(std::uint64_t value);

}  // namespace maproom
