#pragma once
// The parts of a key (or of a value) that %u, %d, %1..%9 name (docs/postfix-lookups.md, 6.2; Postfix's db_common.c).
// Pure.

#include <string_view>
#include <vector>

namespace maproom::query {

struct KeyParts {
  std::string_view user;    ///< before the last '@', or all
  std::string_view domain;  ///< after it, or empty
  bool has_at = false;
};

[[nodiscard]] KeyParts split_at_last_at(std::string_view text);
/// From the right: the first is the top-level label. Consecutive dots count as one; no '@', no labels.
[[nodiscard]] std::vector<std::string_view> labels_of(std::string_view text);
/// What `expansion` ('s','S','u','U','d','D','1'..'9') stands for.
[[nodiscard]] std::string_view part_of(std::string_view text, char expansion);

}  // namespace maproom::query
