#include "maproom/commands/verify/sample.hpp"

#include <algorithm>

namespace maproom::commands {
namespace {

std::string upper(std::string text) {
  for (char& c : text)
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  return text;
}

void add_address(std::vector<std::string>& keys, const map::PostfixSettings& settings, const std::string& user,
                 const std::string& domain) {
  keys.push_back(user + "@" + domain);
  keys.push_back(upper(user) + "@" + upper(domain));
  if (!settings.recipient_delimiter.empty())
    keys.push_back(user + settings.recipient_delimiter.front() + "Ext@" + domain);
  keys.push_back("maproom-nobody@" + domain);
  keys.push_back(user + "@sub." + domain);
}

}  // namespace

std::vector<std::string> keys_of_values(const map::Profile& profile, const map::PostfixSettings& settings,
                                        const std::vector<std::string>& values, char expansion) {
  std::vector<std::string> keys;
  const bool addresses = profile.kind != map::ProfileKind::exact && profile.kind != map::ProfileKind::domain_tree &&
                         profile.kind != map::ProfileKind::client_list;
  for (const auto& value : values) {
    if (value.empty()) continue;
    const auto at = value.rfind('@');
    if (expansion == 'd') {
      keys.push_back("postmaster@" + value);
      add_address(keys, settings, "maproom-somebody", value);
    } else if (expansion == 'u') {
      keys.push_back(value + "@maproom-verify.invalid");
    } else if (at != std::string::npos) {
      // "@domain" is a catch-all: whoever it is.
      add_address(keys, settings, at == 0 ? "maproom-anybody" : value.substr(0, at), value.substr(at + 1));
    } else {
      const auto name = value.starts_with('.') ? "host" + value : value;
      keys.push_back(name);
      keys.push_back(upper(name));
      keys.push_back("sub." + name);
      if (addresses) keys.push_back("somebody@" + name);
    }
  }
  keys.emplace_back("maproom-nobody@maproom-verify.invalid");
  keys.emplace_back("maproom-verify.invalid");
  if (profile.kind == map::ProfileKind::client_list)
    for (const auto* const address : {"127.0.0.1", "::1", "192.0.2.1", "2001:db8::1"}) keys.emplace_back(address);
  std::sort(keys.begin(), keys.end());
  keys.erase(std::unique(keys.begin(), keys.end()), keys.end());
  return keys;
}

}  // namespace maproom::commands
