#pragma once
// What one process has seen of MariaDB and Redis, as a text for another: doctor asks them in a child that is the
// service's user, whose accounts may refuse root. Pure.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "maproom/commands/doctor/diagnosis.hpp"

namespace maproom::commands {

struct ServerFacts {
  std::vector<DatabaseFacts> databases;
  std::optional<RedisFacts> redis;  ///< none: none configured
};

[[nodiscard]] std::string to_text(const ServerFacts& facts);
/// nullopt: it is not one of to_text()'s, or not all of it.
[[nodiscard]] std::optional<ServerFacts> server_facts(std::string_view text);

}  // namespace maproom::commands
