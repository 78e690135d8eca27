#pragma once
// %XX quoting of tcp_table(5), as Postfix's hex_quote(3) and hex_unquote(3) do it (src/util/hex_quote.c).
//
// Quoted are '%', ASCII white space, every byte that does not print, and every byte from 0x80 up, with upper-case
// digits. Unquoting takes digits of either case and every other byte as it stands; a '%' without two hex digits after
// it makes the whole text bad, since its meaning could only be guessed. Pure.

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace maproom::proto {

/// How many bytes append_quoted would add.
[[nodiscard]] std::size_t quoted_size(std::string_view raw) noexcept;
void append_quoted(std::string& out, std::string_view raw);
[[nodiscard]] std::string quote(std::string_view raw);

/// Replaces `out` with the unquoted text; false on a bad '%', and `out` is then empty. `quoted` must not lie in `out`.
[[nodiscard]] bool unquote_into(std::string& out, std::string_view quoted);
[[nodiscard]] std::optional<std::string> unquote(std::string_view quoted);

}  // namespace maproom::proto
