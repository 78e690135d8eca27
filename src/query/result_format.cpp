#include "maproom/query/result_format.hpp"

#include <algorithm>

#include "maproom/query/key_parts.hpp"

namespace maproom::query {

Result<ResultFormat> ResultFormat::parse(std::string text) {
  constexpr std::string_view expected = "; expected %s %u %d %S %U %D %1 to %9, or %% for a percent sign";
  if (text.empty()) return fail(Errc::invalid, "result_format is empty; expected a template such as \"%s\"");
  ResultFormat format;
  std::string literal;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      literal.push_back(text[i]);
      continue;
    }
    const char next = i + 1 < text.size() ? text[++i] : '\0';
    if (next == '%') {
      literal.push_back('%');
      continue;
    }
    if (next == '\0') return fail(Errc::invalid, "a lone % at the end of result_format" + std::string{expected});
    if (std::string_view{"sudSUD123456789"}.find(next) == std::string_view::npos)
      return fail(Errc::invalid,
                  std::string{"unknown expansion %"} + next + " in result_format" + std::string{expected});
    if (next == 'U') format.needs_.user = true;
    if (next == 'D') format.needs_.domain = true;
    if (next >= '1' && next <= '9') format.needs_.labels = std::max(format.needs_.labels, next - '0');
    format.pieces_.emplace_back(std::move(literal), next);
    literal.clear();
  }
  format.pieces_.emplace_back(std::move(literal), '\0');
  return format;
}

std::optional<std::string> ResultFormat::expand(std::string_view value, std::string_view key) const {
  const auto parts = split_at_last_at(value);
  std::string out;
  for (const auto& [literal, expansion] : pieces_) {
    out += literal;
    switch (expansion) {
      case '\0':
        return out;
      case 's':
        out += value;
        break;
      case 'u':
        if (parts.has_at && parts.user.empty()) return std::nullopt;
        out += parts.user;
        break;
      case 'd':
        if (parts.domain.empty()) return std::nullopt;
        out += parts.domain;
        break;
      default:
        out += part_of(key, expansion);
    }
  }
  return out;
}

}  // namespace maproom::query
