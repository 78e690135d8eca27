#pragma once
// config: what is in force, and where each value came from.

#include <string>

namespace maproom::commands {

/// `all`: defaults too. 0; 78: the configuration is no good, and nothing of it is in force.
int run_config(const std::string& config_file, bool all);

}  // namespace maproom::commands
