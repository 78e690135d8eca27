#include "maproom/map/address_list.hpp"

#include <algorithm>
#include <cstddef>
#include <utility>

namespace maproom::map {
namespace {

enum class TokenKind { op, atom, quoted, literal };

struct Token {
  TokenKind kind;
  char op = 0;       ///< of an op
  std::string text;  ///< of the others, without quotes, brackets and backslashes
};

using Tokens = std::vector<Token>;

/// RFC 822's specials, and the operators of older address forms.
constexpr std::string_view operators = "()<>@,;:\\\".[]|%!";

bool is_blank(char c) noexcept { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }
bool is_operator(char c) noexcept { return operators.find(c) != std::string_view::npos; }
bool is_op(const Token& token, char op) noexcept { return token.kind == TokenKind::op && token.op == op; }
bool is_op_of(const Token& token, std::string_view ops) noexcept {
  return token.kind == TokenKind::op && ops.find(token.op) != std::string_view::npos;
}

/// Cuts text into tokens, without the comments: no address is ever made of them.
class Tokenizer {
 public:
  explicit Tokenizer(std::string_view text) : rest_{text} {}

  Tokens run() {
    Tokens tokens;
    while (!rest_.empty()) {
      const char c = rest_.front();
      if (is_blank(c)) {
        rest_.remove_prefix(1);
      } else if (c == '(') {
        skip_comment();
      } else if (c == '"') {
        tokens.push_back({TokenKind::quoted, 0, take_enclosed('"')});
      } else if (c == '[') {
        tokens.push_back({TokenKind::literal, 0, take_enclosed(']')});
      } else if (c != '\\' && is_operator(c)) {
        tokens.push_back({TokenKind::op, c, {}});
        rest_.remove_prefix(1);
      } else {
        auto text = take_while([](char next) { return !is_blank(next) && !is_operator(next); });
        const bool plain = std::none_of(text.begin(), text.end(), [](char next) {
          return (next >= 0 && next <= ' ') || next == 0x7F || is_operator(next);
        });
        tokens.push_back({plain ? TokenKind::atom : TokenKind::quoted, 0, std::move(text)});
      }
    }
    return tokens;
  }

 private:
  /// A backslash makes the next character an ordinary one; line breaks and tabs become blanks.
  template <class Predicate>
  std::string take_while(Predicate wanted) {
    std::string text;
    while (!rest_.empty()) {
      if (rest_.front() == '\\') {
        rest_.remove_prefix(1);
        if (rest_.empty()) break;
      } else if (!wanted(rest_.front())) {
        break;
      }
      text += is_blank(rest_.front()) ? ' ' : rest_.front();
      rest_.remove_prefix(1);
    }
    return text;
  }

  std::string take_enclosed(char end) {
    rest_.remove_prefix(1);
    auto text = take_while([end](char c) { return c != end; });
    if (!rest_.empty()) rest_.remove_prefix(1);  // the text may end before the quotes do
    return text;
  }

  void skip_comment() {
    int depth = 0;  // comments nest
    while (!rest_.empty()) {
      const char c = rest_.front();
      rest_.remove_prefix(1);
      if (c == '\\') {
        if (!rest_.empty()) rest_.remove_prefix(1);
      } else if (c == '(') {
        ++depth;
      } else if (c == ')' && --depth == 0) {
        return;
      }
    }
  }

  std::string_view rest_;
};

/// The half-open range of tokens that makes one address.
struct Range {
  std::ptrdiff_t begin;
  std::ptrdiff_t end;
};

/// Finds the addresses among the tokens, from right to left as tok822_parse(3) does, because the left side of an
/// address (a display name, a group's name) can only be told when the right side has been seen.
class AddressFinder {
 public:
  explicit AddressFinder(const Tokens& tokens) : tokens_{tokens}, at_{end()}, bound_{end()} {}

  std::vector<Range> run() {
    bool word_may_follow = true;  // two words side by side belong to two addresses
    bool in_groups = false;       // once a ';' was seen, each ':' ends a group's name
    at_ = end() - 1;
    while (at_ >= 0) {
      const Token& token = here();
      if (is_op(token, '>')) {
        close_address();
        step_to("<");
        close_address();
        leave_out_to(">;,:");  // the display name
        word_may_follow = true;
        continue;
      }
      if (in_groups && is_op(token, ':')) {
        close_address();
        leave_out_to(",");  // the group's name
        continue;
      }
      if (token.kind != TokenKind::op) {
        if (!word_may_follow) {
          close_address();
          bound_ = at_ + 1;
        }
      } else if (is_op_of(token, ";,")) {
        close_address();
        in_groups = in_groups || token.op == ';';
      }
      word_may_follow = token.kind == TokenKind::op;
      --at_;
    }
    close_address();
    std::reverse(found_.begin(), found_.end());
    return std::move(found_);
  }

 private:
  [[nodiscard]] std::ptrdiff_t end() const { return static_cast<std::ptrdiff_t>(tokens_.size()); }
  [[nodiscard]] const Token& here() const { return tokens_[static_cast<std::size_t>(at_)]; }

  /// All between here and the bound is one address; here is the bound from now on.
  void close_address() {
    if (at_ + 1 < bound_) found_.push_back({at_ + 1, bound_});
    bound_ = at_;
  }
  /// As far as one of `ops`, which remains to be looked at, or beyond the beginning.
  void step_to(std::string_view ops) {
    while (at_ >= 0 && !is_op_of(here(), ops)) --at_;
  }
  void leave_out_to(std::string_view ops) {
    step_to(ops);
    bound_ = at_;
  }

  const Tokens& tokens_;
  std::ptrdiff_t at_;
  std::ptrdiff_t bound_;
  std::vector<Range> found_;
};

void append_escaped(std::string& out, std::string_view text, std::string_view escaped) {
  for (const char c : text) {
    if (escaped.find(c) != std::string_view::npos) out += '\\';
    out += c;
  }
}

/// The tokens as text that reads back to the same address.
std::string external_text(const Tokens& tokens, Range range) {
  std::string out;
  for (auto i = range.begin; i < range.end; ++i) {
    const Token& token = tokens[static_cast<std::size_t>(i)];
    switch (token.kind) {
      case TokenKind::op:
        out += token.op;
        if (token.op == ',') out += ' ';
        break;
      case TokenKind::atom:
        out += token.text;
        break;
      case TokenKind::quoted:
        out += '"';
        append_escaped(out, token.text, "\"\\\r\n");
        out += '"';
        break;
      case TokenKind::literal:
        out += '[';
        append_escaped(out, token.text, "\\\r\n");
        out += ']';
        break;
    }
  }
  return out;
}

/// The tokens' text without quotes. Blanks stand only where two tokens would run into one.
std::string internal_text(const Tokens& tokens) {
  std::string out;
  for (std::size_t i = 0; i < tokens.size(); ++i) {
    const Token& token = tokens[i];
    if (token.kind == TokenKind::op) {
      out += token.op;
    } else if (token.kind == TokenKind::literal) {
      out += '[' + token.text + ']';
    } else {
      out += token.text;
    }
    if (i + 1 == tokens.size()) break;
    const Token& next = tokens[i + 1];
    const bool two_words = token.kind != TokenKind::op && next.kind != TokenKind::op;
    if (is_op(token, ',') || is_op(next, '<') || two_words) out += ' ';
  }
  return out;
}

/// The rules of trivial-rewrite(8) that make a difference here. (Completing a name with $myorigin or $mydomain is left
/// to Postfix, which rewrites the reply anyway.)
ListedAddress canonical_address(Tokens tokens, const PostfixSettings& settings) {
  const auto find_op = [&](char op) {
    return std::find_if(tokens.begin(), tokens.end(), [op](const Token& token) { return is_op(token, op); });
  };
  const Token at_sign{TokenKind::op, '@', {}};
  if (tokens.size() == 1 && is_op(tokens.front(), '@')) return {};

  if (!tokens.empty() && is_op(tokens.front(), '@')) {  // a source route
    const auto colon = find_op(':');
    if (colon != tokens.end() && colon + 1 != tokens.end()) tokens.erase(tokens.begin(), colon + 1);
  }
  if (find_op('@') == tokens.end()) {
    const auto bang = find_op('!');
    if (settings.swap_bangpath && bang != tokens.end()) {  // host!user
      Tokens swapped{bang + 1, tokens.end()};
      swapped.push_back(at_sign);
      swapped.insert(swapped.end(), tokens.begin(), bang);
      tokens = std::move(swapped);
    } else if (settings.allow_percent_hack) {  // user%host
      const auto percent =
          std::find_if(tokens.rbegin(), tokens.rend(), [](const Token& token) { return is_op(token, '%'); });
      if (percent != tokens.rend()) *percent = at_sign;
    }
  }
  const bool has_domain = find_op('@') != tokens.end();
  // One dot at the end of a domain goes. (Without a domain it is not the end: $myorigin is yet to come.)
  if (has_domain && is_op(tokens.back(), '.') && !is_op_of(tokens[tokens.size() - 2], ".@")) tokens.pop_back();
  auto internal = internal_text(tokens);
  if (!has_domain && !tokens.empty() && is_op(tokens.back(), ',')) internal += ' ';  // as if '@' followed
  return {std::move(internal), has_domain};
}

}  // namespace

std::vector<ListedAddress> parse_address_list(std::string_view text, const PostfixSettings& settings) {
  const auto tokens = Tokenizer{text}.run();
  std::vector<ListedAddress> addresses;
  for (const auto range : AddressFinder{tokens}.run()) {
    // Postfix writes each address out and gives it to trivial-rewrite(8), which reads it anew. So do we: an odd
    // address may fall into other tokens the second time.
    addresses.push_back(canonical_address(Tokenizer{external_text(tokens, range)}.run(), settings));
  }
  return addresses;
}

}  // namespace maproom::map
