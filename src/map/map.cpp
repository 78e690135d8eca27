#include "maproom/map/map.hpp"

#include "maproom/map/ip_address.hpp"

namespace maproom::map {

std::vector<Candidate> Map::candidates(std::string_view key) const {
  if (key.size() > max_key_bytes) return {};
  if (profile.kind != ProfileKind::client_list) return map::candidates(profile, key, settings);
  if (const auto address = parse_ip_address(key)) return map::candidates(profile, to_string(*address), settings);
  if (addresses_only) return {};
  return map::candidates(profile, key, settings);
}

}  // namespace maproom::map
