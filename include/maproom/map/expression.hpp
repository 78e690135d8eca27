#pragma once
// Expression: one regular expression of a regexp: or pcre: table, compiled. Pure.
//
// Its time is bounded, whatever the key: what goes beyond the bound is an error, and for Postfix a temporary one. PCRE2
// counts its steps. The C library counts nothing: its expressions are asked only keys of a length with which they take
// a few milliseconds, and one with a back-reference, whose time no length bounds, is not compiled.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "maproom/core/result.hpp"

namespace maproom::map {

class Expression {
 public:
  Expression() = default;
  virtual ~Expression() = default;
  Expression(const Expression&) = delete;
  Expression& operator=(const Expression&) = delete;

  /// true: it matches somewhere in the key, which has no NUL byte; `groups[n]` is then what group n matched, empty if
  /// nothing. Not more groups than it has. The texts are the key's. Not for two threads at a time.
  [[nodiscard]] virtual Result<bool> match(const std::string& key, std::span<std::string_view> groups) const = 0;
  [[nodiscard]] virtual std::size_t groups() const noexcept = 0;  ///< that it has, without the whole match
};

/// regexp_table(5); each letter in a line turns one round.
struct PosixFlags {
  bool ignore_case = true, extended = true, newlines = false;
};
/// `wants_groups`: whether match() will be asked for any. Errc::invalid: the C library does not take it;
/// Errc::overload: it has a back-reference.
[[nodiscard]] Result<std::unique_ptr<Expression>> compile_posix(std::string_view text, PosixFlags flags,
                                                                bool wants_groups);

/// pcre_table(5), likewise.
struct PcreFlags {
  bool caseless = true, multiline = false, dotall = true, extended = false, anchored = false, dollar_endonly = false,
       ungreedy = false;
};
[[nodiscard]] Result<std::unique_ptr<Expression>> compile_pcre(std::string_view text, PcreFlags flags);

/// Longer keys are not asked: with 1,024 bytes the worst expressions take the C library some 20 ms to 90 ms, and their
/// time grows with the square.
inline constexpr std::size_t expression_max_key_bytes = 1'024;
/// How often PCRE2 may try something for one expression and key. Its own count begins anew at each byte of the key at
/// which an expression that is not anchored may begin, so that each of them gets its part, and no less than the second
/// figure.
inline constexpr std::uint32_t pcre_max_steps = 1'000'000;
inline constexpr std::uint32_t pcre_least_steps = 1'000;
inline constexpr std::uint32_t pcre_max_kibibytes = 32 * 1'024;

}  // namespace maproom::map
