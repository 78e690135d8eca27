#pragma once
// An SQL tokenizer of the tests' own, written from MariaDB's manual (String Literals, Identifier Names, Comment Syntax)
// and not from the scanner it judges: where that one marks places, this one takes a statement apart, character by
// character as an automaton, decodes what literals hold, and knows neither templates nor expansions.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace maproom::fuzz {

struct SqlToken {
  /// 'l' a literal, 'i' a quoted name, 'c' a comment, 'w' anything else; upper case: never closed.
  char kind;
  std::string text;  ///< of a literal what it holds, escapes undone; else as it stands
};

enum class SqlEscapes : bool { doubled_only, backslash };
enum class DoubleQuotes : bool { literals, names };

inline std::vector<SqlToken> sql_tokens(std::string_view sql, SqlEscapes escapes, DoubleQuotes double_quotes) {
  std::vector<SqlToken> tokens;
  std::size_t at = 0;
  const auto left = [&] { return sql.substr(at); };
  const auto plain = [&](char c) {
    if (tokens.empty() || tokens.back().kind != 'w') tokens.push_back({'w', {}});
    tokens.back().text += c;
  };
  const auto comment_until = [&](std::string_view end, bool keep_end) {
    const auto found = left().find(end, 2 - (end.size() == 1 ? 1 : 0));
    const bool closed = found != std::string_view::npos;
    const auto length = closed ? found + (keep_end ? 0 : end.size()) : left().size();
    tokens.push_back({closed || keep_end ? 'c' : 'C', std::string{left().substr(0, length)}});
    at += length;
  };
  const auto quoted = [&](char quote, bool is_literal) {
    SqlToken token{is_literal ? 'L' : 'I', {}};
    const bool backslash = is_literal && escapes == SqlEscapes::backslash;
    for (++at; at < sql.size(); ++at) {
      const char c = sql[at];
      if (c == '\\' && backslash) {
        if (++at == sql.size()) break;
        switch (sql[at]) {
          case '0':
            token.text += '\0';
            break;
          case 'n':
            token.text += '\n';
            break;
          case 'r':
            token.text += '\r';
            break;
          case 't':
            token.text += '\t';
            break;
          case 'b':
            token.text += '\b';
            break;
          case 'Z':
            token.text += '\x1a';
            break;
          default:
            token.text += sql[at];
        }
      } else if (c != quote) {
        token.text += c;
      } else if (at + 1 < sql.size() && sql[at + 1] == quote) {
        token.text += quote;
        ++at;
      } else {
        token.kind = is_literal ? 'l' : 'i';
        ++at;
        break;
      }
    }
    tokens.push_back(std::move(token));
  };
  while (at < sql.size()) {
    const auto rest = left();
    const char c = rest[0];
    if (c == '\'') {
      quoted(c, true);
    } else if (c == '"') {
      quoted(c, double_quotes == DoubleQuotes::literals);
    } else if (c == '`') {
      quoted(c, false);
    } else if (c == '#') {
      comment_until("\n", true);
    } else if (rest.starts_with("--") &&
               (rest.size() == 2 || static_cast<std::uint8_t>(rest[2]) <= 0x20 || rest[2] == 0x7f)) {
      comment_until("\n", true);
    } else if (rest.starts_with("/*")) {
      comment_until("*/", false);
    } else {
      plain(c);
      ++at;
    }
  }
  return tokens;
}

}  // namespace maproom::fuzz
