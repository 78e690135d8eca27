#include "maproom/query/listing.hpp"

#include <algorithm>
#include <array>

#include "row_text.hpp"

namespace maproom::query {
namespace {

using Kind = Expression::Kind;

/// In a row for the key, one of these texts equals what is made of the key.
struct Atom {
  KeyForm form;
  RowText row;
  std::vector<std::string> conditions;
  std::vector<std::string> condition_columns;
};

/// What must be for something to be true, or a value not to be NULL: one of the atoms. None: it never is.
struct Need {
  bool known = false;
  std::vector<Atom> atoms;
  std::string why;  ///< not known: for people
};

/// The more, the fewer keys.
std::array<long, 3> score(const Need& need) {
  if (!need.known) return {-1, 0, 0};
  int worth = 4;
  bool tracked = true;
  for (const auto& atom : need.atoms) {
    worth = std::min(worth, atom.form.worth());
    tracked = tracked && !atom.row.pieces.empty();
  }
  return {worth, tracked ? 1 : 0, -static_cast<long>(need.atoms.size())};
}

Need unknown(std::string why) { return {false, {}, std::move(why)}; }
Need better(Need a, Need b) { return score(b) > score(a) ? std::move(b) : std::move(a); }

/// One of the two must be.
Need either(Need a, Need b) {
  if (!a.known) return a;
  if (!b.known) return b;
  std::move(b.atoms.begin(), b.atoms.end(), std::back_inserter(a.atoms));
  return a;
}

bool is_one_of(const std::string& name, std::string_view list) {
  return list.find(" " + name + " ") != std::string_view::npos;
}

/// Aggregates that are NULL where there is no row.
constexpr std::string_view null_aggregates = " min max sum avg group_concat std stddev variance ";
/// NULL if an argument is.
constexpr std::string_view strict_functions =
    " concat lower lcase upper ucase trim ltrim rtrim replace left right substring substr mid substring_index ";

bool is_null_without_rows(const Expression& value) {
  if (value.kind == Kind::constant) return value.name == "null";
  if (value.kind != Kind::function) return false;
  if (is_one_of(value.name, null_aggregates)) return true;
  return is_one_of(value.name, strict_functions) &&
         std::any_of(value.parts.begin(), value.parts.end(), is_null_without_rows);
}

bool has_key(const Expression& e) {
  return std::any_of(e.pieces.begin(), e.pieces.end(), [](const auto& piece) { return piece.part != 0; }) ||
         std::any_of(e.parts.begin(), e.parts.end(), has_key) || e.rows != nullptr;
}

class Deriver {
 public:
  Deriver(std::string_view text, const ColumnsOf& columns_of) : text_{text}, scopes_{columns_of} {}

  Need run(const Statement& statement) {
    Need need{true, {}, {}};
    for (const auto& arm : statement.arms) need = either(std::move(need), found(arm, nullptr));
    return need;
  }

 private:
  struct Demand {
    const Expression* condition;
    const Scope* scope;
  };

  [[nodiscard]] Need silent(const Expression& e) const {
    return unknown(piece_of(text_, e.place) + " does not tell which keys can have a row");
  }
  [[nodiscard]] Need silent(const Select& select, const char* why) const {
    return unknown(piece_of(text_, select.place) + why);
  }

  // ---- statements --------------------------------------------------------------------------------------------------

  /// There is a row.
  Need row_of(const Statement& statement, const Scope* outer) {
    Need need{true, {}, {}};
    for (const auto& arm : statement.arms) {
      if (gives_a_row_always(arm)) return silent(arm, " gives a row always");
      need = either(std::move(need), body(arm, scopes_.open(arm, outer)));
    }
    return need;
  }

  /// There is a row with a value that is not NULL.
  Need found(const Select& select, const Scope* outer) {
    const auto& scope = scopes_.open(select, outer);
    auto need = body(select, scope);
    if (select.from && gives_a_row_always(select)) {
      const bool null = std::all_of(select.items.begin(), select.items.end(),
                                    [](const auto& item) { return !item.star && is_null_without_rows(item.value); });
      return null ? std::move(need) : silent(select, " gives a row always");
    }
    if (need.known) return need;
    Need values{true, {}, {}};
    for (const auto& item : select.items)
      values = either(std::move(values), item.star ? unknown("") : value(item.value, scope));
    return better(std::move(need), std::move(values));
  }

  /// A row comes out of FROM and WHERE.
  Need body(const Select& select, const Scope& scope) {
    std::vector<Demand> demands;
    if (select.where) split(*select.where, scope, demands);
    if (select.from) joins(*select.from, false, scope, demands);
    std::vector<Need> needs;
    for (const auto* table : scope.tables) {
      if (table->nullable || table->arms.empty()) continue;
      Need rows{true, {}, {}};
      for (const auto& arm : table->arms)
        rows = either(std::move(rows), gives_a_row_always(*arm.select) ? silent(*arm.select, " gives a row always")
                                                                       : body(*arm.select, *arm.scope));
      needs.push_back(std::move(rows));
    }
    if (demands.empty() && needs.empty()) return silent(select, select.from ? " has no condition" : " reads no table");
    return all_of(demands, std::move(needs));
  }

  static void split(const Expression& condition, const Scope& scope, std::vector<Demand>& demands) {
    if (condition.kind != Kind::all_of) {
      demands.push_back({&condition, &scope});
      return;
    }
    for (const auto& part : condition.parts) split(part, scope, demands);
  }

  /// Where a side of an outer join may be without a row, nothing in it is demanded.
  static void joins(const Source& source, bool nullable, const Scope& scope, std::vector<Demand>& demands) {
    if (source.parts.empty()) return;
    if (source.on && source.kind == Source::Kind::join && !nullable) split(*source.on, scope, demands);
    joins(source.parts[0], nullable || source.kind == Source::Kind::right_join, scope, demands);
    joins(source.parts[1], nullable || source.kind == Source::Kind::left_join, scope, demands);
  }

  // ---- conditions --------------------------------------------------------------------------------------------------

  /// All are true: the one that tells most, and of the others what stands about its table alone.
  Need all_of(const std::vector<Demand>& demands, std::vector<Need> needs) {
    const auto others = needs.size();
    for (const auto& demand : demands) needs.push_back(condition(*demand.condition, *demand.scope));
    std::size_t best = 0;
    for (std::size_t i = 1; i < needs.size(); ++i)
      if (score(needs[i]) > score(needs[best])) best = i;
    auto chosen = better(needs[best], both_parts(needs));
    if (!chosen.known) {
      // The piece that people ask about is one with the key in it.
      for (std::size_t i = 0; i < demands.size(); ++i)
        if (has_key(*demands[i].condition)) return std::move(needs[others + i]);
      return chosen;
    }
    for (auto& atom : chosen.atoms) {
      for (std::size_t i = 0; i < demands.size(); ++i) {
        if (atom.row.table == nullptr) continue;
        std::vector<std::string> columns;
        auto sql = condition_on(*demands[i].condition, *demands[i].scope, *atom.row.table, scopes_, columns);
        if (!sql || columns.empty()) continue;
        atom.conditions.push_back(std::move(*sql));
        std::move(columns.begin(), columns.end(), std::back_inserter(atom.condition_columns));
      }
    }
    return chosen;
  }

  /// user = '%u' AND domain = '%d' of one table's row: CONCAT(user, '@', domain) is the key.
  static Need both_parts(const std::vector<Need>& needs) {
    const auto columns_like = [&](char part) {
      std::vector<const Atom*> found;
      for (const auto& need : needs)
        if (need.known && need.atoms.size() == 1 && need.atoms[0].row.is_column && !need.atoms[0].form.like &&
            need.atoms[0].form.pieces == std::vector<FormPiece>{{part}})
          found.push_back(need.atoms.data());
      return found;
    };
    for (const auto* user : columns_like('u')) {
      for (const auto* domain : columns_like('d')) {
        if (user->row.table != domain->row.table) continue;
        auto whole = *user;
        whole.form = {};
        whole.row.sql = "CONCAT(" + user->row.sql + ", '@', " + domain->row.sql + ")";
        whole.row.is_column = false;
        whole.row.columns.push_back(domain->row.columns.front());
        whole.row.pieces.push_back({{}, "@"});
        whole.row.pieces.push_back(domain->row.pieces.front());
        return {true, {std::move(whole)}, {}};
      }
    }
    return {};
  }

  Need condition(const Expression& e, const Scope& scope) {
    switch (e.kind) {
      case Kind::all_of: {
        std::vector<Demand> demands;
        split(e, scope, demands);
        return all_of(demands, {});
      }
      case Kind::any_of: {
        Need need{true, {}, {}};
        for (const auto& part : e.parts) need = either(std::move(need), condition(part, scope));
        return need;
      }
      case Kind::comparison:
        if (e.name != "=" && e.name != "<=>") return silent(e);
        if (e.parts[1].kind == Kind::rows) return equal_to_rows(e, e.parts[0], *e.parts[1].rows, scope);
        if (e.parts[0].kind == Kind::rows) return equal_to_rows(e, e.parts[1], *e.parts[0].rows, scope);
        return equal(e, e.parts[0], scope, e.parts[1], scope);
      case Kind::like:
        return alike(e, scope);
      case Kind::among: {
        Need need{true, {}, {}};
        for (std::size_t i = 1; i < e.parts.size(); ++i)
          need = either(std::move(need), equal(e, e.parts[0], scope, e.parts[i], scope));
        // Of several, the server may compare in a collation that is none of theirs.
        if (e.parts.size() > 2)
          for (auto& atom : need.atoms) atom.row.is_column = atom.row.is_column && e.parts[0].kind == Kind::column;
        return need;
      }
      case Kind::among_rows:
        return equal_to_rows(e, e.parts[0], *e.rows, scope);
      case Kind::exists:
        return row_of(*e.rows, &scope);
      default:
        return silent(e);
    }
  }

  Need equal(const Expression& e, const Expression& a, const Scope& scope_a, const Expression& b,
             const Scope& scope_b) {
    if (const auto form = form_of(a)) return listed(e, *form, row_texts(b, scope_b, scopes_));
    if (const auto form = form_of(b)) return listed(e, *form, row_texts(a, scope_a, scopes_));
    return silent(e);
  }

  Need alike(const Expression& e, const Scope& scope) {
    auto form = form_of(e.parts[1]);
    if (!form) return silent(e);
    for (const auto& piece : form->pieces)
      if (piece.text.find_first_of("%_\\") != std::string::npos) return silent(e);
    form->like = true;
    auto rows = row_texts(e.parts[0], scope, scopes_);
    for (auto& row : rows) row.is_column = false;
    return listed(e, *form, std::move(rows));
  }

  Need listed(const Expression& e, const KeyForm& form, std::vector<RowText> rows) {
    if (rows.empty()) return silent(e);
    Need need{true, {}, {}};
    for (auto& row : rows) need.atoms.push_back({form, std::move(row), {}, {}});
    return need;
  }

  /// x IN (SELECT y ...), x = (SELECT y ...)
  Need equal_to_rows(const Expression& e, const Expression& x, const Statement& rows, const Scope& scope) {
    Need need{true, {}, {}};
    for (const auto& arm : rows.arms) {
      if (gives_a_row_always(arm)) {
        need = either(std::move(need), e.kind == Kind::among_rows ? silent(e) : found(arm, &scope));
        continue;
      }
      const auto& inner = scopes_.open(arm, &scope);
      auto inside = body(arm, inner);
      if (arm.items.size() == 1 && !arm.items[0].star) {
        auto same = equal(e, x, scope, arm.items[0].value, inner);
        for (auto& atom : same.atoms) atom.row.is_column = false;
        inside = better(std::move(inside), std::move(same));
      }
      need = either(std::move(need), std::move(inside));
    }
    return need;
  }

  // ---- values ------------------------------------------------------------------------------------------------------

  /// The value is not NULL.
  Need value(const Expression& e, const Scope& scope) {
    if (e.kind == Kind::constant && e.name == "null") return {true, {}, {}};
    if (e.kind == Kind::rows) {
      Need need{true, {}, {}};
      for (const auto& arm : e.rows->arms) need = either(std::move(need), found(arm, &scope));
      return need;
    }
    if (e.kind == Kind::cases) {
      auto need = value(e.parts.back(), scope);
      for (std::size_t i = 0; i + 1 < e.parts.size(); i += 2)
        need = either(std::move(need), better(condition(e.parts[i], scope), value(e.parts[i + 1], scope)));
      return need;
    }
    if (e.kind != Kind::function || !e.whole || e.parts.empty()) return silent(e);
    if (e.name == "if" && e.parts.size() == 3)
      return either(value(e.parts[2], scope), better(condition(e.parts[0], scope), value(e.parts[1], scope)));
    if (e.name == "ifnull" || e.name == "coalesce") {
      Need need{true, {}, {}};
      for (const auto& part : e.parts) need = either(std::move(need), value(part, scope));
      return need;
    }
    if (!is_one_of(e.name, strict_functions)) return silent(e);
    auto need = silent(e);
    for (const auto& part : e.parts) need = better(std::move(need), value(part, scope));
    return need;
  }

  std::string_view text_;
  Scopes scopes_;
};

ListingPart part_of(Atom atom) {
  ListingPart part;
  part.form = std::move(atom.form);
  part.columns = std::move(atom.row.columns);
  part.conditions = std::move(atom.condition_columns);
  part.row = std::move(atom.row.pieces);
  if (atom.row.table == nullptr) {
    part.statement = "SELECT " + atom.row.sql;
    return part;
  }
  const auto& source = *atom.row.table->source;
  part.schema = source.schema;
  part.table = source.table;
  part.statement = (atom.row.is_column ? "SELECT DISTINCT " : "SELECT ") + atom.row.sql + " FROM " +
                   (part.schema.empty() ? "" : quoted_name(part.schema) + ".") + quoted_name(part.table);
  for (std::size_t i = 0; i < atom.conditions.size(); ++i)
    part.statement += (i == 0 ? " WHERE " : " AND ") + atom.conditions[i];
  return part;
}

}  // namespace

std::vector<KeyForm> Listing::forms() const {
  std::vector<KeyForm> forms;
  for (const auto& part : parts)
    if (std::find(forms.begin(), forms.end(), part.form) == forms.end()) forms.push_back(part.form);
  return forms;
}

int Listing::worth() const {
  int worth = 3;
  for (const auto& part : parts) worth = std::min(worth, part.form.worth());
  return worth;
}

Result<Listing> listing_of(std::string_view text, const ColumnsOf& columns_of) {
  const auto statement = read_sql(text);
  if (!statement) return fail(Errc::invalid, "not understood: " + statement.error().detail);
  Deriver deriver{text, columns_of};  // the tables of the atoms are its own
  auto need = deriver.run(*statement);
  if (!need.known) return fail(Errc::invalid, need.why);
  if (need.atoms.empty()) return fail(Errc::invalid, "it never has a row");
  Listing listing;
  for (auto& atom : need.atoms) {
    auto part = part_of(std::move(atom));
    if (std::find(listing.parts.begin(), listing.parts.end(), part) == listing.parts.end())
      listing.parts.push_back(std::move(part));
  }
  return listing;
}

}  // namespace maproom::query
