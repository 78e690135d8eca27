#pragma once
// Case folding and UTF-8 checks as Postfix's casefold(3) and valid_utf8_string(3) do them. Pure.

#include <string>
#include <string_view>

namespace maproom {

/// ASCII text is lower-cased. Other text is folded with ICU's default full case folding when `utf8` is on
/// (Straße -> strasse), else only A-Z change. Precondition with `utf8`: valid UTF-8.
[[nodiscard]] std::string fold(std::string_view text, bool utf8);
/// The same without a copy: the way of every candidate key.
void fold_in_place(std::string& text, bool utf8);
[[nodiscard]] bool is_ascii(std::string_view text) noexcept;
/// RFC 3629: no overlong forms, no surrogates, nothing above U+10FFFF.
[[nodiscard]] bool is_valid_utf8(std::string_view text) noexcept;
/// ASCII-only comparison, as Postfix's strcasecmp in the C locale.
[[nodiscard]] bool equals_ignoring_ascii_case(std::string_view a, std::string_view b) noexcept;
/// As Postfix's strcasecmp_utf8(3): by full folding if `utf8` is on and either side is not ASCII.
[[nodiscard]] bool equals_folded(std::string_view a, std::string_view b, bool utf8);

}  // namespace maproom
