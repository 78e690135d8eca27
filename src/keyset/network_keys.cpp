#include "maproom/keyset/network_keys.hpp"

#include <algorithm>
#include <charconv>

namespace maproom::keyset {
namespace {

Error no_address(std::string_view text) {
  return fail(Errc::bad_data, "\"" + std::string{text} + "\" is no address, and no network as 192.0.2.0/24");
}

}  // namespace

Result<void> NetworkKeys::add(std::string_view network) {
  const auto slash = network.find('/');
  const auto text = network.substr(0, slash);
  const auto address = parse_ip_address(text);
  if (!address) return no_address(network);
  const bool ipv4 = text.find(':') == std::string_view::npos;
  const unsigned longest = ipv4 ? 32 : 128;
  unsigned length = longest;
  if (slash != std::string_view::npos) {
    const auto digits = network.substr(slash + 1);
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), length);
    if (error != std::errc{} || end != digits.data() + digits.size() || length > longest) return no_address(network);
  }
  const unsigned kept = length + (128 - longest);
  Range range{*address, *address};
  for (unsigned bit = kept; bit < 128; ++bit) {
    const auto mask = static_cast<std::uint8_t>(0x80U >> (bit % 8));
    range.first[bit / 8] = static_cast<std::uint8_t>(range.first[bit / 8] & ~mask);
    range.last[bit / 8] = static_cast<std::uint8_t>(range.last[bit / 8] | mask);
  }
  ranges_.push_back(range);
  return {};
}

Result<void> NetworkKeys::add(std::string_view first, std::string_view last) {
  const auto begin = parse_ip_address(first);
  if (!begin) return no_address(first);
  const auto end = parse_ip_address(last);
  if (!end) return no_address(last);
  if (*begin <= *end) ranges_.push_back({*begin, *end});  // no address lies between the others
  return {};
}

void NetworkKeys::seal() {
  std::sort(ranges_.begin(), ranges_.end(), [](const Range& a, const Range& b) { return a.first < b.first; });
  std::vector<Range> joined;
  for (const auto& range : ranges_) {
    if (joined.empty() || joined.back().last < range.first)
      joined.push_back(range);
    else
      joined.back().last = std::max(joined.back().last, range.last);
  }
  joined.shrink_to_fit();
  ranges_ = std::move(joined);
}

bool NetworkKeys::may_hold(std::string_view key) const {
  const auto address = parse_ip_address(key);
  if (!address) return true;
  const auto after = std::upper_bound(ranges_.begin(), ranges_.end(), *address,
                                      [](const IpAddress& a, const Range& range) { return a < range.first; });
  return after != ranges_.begin() && *address <= std::prev(after)->last;
}

}  // namespace maproom::keyset
