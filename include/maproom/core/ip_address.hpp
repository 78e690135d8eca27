#pragma once
// Strict reading of client addresses as Postfix sends them (docs/postfix-lookups.md, 5.4, M3). Pure.

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace maproom {

/// One family for all: IPv4 is ::ffff:a.b.c.d.
using IpAddress = std::array<std::uint8_t, 16>;

/// Four decimal octets without leading zeros, or an IPv6 address in any spelling; no brackets, no zone, no prefix.
[[nodiscard]] std::optional<IpAddress> parse_ip_address(std::string_view text);
/// Canonical text: dotted for IPv4 (mapped too), compressed lower case for IPv6 (RFC 5952).
[[nodiscard]] std::string to_string(const IpAddress& address);

}  // namespace maproom
