#include <regex.h>

#include <array>
#include <string>
#include <utility>
#include <vector>

#include "maproom/map/expression.hpp"

namespace maproom::map {
namespace {

/// A backslash takes the next byte along, within brackets too: there none can hide a back-reference behind them.
bool has_back_reference(std::string_view text) {
  for (std::size_t i = 0; i + 1 < text.size(); ++i)
    if (text[i] == '\\') {
      ++i;
      if (text[i] >= '1' && text[i] <= '9') return true;
    }
  return false;
}

std::string message_of(int code, const regex_t& expression) {
  std::array<char, 256> text{};
  ::regerror(code, &expression, text.data(), text.size());
  return text.data();
}

class PosixExpression final : public Expression {
 public:
  static Result<std::unique_ptr<Expression>> compile(const std::string& text, int flags) {
    auto expression = std::unique_ptr<PosixExpression>{new PosixExpression};
    if (const int code = ::regcomp(&expression->compiled_, text.c_str(), flags); code != 0)
      return fail(code == REG_ESPACE ? Errc::overload : Errc::invalid, message_of(code, expression->compiled_));
    expression->is_compiled_ = true;
    expression->text_ = text;
    expression->flags_ = flags;
    return std::unique_ptr<Expression>{std::move(expression)};
  }
  ~PosixExpression() override {
    if (is_compiled_) ::regfree(&compiled_);
  }
  PosixExpression(const PosixExpression&) = delete;
  PosixExpression& operator=(const PosixExpression&) = delete;

  [[nodiscard]] Result<bool> match(const std::string& key, std::span<std::string_view> groups) const override {
    if (key.size() > expression_max_key_bytes)
      return fail(Errc::overload,
                  "a key of more than " + std::to_string(expression_max_key_bytes) + " bytes is not asked of a regexp");
    if ((asked_ += key.size()) > bytes_until_anew) compile_anew();
    matched_.resize(groups.size());
    const int code = ::regexec(&compiled_, key.c_str(), matched_.size(), matched_.data(), 0);
    if (code == REG_NOMATCH) return false;
    if (code != 0) return fail(Errc::overload, message_of(code, compiled_));
    for (std::size_t i = 0; i < groups.size(); ++i) {
      const auto [begin, end] = matched_[i];
      groups[i] = begin < 0 ? std::string_view{}
                            : std::string_view{key}.substr(static_cast<std::size_t>(begin),
                                                           static_cast<std::size_t>(end - begin));
    }
    return true;
  }
  [[nodiscard]] std::size_t groups() const noexcept override { return compiled_.re_nsub; }

 private:
  PosixExpression() = default;

  /// The C library keeps with a compiled expression whatever states keys have led it to, and gives none back.
  void compile_anew() const {
    regex_t anew{};
    if (::regcomp(&anew, text_.c_str(), flags_) != 0) return;
    ::regfree(&compiled_);
    compiled_ = anew;
    asked_ = 0;
  }

  static constexpr std::size_t bytes_until_anew = 64 * 1'024;
  mutable regex_t compiled_{};
  mutable std::size_t asked_ = 0;  ///< bytes of keys since it was compiled
  std::string text_;
  int flags_ = 0;
  bool is_compiled_ = false;
  mutable std::vector<regmatch_t> matched_;
};

}  // namespace

Result<std::unique_ptr<Expression>> compile_posix(std::string_view text, PosixFlags flags, bool wants_groups) {
  if (has_back_reference(text))
    return fail(Errc::overload,
                "a back-reference (\\1): the C library's time for it has no bound; a pcre: table can hold it");
  const int all = (flags.extended ? REG_EXTENDED : 0) | (flags.ignore_case ? REG_ICASE : 0) |
                  (flags.newlines ? REG_NEWLINE : 0) | (wants_groups ? 0 : REG_NOSUB);
  return PosixExpression::compile(std::string{text}, all);
}

}  // namespace maproom::map
