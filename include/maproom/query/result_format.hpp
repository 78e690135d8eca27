#pragma once
// ResultFormat: the `result_format` of a mysql_table(5) file, parsed once. Pure (docs/postfix-lookups.md, 6.2).

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "maproom/core/result.hpp"
#include "maproom/query/query_template.hpp"

namespace maproom::query {

class ResultFormat {
 public:
  /// Error: empty, an unknown %x or a lone %.
  [[nodiscard]] static Result<ResultFormat> parse(std::string text);
  /// One column's text; nullopt: the value is skipped (it lacks the part that %u or %d names).
  [[nodiscard]] std::optional<std::string> expand(std::string_view value, std::string_view key) const;
  /// What %S %U %D %1..%9 ask of the key.
  [[nodiscard]] const KeyNeeds& key_needs() const noexcept { return needs_; }

 private:
  std::vector<std::pair<std::string, char>> pieces_;  // text, then the expansion (0: the end)
  KeyNeeds needs_;
};

}  // namespace maproom::query
