#pragma once
// QueryTemplate: the `query` of a mysql_table(5) file, parsed once. Pure.
//
// Every expansion (%s %u %d %S %U %D %1..%9) must stand inside a quoted literal of the statement and is quoted by
// the rules of the connection that will run it, so that no key can change the shape of a statement. A template
// with an expansion elsewhere (bare, in backquotes, in a comment) is refused at load; this is the one intended
// difference from Postfix (README.md, promise 7; docs/postfix-lookups.md, 6.2).

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "maproom/core/result.hpp"

namespace maproom::query {

/// The two flags of the server's sql_mode that change where literals begin and end. They are facts of a
/// connection, not of a template: the same text can be safe under one and not under another.
struct SqlMode {
  bool ansi_quotes = false;
  bool no_backslash_escapes = false;
  friend bool operator==(const SqlMode&, const SqlMode&) = default;
};

/// Which parts of the key a template needs; without one of them `mysql:` does not ask (suppressed: not found).
struct KeyNeeds {
  bool user = false;    ///< %u %U: the key must not begin with its last '@'
  bool domain = false;  ///< %d %D: the key must have something after its last '@'
  int labels = 0;       ///< %1..%9: the highest index
  [[nodiscard]] bool met_by(std::string_view key) const;
  friend KeyNeeds operator|(KeyNeeds a, KeyNeeds b);
};

class QueryTemplate {
 public:
  /// Error: unknown %x, lone %, or (in the server's default sql_mode) an expansion outside a quoted literal; the
  /// detail names what and where (line and column within the query).
  [[nodiscard]] static Result<QueryTemplate> parse(std::string text);

  /// The statement for `key` (folded candidate whose needs are met) on a connection with `mode`.
  /// Error: under this mode an expansion stands outside a literal.
  [[nodiscard]] Result<std::string> bind(std::string_view key, SqlMode mode) const;

  [[nodiscard]] const KeyNeeds& needs() const noexcept;
  [[nodiscard]] const std::string& text() const noexcept;

 private:
  struct Piece {
    std::string literal;  ///< SQL text before the expansion
    char expansion = 0;   ///< 's','u','d','1'..'9' ('S','U','D' are the same in a query); 0: the end
    /// The quote that encloses the expansion under each SqlMode (index: ansi_quotes + 2*no_backslash_escapes);
    /// 0: unsafe there.
    std::array<char, 4> quote{};
  };
  std::string text_;
  std::vector<Piece> pieces_;
  KeyNeeds needs_;
};

}  // namespace maproom::query
