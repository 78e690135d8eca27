#include "maproom/backend/pool_names.hpp"

#include <map>

namespace maproom::backend {

std::vector<std::string> pool_names(const std::vector<ConnectionSettings>& pools) {
  const auto short_name = [](const ConnectionSettings& s) {
    return (s.hosts.empty() ? std::string{} : s.hosts.front().to_string()) + "/" + s.database;
  };
  std::map<std::string, std::size_t> sharing;
  for (const auto& pool : pools) ++sharing[short_name(pool)];
  std::vector<std::string> names;
  std::map<std::string, std::size_t> given;
  for (const auto& pool : pools) {
    auto name = short_name(pool);
    if (sharing[name] > 1) name += " as " + (pool.user.empty() ? "the option file's user" : pool.user);
    if (const auto before = given[name]++; before > 0) name += " (" + std::to_string(before + 1) + ")";
    names.push_back(std::move(name));
  }
  return names;
}

}  // namespace maproom::backend
