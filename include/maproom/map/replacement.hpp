#pragma once
// Replacement: the right-hand side of a line of a pcre: or regexp: table, with $1, ${1}, $(1) for what the expression's
// groups matched and $$ for a dollar sign (Postfix util/mac_parse.c, and the checks of dict_pcre.c and dict_regexp.c).
// Pure.

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "maproom/core/result.hpp"

namespace maproom::map {

class Replacement {
 public:
  /// Error: why Postfix skips the line.
  [[nodiscard]] static Result<Replacement> parse(std::string_view text);

  /// The highest group that it refers to; 0: none, so that it is always the same text.
  [[nodiscard]] std::size_t highest() const noexcept { return highest_; }
  /// `groups`: what each group matched, from the whole match (0) on up to highest() at least; empty: nothing.
  void expand(std::span<const std::string_view> groups, std::string& into) const;

 private:
  struct Piece {
    std::string text;
    std::size_t group = 0;  ///< 0: the text itself
  };
  std::vector<Piece> pieces_;
  std::size_t highest_ = 0;
};

/// atoi(3) of a string of digits, as Postfix reads numbers in its tables: what is too large comes out as it does there.
[[nodiscard]] int digits_as_int(std::string_view digits);
/// Postfix's alldig(3): digits alone, and one at least.
[[nodiscard]] bool all_digits(std::string_view text);

}  // namespace maproom::map
