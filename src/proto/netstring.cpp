#include "maproom/proto/netstring.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>

namespace maproom::proto {
namespace {

constexpr Netstring violation(std::string_view problem) noexcept {
  return {Netstring::State::violation, {}, 0, problem};
}

struct Digits {
  std::array<char, std::numeric_limits<std::size_t>::digits10 + 1> text;
  std::size_t count;
};

Digits to_digits(std::size_t number) noexcept {
  Digits digits;
  const auto end = std::to_chars(digits.text.data(), digits.text.data() + digits.text.size(), number).ptr;
  digits.count = static_cast<std::size_t>(end - digits.text.data());
  return digits;
}

}  // namespace

Netstring read_netstring(std::string_view input, std::size_t payload_max, std::size_t missing) noexcept {
  std::size_t length = 0;
  std::size_t at = 0;
  for (;; ++at) {
    if (at == input.size()) return {};
    const char c = input[at];
    if (c == ':' && at > 0) break;
    if (c < '0' || c > '9') return violation("netstring length is not a decimal number");
    if (at == 1 && input[0] == '0') return violation("netstring length has a leading zero");
    const auto digit = static_cast<std::size_t>(c - '0');
    // Compared before the digit is added, so that no length can overflow.
    if (digit > payload_max || length > (payload_max - digit) / 10)
      return violation("netstring is longer than the limit");
    length = length * 10 + digit;
  }
  length -= std::min(missing, length);
  const std::size_t comma = at + 1 + length;
  if (input.size() <= comma) return {};
  if (input[comma] != ',') return violation("netstring does not end in a comma");
  return {Netstring::State::complete, input.substr(at + 1, length), comma + 1, {}};
}

void append_netstring(std::string& out, std::string_view head, std::string_view tail) {
  const auto digits = to_digits(head.size() + tail.size());
  out.append(digits.text.data(), digits.count).append(1, ':').append(head).append(tail).append(1, ',');
}

std::size_t netstring_size(std::size_t payload_size) noexcept {
  return to_digits(payload_size).count + 1 + payload_size + 1;
}

}  // namespace maproom::proto
