#include <algorithm>

#include "maproom/map/address.hpp"
#include "maproom/map/address_list.hpp"
#include "maproom/map/candidates.hpp"

namespace maproom::map {
namespace {

/// What the rewriting of Postfix's trivial-rewrite(8) would make of an address, as far as it decides where the
/// extension goes: no source route, host!user and user%host as user@host.
std::string canonical(std::string address, const PostfixSettings& settings) {
  if (address.starts_with('@'))
    if (const auto colon = address.find(':'); colon != std::string::npos) address.erase(0, colon + 1);
  if (settings.swap_bangpath && address.find('@') == std::string::npos)
    if (const auto bang = address.find('!'); bang != std::string::npos)
      address = address.substr(bang + 1) + "@" + address.substr(0, bang);
  if (settings.allow_percent_hack && address.find('@') == std::string::npos)
    if (const auto percent = address.rfind('%'); percent != std::string::npos) address[percent] = '@';
  return address;
}

std::string with_extension(std::string_view value, const std::string& extension, const PostfixSettings& settings) {
  const auto addresses = parse_address_list(value == "<>" ? std::string_view{"\"\""} : value);
  if (addresses.empty()) return std::string{value};  // Postfix itself complains of a "non-address result"
  std::string joined;
  for (const auto& parsed : addresses) {
    auto address = canonical(parsed, settings);
    const auto at = std::min(address.rfind('@'), address.size());
    address.insert(at, extension);
    if (!joined.empty()) joined += ", ";
    joined += to_external(address);
  }
  return joined;
}

}  // namespace

std::string propagate(const Profile& profile, const Candidate& candidate, std::string value,
                      const PostfixSettings& settings) {
  if (profile.kind != ProfileKind::address_x || candidate.extension.empty() || value.empty()) return value;
  const auto& classes = settings.propagate_unmatched_extensions;
  const bool on = std::find(classes.begin(), classes.end(), profile.propagation_class) != classes.end();
  if (value.starts_with('@')) value = to_external(candidate.user + value);
  return on ? with_extension(value, candidate.extension, settings) : value;
}

}  // namespace maproom::map
