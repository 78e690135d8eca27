#include "maproom/commands/show_config.hpp"

#include <sysexits.h>

#include <cstdio>

#include "maproom/config/in_force.hpp"

namespace maproom::commands {

int run_config(const std::string& config_file, bool all) {
  const auto settings = config::read_settings_in_force(config_file);
  if (!settings) {
    std::fprintf(stderr, "%s\n", settings.error().detail.c_str());
    return EX_CONFIG;
  }
  std::fputs(config::to_text(*settings, all).c_str(), stdout);
  return EX_OK;
}

}  // namespace maproom::commands
