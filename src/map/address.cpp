#include "maproom/map/address.hpp"

#include <algorithm>
#include <array>

#include "maproom/core/fold.hpp"
#include "maproom/core/ip_address.hpp"

namespace maproom::map {
namespace {

/// The bytes that a localpart cannot hold without quotes, by value.
constexpr auto needs_quotes = [] {
  std::array<bool, 256> table{};
  for (std::size_t c = 0; c <= ' '; ++c) table[c] = true;
  table[0x7F] = true;
  for (const char c : std::string_view{"()<>@,;:\\\"[]"}) table[static_cast<unsigned char>(c)] = true;
  return table;
}();

/// The length of a source route ("@hop1,@hop2:"), which neither quoting nor unquoting touches.
std::size_t route_length(std::string_view address) noexcept {
  if (!address.starts_with('@')) return 0;
  const auto colon = address.find(':');
  return colon == std::string_view::npos ? 0 : colon + 1;
}

void append_quoted(std::string& out, std::string_view text) {
  out += '"';
  for (const char c : text) {
    if (c == '"' || c == '\\' || c == '\r') out += '\\';
    out += c;
  }
  out += '"';
}

/// `localpart_end` is where the localpart ends, route included.
std::string with_quotes_if_needed(std::string_view address, std::size_t route, std::size_t localpart_end) {
  const auto localpart = address.substr(route, localpart_end - route);
  if (is_dot_string(localpart)) return std::string{address};
  std::string out;
  out.reserve(address.size() + 8);
  out += address.substr(0, route);
  append_quoted(out, localpart);
  out += address.substr(localpart_end);
  return out;
}

/// An address literal "[192.0.2.1]" or "[IPv6:2001:db8::1]"; the tag is what makes it IPv6 (valid_mailhost_addr(3)).
std::optional<IpAddress> parse_address_literal(std::string_view domain) {
  constexpr std::string_view tag = "ipv6:";
  if (domain.size() < 2 || domain.front() != '[' || domain.back() != ']') return std::nullopt;
  auto text = domain.substr(1, domain.size() - 2);
  const bool tagged = equals_ignoring_ascii_case(text.substr(0, tag.size()), tag);
  if (tagged) text.remove_prefix(tag.size());
  if (tagged != (text.find(':') != std::string_view::npos)) return std::nullopt;
  return parse_ip_address(text);
}

bool holds(const std::vector<std::string>& addresses, const IpAddress& wanted) {
  return std::any_of(addresses.begin(), addresses.end(),
                     [&](const std::string& text) { return parse_ip_address(text) == wanted; });
}

bool is_in_mydestination(std::string_view domain, const PostfixSettings& settings) {
  for (std::string_view entry : settings.mydestination) {
    const bool negated = entry.starts_with('!');  // as in every match list: the first entry that matches decides
    if (negated) entry.remove_prefix(1);
    if (equals_folded(domain, entry, settings.smtputf8_enable)) return !negated;
  }
  return false;
}

}  // namespace

bool is_dot_string(std::string_view localpart) noexcept {
  char previous = '.';
  for (const char c : localpart) {
    if (needs_quotes[static_cast<unsigned char>(c)] || (c == '.' && previous == '.')) return false;
    previous = c;
  }
  return previous != '.';
}

std::string quoted_string(std::string_view text) {
  std::string out;
  out.reserve(text.size() + 8);
  append_quoted(out, text);
  return out;
}

std::string external_address(std::string_view internal) {
  const auto route = route_length(internal);
  const auto at = internal.substr(route).rfind('@');
  return with_quotes_if_needed(internal, route, at == std::string_view::npos ? internal.size() : route + at);
}

std::string external_localpart(std::string_view localpart) {
  return with_quotes_if_needed(localpart, route_length(localpart), localpart.size());
}

std::string internal_address(std::string_view external) {
  const auto route = route_length(external);
  std::string out{external.substr(0, route)};
  out.reserve(external.size());
  bool in_quotes = false;
  auto domain_in = std::string_view::npos;  // the last '@' outside quotes: where it was read, where it was written
  auto domain_out = std::string::npos;
  for (std::size_t i = route; i < external.size(); ++i) {
    if (external[i] == '"') {
      in_quotes = !in_quotes;
      continue;
    }
    if (external[i] == '@' && !in_quotes) {
      domain_in = i;
      domain_out = out.size();
    } else if (external[i] == '\\') {
      if (++i == external.size()) break;
    }
    out += external[i];
  }
  if (domain_in != std::string_view::npos) {  // a domain is never unquoted
    out.resize(domain_out);
    out += external.substr(domain_in);
  }
  return out;
}

std::optional<std::size_t> find_extension(std::string_view localpart, const PostfixSettings& settings) {
  constexpr std::string_view owner = "owner-";
  constexpr std::string_view request = "-request";
  // The first delimiter comes first: most localparts have none, and nothing else needs to be looked at then.
  const auto delimiter = static_cast<std::size_t>(std::find_first_of(localpart.begin(), localpart.end(),
                                                                     settings.recipient_delimiter.begin(),
                                                                     settings.recipient_delimiter.end()) -
                                                  localpart.begin());
  if (delimiter == localpart.size() || delimiter == 0) return std::nullopt;
  if (equals_ignoring_ascii_case(localpart, "postmaster") || equals_ignoring_ascii_case(localpart, "mailer-daemon") ||
      equals_folded(localpart, settings.double_bounce_sender, settings.smtputf8_enable)) {
    return std::nullopt;
  }
  if (settings.owner_request_special && settings.recipient_delimiter.find('-') != std::string::npos) {
    if (equals_ignoring_ascii_case(localpart.substr(0, owner.size()), owner)) return std::nullopt;
    if (localpart.size() > request.size() &&
        equals_ignoring_ascii_case(localpart.substr(localpart.size() - request.size()), request)) {
      return std::nullopt;
    }
  }
  return delimiter;
}

bool is_local_domain(std::string_view domain, const PostfixSettings& settings) {
  if (domain.empty()) return false;
  if (equals_folded(domain, settings.myorigin, settings.smtputf8_enable)) return true;
  if (domain.ends_with('.')) domain.remove_suffix(1);  // one dot is forgiven, two are not
  if (domain.empty() || domain.ends_with('.')) return false;
  if (is_in_mydestination(domain, settings)) return true;
  const auto literal = parse_address_literal(domain);
  return literal && (holds(settings.inet_interfaces, *literal) || holds(settings.proxy_interfaces, *literal));
}

}  // namespace maproom::map
