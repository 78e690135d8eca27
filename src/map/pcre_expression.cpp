#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include <algorithm>
#include <array>
#include <memory>
#include <new>
#include <string>

#include "maproom/map/expression.hpp"

namespace maproom::map {
namespace {

template <auto Free>
struct FreeWith {
  template <class T>
  void operator()(T* object) const {
    Free(object);
  }
};
using Code = std::unique_ptr<pcre2_code, FreeWith<&pcre2_code_free>>;
using Context = std::unique_ptr<pcre2_match_context, FreeWith<&pcre2_match_context_free>>;
using Found = std::unique_ptr<pcre2_match_data, FreeWith<&pcre2_match_data_free>>;

std::string message_of(int code) {
  std::array<PCRE2_UCHAR, 256> text{};
  if (pcre2_get_error_message(code, text.data(), text.size()) < 0) return "PCRE2 error " + std::to_string(code);
  return {text.begin(), std::find(text.begin(), text.end(), PCRE2_UCHAR{0})};
}

Context bounded() {
  Context context{pcre2_match_context_create(nullptr)};
  if (!context) throw std::bad_alloc{};
  pcre2_set_heap_limit(context.get(), pcre_max_kibibytes);
  return context;
}

class PcreExpression final : public Expression {
 public:
  explicit PcreExpression(Code code) : code_{std::move(code)} {
    std::uint32_t count = 0;
    pcre2_pattern_info(code_.get(), PCRE2_INFO_CAPTURECOUNT, &count);
    groups_ = count;
    std::uint32_t options = 0;
    pcre2_pattern_info(code_.get(), PCRE2_INFO_ALLOPTIONS, &options);
    anchored_ = (options & PCRE2_ANCHORED) != 0;
  }

  [[nodiscard]] Result<bool> match(const std::string& key, std::span<std::string_view> groups) const override {
    if (key.size() > expression_max_key_bytes) return fail(Errc::overload, "a key that long is not asked of a pcre");
    static const Context context = bounded();
    const auto begins = anchored_ ? std::size_t{1} : key.size() + 1;
    pcre2_set_match_limit(context.get(),
                          std::max(pcre_least_steps, static_cast<std::uint32_t>(pcre_max_steps / begins)));
    // Made for each match: what PCRE2 takes for its steps stays with it, and a table may have a thousand expressions.
    const Found found{pcre2_match_data_create_from_pattern(code_.get(), nullptr)};
    if (!found) throw std::bad_alloc{};
    const int code = pcre2_match(code_.get(), reinterpret_cast<PCRE2_SPTR>(key.data()), key.size(), 0, 0, found.get(),
                                 context.get());
    if (code == PCRE2_ERROR_NOMATCH) return false;
    if (code < 0) return fail(Errc::overload, message_of(code));
    const auto* const at = pcre2_get_ovector_pointer(found.get());
    for (std::size_t i = 0; i < groups.size(); ++i) {
      const auto begin = at[2 * i], end = at[2 * i + 1];
      if (begin != PCRE2_UNSET && begin > end) return fail(Errc::bad_data, "a group ends before it begins (\\K)");
      groups[i] = begin == PCRE2_UNSET ? std::string_view{} : std::string_view{key}.substr(begin, end - begin);
    }
    return true;
  }
  [[nodiscard]] std::size_t groups() const noexcept override { return groups_; }

 private:
  Code code_;
  std::size_t groups_ = 0;
  bool anchored_ = false;
};

}  // namespace

Result<std::unique_ptr<Expression>> compile_pcre(std::string_view text, PcreFlags flags) {
  std::uint32_t options = 0;
  const auto set = [&](bool on, std::uint32_t option) { options |= on ? option : 0; };
  set(flags.caseless, PCRE2_CASELESS);
  set(flags.multiline, PCRE2_MULTILINE);
  set(flags.dotall, PCRE2_DOTALL);
  set(flags.extended, PCRE2_EXTENDED);
  set(flags.anchored, PCRE2_ANCHORED);
  set(flags.dollar_endonly, PCRE2_DOLLAR_ENDONLY);
  set(flags.ungreedy, PCRE2_UNGREEDY);
  int code = 0;
  std::size_t at = 0;
  Code compiled{pcre2_compile(reinterpret_cast<PCRE2_SPTR>(text.data()), text.size(), options, &code, &at, nullptr)};
  // That there is no memory now says nothing of the expression: the line must not be passed over for it.
  const auto kind = code == PCRE2_ERROR_HEAP_FAILED ? Errc::overload : Errc::invalid;
  if (!compiled) return fail(kind, message_of(code) + " (at byte " + std::to_string(at) + ")");
  return std::unique_ptr<Expression>{new PcreExpression{std::move(compiled)}};
}

}  // namespace maproom::map
