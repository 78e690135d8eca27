#include "maproom/map/host_address.hpp"

#include <algorithm>

namespace maproom::map {
namespace {

constexpr std::string_view hex_digits = "0123456789abcdefABCDEF";

bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }

/// Four decimal numbers up to 255, leading zeros allowed. A first octet of zero is only good in an all-zero address.
bool is_ipv4_address(std::string_view text) noexcept {
  const bool all_zero = text.find_first_not_of("0.") == std::string_view::npos;
  int octets = 0;
  while (true) {
    const auto digits = static_cast<std::size_t>(std::find_if_not(text.begin(), text.end(), is_digit) - text.begin());
    int value = 0;
    for (const char c : text.substr(0, digits)) {
      value = value * 10 + (c - '0');
      if (value > 255) return false;
    }
    if (digits == 0) return false;
    if (++octets == 1 && value == 0 && !all_zero) return false;
    text.remove_prefix(digits);
    if (text.empty()) return octets == 4;
    if (text.front() != '.') return false;
    text.remove_prefix(1);
  }
}

/// Two to seven colons, one "::" at most, up to four hex digits between them, and perhaps an IPv4 address last.
/// Nobody counts whether the groups are enough.
bool is_ipv6_address(std::string_view text) noexcept {
  const auto colons = std::count(text.begin(), text.end(), ':');
  if (colons < 2 || colons > 7) return false;
  const auto gap = text.find("::");
  if (gap != std::string_view::npos && text.find("::", gap + 1) != std::string_view::npos) return false;
  if (text.front() == ':' && gap != 0) return false;
  if (text.back() == ':' && gap != text.size() - 2) return false;
  for (std::size_t begin = 0; begin <= text.size();) {
    const auto end = std::min(text.find(':', begin), text.size());
    const auto group = text.substr(begin, end - begin);
    const auto digits = std::min(group.find_first_not_of(hex_digits), group.size());
    if (digits > 4) return false;
    if (digits < group.size())
      return group[digits] == '.' && end == text.size() && colons <= 6 && is_ipv4_address(group);
    begin = end + 1;
  }
  return true;
}

}  // namespace

bool is_host_address(std::string_view text) noexcept {
  return text.find(':') == std::string_view::npos ? is_ipv4_address(text) : is_ipv6_address(text);
}

}  // namespace maproom::map
