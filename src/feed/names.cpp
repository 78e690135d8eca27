#include "maproom/feed/names.hpp"

namespace maproom::feed {
namespace {

/// What is left of a name when the characters go whose capitals are not ours to know. Two of them are capitals of ASCII
/// letters (strings/ctype-utf8.c: my_unicase_default).
std::string ascii_of(std::string_view name) {
  std::string ascii;
  for (std::size_t i = 0; i < name.size(); ++i) {
    const auto rest = name.substr(i);
    if (rest.starts_with("\xe2\x84\xaa"))  // KELVIN SIGN
      ascii += 'k';
    else if (rest.starts_with("\xc4\xb0"))  // LATIN CAPITAL LETTER I WITH DOT ABOVE
      ascii += 'i';
    else if (static_cast<unsigned char>(name[i]) < 0x80)
      ascii += name[i];
  }
  return ascii;
}

}  // namespace

std::string lower(std::string_view text) {
  std::string lower{text};
  for (char& c : lower)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return lower;
}

bool may_be_one_name(std::string_view a, std::string_view b) { return lower(ascii_of(a)) == lower(ascii_of(b)); }

}  // namespace maproom::feed
