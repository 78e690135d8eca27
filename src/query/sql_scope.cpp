#include "sql_scope.hpp"

#include <algorithm>

#include "sql_tokens.hpp"

namespace maproom::query {

namespace {

bool sees_nothing(const Scope* scope) {
  for (; scope != nullptr; scope = scope->outer)
    if (!scope->tables.empty()) return false;
  return true;
}

}  // namespace

const Scope& Scopes::open(const Select& select, const Scope* outer) {
  auto& scope = scopes_.emplace_back();
  scope.outer = outer;
  if (select.from) add(*select.from, false, scope);
  return scope;
}

void Scopes::add(const Source& source, bool nullable, Scope& scope) {
  if (source.kind == Source::Kind::table || source.kind == Source::Kind::rows) {
    auto& table = tables_.emplace_back();
    table.source = &source;
    table.nullable = nullable;
    scope.tables.push_back(&table);
    if (source.kind == Source::Kind::table) return;
    for (const auto& arm : source.rows->arms) table.arms.push_back({&arm, &open(arm, nullptr)});
    return;
  }
  add(source.parts[0], nullable || source.kind == Source::Kind::right_join, scope);
  add(source.parts[1], nullable || source.kind == Source::Kind::left_join, scope);
}

Scopes::Has Scopes::has(const TableRef& table, const std::string& column) const {
  if (is_base(table)) {
    const auto* columns = columns_of_ ? columns_of_(table.source->schema, table.source->table) : nullptr;
    if (columns == nullptr) return Has::perhaps;
    const bool there =
        std::any_of(columns->begin(), columns->end(), [&](const auto& each) { return same_word(each, column); });
    return there ? Has::yes : Has::no;
  }
  // The first arm names the columns.
  const auto& items = table.arms[0].select->items;
  if (std::any_of(items.begin(), items.end(), [](const auto& item) { return item.star || item.called.empty(); }))
    return Has::perhaps;
  const bool there =
      std::any_of(items.begin(), items.end(), [&](const auto& item) { return same_word(item.called, column); });
  return there ? Has::yes : Has::no;
}

std::optional<Resolved> Scopes::resolve(const Expression& column, const Scope& scope) const {
  for (const auto* here = &scope; here != nullptr; here = here->outer) {
    const TableRef* found = nullptr;
    bool certain = true;
    for (const auto* table : here->tables) {
      if (!column.qualifier.empty()) {
        if (!same_word(table->source->called, column.qualifier.back())) continue;
        if (column.qualifier.size() == 2 && !table->source->schema.empty() &&
            !same_word(table->source->schema, column.qualifier.front()))
          continue;
        // Names that differ in case alone are two for some servers and one for others.
        certain = certain && found == nullptr;
        found = table;
        continue;
      }
      const bool only_choice = here->tables.size() == 1 && sees_nothing(here->outer);
      const auto has_it = has(*table, column.name);
      if (has_it == Has::no) continue;
      certain = certain && found == nullptr && (has_it == Has::yes || only_choice);
      found = table;
    }
    if (found == nullptr) continue;
    if (!certain) return std::nullopt;
    return Resolved{found, column.name};
  }
  return std::nullopt;
}

std::vector<Scopes::Made> Scopes::made_of(const Resolved& column) {
  std::vector<Made> made;
  const auto& arms = column.table->arms;
  std::size_t place = 0;
  const auto& items = arms[0].select->items;
  std::size_t matches = 0;
  for (std::size_t i = 0; i < items.size(); ++i) {
    if (items[i].star) return {};
    if (!same_word(items[i].called, column.column)) continue;
    place = i;
    ++matches;
  }
  if (matches != 1) return {};
  for (const auto& arm : arms) {
    const auto& own = arm.select->items;
    // Of a group, each column may come from another row.
    if (gives_a_row_always(*arm.select) || arm.select->grouped || place >= own.size()) return {};
    if (std::any_of(own.begin(), own.end(), [](const auto& item) { return item.star; })) return {};
    made.push_back({&own[place].value, arm.scope});
  }
  return made;
}

}  // namespace maproom::query
