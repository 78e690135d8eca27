#pragma once
// Keys worth asking, made of values that stand in the database: as they are, and in the spellings that go wrong first.
// Pure.

#include <string>
#include <vector>

#include "maproom/map/postfix_settings.hpp"
#include "maproom/map/profile.hpp"

namespace maproom::commands {

/// `values`: of a key column; `expansion`: what of a key that column is compared with ('s', 'u', 'd').
[[nodiscard]] std::vector<std::string> keys_of_values(const map::Profile& profile, const map::PostfixSettings& settings,
                                                      const std::vector<std::string>& values, char expansion);

}  // namespace maproom::commands
