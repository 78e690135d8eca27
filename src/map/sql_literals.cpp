#include "maproom/map/sql_literals.hpp"

namespace maproom::map {

std::vector<SqlPlace> sql_places(std::string_view sql, SqlMode mode) {
  std::vector<SqlPlace> places(sql.size() + 1, SqlPlace::bare);
  const auto at = [&](std::size_t i) { return i < sql.size() ? sql[i] : '\0'; };
  // Fills places (begin, end] and returns end + 1: `end` is the last byte of the construct, inserted before it is still
  // inside, inserted behind it is not.
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
    if (c == '#' || (c == '-' && at(i + 1) == '-' &&
                     (i + 2 >= sql.size() || static_cast<unsigned char>(third) <= ' ' || third == '\x7f'))) {
      for (++i; i < sql.size() && sql[i] != '\n'; ++i) places[i] = SqlPlace::comment;
      places[i] = SqlPlace::comment;
      continue;
    }
    if (c == '/' && at(i + 1) == '*') {
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

}  // namespace maproom::map
