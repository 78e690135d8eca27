#pragma once
// The words, literals and signs of a query template. What another sql_mode would cut otherwise (double quotes, a
// backslash before a quote) is an error, and so is what some servers run and others skip (/*! */).

#include <string>
#include <string_view>
#include <vector>

#include "maproom/core/result.hpp"
#include "maproom/query/sql_tree.hpp"

namespace maproom::query {

struct Token {
  enum class Kind : unsigned char { word, quoted_word, number, text, sign, end };
  Kind kind = Kind::end;
  std::string text{};  ///< word, number or sign; not of a literal
  std::vector<FormPiece> pieces{};
  bool escapes = false;
  Place place{};
};

/// The last one is `end`.
[[nodiscard]] Result<std::vector<Token>> tokens_of(std::string_view text);

[[nodiscard]] bool same_word(std::string_view a, std::string_view b);
/// Words that are no name where they stand unquoted.
[[nodiscard]] bool is_reserved(std::string_view word);
/// Built-in functions that give one value for each row, so that nothing is aggregated by them.
[[nodiscard]] bool is_scalar_function(std::string_view name);

}  // namespace maproom::query
