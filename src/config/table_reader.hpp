#pragma once
// The settings of a map that say what its tables ask: a query with mysql_table(5)'s parameters, mysql_table(5) files,
// text, or several of them in order.

#include <string>
#include <string_view>
#include <vector>

#include "maproom/config/config.hpp"
#include "maproom/config/toml_section.hpp"

namespace maproom::config {

/// What is wrong is noted in the section; the tables that are good are added to `tables`. `config`: its connection
/// settings and main.cf's are read, they stand before all maps. `parameter`: the one that the map serves.
void read_tables(TomlSection& section, const Config& config, std::string_view parameter,
                 std::vector<TableConfig>& tables, std::vector<std::string>& warnings);

}  // namespace maproom::config
