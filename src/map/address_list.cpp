#include "maproom/map/address_list.hpp"

#include <algorithm>

namespace maproom::map {
namespace {

/// A word (atom, quoted string or domain literal, as it reads in internal form) or one operator character.
struct Token {
  char op = 0;  ///< 0: a word
  std::string text;
};

constexpr std::string_view operators = "|%!()<>@,;:\\\".[]";

bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

class Scanner {
 public:
  explicit Scanner(std::string_view text) : text_{text} {}

  std::vector<Token> scan() {
    std::vector<Token> tokens;
    while (at_ < text_.size()) {
      const char c = text_[at_];
      if (is_blank(c)) {
        ++at_;
      } else if (c == '(') {
        skip_comment();
      } else if (c == '[') {
        ++at_;
        tokens.push_back({0, "[" + collect([](char x) { return x != ']'; }) + "]"});
        ++at_;
      } else if (c == '"') {
        ++at_;
        tokens.push_back({0, collect([](char x) { return x != '"'; })});
        ++at_;
      } else if (c != '\\' && operators.find(c) != std::string_view::npos) {
        tokens.push_back({c, std::string(1, c)});
        ++at_;
      } else {
        tokens.push_back(
            {0, collect([](char x) { return !is_blank(x) && operators.find(x) == std::string_view::npos; })});
      }
    }
    return tokens;
  }

 private:
  /// Characters while `belongs`; a backslash makes the next one belong, whatever it is.
  template <class Belongs>
  std::string collect(Belongs belongs) {
    std::string out;
    for (; at_ < text_.size(); ++at_) {
      if (text_[at_] == '\\') {
        if (++at_ >= text_.size()) break;
      } else if (!belongs(text_[at_])) {
        break;
      }
      out.push_back(is_blank(text_[at_]) ? ' ' : text_[at_]);
    }
    return out;
  }

  void skip_comment() {
    int depth = 0;
    for (; at_ < text_.size(); ++at_) {
      if (text_[at_] == '\\') {
        ++at_;
      } else if (text_[at_] == '(') {
        ++depth;
      } else if (text_[at_] == ')' && --depth == 0) {
        ++at_;
        return;
      }
    }
  }

  std::string_view text_;
  std::size_t at_ = 0;
};

}  // namespace

// From right to left: an address is what stands between the token looked at and `right`. Only from that side can a
// display name be told from an address before its <address> is seen.
std::vector<std::string> parse_address_list(std::string_view text) {
  const auto tokens = Scanner{text}.scan();
  std::vector<std::string> found;  // the last one first
  std::size_t right = tokens.size();
  const auto take = [&](std::size_t left) {  // [left, right)
    if (left >= right) return;
    std::string address;
    for (auto i = left; i < right; ++i) address += tokens[i].text;
    found.push_back(std::move(address));
  };
  bool word_expected =
      true;  // else a word needs an operator (or a comma, which is then missing) before the one behind it
  bool in_group = false;
  std::size_t i = tokens.size();  // one behind the token looked at
  while (i > 0) {
    const auto& token = tokens[i - 1];
    if (token.op == ';') {
      take(i);
      right = i - 1;
      in_group = word_expected = true;
    } else if (token.op == ':' && in_group) {
      take(i);
      while (i > 0 && tokens[i - 1].op != ',') --i;  // the group's name
      right = i;
      continue;
    } else if (token.op == '>') {
      take(i);
      right = i - 1;
      while (i > 0 && tokens[i - 1].op != '<') --i;
      take(i);
      if (i > 0) --i;
      while (i > 0 &&
             (tokens[i - 1].op == 0 || std::string_view{">;,:"}.find(tokens[i - 1].op) == std::string_view::npos))
        --i;  // the display name
      right = i;
      word_expected = true;
      continue;
    } else if (token.op == 0) {
      if (!word_expected) {
        take(i);
        right = i;
      }
      word_expected = false;
    } else if (token.op == ',') {
      take(i);
      right = i - 1;
      word_expected = true;
    } else {
      word_expected = true;
    }
    --i;
  }
  take(0);
  std::reverse(found.begin(), found.end());
  return found;
}

}  // namespace maproom::map
