#pragma once
// The settings in force, one by one, each with the place its value came from: what `maproom config` prints.

#include <string>
#include <vector>

#include "maproom/core/result.hpp"

namespace maproom::config {

struct SettingInForce {
  std::string section;  ///< "cache", "maps.relay_domains", "maps.x.tables[1]"; empty: outside of sections
  std::string name;
  std::string value;     ///< as TOML has it, secrets masked; empty: not set
  std::string from;      ///< "FILE:LINE", "default", or another section that it follows
  bool given = false;    ///< not a default
  bool in_file = false;  ///< of a mysql_table(5) file, not of the configuration itself
};

/// In the order in which they are read, which is that of maproom.toml(5). Error: as read_config.
[[nodiscard]] Result<std::vector<SettingInForce>> read_settings_in_force(const std::string& file);
/// TOML, with the places as comments. `all`: defaults too. What mysql_table(5) files say is a comment, since it stands
/// there.
[[nodiscard]] std::string to_text(const std::vector<SettingInForce>& settings, bool all);

}  // namespace maproom::config
