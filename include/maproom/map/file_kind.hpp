#pragma once
// FileKind: what the file of a table holds.

#include <cstdint>
#include <string_view>

namespace maproom::map {

enum class FileKind : std::uint8_t {
  text,    ///< lines in postmap(1)'s source format
  cidr,    ///< cidr_table(5)
  regexp,  ///< regexp_table(5)
  pcre,    ///< pcre_table(5)
};

/// Postfix asks pattern tables the whole key alone, in the case that it came in.
[[nodiscard]] constexpr bool is_pattern(FileKind kind) { return kind != FileKind::text; }
/// As Postfix calls the type; "text" for what may be of several.
[[nodiscard]] std::string_view to_string(FileKind kind);

}  // namespace maproom::map
