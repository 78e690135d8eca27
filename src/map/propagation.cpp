// propagate() of candidates.hpp: the unmatched extension of a lookup key goes into the result, as Postfix itself does
// when a fixed table matched without the extension (mail_addr_map(3), mail_addr_crunch(3)).

#include <algorithm>

#include "maproom/map/address.hpp"
#include "maproom/map/address_list.hpp"
#include "maproom/map/candidates.hpp"

namespace maproom::map {
namespace {

/// Would Postfix read this domain back as it is? Rows hold names and address literals; what else they may hold must
/// not fall into several addresses on the way.
bool reads_back(std::string_view domain) {
  if (domain.ends_with('.')) return false;  // the canonical form has lost one dot already
  const bool literal = domain.size() >= 2 && domain.front() == '[' && domain.back() == ']';
  if (literal) domain = domain.substr(1, domain.size() - 2);
  return domain.find_first_of(literal ? "[]\\\r\n\t" : " \t\r\n()<>,;:\\\"[]") == std::string_view::npos;
}

std::string with_extension(const ListedAddress& address, std::string_view extension) {
  const auto at = address.has_domain ? address.internal.rfind('@') : address.internal.size();
  const auto localpart = address.internal.substr(0, at).append(extension);
  bool plain = is_dot_string(localpart);
  // Postfix has yet to add its own domain, and would take '!' and '%' without quotes for routing operators.
  if (!address.has_domain) plain = plain && localpart.find_first_of("!%") == std::string::npos;
  auto external = plain ? localpart : quoted_string(localpart);
  if (address.has_domain) {
    const auto domain = address.internal.substr(at + 1);
    external += '@';
    external += reads_back(domain) ? domain : quoted_string(domain);
  }
  return external;
}

bool propagates(const Profile& profile, const PostfixSettings& settings) {
  const auto& classes = settings.propagate_unmatched_extensions;
  return std::find(classes.begin(), classes.end(), profile.propagation_class) != classes.end();
}

}  // namespace

std::string propagate(const Profile& profile, const Candidate& candidate, std::string value,
                      const PostfixSettings& settings) {
  if (profile.kind != ProfileKind::address_x || candidate.extension.empty()) return value;
  // "@domain" stands for the same user there. Postfix would put the extension back with the user: it saw a whole key.
  if (value.starts_with('@')) value = external_address(candidate.user + value);
  if (!propagates(profile, settings)) return value;

  std::string list;
  for (const auto& address : parse_address_list(value == "<>" ? "\"\"" : value, settings)) {
    if (!list.empty()) list += ", ";
    list += with_extension(address, candidate.extension);
  }
  if (list.empty()) return value;  // not an address: Postfix is to say so, with the row's own text
  return list;
}

}  // namespace maproom::map
