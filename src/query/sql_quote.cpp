#include "maproom/query/sql_quote.hpp"

namespace maproom::query {

void append_sql_quoted(std::string& out, std::string_view text, char quote, SqlMode mode) {
  for (const char c : text) {
    if (mode.no_backslash_escapes) {
      if (c == quote) out.push_back(c);
      out.push_back(c);
      continue;
    }
    switch (c) {
      case '\0':
        out += "\\0";
        break;
      case '\n':
        out += "\\n";
        break;
      case '\r':
        out += "\\r";
        break;
      case '\x1a':
        out += "\\Z";
        break;
      case '\\':
      case '\'':
      case '"':
        out.push_back('\\');
        out.push_back(c);
        break;
      default:
        out.push_back(c);
    }
  }
}

}  // namespace maproom::query
