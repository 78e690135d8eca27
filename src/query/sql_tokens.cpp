#include "sql_tokens.hpp"

#include <algorithm>
#include <array>

namespace maproom::query {
namespace {

constexpr char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }
constexpr bool is_digit(char c) { return c >= '0' && c <= '9'; }
constexpr bool is_word(char c) { return (lower(c) >= 'a' && lower(c) <= 'z') || is_digit(c) || c == '_' || c == '$'; }

constexpr std::array<std::string_view, 13> long_signs{"<=>", "<>", "<=", ">=", "!=", "<<", ">>",
                                                      "&&",  "||", ":=", "->", "{}", "@@"};

// What stands for something of its own without parentheses, and what begins or joins something.
constexpr std::string_view reserved =
    " all and any as asc between binary both by case cast collate convert cross current_date current_role current_time "
    "current_timestamp current_user default delayed desc distinct distinctrow div dual else end escape "
    "except exists false fetch for force from group having high_priority ignore in inner intersect interval into is "
    "join key leading left like limit localtime localtimestamp lock match minus mod natural not null offset on or "
    "order "
    "outer over partition procedure regexp right rlike rownum select separator sounds sql_big_result sql_buffer_result "
    "sql_cache sql_calc_found_rows sql_no_cache sql_small_result straight_join sysdate table then trailing true union "
    "unknown update use using utc_date utc_time utc_timestamp values when where window with xor ";

constexpr std::string_view scalar =
    " abs ascii bin bit_length cast ceil ceiling char char_length character_length coalesce coercibility collation "
    "concat concat_ws conv convert crc32 curdate current_date current_time current_timestamp current_user curtime "
    "database date date_add date_format date_sub datediff day dayofmonth dayofweek dayofyear elt exp extract field "
    "find_in_set floor format from_base64 from_days from_unixtime greatest hex hour if ifnull inet6_aton inet6_ntoa "
    "inet_aton inet_ntoa insert instr interval isnull json_array json_compact json_contains json_contains_path "
    "json_exists json_extract json_length json_object json_query json_quote json_search json_unquote json_valid "
    "json_value last_day lcase least left length locate log lower lpad ltrim make_set md5 microsecond mid minute mod "
    "month monthname now nullif oct octet_length ord password position pow power quarter quote rand regexp_instr "
    "regexp_replace regexp_substr repeat replace reverse right round rpad rtrim schema second sha sha1 sha2 sign sleep "
    "soundex space sqrt str_to_date strcmp subdate substr substring substring_index sysdate time time_format "
    "time_to_sec timediff timestamp timestampadd timestampdiff to_base64 to_days trim truncate ucase unhex "
    "unix_timestamp upper user utc_date utc_time utc_timestamp uuid version week weekday weekofyear year ";

bool lists(std::string_view list, std::string_view word) {
  std::string wanted{" "};
  for (const char c : word) wanted += lower(c);
  return list.find(wanted + " ") != std::string_view::npos;
}

/// Where a comment that begins at `i` ends; nullopt: none begins there. npos: one that not all read alike.
std::optional<std::size_t> end_of_comment(std::string_view sql, std::size_t i) {
  const auto at = [&](std::size_t place) { return place < sql.size() ? sql[place] : '\0'; };
  if (sql[i] == '-' && at(i + 1) == '-') {
    const auto third = static_cast<unsigned char>(at(i + 2));
    if (third >= 0x80) return std::string_view::npos;
    if (third > ' ' && third != 0x7f) return std::nullopt;
  } else if (sql[i] == '/' && at(i + 1) == '*') {
    const auto rest = sql.substr(i);
    const auto end = sql.find("*/", i + 2);
    if (rest.starts_with("/*!") || rest.starts_with("/*M!") || rest.starts_with("/*+") ||
        end == std::string_view::npos || sql.substr(i + 2, end - i).find("/*") != std::string_view::npos)
      return std::string_view::npos;
    return end + 2;
  } else if (sql[i] != '#') {
    return std::nullopt;
  }
  return std::min(sql.find('\n', i), sql.size());
}

class Lexer {
 public:
  explicit Lexer(std::string_view sql) : sql_{sql} {}

  Result<std::vector<Token>> run() {
    while (i_ < sql_.size()) {
      const char c = sql_[i_];
      if (c == ' ' || (c >= '\t' && c <= '\r')) {
        ++i_;
        continue;
      }
      if (const auto end = end_of_comment(sql_, i_)) {
        if (*end == std::string_view::npos) return not_read("a comment that not every server reads alike: ");
        i_ = *end;
        continue;
      }
      Token token;
      token.place.begin = i_;
      if (c == '\'' || c == '`') {
        if (!quoted(token)) return not_read(trouble_);
      } else if (is_word(c)) {
        if (!word(token)) return not_read("");
      } else {
        sign(token);
        if (std::string_view{"\"\\@?:{}[]"}.find(token.text[0]) != std::string_view::npos || token.text == "||" ||
            static_cast<unsigned char>(token.text[0]) >= 0x80 || static_cast<unsigned char>(token.text[0]) < ' ' ||
            token.text == "->") {
          i_ = token.place.begin;
          return not_read(token.text == "\"" || token.text == "||" ? "not every sql_mode reads it alike: " : "");
        }
      }
      token.place.end = i_;
      // N'..', x'..', _utf8'..'
      if (token.kind == Token::Kind::text && !tokens_.empty() && tokens_.back().kind == Token::Kind::word &&
          tokens_.back().place.end == token.place.begin) {
        i_ = tokens_.back().place.begin;
        return not_read("");
      }
      tokens_.push_back(std::move(token));
    }
    tokens_.push_back({Token::Kind::end, {}, {}, false, {sql_.size(), sql_.size()}});
    return std::move(tokens_);
  }

 private:
  [[nodiscard]] char at(std::size_t place) const { return place < sql_.size() ? sql_[place] : '\0'; }
  [[nodiscard]] Error not_read(const std::string& why) const {
    return fail(Errc::invalid, why + piece_of(sql_, {i_, sql_.size()}));
  }

  bool quoted(Token& token) {
    const char quote = sql_[i_];
    token.kind = quote == '`' ? Token::Kind::quoted_word : Token::Kind::text;
    std::string text;
    const auto begin = i_;
    for (++i_;; ++i_) {
      const char c = at(i_);
      if (i_ >= sql_.size() || c == '\0') {
        i_ = begin;
        return false;
      }
      if (c == quote) {
        if (at(i_ + 1) != quote) break;
        ++i_;
      } else if (c == '\\' && quote == '\'') {
        if (const char next = at(i_ + 1); next == '\'' || next == '"') {
          i_ = begin;
          trouble_ = "not every sql_mode reads it alike: ";
          return false;
        }
        token.escapes = true;
        text += c;
        if (at(i_ + 1) != '%') text += at(++i_);
        continue;
      } else if (c == '%') {
        ++i_;
        if (at(i_) != '%') {
          token.pieces.push_back({0, std::move(text)});
          token.pieces.push_back({lower(at(i_)), {}});
          text.clear();
          continue;
        }
      }
      text += at(i_);
    }
    ++i_;
    if (quote == '`') {
      token.text = std::move(text);
      return token.pieces.empty() && !token.text.empty();
    }
    if (!text.empty() || token.pieces.empty()) token.pieces.push_back({0, std::move(text)});
    return true;
  }

  /// A name, or a plain number; 0x41, 1e5 and names that begin with a digit are not read.
  bool word(Token& token) {
    while (is_word(at(i_))) token.text += sql_[i_++];
    token.kind = Token::Kind::word;
    if (!is_digit(token.text[0])) return true;
    token.kind = Token::Kind::number;
    bool good = std::all_of(token.text.begin(), token.text.end(), is_digit);
    if (good && at(i_) == '.' && is_digit(at(i_ + 1))) {
      token.text += sql_[i_++];
      while (is_word(at(i_))) {
        good = good && is_digit(sql_[i_]);
        token.text += sql_[i_++];
      }
    }
    if (!good) i_ = token.place.begin;
    return good;
  }

  void sign(Token& token) {
    token.kind = Token::Kind::sign;
    const auto rest = sql_.substr(i_);
    for (const auto known : long_signs) {
      if (!rest.starts_with(known)) continue;
      token.text = known;
      i_ += known.size();
      return;
    }
    token.text = sql_[i_];
    i_ += rest.starts_with("%%") ? 2 : 1;
  }

  std::string_view sql_;
  std::size_t i_ = 0;
  std::vector<Token> tokens_;
  std::string trouble_;
};

}  // namespace

Result<std::vector<Token>> tokens_of(std::string_view text) { return Lexer{text}.run(); }

bool same_word(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](char x, char y) { return lower(x) == lower(y); });
}

bool is_reserved(std::string_view word) { return lists(reserved, word); }
bool is_scalar_function(std::string_view name) { return lists(scalar, name); }

std::string piece_of(std::string_view text, Place place) {
  constexpr std::size_t most = 60;
  const auto shown = text.substr(place.begin, std::min(place.end - place.begin, most));
  std::string plain;
  for (const char c : shown) {
    const bool blank = c == ' ' || (c >= '\t' && c <= '\r');
    if (!blank)
      plain += c == '"' ? '\'' : c;
    else if (!plain.empty() && plain.back() != ' ')
      plain += ' ';
  }
  if (place.end - place.begin > most) plain += "...";
  if (plain.empty()) return "its end (at byte " + std::to_string(place.begin) + ")";
  return "<" + plain + "> (at byte " + std::to_string(place.begin) + ")";
}

std::string quoted_name(std::string_view name) {
  std::string quoted{'`'};
  for (const char c : name) {
    if (c == '`') quoted += c;
    quoted += c;
  }
  return quoted + '`';
}

}  // namespace maproom::query
