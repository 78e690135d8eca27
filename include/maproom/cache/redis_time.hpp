#pragma once
// What TIME of Redis says, as text from outside. Pure.

#include <chrono>
#include <optional>
#include <string_view>

namespace maproom::cache {

/// Unix time; nullopt: the texts are no time before the year 10000.
[[nodiscard]] std::optional<std::chrono::milliseconds> redis_time(std::string_view seconds,
                                                                  std::string_view microseconds);

}  // namespace maproom::cache
