#pragma once
// Table: one mysql_table(5) definition: its query, its result rule and its limits. Pure.
//
// Gets a folded candidate key, says whether `mysql:` would ask at all, binds the statement, and turns the rows
// into the value (docs/postfix-lookups.md, 6.5). A map holds one or more tables in order.

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "maproom/core/result.hpp"
#include "maproom/query/query_template.hpp"
#include "maproom/query/result_format.hpp"
#include "maproom/query/result_set.hpp"

namespace maproom::map {

/// What a mysql_table(5) file, or the same names inline in the configuration, can say about the lookup itself.
/// (Where to connect is backend::ConnectionSettings.) Defaults are mysql_table(5)'s.
struct TableSettings {
  std::string query;
  std::string result_format = "%s";
  /// The entries of the `domain` match list, "!name" allowed, files already read in; empty: no restriction.
  std::vector<std::string> domain;
  /// `domain` is given and names nothing (a file without a name in it, commas alone): no key is on the list.
  bool domain_names_nothing = false;
  std::int64_t expansion_limit = 0;  ///< values; 0 or less: unlimited
  bool require_result_set = true;
  friend bool operator==(const TableSettings&, const TableSettings&) = default;
};

class Table {
 public:
  /// `smtputf8_enable`: how `domain` entries are folded, and whether values must be UTF-8.
  [[nodiscard]] static Result<Table> compile(TableSettings settings, bool smtputf8_enable);

  /// false: `mysql:` would say "not found" without a query (suppressed, or outside `domain`).
  [[nodiscard]] bool asks(std::string_view key) const;
  [[nodiscard]] const query::QueryTemplate& query() const noexcept { return query_; }
  /// The rows' value; nullopt: not found. Errors are temporary errors for Postfix: expansion_limit exceeded, no
  /// result set though one is required, a value that is not UTF-8 while smtputf8_enable is on.
  [[nodiscard]] Result<std::optional<std::string>> value(const query::ResultSet& rows, std::string_view key) const;
  /// More than one value was joined the last rows gave? Pure count, for warnings on transport and access maps.
  [[nodiscard]] std::size_t count_values(const query::ResultSet& rows, std::string_view key) const;
  [[nodiscard]] const TableSettings& settings() const noexcept { return settings_; }

 private:
  Table(TableSettings settings, query::QueryTemplate query, query::ResultFormat format, std::vector<std::string> domain,
        bool smtputf8_enable);
  TableSettings settings_;
  query::QueryTemplate query_;
  query::ResultFormat format_;
  std::vector<std::string> domain_;  // folded
  query::KeyNeeds needs_;            // both templates together
  bool smtputf8_enable_;
};

}  // namespace maproom::map
