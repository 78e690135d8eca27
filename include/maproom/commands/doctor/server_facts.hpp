#pragma once
// What one process has seen of MariaDB and Redis, as a text for another: doctor asks them in a child that is the
// service's user, whose accounts may refuse root. And the lines that a `check` in a child has printed. Pure.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "maproom/commands/doctor/diagnosis.hpp"

namespace maproom::commands {

struct ServerFacts {
  std::vector<DatabaseFacts> databases;
  std::optional<RedisFacts> redis;  ///< none: none configured, or asked of Sentinel
};

[[nodiscard]] std::string to_text(const ServerFacts& facts);
/// nullopt: it is not one of to_text()'s, or not all of it.
[[nodiscard]] std::optional<ServerFacts> server_facts(std::string_view text);

/// Of what `check` printed to its standard error: all but its notes, and what doctor itself looks at ([redis], [feed]).
/// `config_file`: as it was given to `check`.
[[nodiscard]] std::vector<CheckLine> check_lines(std::string_view said, const std::string& config_file);

}  // namespace maproom::commands
