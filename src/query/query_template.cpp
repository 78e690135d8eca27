#include "maproom/query/query_template.hpp"

#include <algorithm>

#include "maproom/core/fold.hpp"
#include "maproom/query/key_parts.hpp"
#include "maproom/query/sql_literals.hpp"
#include "maproom/query/sql_quote.hpp"

namespace maproom::query {
namespace {

constexpr std::string_view expansions = "sudSUD123456789";

std::string place_in(std::string_view text, std::size_t offset) {
  const auto before = text.substr(0, offset);
  const auto line = 1 + std::count(before.begin(), before.end(), '\n');
  const auto start = before.rfind('\n');
  const auto column = 1 + (start == std::string_view::npos ? offset : offset - start - 1);
  return "line " + std::to_string(line) + ", column " + std::to_string(column) + " of the query";
}

std::string_view describe(SqlPlace place) {
  switch (place) {
    case SqlPlace::bare:
      return "stands outside a quoted literal";
    case SqlPlace::after_escape:
      return "stands right behind a backslash";
    case SqlPlace::identifier:
      return "stands in a quoted name";
    case SqlPlace::comment:
      return "stands in a comment";
    case SqlPlace::uncertain:
      return "stands behind a comment or sign that not every server reads alike (/*! with quotes in it, 1.5e--)";
    case SqlPlace::single_quoted:
    case SqlPlace::double_quoted:
      break;
  }
  return "";
}

/// EXECUTE IMMEDIATE and PREPARE run the *content* of a literal as a statement, and no quoting of the literal helps
/// there. Told by the words outside of literals; a SELECT may have columns of such names.
bool runs_text_as_statement(std::string_view sql, const std::vector<SqlPlace>& places) {
  constexpr std::string_view letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_$";
  const auto is = [](std::string_view word, std::string_view name) { return equals_ignoring_ascii_case(word, name); };
  bool first = true;
  for (std::size_t i = 0; i < sql.size();) {
    const auto end = std::min(sql.find_first_not_of(letters, i), sql.size());
    const auto word = sql.substr(i, end - i);
    const auto place = places[i];
    i = std::max(end, i + 1);
    if (word.empty() || (place != SqlPlace::bare && place != SqlPlace::comment)) continue;
    if (is(word, "EXECUTE") || is(word, "PREPARE")) return true;
    if (!first || place != SqlPlace::bare) continue;
    first = false;
    if (is(word, "SELECT") || is(word, "WITH") || is(word, "VALUES") || is(word, "CALL") || is(word, "DO"))
      return false;
  }
  return false;
}

constexpr SqlMode mode_of(std::size_t index) { return {(index & 1) != 0, (index & 2) != 0}; }
constexpr std::size_t index_of(SqlMode mode) {
  return (mode.ansi_quotes ? 1U : 0U) + (mode.no_backslash_escapes ? 2U : 0U);
}

}  // namespace

Result<QueryTemplate> QueryTemplate::parse(std::string text) {
  QueryTemplate result;
  // The statement with every expansion taken out, and where each stood in it and in the text.
  std::string skeleton;
  std::vector<std::pair<std::size_t, std::size_t>> holes;
  std::string literal;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '\0') return fail(Errc::invalid, "a NUL byte, " + place_in(text, i));
    if (c != '%') {
      literal.push_back(c);
      skeleton.push_back(c);
      continue;
    }
    const char next = i + 1 < text.size() ? text[i + 1] : '\0';
    if (next == '%') {
      literal.push_back('%');
      skeleton.push_back('%');
      ++i;
      continue;
    }
    if (next == '\0' || expansions.find(next) == std::string_view::npos)
      return fail(Errc::invalid, (next == '\0' ? std::string{"a lone %"} : std::string{"unknown expansion %"} + next) +
                                     ", " + place_in(text, i) +
                                     "; expected %s %u %d %S %U %D %1 to %9, or %% for a percent sign");
    holes.emplace_back(skeleton.size(), i);
    result.pieces_.push_back({std::move(literal), next, {}});
    literal.clear();
    switch (next) {
      case 'u':
      case 'U':
        result.needs_.user = true;
        break;
      case 'd':
      case 'D':
        result.needs_.domain = true;
        break;
      case 's':
      case 'S':
        break;
      default:
        result.needs_.labels = std::max(result.needs_.labels, next - '0');
    }
    ++i;
  }
  for (std::size_t mode = 0; mode < 4; ++mode) {
    const auto places = sql_places(skeleton, mode_of(mode));
    for (std::size_t i = 0; i < holes.size(); ++i) {
      const auto place = places[holes[i].first];
      // An expansion that joins its neighbours ("-%s-", "''%s''") changes how they read only where it stands bare or
      // at the seam of a doubled quote, and both are refused.
      if (place == SqlPlace::single_quoted) {
        result.pieces_[i].quote[mode] = '\'';
      } else if (place == SqlPlace::double_quoted) {
        result.pieces_[i].quote[mode] = '"';
      } else if (mode == 0) {
        return fail(Errc::invalid, std::string{"%"} + result.pieces_[i].expansion + " " + std::string{describe(place)} +
                                       ", " + place_in(text, holes[i].second) +
                                       "; write it inside quotes ('%s'), so that no key can change the statement");
      }
    }
    if (mode == 0 && (places.back() == SqlPlace::single_quoted || places.back() == SqlPlace::double_quoted ||
                      places.back() == SqlPlace::after_escape || places.back() == SqlPlace::identifier))
      return fail(Errc::invalid, "the query ends inside quotes that are never closed; expected a closing quote");
    if (mode == 0 && !holes.empty() && runs_text_as_statement(skeleton, places))
      return fail(Errc::invalid, std::string{"%"} + result.pieces_[0].expansion + ", " +
                                     place_in(text, holes[0].second) +
                                     ": the query runs the text of a literal as a statement (EXECUTE IMMEDIATE, "
                                     "PREPARE), where quotes cannot keep a key from changing it; expected a SELECT");
  }
  result.pieces_.push_back({std::move(literal), 0, {}});
  result.text_ = std::move(text);
  return result;
}

Result<std::string> QueryTemplate::bind(std::string_view key, SqlMode mode) const {
  const auto index = index_of(mode);
  std::string sql;
  sql.reserve(text_.size() + key.size() * 2);
  for (const auto& piece : pieces_) {
    sql += piece.literal;
    if (piece.expansion == 0) break;
    const char quote = piece.quote[index];
    if (quote == 0)
      return fail(Errc::invalid,
                  std::string{"under the server's sql_mode ("} + (mode.ansi_quotes ? "ANSI_QUOTES" : "") +
                      (mode.ansi_quotes && mode.no_backslash_escapes ? ", " : "") +
                      (mode.no_backslash_escapes ? "NO_BACKSLASH_ESCAPES" : "") +
                      ") an expansion of the query stands outside a literal; use single quotes and no backslashes");
    append_sql_quoted(sql, part_of(key, piece.expansion), quote, mode);
  }
  return sql;
}

const KeyNeeds& QueryTemplate::needs() const noexcept { return needs_; }
const std::string& QueryTemplate::text() const noexcept { return text_; }

}  // namespace maproom::query
