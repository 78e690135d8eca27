#pragma once
// Asks Redis what it says of itself, for `doctor` and `check`. Blocks, for seconds at most; reads only.

#include <optional>

#include "maproom/commands/doctor/diagnosis.hpp"

namespace maproom::commands {

/// nullopt: none is configured, or it is asked of Sentinel.
[[nodiscard]] std::optional<RedisFacts> look_at_redis(const config::Config& config);

}  // namespace maproom::commands
