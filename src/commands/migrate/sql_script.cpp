#include "maproom/commands/sql_script.hpp"

#include <algorithm>
#include <cstddef>

#include "maproom/core/fold.hpp"
#include "maproom/core/logical_lines.hpp"

namespace maproom::commands {
namespace {

bool is_word(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '$' ||
         static_cast<unsigned char>(c) >= 0x80;
}

/// The words of one statement so far: is it a routine, and how deep in its body are we?
class Body {
 public:
  void word(std::string_view text) {
    const auto is = [text](std::string_view other) { return equals_ignoring_ascii_case(text, other); };
    if (after_end_) {
      // END IF and its like end what was not counted, for IF and REPEAT are functions too; END CASE ends a CASE.
      after_end_ = false;
      if (is("IF") || is("LOOP") || is("WHILE") || is("REPEAT")) return;
      close();
      if (is("CASE")) return;
    }
    if (words_++ == 0) create_ = is("CREATE");
    if (create_ && depth_ == 0 && (is("PROCEDURE") || is("FUNCTION") || is("TRIGGER") || is("EVENT"))) routine_ = true;
    if (!routine_) return;
    if (is("BEGIN") || is("CASE")) ++depth_;
    if (is("END")) after_end_ = true;
  }
  void sign() {
    if (after_end_) close();
    after_end_ = false;
  }
  /// At a semicolon: does the statement end here?
  bool ends() {
    sign();
    return depth_ == 0;
  }

 private:
  void close() { depth_ -= depth_ > 0 ? 1 : 0; }
  std::size_t words_ = 0;
  std::size_t depth_ = 0;
  bool create_ = false, routine_ = false, after_end_ = false;
};

/// Behind the literal or quoted name that begins at `at`. A quote is doubled, or has a backslash before it.
std::size_t behind_quoted(std::string_view text, std::size_t at) {
  const char quote = text[at];
  for (++at; at < text.size(); ++at) {
    if (text[at] == '\\' && quote != '`')
      ++at;
    else if (text[at] == quote)
      return at + 1;  // a doubled one begins another literal at once
  }
  return text.size();
}

std::size_t behind(std::string_view text, std::size_t at, std::string_view mark) {
  const auto end = text.find(mark, at);
  return end == std::string_view::npos ? text.size() : end + mark.size();
}

}  // namespace

std::vector<std::string> sql_statements(std::string_view script) {
  std::vector<std::string> statements;
  Body body;
  bool anything = false;
  std::size_t begin = 0;
  const auto take = [&](std::size_t end) {
    if (anything) statements.emplace_back(trim(script.substr(begin, end - begin)));
    body = {};
    anything = false;
  };
  for (std::size_t at = 0; at < script.size();) {
    const auto rest = script.substr(at);
    const bool dashes = rest.starts_with("--") && (rest.size() == 2 || white_space.find(rest[2]) != white_space.npos);
    if (dashes || rest.front() == '#') {
      at = behind(script, at, "\n");
    } else if (rest.starts_with("/*")) {
      anything = anything || rest.starts_with("/*!") || rest.starts_with("/*M!");  // the server runs what is in it
      at = behind(script, at + 2, "*/");
    } else if (rest.front() == '\'' || rest.front() == '"' || rest.front() == '`') {
      body.sign();
      anything = true;
      at = behind_quoted(script, at);
    } else if (is_word(rest.front())) {
      const auto length = static_cast<std::size_t>(std::find_if_not(rest.begin(), rest.end(), is_word) - rest.begin());
      body.word(rest.substr(0, length));
      anything = true;
      at += length;
    } else if (rest.front() == ';') {
      if (body.ends()) {
        take(at);
        begin = at + 1;
      }
      ++at;
    } else {
      if (white_space.find(rest.front()) == std::string_view::npos) {
        body.sign();
        anything = true;
      }
      ++at;
    }
  }
  take(script.size());
  return statements;
}

}  // namespace maproom::commands
