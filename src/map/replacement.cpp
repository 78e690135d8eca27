#include "maproom/map/replacement.hpp"

#include <algorithm>
#include <cstdint>
#include <limits>
#include <optional>

namespace maproom::map {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_name(char c) { return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }

/// Where the brace or parenthesis that opens before `at` is closed; only those of its own kind nest.
std::optional<std::size_t> closing(std::string_view text, std::size_t at, char open) {
  const char close = open == '{' ? '}' : ')';
  for (int level = 1; at < text.size(); ++at) {
    if (text[at] == open) ++level;
    if (text[at] == close && --level == 0) return at;
  }
  return std::nullopt;
}

}  // namespace

bool all_digits(std::string_view text) { return !text.empty() && std::all_of(text.begin(), text.end(), is_digit); }

int digits_as_int(std::string_view digits) {
  std::int64_t value = 0;
  constexpr auto most = std::numeric_limits<std::int64_t>::max();
  for (const char c : digits) {
    const auto digit = c - '0';
    value = value > (most - digit) / 10 ? most : value * 10 + digit;
  }
  return static_cast<int>(value);  // the low bits, as the C library does
}

Result<Replacement> Replacement::parse(std::string_view text) {
  Replacement replacement;
  std::string literal;
  const auto end_literal = [&] {
    if (!literal.empty()) replacement.pieces_.push_back({std::move(literal), 0});
    literal.clear();
  };
  for (std::size_t at = 0; at < text.size();) {
    if (text[at] != '$') {
      literal += text[at++];
      continue;
    }
    if (text.substr(at + 1, 1) == "$") {
      literal += '$';
      at += 2;
      continue;
    }
    end_literal();
    ++at;
    std::string_view name;
    if (at < text.size() && (text[at] == '{' || text[at] == '(')) {
      const auto close = closing(text, at + 1, text[at]);
      if (!close) return fail(Errc::invalid, "a reference to a group that is never closed");
      name = text.substr(at + 1, *close - at - 1);
      at = *close + 1;
    } else {
      const auto begin = at;
      while (at < text.size() && is_name(text[at])) ++at;
      name = text.substr(begin, at - begin);
    }
    if (name.empty()) return fail(Errc::invalid, "a '$' without a number");
    if (!all_digits(name)) return fail(Errc::invalid, "a reference to a group that is no number");
    const auto group = static_cast<std::size_t>(digits_as_int(name));
    if (group < 1) return fail(Errc::invalid, "a reference to group 0");
    replacement.highest_ = std::max(replacement.highest_, group);
    replacement.pieces_.push_back({{}, group});
  }
  end_literal();
  return replacement;
}

void Replacement::expand(std::span<const std::string_view> groups, std::string& into) const {
  into.clear();
  for (const auto& piece : pieces_) into += piece.group == 0 ? std::string_view{piece.text} : groups[piece.group];
}

}  // namespace maproom::map
