#include "maproom/map/parts.hpp"

#include <algorithm>

namespace maproom::map {
namespace {

/// The part of the key whose parents are asked; empty: none.
std::string_view with_parents(const Profile& profile, std::string_view key) {
  switch (profile.kind) {
    case ProfileKind::access_mail:
    case ProfileKind::transport: {
      const auto at = key.rfind('@');
      return at == std::string_view::npos ? std::string_view{} : key.substr(at + 1);
    }
    case ProfileKind::access_host:
    case ProfileKind::access_name:
    case ProfileKind::domain_tree:
    case ProfileKind::client_list:
      return key;
    case ProfileKind::exact:
    case ProfileKind::address:
    case ProfileKind::address_x:
      return {};
  }
  return {};
}

}  // namespace

bool too_many_parents(const Profile& profile, std::string_view key) {
  constexpr std::size_t surely_few = 255;  // of so many bytes, with a label in each, they are half as many
  const auto name = with_parents(profile, key);
  if (name.size() <= surely_few) return false;
  const auto labels = static_cast<std::size_t>(std::count(name.begin(), name.end(), '.')) + 1;
  return labels * name.size() > most_parent_bytes;
}

}  // namespace maproom::map
