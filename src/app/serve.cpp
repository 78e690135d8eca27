#include "maproom/app/serve.hpp"

#include <spdlog/spdlog.h>
#include <sysexits.h>

#include <csignal>
#include <cstdio>
#include <exception>

#include "maproom/app/application.hpp"
#include "maproom/core/log.hpp"

namespace maproom::app {

int run_serve(const std::string& config_file) {
  std::signal(SIGPIPE, SIG_IGN);  // a peer that went away is an error code, not the end
  auto config = config::read_config(config_file);
  if (!config) {
    std::fprintf(stderr, "%s\n", config.error().detail.c_str());
    return EX_CONFIG;
  }
  set_up_log(config->log_level);
  for (const auto& warning : config->warnings) spdlog::warn("event=config_warning what=\"{}\"", warning);
  try {
    Application application{std::move(*config)};
    application.run();
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s: %s\n", config_file.c_str(), error.what());
    return EX_OSERR;
  }
  return EX_OK;
}

}  // namespace maproom::app
