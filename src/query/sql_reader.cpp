#include <algorithm>

#include "sql_tokens.hpp"

namespace maproom::query {
namespace {

using Kind = Expression::Kind;

constexpr int max_depth = 48;
constexpr int max_chain = 61;  ///< of joins (MariaDB takes no more tables), and of a = b = c

/// By recursive descent. The first piece that is not understood is kept, and reading goes on at the end of the text,
/// where every rule is over.
class Reader {
 public:
  Reader(std::string_view sql, std::vector<Token> tokens) : sql_{sql}, tokens_{std::move(tokens)} {}

  Result<Statement> read() {
    auto read = statement();
    (void)sign(";");
    if (now().kind != Token::Kind::end) stop();
    if (!trouble_.empty()) return fail(Errc::invalid, trouble_);
    return read;
  }

 private:
  struct Depth {
    explicit Depth(Reader& r) : reader{r} {
      if (++reader.depth_ > max_depth) reader.stop();
    }
    ~Depth() { --reader.depth_; }
    Depth(const Depth&) = delete;
    Depth& operator=(const Depth&) = delete;
    Reader& reader;
  };

  [[nodiscard]] const Token& peek(std::size_t ahead) const {
    return tokens_[std::min(at_ + ahead, tokens_.size() - 1)];
  }
  [[nodiscard]] const Token& now() const { return tokens_[at_]; }
  [[nodiscard]] bool is_sign(std::string_view text, std::size_t ahead = 0) const {
    return peek(ahead).kind == Token::Kind::sign && peek(ahead).text == text;
  }
  [[nodiscard]] bool is_word(std::string_view text, std::size_t ahead = 0) const {
    return peek(ahead).kind == Token::Kind::word && same_word(peek(ahead).text, text);
  }
  bool sign(std::string_view text) {
    if (!is_sign(text)) return false;
    ++at_;
    return true;
  }
  bool word(std::string_view text) {
    if (!is_word(text)) return false;
    ++at_;
    return true;
  }
  void stop() {
    if (trouble_.empty()) trouble_ = piece_of(sql_, {now().place.begin, sql_.size()});
    at_ = tokens_.size() - 1;
  }
  void need_sign(std::string_view text) {
    if (!sign(text)) stop();
  }
  void need_word(std::string_view text) {
    if (!word(text)) stop();
  }
  [[nodiscard]] Place since(std::size_t first) const {
    const auto begin = tokens_[first].place.begin;
    return {begin, at_ > first ? std::max(begin, tokens_[at_ - 1].place.end) : begin};
  }
  std::optional<std::string> name() {
    const auto& token = now();
    if (token.kind != Token::Kind::quoted_word && (token.kind != Token::Kind::word || is_reserved(token.text)))
      return std::nullopt;
    ++at_;
    return token.text;
  }
  std::string needed_name() {
    auto found = name();
    if (!found) stop();
    return found.value_or("");
  }
  /// Behind a dot every word is a name.
  std::string name_behind_dot() {
    if (now().kind == Token::Kind::word) return tokens_[at_++].text;
    return needed_name();
  }

  // ---- SELECT ------------------------------------------------------------------------------------------------------

  Statement statement() {
    const Depth depth{*this};
    Statement united;
    do {
      if (is_sign("(")) {
        ++at_;
        auto inner = statement();
        need_sign(")");
        std::move(inner.arms.begin(), inner.arms.end(), std::back_inserter(united.arms));
        order_and_limit(nullptr);
      } else {
        united.arms.push_back(select());
      }
    } while (united_with_another());
    order_and_limit(nullptr);
    return united;
  }

  bool united_with_another() {
    if (!word("union")) return false;
    (void)(word("all") || word("distinct"));
    return true;
  }

  void order_and_limit(Select* select) {
    if (word("order")) {
      need_word("by");
      const auto first = at_;
      do {
        (void)expression();
        (void)(word("asc") || word("desc"));
      } while (sign(","));
      if (select != nullptr) look_for_aggregates(*select, first);
    }
    if (word("limit")) {
      number();
      if (sign(",") || word("offset")) number();
    }
  }
  void number() {
    if (now().kind != Token::Kind::number) return stop();
    ++at_;
  }

  /// From the token `first` up to here.
  void look_for_aggregates(Select& select, std::size_t first) const {
    for (auto i = first; i + 1 < at_; ++i) {
      const auto& token = tokens_[i];
      const bool called = tokens_[i + 1].kind == Token::Kind::sign && tokens_[i + 1].text == "(";
      if (!called || (token.kind != Token::Kind::word && token.kind != Token::Kind::quoted_word)) continue;
      const bool quoted = token.kind == Token::Kind::quoted_word;
      if (quoted || (!is_scalar_function(token.text) && !is_reserved(token.text))) select.may_aggregate = true;
    }
  }

  Select select() {
    const auto begin = at_;
    Select select;
    need_word("select");
    while (word("distinct") || word("all") || word("distinctrow") || word("sql_no_cache") || word("sql_cache"))
      ;
    const auto items = at_;
    do select.items.push_back(item());
    while (sign(","));
    look_for_aggregates(select, items);
    if (word("from") && !word("dual")) select.from = tables();
    if (word("where")) select.where = expression();
    if (word("group")) {
      need_word("by");
      select.grouped = true;
      do {
        (void)expression();
        (void)(word("asc") || word("desc"));
      } while (sign(","));
    }
    if (word("having")) {
      const auto first = at_;
      (void)expression();
      look_for_aggregates(select, first);
    }
    order_and_limit(&select);
    select.place = since(begin);
    return select;
  }

  Select::Item item() {
    Select::Item item;
    if (sign("*")) {
      item.star = true;
      return item;
    }
    for (std::size_t ahead = 1; is_sign(".", ahead) && ahead < 4; ahead += 2) {
      if (!is_sign("*", ahead + 1)) continue;
      at_ += ahead + 2;
      item.star = true;
      return item;
    }
    item.value = expression();
    if (item.value.kind == Kind::column) item.called = item.value.name;
    if (word("as")) {
      if (now().kind == Token::Kind::text && now().pieces.size() == 1 && now().pieces[0].part == 0)
        item.called = tokens_[at_++].pieces[0].text;
      else
        item.called = needed_name();
    } else if (auto alias = name()) {
      item.called = std::move(*alias);
    }
    return item;
  }

  // ---- FROM --------------------------------------------------------------------------------------------------------

  static Source joined(Source::Kind kind, Source left, Source right) {
    Source join;
    join.kind = kind;
    join.place = {left.place.begin, right.place.end};
    join.parts.push_back(std::move(left));
    join.parts.push_back(std::move(right));
    return join;
  }

  Source tables() {
    const Depth depth{*this};
    auto all = join();
    for (int joins = 0; sign(","); ++joins) {
      if (joins == max_chain) stop();
      all = joined(Source::Kind::join, std::move(all), join());
    }
    return all;
  }

  Source join() {
    auto left = table();
    for (int joins = 0;; ++joins) {
      if (joins == max_chain) stop();
      const bool natural = word("natural");
      auto kind = Source::Kind::join;
      if (word("left") || word("right")) {
        kind = same_word(tokens_[at_ - 1].text, "left") ? Source::Kind::left_join : Source::Kind::right_join;
        (void)word("outer");
        need_word("join");
      } else if (word("inner") || word("cross")) {
        need_word("join");
      } else if (!word("join") && !word("straight_join")) {
        if (natural) stop();
        return left;
      }
      left = joined(kind, std::move(left), table());
      left.shares_columns = natural;
      if (natural) continue;
      if (word("on")) {
        left.on = expression();
      } else if (word("using")) {
        left.shares_columns = true;
        need_sign("(");
        do (void)needed_name();
        while (sign(","));
        need_sign(")");
      } else if (kind != Source::Kind::join) {
        stop();
      }
    }
  }

  Source table() {
    const Depth depth{*this};
    const auto begin = at_;
    Source source;
    if (is_sign("(") && !select_follows()) {
      ++at_;
      source = tables();
      need_sign(")");
      return source;
    }
    if (is_sign("(")) {
      ++at_;
      source.kind = Source::Kind::rows;
      source.rows = std::make_shared<const Statement>(statement());
      need_sign(")");
      (void)word("as");
      source.called = needed_name();
    } else {
      source.table = needed_name();
      if (sign(".")) {
        source.schema = std::move(source.table);
        source.table = name_behind_dot();
      }
      const bool as = word("as");
      if (auto alias = name())
        source.called = std::move(*alias);
      else if (as)
        stop();
      else
        source.called = source.table;
    }
    while ((is_word("use") || is_word("force") || is_word("ignore")) && (is_word("index", 1) || is_word("key", 1))) {
      at_ += 2;
      need_sign("(");
      while (name() && sign(","))
        ;
      need_sign(")");
    }
    source.place = since(begin);
    return source;
  }

  /// Behind this parenthesis, and more of them, stands SELECT.
  [[nodiscard]] bool select_follows() const {
    std::size_t ahead = 1;
    while (is_sign("(", ahead) && at_ + ahead < tokens_.size()) ++ahead;
    return is_word("select", ahead);
  }

  // ---- expressions, from the loosest operator to the tightest
  // --------------------------------------------------------

  Expression made(Kind kind, std::size_t first, std::vector<Expression> parts, std::string name = {}) const {
    Expression made;
    made.kind = kind;
    made.name = std::move(name);
    made.parts = std::move(parts);
    made.place = since(first);
    return made;
  }
  static std::vector<Expression> both(Expression left, Expression right) {
    std::vector<Expression> parts;
    parts.push_back(std::move(left));
    parts.push_back(std::move(right));
    return parts;
  }
  static std::vector<Expression> one(Expression part) {
    std::vector<Expression> parts;
    parts.push_back(std::move(part));
    return parts;
  }

  Expression expression() {
    const Depth depth{*this};
    const auto begin = at_;
    std::vector<Expression> parts;
    do parts.push_back(exclusive());
    while (word("or"));
    return parts.size() == 1 ? std::move(parts[0]) : made(Kind::any_of, begin, std::move(parts));
  }
  Expression exclusive() {
    const auto begin = at_;
    std::vector<Expression> parts;
    do parts.push_back(conjunction());
    while (word("xor"));
    return parts.size() == 1 ? std::move(parts[0]) : made(Kind::other, begin, std::move(parts));
  }
  Expression conjunction() {
    const auto begin = at_;
    std::vector<Expression> parts;
    do parts.push_back(negation());
    while (word("and") || sign("&&"));
    return parts.size() == 1 ? std::move(parts[0]) : made(Kind::all_of, begin, std::move(parts));
  }
  Expression negation() {
    const Depth depth{*this};
    const auto begin = at_;
    if (word("not")) return made(Kind::negation, begin, one(negation()));
    return comparison();
  }

  Expression comparison() {
    const auto begin = at_;
    auto left = predicate();
    for (int links = 0;; ++links) {
      if (links == max_chain) stop();
      if (word("is")) {
        const bool negative = word("not");
        const bool null = word("null");
        if (!null && !word("true") && !word("false") && !word("unknown")) stop();
        left = made(!null ? Kind::other : negative ? Kind::is_not_null : Kind::is_null, begin, one(std::move(left)));
        continue;
      }
      const auto& token = now();
      if (token.kind != Token::Kind::sign) return left;
      const std::string name = token.text == "!=" ? "<>" : token.text;
      if (name != "=" && name != "<=>" && name != "<>" && name != "<" && name != ">" && name != "<=" && name != ">=")
        return left;
      ++at_;
      if (word("any") || word("some") || word("all"))  // of them nothing is known
        left = made(Kind::other, begin, both(std::move(left), primary()));
      else
        left = made(Kind::comparison, begin, both(std::move(left), predicate()), name);
    }
  }

  Expression predicate() {
    const auto begin = at_;
    auto left = arithmetic();
    const bool negative = word("not");
    const auto finish = [&](Kind kind, std::vector<Expression> parts) {
      auto whole = made(kind, begin, std::move(parts));
      if (!negative) return whole;
      whole.bracketed = true;  // no sql_mode changes what NOT belongs to here
      return made(Kind::negation, begin, one(std::move(whole)));
    };
    if (word("in")) {
      if (is_sign("(") && select_follows()) {
        ++at_;
        auto rows = std::make_shared<const Statement>(statement());
        need_sign(")");
        auto whole = finish(Kind::among_rows, one(std::move(left)));
        (negative ? whole.parts[0] : whole).rows = std::move(rows);
        return whole;
      }
      need_sign("(");
      auto parts = one(std::move(left));
      do parts.push_back(expression());
      while (sign(","));
      need_sign(")");
      return finish(Kind::among, std::move(parts));
    }
    if (word("between")) {
      auto parts = both(std::move(left), arithmetic());
      need_word("and");
      parts.push_back(predicate());
      return finish(Kind::between, std::move(parts));
    }
    if (word("like")) {
      auto parts = both(std::move(left), arithmetic());
      if (!word("escape")) return finish(Kind::like, std::move(parts));
      parts.push_back(primary());
      return finish(Kind::other, std::move(parts));
    }
    if (word("regexp") || word("rlike")) return finish(Kind::other, both(std::move(left), arithmetic()));
    if (negative) stop();
    return left;
  }

  Expression arithmetic() {
    const auto begin = at_;
    std::vector<Expression> parts;
    for (;;) {
      parts.push_back(primary());
      const auto& token = now();
      const bool is_operator = (token.kind == Token::Kind::sign && token.text.size() <= 2 && !token.text.empty() &&
                                (std::string_view{"+-*/%^&|"}.find(token.text[0]) != std::string_view::npos
                                     ? token.text.size() == 1
                                     : token.text == "<<" || token.text == ">>")) ||
                               is_word("div") || is_word("mod");
      if (!is_operator) break;
      ++at_;
    }
    return parts.size() == 1 ? std::move(parts[0]) : made(Kind::other, begin, std::move(parts));
  }

  Expression primary() {
    const Depth depth{*this};
    const auto begin = at_;
    auto value = simple();
    if (!word("collate")) return value;
    (void)(word("binary") || name());
    return made(Kind::other, begin, one(std::move(value)));
  }

  Expression simple() {
    const auto begin = at_;
    const auto& token = now();
    if (token.kind == Token::Kind::text) {
      ++at_;
      auto text = made(Kind::text, begin, {});
      text.pieces = token.pieces;
      text.escapes = token.escapes;
      if (now().kind == Token::Kind::text) stop();  // 'a' 'b'
      return text;
    }
    if (token.kind == Token::Kind::number) {
      ++at_;
      return made(Kind::number, begin, {}, token.text);
    }
    if (is_sign("(")) return in_brackets();
    if (sign("-") || sign("+") || sign("~") || sign("!") || word("binary")) {
      const auto unary = tokens_[begin].text;
      return made(Kind::other, begin, one(primary()), unary);
    }
    if (word("case")) return cases(begin);
    if (is_word("exists") && is_sign("(", 1)) {
      at_ += 2;
      auto rows = std::make_shared<const Statement>(statement());
      need_sign(")");
      auto exists = made(Kind::exists, begin, {});
      exists.rows = std::move(rows);
      return exists;
    }
    if (word("interval")) {  // INTERVAL 1 DAY
      auto number = one(arithmetic());
      (void)name();
      return made(Kind::other, begin, std::move(number));
    }
    for (const auto* constant : {"null", "true", "false"})
      if (word(constant)) return made(Kind::constant, begin, {}, constant);
    if (token.kind == Token::Kind::word && is_sign("(", 1) &&
        (!is_reserved(token.text) || is_scalar_function(token.text)))
      return function();
    for (const auto* moment : {"current_timestamp", "current_date", "current_time", "localtime", "localtimestamp",
                               "utc_date", "utc_time", "utc_timestamp", "current_user", "sysdate"})
      if (word(moment)) return made(Kind::other, begin, {});
    Expression column = made(Kind::column, begin, {});
    column.name = needed_name();
    while (sign(".")) {
      column.qualifier.push_back(std::move(column.name));
      column.name = name_behind_dot();
    }
    if (column.qualifier.size() > 2 || is_sign("(")) stop();
    column.place = since(begin);
    return column;
  }

  Expression in_brackets() {
    const auto begin = at_;
    if (select_follows()) {
      ++at_;
      auto rows = std::make_shared<const Statement>(statement());
      need_sign(")");
      auto value = made(Kind::rows, begin, {});
      value.rows = std::move(rows);
      return value;
    }
    need_sign("(");
    std::vector<Expression> parts;
    do parts.push_back(expression());
    while (sign(","));
    need_sign(")");
    auto value = parts.size() == 1 ? std::move(parts[0]) : made(Kind::other, begin, std::move(parts));
    value.bracketed = true;
    value.place = since(begin);
    return value;
  }

  /// CASE x WHEN y is CASE WHEN x = y, of which nothing is known here.
  Expression cases(std::size_t begin) {
    std::vector<Expression> parts;
    const bool compares = !is_word("when");
    if (compares) parts.push_back(expression());
    while (word("when")) {
      parts.push_back(expression());
      need_word("then");
      parts.push_back(expression());
    }
    if (word("else")) {
      parts.push_back(expression());
    } else {
      parts.push_back(made(Kind::constant, at_, {}, "null"));
    }
    need_word("end");
    return made(compares ? Kind::other : Kind::cases, begin, std::move(parts));
  }

  Expression function() {
    const auto begin = at_;
    std::string name;
    for (const char c : now().text) name += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    at_ += 2;
    auto call = made(Kind::function, begin, {}, name);
    if (!is_sign(")")) {
      if (word("distinct") || sign("*")) call.whole = false;
      const bool trims = is_word("both") || is_word("leading") || is_word("trailing");
      if (!is_sign(")") && !trims) {
        do call.parts.push_back(expression());
        while (sign(","));
      }
      // CAST(x AS ...), TRIM(BOTH ...), GROUP_CONCAT(x ORDER BY ...): what follows is not looked at.
      if (!is_sign(")")) {
        call.whole = false;
        for (int open = 0; now().kind != Token::Kind::end && (open > 0 || !is_sign(")")); ++at_)
          open += is_sign("(") ? 1 : is_sign(")") ? -1 : 0;
      }
    }
    need_sign(")");
    if (is_word("over") || is_word("within") || is_word("filter")) stop();
    call.place = since(begin);
    return call;
  }

  std::string_view sql_;
  std::vector<Token> tokens_;
  std::size_t at_ = 0;
  int depth_ = 0;
  std::string trouble_;
};

}  // namespace

Result<Statement> read_sql(std::string_view text) {
  auto tokens = tokens_of(text);
  if (!tokens) return tokens.error();
  return Reader{text, std::move(*tokens)}.read();
}

}  // namespace maproom::query
