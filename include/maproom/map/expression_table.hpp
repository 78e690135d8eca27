#pragma once
// ExpressionTable: a table of regular expressions, in the format and with the meaning of Postfix's regexp: and pcre:
// (regexp_table(5), pcre_table(5), Postfix 3.7 util/dict_regexp.c and util/dict_pcre.c). Pure: gets the text, hands out
// values by key, which is asked as Postfix sends it, not folded.
//
// The first line that matches counts. What Postfix skips with a warning is skipped here with a warning. Unlike Postfix,
// which takes an expression that fails on a key (PCRE2's bound, say) for one that does not match, the lookup fails.
// So it does when all lines together take too long: each of them has a bound of its own, and a table may have
// thousands.

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "maproom/core/result.hpp"
#include "maproom/map/expression.hpp"
#include "maproom/map/replacement.hpp"

namespace maproom::map {

/// Whether a lookup has had all the time that it may have. Asked before each line but the first; empty: never.
using OutOfTime = std::function<bool()>;

class ExpressionTable {
 public:
  enum class Syntax : std::uint8_t { regexp, pcre };
  /// Error: an expression cannot be asked in bounded time: "line N: ...".
  [[nodiscard]] static Result<ExpressionTable> parse(Syntax syntax, std::string_view text);

  /// nullptr: not found. Good until the next call, and as long as the table is. Error: it cannot be told.
  [[nodiscard]] Result<const std::string*> find(const std::string& key, const OutOfTime& out_of_time = {}) const;
  [[nodiscard]] std::size_t size() const noexcept { return rules_.size(); }
  /// A value has a part of the key in it ($1).
  [[nodiscard]] bool substitutes() const noexcept;
  /// "line N: ...", in the file's order. They do not quote the line.
  [[nodiscard]] const std::vector<std::string>& warnings() const noexcept { return warnings_; }

 private:
  class Reader;
  enum class Does : std::uint8_t { answer, begin_if, end_if };
  /// The second one is regexp's alone: "/first/!/second/ value".
  struct Pattern {
    std::unique_ptr<Expression> expression;
    bool negated = false;
  };
  struct Rule {
    Does does = Does::answer;
    Pattern first, second;
    Replacement replacement;
    std::size_t line = 0;
    std::size_t end = none;  ///< of an IF: its ENDIF; none: it is never closed
  };
  static constexpr auto none = static_cast<std::size_t>(-1);
  [[nodiscard]] Result<bool> applies(const Rule& rule, const std::string& key) const;

  std::vector<Rule> rules_;
  std::vector<std::string> warnings_;
  mutable std::vector<std::string_view> groups_;
  mutable std::string value_;
};

}  // namespace maproom::map
