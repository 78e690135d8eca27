#include "maproom/map/map.hpp"

#include "maproom/core/ip_address.hpp"

namespace maproom::map {

std::vector<Candidate> Map::candidates(std::string_view key) const {
  if (key.size() > max_key_bytes) return {};
  if (profile.kind != ProfileKind::client_list) return map::candidates(profile, key, settings);
  if (const auto address = parse_ip_address(key))
    return map::candidates(profile, maproom::to_string(*address), settings);
  if (addresses_only) return {};
  return map::candidates(profile, key, settings);
}

bool Map::plain_first_candidate(std::string_view key, std::string& folded) const {
  if (key.empty() || key.size() > max_key_bytes || profile.kind == ProfileKind::client_list) return false;
  if (key.front() == '.' || key.front() == '@') return false;
  folded.resize(key.size());
  char before = '.';
  int ats = 0;
  for (std::size_t i = 0; i < key.size(); ++i) {
    const char c = key[i];
    const bool letter =
        (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '+' || c == '=';
    if (!letter && !(c >= 'A' && c <= 'Z') && c != '.' && c != '@') return false;
    // A dot at an end of the localpart, two in a row, a second '@': forms that may have to be quoted.
    if ((c == '.' || c == '@') && before == '.' && i > 0) return false;
    if (c == '@' && ++ats > 1) return false;
    folded[i] = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    before = c;
  }
  return true;
}

}  // namespace maproom::map
