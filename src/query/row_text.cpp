#include "row_text.hpp"

#include <algorithm>

namespace maproom::query {
namespace {

using Kind = Expression::Kind;

/// Small and capital letters, and blanks at the ends, do not count where keys are compared.
constexpr std::string_view folding = " lower lcase upper ucase ";
constexpr std::string_view trimming = " trim ltrim rtrim ";
/// Of their arguments alone; NULL if one is.
constexpr std::string_view cutting = " replace left right substring substr mid substring_index ";
/// Likewise, but not NULL where one of them is.
constexpr std::string_view filling = " ifnull coalesce concat_ws ";

bool is_one_of(const std::string& name, std::string_view list) {
  return list.find(" " + name + " ") != std::string_view::npos;
}

std::optional<std::string> constant_text(const Expression& e) {
  if (e.kind != Kind::text || e.escapes || e.pieces.size() != 1 || e.pieces[0].part != 0) return std::nullopt;
  return e.pieces[0].text;
}

std::string quoted_text(const std::string& text) {
  std::string quoted{'\''};
  for (const char c : text) {
    if (c == '\'') quoted += c;
    quoted += c;
  }
  return quoted + '\'';
}

bool is_minus_one(const Expression& e) {
  return e.kind == Kind::other && e.name == "-" && e.parts.size() == 1 && e.parts[0].kind == Kind::number &&
         e.parts[0].name == "1";
}

/// A whole number as an argument (LEFT(x, 3)).
std::optional<std::string> number_text(const Expression& e) {
  if (e.kind == Kind::number) return e.name;
  if (e.kind == Kind::other && e.name == "-" && e.parts.size() == 1 && e.parts[0].kind == Kind::number)
    return "-" + e.parts[0].name;
  return std::nullopt;
}

std::vector<RowText> of_function(const Expression& e, const Scope& scope, const Scopes& scopes) {
  const bool joins = e.name == "concat";
  const bool folds = is_one_of(e.name, folding);
  const bool fills = is_one_of(e.name, filling);
  if (!e.whole || e.parts.empty() ||
      (!joins && !folds && !fills && !is_one_of(e.name, trimming) && !is_one_of(e.name, cutting)))
    return {};
  RowText made;
  bool tracked = joins || folds;
  for (const auto& part : e.parts) {
    made.sql += made.sql.empty() ? e.name + "(" : ", ";
    if (const auto number = number_text(part); number && is_one_of(e.name, cutting)) {
      made.sql += *number;
      continue;
    }
    auto texts = row_texts(part, scope, scopes);
    if (texts.size() != 1) return {};
    auto& text = texts[0];
    if (text.table != nullptr) {
      if (made.table != nullptr && made.table != text.table) return {};
      made.table = text.table;
    }
    if (fills && text.nullable) return {};
    made.nullable = made.nullable || text.nullable;
    made.sql += text.sql;
    std::move(text.columns.begin(), text.columns.end(), std::back_inserter(made.columns));
    tracked = tracked && !text.pieces.empty();
    std::move(text.pieces.begin(), text.pieces.end(), std::back_inserter(made.pieces));
  }
  made.sql += ")";
  if (!tracked) made.pieces.clear();
  return {std::move(made)};
}

std::vector<RowText> of_column(const Expression& e, const Scope& scope, const Scopes& scopes) {
  const auto column = scopes.resolve(e, scope);
  if (!column) return {};
  if (Scopes::is_base(*column->table))
    return {{column->table,
             quoted_name(column->column),
             {column->column},
             {{column->column, {}}},
             true,
             column->table->nullable}};
  const auto made = Scopes::made_of(*column);
  std::vector<RowText> all;
  for (const auto& [value, inner] : made) {
    auto texts = row_texts(*value, *inner, scopes);
    if (texts.empty()) return {};
    for (auto& text : texts) {
      text.nullable = text.nullable || column->table->nullable;
      text.is_column = text.is_column && made.size() == 1;
      all.push_back(std::move(text));
    }
  }
  return all;
}

/// As SQL where `table` alone is read.
class Condition {
 public:
  Condition(const Scope& scope, const TableRef& table, const Scopes& scopes, std::vector<std::string>& columns)
      : scope_{scope}, table_{table}, scopes_{scopes}, columns_{columns} {}

  std::optional<std::string> sql(const Expression& e) {
    switch (e.kind) {
      case Kind::column: {
        const auto column = scopes_.resolve(e, scope_);
        if (!column || column->table != &table_) return std::nullopt;
        columns_.push_back(column->column);
        return quoted_name(column->column);
      }
      case Kind::text:
        if (const auto text = constant_text(e)) return quoted_text(*text);
        return std::nullopt;
      case Kind::number:
      case Kind::constant:
        return e.name;
      case Kind::comparison:
        return joined(e, " " + e.name + " ");
      case Kind::all_of:
        return joined(e, " AND ");
      case Kind::any_of:
        return joined(e, " OR ");
      case Kind::like:
        return joined(e, " LIKE ");
      case Kind::is_null:
        return around(e, "(", " IS NULL)");
      case Kind::is_not_null:
        return around(e, "(", " IS NOT NULL)");
      case Kind::negation:
        // What NOT belongs to depends on sql_mode, unless it is one thing.
        if (!e.parts[0].bracketed && e.parts[0].kind != Kind::column) return std::nullopt;
        return around(e, "(NOT ", ")");
      case Kind::among:
        return list(e, "(", " IN (", "))");
      case Kind::between: {
        const auto from = sql(e.parts[0]);
        const auto low = sql(e.parts[1]);
        const auto high = sql(e.parts[2]);
        if (!from || !low || !high) return std::nullopt;
        return "(" + *from + " BETWEEN " + *low + " AND " + *high + ")";
      }
      case Kind::function:
        if (!e.whole || e.parts.empty() ||
            (!is_one_of(e.name, folding) && !is_one_of(e.name, trimming) && !is_one_of(e.name, filling) &&
             e.name != "concat"))
          return std::nullopt;
        return list(e, e.name + "(", ", ", ")");
      default:
        return std::nullopt;
    }
  }

 private:
  std::optional<std::string> joined(const Expression& e, const std::string& sign) {
    std::string all;
    for (const auto& part : e.parts) {
      const auto one = sql(part);
      if (!one) return std::nullopt;
      all += (all.empty() ? "(" : sign) + *one;
    }
    return all + ")";
  }
  std::optional<std::string> around(const Expression& e, const char* before, const char* behind) {
    const auto one = sql(e.parts[0]);
    if (!one) return std::nullopt;
    return before + *one + behind;
  }
  std::optional<std::string> list(const Expression& e, const std::string& before, const std::string& first,
                                  const char* behind) {
    std::string all;
    for (std::size_t i = 0; i < e.parts.size(); ++i) {
      const auto one = sql(e.parts[i]);
      if (!one) return std::nullopt;
      all += (i == 0 ? before : i == 1 ? first : ", ") + *one;
    }
    return all + behind;
  }

  const Scope& scope_;
  const TableRef& table_;
  const Scopes& scopes_;
  std::vector<std::string>& columns_;
};

}  // namespace

std::vector<RowText> row_texts(const Expression& value, const Scope& scope, const Scopes& scopes) {
  if (value.kind == Kind::column) return of_column(value, scope, scopes);
  if (value.kind == Kind::function) return of_function(value, scope, scopes);
  if (const auto text = constant_text(value)) return {{nullptr, quoted_text(*text), {}, {{{}, *text}}}};
  return {};
}

std::optional<KeyForm> form_of(const Expression& value) {
  KeyForm form;
  if (value.kind == Kind::text) {
    if (value.escapes) return std::nullopt;
    form.pieces = value.pieces;
  } else if (value.kind != Kind::function || !value.whole) {
    return std::nullopt;
  } else if (value.name == "concat") {
    form.pieces.clear();
    for (const auto& part : value.parts) {
      if (const auto text = constant_text(part)) {
        form.pieces.push_back({0, *text});
        continue;
      }
      auto piece = form_of(part);
      if (!piece) return std::nullopt;
      std::move(piece->pieces.begin(), piece->pieces.end(), std::back_inserter(form.pieces));
    }
  } else if (value.name == "substring_index" && value.parts.size() == 3) {
    const auto of = form_of(value.parts[0]);
    if (!of || !of->is_whole() || constant_text(value.parts[1]) != "@" || !is_minus_one(value.parts[2]))
      return std::nullopt;
    form.pieces = {{'b'}};
  } else if (value.parts.size() == 1 && (is_one_of(value.name, folding) || is_one_of(value.name, trimming))) {
    auto of = form_of(value.parts[0]);
    if (!of) return std::nullopt;
    for (const auto& piece : of->pieces)
      if (piece.text.find(' ') != std::string::npos && !is_one_of(value.name, folding)) return std::nullopt;
    form = std::move(*of);
  } else {
    return std::nullopt;
  }
  if (!form.has_key()) return std::nullopt;
  form.simplify();
  return form;
}

std::optional<std::string> condition_on(const Expression& condition, const Scope& scope, const TableRef& table,
                                        const Scopes& scopes, std::vector<std::string>& columns) {
  return Condition{scope, table, scopes, columns}.sql(condition);
}

}  // namespace maproom::query
