#include "maproom/query/sql_literals.hpp"

#include <algorithm>

namespace maproom::query {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// A comment that some servers run, beginning at `i`. Run or skipped, it ends at the same place only if it holds no
/// quote and no comment: a skipped one may nest, and a quote hides the end of one that is run.
bool is_executable_comment(std::string_view sql, std::size_t i) {
  const auto rest = sql.substr(i);
  return rest.starts_with("/*!") || rest.starts_with("/*M!") || rest.starts_with("/*+");
}

bool reads_alike_everywhere(std::string_view comment) {
  return comment.find_first_of("'\"`#") == std::string_view::npos && comment.find("--") == std::string_view::npos &&
         comment.find("/*") == std::string_view::npos;
}

/// "--" at `i` that is a comment for some and two signs for others: before a byte that only some character sets call
/// white space (0xA0), and behind the unfinished number "1.5e", whose sign the lexer takes with it.
bool is_doubtful_dash(std::string_view sql, std::size_t i) {
  if (i + 2 < sql.size() && static_cast<unsigned char>(sql[i + 2]) >= 0x80) return true;
  return i >= 2 && (sql[i - 1] == 'e' || sql[i - 1] == 'E') && (is_digit(sql[i - 2]) || sql[i - 2] == '.');
}

}  // namespace

std::vector<SqlPlace> sql_places(std::string_view sql, SqlMode mode) {
  std::vector<SqlPlace> places(sql.size() + 1, SqlPlace::bare);
  const auto at = [&](std::size_t i) { return i < sql.size() ? sql[i] : '\0'; };
  // Each construct sets the places from behind its first byte to before its last.
  const auto give_up = [&](std::size_t from) {
    std::fill(places.begin() + static_cast<std::ptrdiff_t>(from), places.end(), SqlPlace::uncertain);
  };
  std::size_t i = 0;
  while (i < sql.size()) {
    const char c = sql[i];
    if (c == '\'' || c == '"' || c == '`') {
      const bool literal = c == '\'' || (c == '"' && !mode.ansi_quotes);
      const auto place = !literal    ? SqlPlace::identifier
                         : c == '\'' ? SqlPlace::single_quoted
                                     : SqlPlace::double_quoted;
      const bool escapes = literal && !mode.no_backslash_escapes;
      ++i;
      for (;; ++i) {
        places[i] = place;
        if (i >= sql.size()) return places;
        if (escapes && sql[i] == '\\') {
          ++i;
          places[i] = SqlPlace::after_escape;
          if (i >= sql.size()) return places;
          continue;
        }
        if (sql[i] != c) continue;
        if (at(i + 1) == c) {  // doubled: still inside; between the two a byte would end the literal
          ++i;
          places[i] = SqlPlace::bare;
          continue;
        }
        break;
      }
      ++i;
      continue;
    }
    // MariaDB wants white space or a control character behind "--"; a byte put there decides what it is, so the place
    // right behind counts as a comment too.
    const char third = at(i + 2);
    if (c == '-' && at(i + 1) == '-' && is_doubtful_dash(sql, i)) {
      give_up(i + 1);
      return places;
    }
    if (c == '#' || (c == '-' && at(i + 1) == '-' &&
                     (i + 2 >= sql.size() || static_cast<unsigned char>(third) <= ' ' || third == '\x7f'))) {
      for (++i; i < sql.size() && sql[i] != '\n'; ++i) places[i] = SqlPlace::comment;
      places[i] = SqlPlace::comment;
      continue;
    }
    if (c == '/' && at(i + 1) == '*') {
      if (is_executable_comment(sql, i) &&
          !reads_alike_everywhere(sql.substr(i + 2, sql.find("*/", i + 2) - (i + 2)))) {
        give_up(i + 1);
        return places;
      }
      places[i + 1] = SqlPlace::comment;
      for (i += 2;; ++i) {
        places[i] = SqlPlace::comment;
        if (i >= sql.size()) return places;
        if (sql[i] == '*' && at(i + 1) == '/') {
          places[i + 1] = SqlPlace::comment;
          i += 2;
          break;
        }
      }
      continue;
    }
    ++i;
  }
  return places;
}

}  // namespace maproom::query
