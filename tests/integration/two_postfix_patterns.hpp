#pragma once
// Pattern tables beside the SQL tables of the two-Postfix harness: mixed lists, in each order.

#include <ostream>
#include <string>

namespace maproom::test::two_postfix {

enum class Order {
  sql_alone,
  front,   ///< patterns, SQL
  behind,  ///< SQL, patterns
  around,  ///< patterns, SQL, other patterns; and the rest of the SQL tables, if there are several
};

[[nodiscard]] std::string to_string(Order order);
inline std::ostream& operator<<(std::ostream& out, Order order) { return out << to_string(order); }

/// A pattern table of a list: "pcre", "regexp" or "cidr", and its lines; no lines: it has none.
struct Patterns {
  std::string type, lines;
};
/// What stands in front of the SQL of this map, and behind it. Their values say "pattern" wherever they can, and
/// "never" where the lines match a part of a key (@domain, .domain, the address without its extension) alone, which
/// Postfix asks no pattern table.
[[nodiscard]] Patterns first_patterns(const std::string& map);
[[nodiscard]] Patterns last_patterns(const std::string& map);

}  // namespace maproom::test::two_postfix
