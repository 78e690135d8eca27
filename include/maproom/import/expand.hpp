#pragma once
// $name in the values of main.cf, as Postfix 3.7 expands it (postconf(5); util/mac_parse.c, util/mac_expand.c). Pure.
//
//   $name ${name} $(name)          the value, itself expanded; empty if there is no such parameter
//   ${name?text} ${name:text}      the text if the value is not empty, or if it is empty; to the closing brace
//   ${name?{text}:{text}}          one or the other
//   ${{a} == {b} ? {x} : {y}}      == != < <= >= >, of numbers or of texts, and <level ... of compatibility levels
//   $$                             a dollar sign
//
// What Postfix calls an error (a reference without a name or without its end, a loop) is one here.

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "maproom/core/result.hpp"

namespace maproom::imports {

/// What a parameter is set to.
struct Setting {
  std::string_view text;
  bool final = false;  ///< expanded already
};
using FindSetting = std::function<std::optional<Setting>(std::string_view name)>;

struct Expanded {
  std::string text;
  std::vector<std::string> unknown;  ///< names of no parameter, which count as empty
};

[[nodiscard]] Result<Expanded> expand(std::string_view text, const FindSetting& find);

}  // namespace maproom::imports
