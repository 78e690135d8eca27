#include <set>
#include <vector>

#include "maproom/commands/verify/postfix_folder.hpp"

namespace maproom::commands {
namespace {

bool of_a_name(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

/// The names behind each "$", "${", "$(" and "{$" of a value.
std::vector<std::string> references(const std::string& value) {
  std::vector<std::string> names;
  for (auto at = value.find('$'); at != std::string::npos; at = value.find('$', at + 1)) {
    auto begin = value.find_first_not_of("{(", at + 1);
    if (begin == std::string::npos) break;
    auto end = begin;
    while (end < value.size() && of_a_name(value[end])) ++end;
    if (end > begin) names.push_back(value.substr(begin, end - begin));
  }
  return names;
}

}  // namespace

std::string postmap_main_cf(const config::Definitions& host, bool smtputf8_enable) {
  std::vector<std::string> wanted{"compatibility_level", "daemon_directory", "mail_owner",
                                  "meta_directory",      "setgid_group",     "shlib_directory"};
  std::string text = std::string{"smtputf8_enable = "} + (smtputf8_enable ? "yes" : "no") + "\n";
  std::set<std::string> written{"smtputf8_enable"};
  while (!wanted.empty()) {
    const auto name = wanted.back();
    wanted.pop_back();
    const auto definition = host.all.find(name);
    if (definition == host.all.end() || !written.insert(name).second) continue;
    text += name + " = " + definition->second.value + "\n";
    for (auto& more : references(definition->second.value)) wanted.push_back(std::move(more));
  }
  // Without a level postmap speaks of the defaults of old.
  if (!written.contains("compatibility_level")) text += "compatibility_level = 3.6\n";
  return text;
}

}  // namespace maproom::commands
