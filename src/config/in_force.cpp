#include "maproom/config/in_force.hpp"

#include <algorithm>

namespace maproom::config {
namespace {

std::string heading(const std::string& section) {
  const auto bracket = section.find('[');
  if (bracket != std::string::npos) return "\n[[" + section.substr(0, bracket) + "]]\n";
  return "\n[" + section + "]\n";
}

}  // namespace

std::string to_text(const std::vector<SettingInForce>& settings, bool all) {
  std::string out;
  std::string section;
  for (const auto& each : settings) {
    if (!all && !each.given) continue;
    if (each.section != section) out += heading(section = each.section);
    auto line = each.in_file         ? "#   " + each.name + " = " + each.value
                : each.value.empty() ? "# " + each.name + " is not set"
                                     : each.name + " = " + each.value;
    constexpr std::size_t column = 60;
    line.resize(std::max(line.size() + 2, column), ' ');
    out += line + "# " + each.from + "\n";
  }
  if (out.starts_with('\n')) out.erase(0, 1);
  return out;
}

}  // namespace maproom::config
