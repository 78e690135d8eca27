#include "maproom/feed/gtid.hpp"

#include <algorithm>
#include <charconv>

namespace maproom::feed {
namespace {

template <class Integer>
std::optional<Integer> number(std::string_view text) {
  Integer value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::optional<Gtid> parse_gtid(std::string_view text) {
  const auto first = text.find('-');
  const auto second = text.find('-', first == std::string_view::npos ? first : first + 1);
  if (second == std::string_view::npos) return std::nullopt;
  const auto domain = number<std::uint32_t>(text.substr(0, first));
  const auto server = number<std::uint32_t>(text.substr(first + 1, second - first - 1));
  const auto sequence = number<std::uint64_t>(text.substr(second + 1));
  if (!domain || !server || !sequence) return std::nullopt;
  return Gtid{*domain, *server, *sequence};
}

std::optional<std::uint64_t> file_number(std::string_view file) {
  return number<std::uint64_t>(file.substr(file.find_last_of('.') + 1));
}

}  // namespace

std::optional<Position> Position::parse(std::string_view text) {
  Position position;
  while (!text.empty()) {
    const auto comma = text.find(',');
    const auto gtid = parse_gtid(text.substr(0, comma));
    if (!gtid || (comma != std::string_view::npos && comma + 1 == text.size())) return std::nullopt;
    position.advance(*gtid);
    text = comma == std::string_view::npos ? std::string_view{} : text.substr(comma + 1);
  }
  return position;
}

std::string Position::to_string() const {
  std::string text;
  for (const auto& gtid : gtids_) {
    if (!text.empty()) text += ',';
    text += std::to_string(gtid.domain) + '-' + std::to_string(gtid.server) + '-' + std::to_string(gtid.sequence);
  }
  return text;
}

void Position::advance(const Gtid& gtid) {
  const auto there = std::lower_bound(gtids_.begin(), gtids_.end(), gtid.domain,
                                      [](const Gtid& g, std::uint32_t domain) { return g.domain < domain; });
  if (there == gtids_.end() || there->domain != gtid.domain)
    gtids_.insert(there, gtid);
  else if (there->sequence < gtid.sequence)
    *there = gtid;
}

std::uint64_t Position::sequence(std::uint32_t domain) const {
  for (const auto& gtid : gtids_)
    if (gtid.domain == domain) return gtid.sequence;
  return 0;
}

bool Position::covers(const Gtid& gtid) const { return sequence(gtid.domain) >= gtid.sequence; }

bool Position::covers(const Position& other) const {
  return std::all_of(other.gtids_.begin(), other.gtids_.end(), [this](const Gtid& gtid) { return covers(gtid); });
}

bool at_or_behind(const FilePlace& a, const FilePlace& b) {
  if (a.file == b.file) return a.offset >= b.offset;
  const auto first = file_number(a.file);
  const auto second = file_number(b.file);
  return first && second && *first > *second;
}

}  // namespace maproom::feed
