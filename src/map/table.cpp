#include "maproom/map/table.hpp"

#include <algorithm>

#include "maproom/core/fold.hpp"
#include "maproom/query/key_parts.hpp"

namespace maproom::map {

Table::Table(TableSettings settings, query::QueryTemplate query, query::ResultFormat format,
             std::vector<std::string> domain, bool smtputf8_enable)
    : settings_{std::move(settings)},
      query_{std::move(query)},
      format_{std::move(format)},
      domain_{std::move(domain)},
      needs_{query_.needs() | format_.key_needs()},
      smtputf8_enable_{smtputf8_enable} {}

Result<Table> Table::compile(TableSettings settings, bool smtputf8_enable) {
  if (settings.query.empty()) return fail(Errc::invalid, "query: is empty; expected a SELECT statement");
  auto query = query::QueryTemplate::parse(settings.query);
  if (!query) return fail(Errc::invalid, "query: " + query.error().detail);
  auto format = query::ResultFormat::parse(settings.result_format);
  if (!format) return fail(Errc::invalid, "result_format: " + format.error().detail);
  std::vector<std::string> domain;
  for (const auto& entry : settings.domain) {
    const auto marks = std::min(entry.find_first_not_of('!'), entry.size());  // each turns the meaning round
    const bool negated = marks % 2 != 0;
    const auto name = std::string_view{entry}.substr(marks);
    if (name.empty()) return fail(Errc::invalid, "domain: an empty name");
    if (name.find(':') != std::string_view::npos && !name.starts_with('['))
      return fail(Errc::invalid, "domain: \"" + entry +
                                     "\": lookup tables (type:table) are not supported here; expected names or /files");
    if (smtputf8_enable && !is_valid_utf8(name)) return fail(Errc::invalid, "domain: a name is not valid UTF-8");
    domain.push_back((negated ? "!" : "") + fold(name, smtputf8_enable));
  }
  return Table{std::move(settings), std::move(*query), std::move(*format), std::move(domain), smtputf8_enable};
}

bool Table::asks(std::string_view key) const {
  if (key.empty() || !needs_.met_by(key)) return false;
  if (settings_.domain.empty()) return !settings_.domain_names_nothing;
  const auto parts = query::split_at_last_at(key);
  if (parts.user.empty() || parts.domain.empty()) return false;
  for (const auto& entry : domain_) {  // the first that matches decides (match_list(3))
    const bool negated = entry.starts_with('!');
    if (std::string_view{entry}.substr(negated ? 1 : 0) == parts.domain) return !negated;
  }
  return false;
}

namespace {

/// The text of one column as Postfix's driver, which works with C strings, sees it; empty: nothing.
std::string_view visible(const std::optional<std::string>& column) {
  if (!column) return {};
  return std::string_view{*column}.substr(0, column->find('\0'));
}

}  // namespace

Result<std::optional<std::string>> Table::value(const query::ResultSet& rows, std::string_view key) const {
  using Value = std::optional<std::string>;
  if (!rows.present) {
    if (settings_.require_result_set)
      return fail(Errc::bad_data, "the query returns no result set (require_result_set = yes)");
    return Value{};
  }
  Value joined;
  std::int64_t count = 0;
  for (const auto& row : rows.rows)
    for (const auto& column : row) {
      const auto text = visible(column);
      if (text.empty()) continue;
      auto expanded = format_.expand(text, key);
      if (!expanded) continue;
      if (settings_.expansion_limit > 0 && ++count > settings_.expansion_limit)
        return fail(Errc::bad_data,
                    "more than expansion_limit = " + std::to_string(settings_.expansion_limit) + " values");
      if (joined) {
        *joined += ',';
        *joined += *expanded;
      } else {
        joined = std::move(expanded);
      }
    }
  if (joined && joined->empty()) return Value{};
  if (joined && smtputf8_enable_ && !is_valid_utf8(*joined))
    return fail(Errc::bad_data, "the value is not valid UTF-8");
  return joined;
}

std::size_t Table::count_values(const query::ResultSet& rows, std::string_view key) const {
  std::size_t count = 0;
  for (const auto& row : rows.rows)
    for (const auto& column : row) {
      const auto text = visible(column);
      if (!text.empty() && format_.expand(text, key)) ++count;
    }
  return count;
}

}  // namespace maproom::map
