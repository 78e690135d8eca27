#include "maproom/core/ip_address.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <cstring>

namespace maproom {
namespace {

constexpr std::array<std::uint8_t, 12> ipv4_prefix{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF};

}  // namespace

std::optional<IpAddress> parse_ip_address(std::string_view text) {
  // inet_pton(3) is as strict as we want: no leading zeros, no short forms, no zone. It wants a C string.
  std::array<char, INET6_ADDRSTRLEN> terminated{};
  if (text.size() >= terminated.size() || text.find('\0') != std::string_view::npos) return std::nullopt;
  std::copy(text.begin(), text.end(), terminated.begin());
  IpAddress address{};
  if (inet_pton(AF_INET6, terminated.data(), address.data()) == 1) return address;
  std::copy(ipv4_prefix.begin(), ipv4_prefix.end(), address.begin());
  if (inet_pton(AF_INET, terminated.data(), address.data() + ipv4_prefix.size()) == 1) return address;
  return std::nullopt;
}

std::string to_string(const IpAddress& address) {
  // Postfix's own text comes from the C library (getnameinfo(3)), so ours does too.
  std::array<char, INET6_ADDRSTRLEN> text{};
  if (std::equal(ipv4_prefix.begin(), ipv4_prefix.end(), address.begin())) {
    inet_ntop(AF_INET, address.data() + ipv4_prefix.size(), text.data(), text.size());
  } else {
    inet_ntop(AF_INET6, address.data(), text.data(), text.size());
  }
  return text.data();
}

}  // namespace maproom
