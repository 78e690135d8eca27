#pragma once
// The words of a list in main.cf (Postfix util/mystrtok.c): separated by commas and white space, except within braces:
// "inline:{ {a = b}, c=d }, hash:/x" are two. Pure.

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace maproom::imports {

struct Word {
  std::string text;
  std::size_t at = 0;  ///< where it begins in the list
};

[[nodiscard]] std::vector<Word> split_words(std::string_view list);
/// At blanks only, as master.cf is split.
[[nodiscard]] std::vector<Word> split_fields(std::string_view line);
/// "{ text }" without its braces and the blanks within them; nullopt: it is no such thing.
[[nodiscard]] std::optional<std::string_view> within_braces(std::string_view text);

}  // namespace maproom::imports
