#include "maproom/feed/key_column.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <vector>

namespace maproom::feed {
namespace {

struct Token {
  enum class Kind : unsigned char { word, literal, sign } kind;
  std::string text;  ///< a word in lower case unless it was quoted; a literal without its quotes
  bool quoted = false;
};

bool is_word_byte(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '$';
}

/// nullopt: something that this reader leaves to the server, such as a comment or an escape.
std::optional<std::vector<Token>> tokens_of(std::string_view query) {
  std::vector<Token> tokens;
  for (std::size_t i = 0; i < query.size();) {
    const char c = query[i];
    if (c == ' ' || c == '\t' || c == '\r' || c == '\n') {
      ++i;
    } else if (c == '\'' || c == '"' || c == '`') {
      const auto end = query.find(c, i + 1);
      if (end == std::string_view::npos) return std::nullopt;
      const auto text = query.substr(i + 1, end - i - 1);
      if (text.find('\\') != std::string_view::npos || (end + 1 < query.size() && query[end + 1] == c))
        return std::nullopt;
      tokens.push_back({c == '`' ? Token::Kind::word : Token::Kind::literal, std::string{text}, true});
      i = end + 1;
    } else if (is_word_byte(c)) {
      auto end = i;
      std::string word;
      for (; end < query.size() && is_word_byte(query[end]); ++end)
        word += query[end] >= 'A' && query[end] <= 'Z' ? static_cast<char>(query[end] - 'A' + 'a') : query[end];
      tokens.push_back({Token::Kind::word, std::move(word)});
      i = end;
    } else {
      const auto two = query.substr(i, 2);
      if (c == '#' || two == "--" || two == "/*" || two == "||" || two == "&&" || static_cast<unsigned char>(c) >= 0x80)
        return std::nullopt;
      tokens.push_back({Token::Kind::sign, std::string{c}});
      ++i;
    }
  }
  while (!tokens.empty() && tokens.back().kind == Token::Kind::sign && tokens.back().text == ";") tokens.pop_back();
  return tokens;
}

/// With one of these in it a query may read other rows too.
constexpr std::array<std::string_view, 22> refused{
    "join", "union", "except", "intersect", "or",   "xor", "between",   "with",   "exists", "any",    "all",
    "some", "over",  "window", "partition", "into", "for", "procedure", "having", "rollup", "values", "straight_join"};

class Shape {
 public:
  explicit Shape(std::vector<Token> tokens) : tokens_{std::move(tokens)} {}

  std::optional<KeyColumn> key() const {
    if (tokens_.empty() || !is_word(0, "select")) return std::nullopt;
    for (std::size_t i = 0; i < tokens_.size(); ++i)
      for (const auto word : refused)
        if (is_word(i, word)) return std::nullopt;
    const auto from = only("from");
    const auto where = only("where");
    if (!only("select") || !from || !where || *where < *from) return std::nullopt;
    // FROM [database.]table [[AS] alias] WHERE
    std::vector<std::string> names;
    for (auto i = *from + 1; i < *where; ++i) {
      if (is_word(i, "as") || is_sign(i, ".")) continue;
      if (tokens_[i].kind != Token::Kind::word) return std::nullopt;
      names.push_back(tokens_[i].text);
    }
    const bool database = is_sign(*from + 2, ".");
    if (names.empty() || names.size() > (database ? 3U : 2U) || (database && names.size() < 2)) return std::nullopt;
    const auto column = column_after(*where);
    if (!column) return std::nullopt;
    return KeyColumn{names[database ? 1 : 0], *column};
  }

 private:
  [[nodiscard]] bool is_word(std::size_t i, std::string_view word) const {
    return i < tokens_.size() && tokens_[i].kind == Token::Kind::word && !tokens_[i].quoted && tokens_[i].text == word;
  }
  [[nodiscard]] bool is_sign(std::size_t i, std::string_view sign) const {
    return i < tokens_.size() && tokens_[i].kind == Token::Kind::sign && tokens_[i].text == sign;
  }
  /// The one place where the word stands.
  [[nodiscard]] std::optional<std::size_t> only(std::string_view word) const {
    std::optional<std::size_t> place;
    for (std::size_t i = 0; i < tokens_.size(); ++i) {
      if (!is_word(i, word)) continue;
      if (place) return std::nullopt;
      place = i;
    }
    return place;
  }
  /// In WHERE a AND b AND c: the column of an `x = '%s'` that is one of them, outside of parentheses.
  [[nodiscard]] std::optional<std::string> column_after(std::size_t where) const {
    int depth = 0;
    for (auto i = where; i < tokens_.size(); ++i) {
      if (is_sign(i, "(")) ++depth;
      if (is_sign(i, ")")) --depth;
      if (depth != 0 || (!is_word(i, "where") && !is_word(i, "and"))) continue;
      auto name = i + 1;
      if (is_sign(name + 1, ".")) name += 2;
      if (name + 2 >= tokens_.size() || tokens_[name].kind != Token::Kind::word || !is_sign(name + 1, "=")) continue;
      const auto& value = tokens_[name + 2];
      if (value.kind != Token::Kind::literal || (value.text != "%s" && value.text != "%S")) continue;
      const auto next = name + 3;
      if (next == tokens_.size() || is_word(next, "and") || is_word(next, "order") || is_word(next, "limit"))
        return tokens_[name].text;
    }
    return std::nullopt;
  }

  std::vector<Token> tokens_;
};

}  // namespace

std::optional<KeyColumn> key_column_of(std::string_view query) {
  auto tokens = tokens_of(query);
  if (!tokens) return std::nullopt;
  return Shape{std::move(*tokens)}.key();
}

}  // namespace maproom::feed
