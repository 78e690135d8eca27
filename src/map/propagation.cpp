// propagate() of candidates.hpp: the unmatched extension of a lookup key goes into the result, as Postfix itself does
// when a fixed table matched without the extension (mail_addr_map(3), mail_addr_crunch(3)).

#include <algorithm>
#include <utility>

#include "maproom/map/address.hpp"
#include "maproom/map/address_list.hpp"
#include "maproom/map/candidates.hpp"

namespace maproom::map {
namespace {

std::string with_extension(ListedAddress address, std::string_view extension) {
  if (address.has_domain) {
    address.internal.insert(address.internal.rfind('@'), extension);
    return external_address(address.internal);
  }
  address.internal += extension;
  // Postfix has yet to add its own domain, and would take '!' and '%' without quotes for routing operators.
  const bool plain = is_dot_string(address.internal) && address.internal.find_first_of("!%") == std::string::npos;
  return plain ? address.internal : quoted_string(address.internal);
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
  for (auto& address : parse_address_list(value == "<>" ? "\"\"" : value, settings)) {
    if (!list.empty()) list += ", ";
    list += with_extension(std::move(address), candidate.extension);
  }
  if (list.empty()) return value;  // not an address: Postfix is to say so, with the row's own text
  return list;
}

}  // namespace maproom::map
