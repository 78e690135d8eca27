#pragma once
// The "name = value" syntax of main.cf and of mysql_table(5) files (postconf(5), Postfix util/dict.c;
// the lines are core/logical_lines.hpp's). Pure.
//
// There are no comments behind a value, and $name is not expanded. The last definition of a name wins.

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "maproom/core/result.hpp"

namespace maproom::config {

struct Definition {
  std::string value;
  std::size_t line = 0;  ///< where the definition begins
};

struct Definitions {
  std::map<std::string, Definition, std::less<>> all;
  std::vector<std::string> warnings;  ///< "line N: ...": repeated definitions, a stray continuation
};

/// Error: "line N: ...", a logical line that is no definition.
[[nodiscard]] Result<Definitions> parse_main_cf(std::string_view text);
/// Splits at commas and white space, as Postfix does with lists.
[[nodiscard]] std::vector<std::string> split_list(std::string_view text);

}  // namespace maproom::config
