#pragma once
// What the lines of cidr:, regexp: and pcre: tables have in common (Postfix util/dict_cidr.c, dict_regexp.c,
// dict_pcre.c). Pure.

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace maproom::map {

/// Takes a logical line, which is what a C string would hold of it.
using ReadRuleLine = std::function<void(std::string_view line, std::size_t number)>;
/// Calls `read` for each; a line that continues nothing is one of the `warnings`, and so is a NUL byte, which hides
/// what stands behind it.
void for_each_rule_line(std::string_view text, std::vector<std::string>& warnings, const ReadRuleLine& read);

/// The line begins with that word, in any case, and goes on with something else than a letter or a digit.
[[nodiscard]] bool begins_with_word(std::string_view line, std::string_view word);
/// Takes white space and exclamation marks off the front. true: the marks turn the meaning round.
[[nodiscard]] bool take_negation(std::string_view& text);
[[nodiscard]] std::string_view without_leading_space(std::string_view text);
[[nodiscard]] bool is_space(char c);
/// In the C locale.
[[nodiscard]] bool is_alphanumeric(char c);
[[nodiscard]] std::string warning_of(std::size_t line, std::string_view what);

}  // namespace maproom::map
