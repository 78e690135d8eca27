#pragma once
// Asks Redis what it says of itself, for `doctor` and `check`. Blocks, for seconds at most; reads only.

#include <optional>

#include "maproom/commands/doctor/diagnosis.hpp"

namespace maproom::commands {

/// Of the server that is named, or of the master that the first Sentinel which knows one names. nullopt: no Redis is
/// configured.
[[nodiscard]] std::optional<RedisFacts> look_at_redis(const config::Config& config);

}  // namespace maproom::commands
