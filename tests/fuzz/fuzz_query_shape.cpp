// Queries of any kind: one that has a shape reads alike under every sql_mode, holds one expansion, and is the same
// query as the one that its shape spells out.
// Input: the template.

#include "maproom/query/query_shape.hpp"
#include "property.hpp"

using namespace maproom::query;
using maproom::fuzz::require;

namespace {

std::string percents_doubled(const std::string& text) {
  std::string out;
  for (const char c : text) {
    out += c;
    if (c == '%') out += c;
  }
  return out;
}

/// The query as its shape spells it.
std::string spelled(const QueryShape& shape, const std::string& source) {
  std::string sql = "SELECT ";
  if (shape.all_columns) sql += "*, ";
  for (std::size_t i = 0; i < shape.columns.size(); ++i)
    sql += (i == 0 ? "" : ", ") + quoted_identifier(shape.columns[i]);
  sql += " FROM " + quoted_table(shape);
  // Conditions may name an alias; then only their columns can be compared, and those are among the results.
  const bool aliased = source.find('.') != std::string::npos;
  sql += " WHERE " + quoted_identifier(shape.key_column) + " = '";
  auto out = percents_doubled(sql) + "%" + shape.expansion + "'";
  if (!aliased && !shape.condition.empty()) out += " AND " + percents_doubled(shape.condition);
  if (shape.limited) out += " LIMIT 1";
  return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text{maproom::fuzz::as_text(data, size)};
  const auto query = QueryTemplate::parse(text);
  if (!query) return 0;
  const auto shape = query_shape(*query);
  if (!shape) return 0;
  require(!shape->table.empty() && !shape->key_column.empty() && !shape->columns.empty(), "a shape has all its parts");
  require(text.find('\\') == std::string::npos, "no backslash, which sql_mode decides about");

  const auto bound = query->bind("joe@example.org", {});
  for (const SqlMode mode : {SqlMode{true, false}, SqlMode{false, true}, SqlMode{true, true}}) {
    const auto other = query->bind("joe@example.org", mode);
    require(bound && other && *bound == *other, "every sql_mode gives the same statement");
  }

  const auto again = QueryTemplate::parse(spelled(*shape, text));
  require(again.has_value(), "what a shape spells can be parsed");
  auto second = query_shape(*again);
  require(second.has_value(), "what a shape spells has a shape");
  second->condition = shape->condition;
  require(*second == *shape, "what a shape spells has the same shape");
  return 0;
}
