#include "maproom/map/address.hpp"

#include <algorithm>

#include "maproom/map/fold.hpp"
#include "maproom/map/ip_address.hpp"

namespace maproom::map {
namespace {

/// "@hop:" in front of an address that has a localpart of its own behind it; empty if there is none.
std::string_view source_route(std::string_view address) {
  if (!address.starts_with('@')) return {};
  const auto colon = address.find(':');
  return colon == std::string_view::npos ? std::string_view{} : address.substr(0, colon + 1);
}

bool needs_quotes(std::string_view localpart) {
  if (localpart.empty() || localpart.front() == '.' || localpart.back() == '.') return true;
  if (localpart.find("..") != std::string_view::npos) return true;
  return std::any_of(localpart.begin(), localpart.end(), [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte <= ' ' || byte == 0x7f || std::string_view{"()<>@,;:\\\"[]"}.find(c) != std::string_view::npos;
  });
}

bool contains_address(const std::vector<std::string>& own, const IpAddress& address) {
  return std::any_of(own.begin(), own.end(),
                     [&](const std::string& text) { return parse_ip_address(text) == address; });
}

}  // namespace

std::string to_external(std::string_view internal) {
  const auto route = source_route(internal);
  const auto rest = internal.substr(route.size());
  const auto at = std::min(rest.rfind('@'), rest.size());
  const auto localpart = rest.substr(0, at);
  std::string out{route};
  if (!needs_quotes(localpart)) return out.append(rest);
  out.reserve(internal.size() + 2);
  out += '"';
  for (const char c : localpart) {
    if (c == '"' || c == '\\' || c == '\r') out += '\\';
    out += c;
  }
  out += '"';
  return out.append(rest.substr(at));
}

std::string to_internal(std::string_view external) {
  const auto route = source_route(external);
  const auto rest = external.substr(route.size());
  const auto at = std::min(rest.rfind('@'), rest.size());
  std::string out{route};
  for (std::size_t i = 0; i < at; ++i) {
    if (rest[i] == '"') continue;
    if (rest[i] == '\\') {
      if (i + 1 >= rest.size()) continue;
      ++i;
    }
    if (i < at) out += rest[i];
  }
  return out.append(rest.substr(at));
}

bool is_external(std::string_view text) {
  // Almost every key: nothing to unquote, nothing to quote.
  if (text.find_first_of("\"\\") == std::string_view::npos) return to_external(text) == text;
  return to_external(to_internal(text)) == text;
}

std::optional<Extension> split_extension(std::string_view localpart, const PostfixSettings& settings) {
  const auto& delimiters = settings.recipient_delimiter;
  const auto is = [&](std::string_view name) { return equals_ignoring_ascii_case(localpart, name); };
  if (delimiters.empty() || is("postmaster") || is("mailer-daemon") || is(settings.double_bounce_sender))
    return std::nullopt;
  if (settings.owner_request_special && delimiters.find('-') != std::string::npos) {
    constexpr std::string_view owner = "owner-";
    constexpr std::string_view request = "-request";
    if (equals_ignoring_ascii_case(localpart.substr(0, owner.size()), owner)) return std::nullopt;
    if (localpart.size() > request.size() &&
        equals_ignoring_ascii_case(localpart.substr(localpart.size() - request.size()), request))
      return std::nullopt;
  }
  const auto at = localpart.find_first_of(delimiters);
  if (at == std::string_view::npos || at == 0) return std::nullopt;
  return Extension{std::string{localpart.substr(0, at)}, std::string{localpart.substr(at)}};
}

bool is_local_domain(std::string_view domain, const PostfixSettings& settings) {
  if (domain.empty()) return false;
  if (equals_ignoring_ascii_case(domain, settings.myorigin)) return true;
  auto name = domain;
  if (name.ends_with('.')) name.remove_suffix(1);
  if (name.empty()) return false;
  if (!settings.mydestination.empty()) {
    const auto folded = fold(name, settings.smtputf8_enable);
    for (const auto& own : settings.mydestination)
      if (folded == fold(own, settings.smtputf8_enable)) return true;
  }
  if (!name.starts_with('[') || !name.ends_with(']')) return false;
  auto literal = name.substr(1, name.size() - 2);
  constexpr std::string_view ipv6 = "IPv6:";
  if (equals_ignoring_ascii_case(literal.substr(0, ipv6.size()), ipv6)) literal.remove_prefix(ipv6.size());
  const auto address = parse_ip_address(literal);
  return address && (contains_address(settings.inet_interfaces, *address) ||
                     contains_address(settings.proxy_interfaces, *address));
}

}  // namespace maproom::map
