#include <fmt/format.h>
#include <sysexits.h>

#include <cstdio>

#include "maproom/commands/socket_unit.hpp"

namespace maproom::commands {

int run_sockets(const std::string& config_file) {
  const auto config = config::read_config(config_file);
  if (!config) {
    fmt::print(stderr, "{}\n", config.error().detail);
    return EX_CONFIG;
  }
  fmt::print("{}", socket_unit(*config));
  return EX_OK;
}

}  // namespace maproom::commands
