#include "maproom/map/ip_address.hpp"

#include <arpa/inet.h>

#include <algorithm>

namespace maproom::map {
namespace {

constexpr std::array<std::uint8_t, 12> mapped_prefix{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

}  // namespace

std::optional<IpAddress> parse_ip_address(std::string_view text) {
  // inet_pton(3) is as strict as we want: four decimal octets without leading zeros; no brackets, no zone.
  const std::string copy{text};
  if (copy.size() != std::char_traits<char>::length(copy.c_str())) return std::nullopt;  // a NUL inside
  IpAddress address{};
  if (::inet_pton(AF_INET6, copy.c_str(), address.data()) == 1) return address;
  std::array<std::uint8_t, 4> v4{};
  if (::inet_pton(AF_INET, copy.c_str(), v4.data()) != 1) return std::nullopt;
  std::copy(mapped_prefix.begin(), mapped_prefix.end(), address.begin());
  std::copy(v4.begin(), v4.end(), address.begin() + 12);
  return address;
}

std::string to_string(const IpAddress& address) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  if (std::equal(mapped_prefix.begin(), mapped_prefix.end(), address.begin()))
    return ::inet_ntop(AF_INET, address.data() + 12, text.data(), text.size());
  return ::inet_ntop(AF_INET6, address.data(), text.data(), text.size());
}

}  // namespace maproom::map
