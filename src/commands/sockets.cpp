#include <fmt/format.h>
#include <sysexits.h>

#include <cstdio>

#include "maproom/commands/commands.hpp"
#include "maproom/commands/socket_unit.hpp"
#include "maproom/config/config.hpp"

namespace maproom::commands {

int run_sockets(const std::string& config_file) {
  const auto config = config::read_config(config_file);
  if (!config) {
    fmt::print(stderr, "{}\n", config.error().detail);
    return EX_CONFIG;
  }
  std::vector<ListenSetting> settings;
  for (const auto& map : config->maps)
    if (map.listen) settings.push_back({"maps." + map.name, *map.listen});
  for (const auto& endpoint : config->socketmap_listen) settings.push_back({"socketmap", endpoint});
  if (config->admin_listen) settings.push_back({"admin", *config->admin_listen});
  fmt::print("{}", socket_unit(config->file, settings));
  return EX_OK;
}

}  // namespace maproom::commands
