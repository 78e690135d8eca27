#pragma once
// Logical lines, as every text file of Postfix is made of (postconf(5), postmap(1); Postfix util/readlline.c). Pure.
//
// A line that begins with white space continues the one before and is joined to it as it stands, without the line feed
// between; empty lines and lines whose first non-blank character is '#' are skipped, also inside a continued line.

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace maproom {

struct LogicalLine {
  std::string text;
  std::size_t number = 0;  ///< of the physical line it begins on, from 1
};

struct LogicalLines {
  std::vector<LogicalLine> all;
  /// The file begins with a line that continues nothing: its number. Postfix warns and ignores it, together with what
  /// continues it.
  std::optional<std::size_t> stray;
};

[[nodiscard]] LogicalLines logical_lines(std::string_view text);

/// What Postfix's ISSPACE takes for white space, whatever the locale.
inline constexpr std::string_view white_space = " \t\r\n\v\f";
/// Without the white space at both ends.
[[nodiscard]] std::string_view trim(std::string_view text);

}  // namespace maproom
