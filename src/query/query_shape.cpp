#include "maproom/query/query_shape.hpp"

#include <algorithm>
#include <array>

namespace maproom::query {
namespace {

enum class Kind : unsigned char { word, quoted_word, number, literal, key, sign, end };

struct Token {
  Kind kind = Kind::end;
  std::string text;  ///< word, literal or sign without its quotes; key: the expansion's lower-case letter
  std::size_t begin = 0;
  std::size_t end = 0;
};

constexpr char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }
constexpr bool is_digit(char c) { return c >= '0' && c <= '9'; }
constexpr bool is_word(char c) { return (lower(c) >= 'a' && lower(c) <= 'z') || is_digit(c) || c == '_' || c == '$'; }

bool same(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](char x, char y) { return lower(x) == lower(y); });
}

template <std::size_t N>
bool one_of(std::string_view word, const std::array<std::string_view, N>& words) {
  return std::any_of(words.begin(), words.end(), [&](auto known) { return same(word, known); });
}

// Words that would be no column, alias or table where they stand unquoted: what has a meaning of its own without
// parentheses (CURRENT_USER), and what begins or joins something that is not understood here.
constexpr std::array<std::string_view, 70> reserved{"all",
                                                    "and",
                                                    "any",
                                                    "as",
                                                    "asc",
                                                    "between",
                                                    "binary",
                                                    "by",
                                                    "case",
                                                    "cast",
                                                    "collate",
                                                    "convert",
                                                    "cross",
                                                    "current_date",
                                                    "current_role",
                                                    "current_time",
                                                    "current_timestamp",
                                                    "current_user",
                                                    "default",
                                                    "desc",
                                                    "distinct",
                                                    "distinctrow",
                                                    "div",
                                                    "dual",
                                                    "else",
                                                    "end",
                                                    "escape",
                                                    "except",
                                                    "exists",
                                                    "false",
                                                    "for",
                                                    "from",
                                                    "group",
                                                    "having",
                                                    "high_priority",
                                                    "in",
                                                    "inner",
                                                    "intersect",
                                                    "interval",
                                                    "into",
                                                    "is",
                                                    "join",
                                                    "left",
                                                    "like",
                                                    "limit",
                                                    "localtime",
                                                    "localtimestamp",
                                                    "lock",
                                                    "match",
                                                    "mod",
                                                    "natural",
                                                    "not",
                                                    "null",
                                                    "on",
                                                    "or",
                                                    "order",
                                                    "partition",
                                                    "procedure",
                                                    "regexp",
                                                    "right",
                                                    "rlike",
                                                    "rownum",
                                                    "select",
                                                    "sysdate",
                                                    "table",
                                                    "true",
                                                    "union",
                                                    "using",
                                                    "where",
                                                    "xor"};
// Further ones that other versions or modes reserve, or that are functions without parentheses.
constexpr std::array<std::string_view, 16> reserved_too{
    "utc_date",     "utc_time",  "utc_timestamp",    "straight_join",  "sql_calc_found_rows",
    "sql_no_cache", "sql_cache", "sql_small_result", "sql_big_result", "sql_buffer_result",
    "when",         "then",      "values",           "with",           "window",
    "minus"};
// Built in (a stored function cannot take such a name unqualified) and of their arguments alone.
constexpr std::array<std::string_view, 8> functions{"concat", "lower", "upper",  "lcase",
                                                    "ucase",  "trim",  "ifnull", "coalesce"};

bool is_reserved(std::string_view word) { return one_of(word, reserved) || one_of(word, reserved_too); }

std::optional<std::vector<Token>> tokens_of(std::string_view sql) {
  std::vector<Token> tokens;
  std::size_t i = 0;
  const auto at = [&](std::size_t place) { return place < sql.size() ? sql[place] : '\0'; };
  while (i < sql.size()) {
    const char c = sql[i];
    if (c == ' ' || c == '\t' || c == '\n' || c == '\r') {
      ++i;
      continue;
    }
    Token token;
    token.begin = i;
    if (c == '\'' || c == '`') {
      bool expands = false;
      bool doubled = false;
      for (++i;; ++i) {
        if (i >= sql.size() || sql[i] == '\\' || sql[i] == '\0') return std::nullopt;
        if (sql[i] == c) {
          if (at(i + 1) != c) break;
          doubled = true;
          ++i;
        }
        if (sql[i] == '%') {
          ++i;
          if (at(i) != '%') expands = true;
        }
        token.text.push_back(sql[i]);
      }
      ++i;
      if (c == '`') {
        if (expands || doubled || token.text.empty()) return std::nullopt;
        token.kind = Kind::quoted_word;
      } else if (expands) {
        // The whole literal, and nothing else, is one expansion.
        if (i - token.begin != 4) return std::nullopt;
        token.text = std::string(1, lower(sql[token.begin + 2]));
        token.kind = Kind::key;
      } else {
        token.kind = Kind::literal;
      }
    } else if (is_word(c)) {
      while (is_word(at(i))) token.text.push_back(sql[i++]);
      const auto digits = std::all_of(token.text.begin(), token.text.end(), is_digit);
      if (is_digit(c) && !digits) return std::nullopt;  // 0x41, 1e5, and names that begin with a digit
      token.kind = digits ? Kind::number : Kind::word;
    } else if (c == '<' || c == '>' || c == '!' || c == '=') {
      while (at(i) == '<' || at(i) == '>' || at(i) == '!' || at(i) == '=') token.text.push_back(sql[i++]);
      token.kind = Kind::sign;
    } else if (c == '.' || c == ',' || c == '(' || c == ')' || c == '*' || c == ';') {
      token.text = c;
      token.kind = Kind::sign;
      ++i;
    } else {
      return std::nullopt;
    }
    token.end = i;
    // A word, number or literal right behind another is an introducer or worse (N'..', x'..', 1a).
    if (!tokens.empty() && tokens.back().end == token.begin && token.kind != Kind::sign &&
        tokens.back().kind != Kind::sign)
      return std::nullopt;
    tokens.push_back(std::move(token));
  }
  tokens.push_back({Kind::end, {}, sql.size(), sql.size()});
  return tokens;
}

class Parser {
 public:
  Parser(std::string_view sql, std::vector<Token> tokens) : sql_{sql}, tokens_{std::move(tokens)} {}

  std::optional<QueryShape> parse() {
    if (!word("select") || !results() || !word("from") || !table() || !word("where")) return std::nullopt;
    do {
      if (!condition()) return std::nullopt;
    } while (word("and"));
    if (word("limit")) {
      if (now().kind != Kind::number) return std::nullopt;
      ++at_;
      shape_.limited = true;
    }
    (void)sign(";");
    if (now().kind != Kind::end || shape_.key_column.empty()) return std::nullopt;
    // Only now is it known what the table is called.
    for (const auto& column : columns_)
      if (!add(column)) return std::nullopt;
    return std::move(shape_);
  }

 private:
  struct Column {
    std::vector<std::string> qualifier;
    std::string name;
  };

  const Token& now() const { return tokens_[at_]; }
  const Token& next() const { return tokens_[std::min(at_ + 1, tokens_.size() - 1)]; }
  bool word(std::string_view expected) {
    if (now().kind != Kind::word || !same(now().text, expected)) return false;
    ++at_;
    return true;
  }
  bool sign(std::string_view expected) {
    if (now().kind != Kind::sign || now().text != expected) return false;
    ++at_;
    return true;
  }
  std::optional<std::string> name() {
    if (now().kind != Kind::quoted_word && (now().kind != Kind::word || is_reserved(now().text))) return std::nullopt;
    return tokens_[at_++].text;
  }
  bool constant() {
    const bool is = now().kind == Kind::literal || now().kind == Kind::number ||
                    (now().kind == Kind::word &&
                     (same(now().text, "true") || same(now().text, "false") || same(now().text, "null")));
    if (is) ++at_;
    return is;
  }

  std::optional<Column> column() {
    Column column;
    for (;;) {
      auto part = name();
      if (!part) return std::nullopt;
      if (!sign(".")) {
        column.name = std::move(*part);
        return column;
      }
      column.qualifier.push_back(std::move(*part));
      if (column.qualifier.size() > 2) return std::nullopt;
    }
  }

  // Something among the results: a constant, a column, or a known function of these.
  bool operand(int depth) {
    if (depth > 8) return false;
    if (constant()) return true;
    if (now().kind == Kind::word && next().kind == Kind::sign && next().text == "(") {
      if (!one_of(now().text, functions)) return false;
      at_ += 2;
      do {
        if (!operand(depth + 1)) return false;
      } while (sign(","));
      return sign(")");
    }
    auto found = column();
    if (!found) return false;
    columns_.push_back(std::move(*found));
    return true;
  }

  bool results() {
    do {
      if (sign("*")) {
        shape_.all_columns = true;
        continue;
      }
      // alias.*
      if (next().kind == Kind::sign && next().text == "." && at_ + 2 < tokens_.size() &&
          tokens_[at_ + 2].kind == Kind::sign && tokens_[at_ + 2].text == "*") {
        auto owner = name();
        if (!owner) return false;
        at_ += 2;
        star_of_.push_back(std::move(*owner));
        shape_.all_columns = true;
        continue;
      }
      if (!operand(0)) return false;
      if (word("as") && !name()) return false;
    } while (sign(","));
    return true;
  }

  bool table() {
    auto first = name();
    if (!first) return false;
    if (sign(".")) {
      auto second = name();
      if (!second) return false;
      shape_.schema = std::move(*first);
      first = std::move(second);
    }
    shape_.table = std::move(*first);
    called_ = shape_.table;
    const bool as = word("as");
    if (auto alias = name()) {
      called_ = std::move(*alias);
      aliased_ = true;
    } else if (as) {
      return false;
    }
    return std::all_of(star_of_.begin(), star_of_.end(), [&](const auto& owner) { return owner == called_; });
  }

  bool is_key(Column column, const Token& key) {
    if (!shape_.key_column.empty()) return false;  // a second expansion
    shape_.key_column = column.name;
    shape_.expansion = key.text[0];
    columns_.push_back(std::move(column));
    return true;
  }

  bool condition() {
    const auto begin = now().begin;
    if (now().kind == Kind::key) {
      const auto key = now();
      ++at_;
      if (!sign("=")) return false;
      auto left = column();
      return left && is_key(std::move(*left), key);
    }
    auto left = column();
    if (!left) return false;
    if (word("is")) {
      (void)word("not");
      if (!word("null")) return false;
    } else if (now().kind == Kind::sign && now().text != ";") {
      const auto comparison = now().text;
      static constexpr std::array<std::string_view, 8> comparisons{"=", "<=>", "<>", "!=", "<", ">", "<=", ">="};
      if (!one_of(comparison, comparisons)) return false;
      ++at_;
      if (now().kind == Kind::key) {
        const auto key = now();
        ++at_;
        return comparison == "=" && is_key(std::move(*left), key);
      }
      if (!constant()) {
        auto right = column();
        if (!right) return false;
        columns_.push_back(std::move(*right));
      }
    }
    columns_.push_back(std::move(*left));
    if (!shape_.condition.empty()) shape_.condition += " AND ";
    for (auto i = begin; i < tokens_[at_ - 1].end; ++i) {
      shape_.condition.push_back(sql_[i]);
      if (sql_[i] == '%') ++i;  // "%%"; an expansion does not get here
    }
    return true;
  }

  bool add(const Column& column) {
    if (!column.qualifier.empty() && column.qualifier.back() != called_) return false;
    if (column.qualifier.size() == 2 && (aliased_ || column.qualifier.front() != shape_.schema)) return false;
    if (std::none_of(shape_.columns.begin(), shape_.columns.end(),
                     [&](const auto& known) { return same(known, column.name); }))
      shape_.columns.push_back(column.name);
    return true;
  }

  std::string_view sql_;
  std::vector<Token> tokens_;
  std::size_t at_ = 0;
  QueryShape shape_;
  std::string called_;  ///< by what the columns may call the table
  bool aliased_ = false;
  std::vector<Column> columns_;
  std::vector<std::string> star_of_;
};

}  // namespace

std::optional<QueryShape> query_shape(const QueryTemplate& query) {
  auto tokens = tokens_of(query.text());
  if (!tokens) return std::nullopt;
  return Parser{query.text(), std::move(*tokens)}.parse();
}

std::string quoted_identifier(std::string_view name) {
  std::string quoted{'`'};
  for (const char c : name) {
    if (c == '`') quoted.push_back('`');
    quoted.push_back(c);
  }
  quoted.push_back('`');
  return quoted;
}

std::string quoted_table(const QueryShape& shape) {
  return (shape.schema.empty() ? std::string{} : quoted_identifier(shape.schema) + ".") +
         quoted_identifier(shape.table);
}

std::string key_listing(const QueryShape& shape, std::size_t limit) {
  return "SELECT DISTINCT " + quoted_identifier(shape.key_column) + " FROM " + quoted_table(shape) + " LIMIT " +
         std::to_string(limit);
}

}  // namespace maproom::query
