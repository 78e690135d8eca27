#pragma once
// What `maproom import` hands out: maproom.toml, and the commands to switch Postfix and to switch it back. Pure.

#include <string>
#include <string_view>

#include "maproom/import/plan.hpp"

namespace maproom::imports {

/// read_config accepts it, as long as the files it names are there.
[[nodiscard]] std::string to_toml(const ImportPlan& plan, const std::string& main_cf);
/// Lines for a shell. `directory`: main.cf's; postconf is told unless it is the usual one.
[[nodiscard]] std::string to_commands(const ImportPlan& plan, const std::string& directory,
                                      const std::string& config_file);

/// What has to be there before the daemon starts, as lines for a shell.
[[nodiscard]] std::string to_preparations(const Addresses& addresses);

/// One word for a shell, whatever it holds.
[[nodiscard]] std::string shell_quoted(std::string_view text);

}  // namespace maproom::imports
