#include "integration/listing/random_select.hpp"

namespace maproom::test {
namespace {

const std::vector<std::string>& users() {
  static const std::vector<std::string> all{"joe", "joe", "joe", "joe",  "ann", "ann", "ann",
                                            "Joe", "jo",  "j_e", "joe ", "a-n", "x",   "j\xc3\xb6"};
  return all;
}
const std::vector<std::string>& domains() {
  static const std::vector<std::string> all{"d.example", "d.example", "d.example",  "e.example",       "e.example",
                                            "D.Example", "f.org",     "e.example ", "\xc3\xa9.example"};
  return all;
}

std::string quoted(const std::string& text) {
  std::string quoted = "'";
  for (const char c : text) {
    if (c == '\'') quoted += c;
    quoted += c;
  }
  return quoted + "'";
}

}  // namespace

const std::vector<std::string>& RandomSelect::words() {
  static const std::vector<std::string> all{
      "joe@d.example", "ann@e.example", "joe", "d.example", "@d.example", "x", ""};
  return all;
}

std::string RandomSelect::value() {
  switch (below(9)) {
    case 0:
      return "NULL";
    case 1:
      return quoted(any(users()));
    case 2:
      return quoted(any(domains()));
    case 3:
      return quoted("@" + any(domains()));
    case 4:
      return quoted(word());
    default:
      return quoted(any(users()) + "@" + any(domains()));
  }
}

std::vector<std::string> RandomSelect::make_tables() {
  static const std::vector<std::string> collations{
      "utf8mb4 COLLATE utf8mb4_general_ci", "utf8mb4 COLLATE utf8mb4_unicode_ci",    "utf8mb4 COLLATE utf8mb4_bin",
      "utf8mb4 COLLATE utf8mb4_nopad_bin",  "latin1 COLLATE latin1_swedish_ci",      "latin1 COLLATE latin1_german2_ci",
      "utf8mb3 COLLATE utf8mb3_general_ci", "utf8mb4 COLLATE utf8mb4_unicode_520_ci"};
  tables_.clear();
  std::vector<std::string> statements;
  for (const auto* name : {"ta", "tb", "tc"}) {
    RandomTable made{name, {}};
    const bool mixed = one_in(3);
    const auto collation = any(collations);
    for (const auto* column : {"k", "l", "u", "d"}) {
      const auto type = std::string{one_in(4) ? "CHAR(60)" : "VARCHAR(60)"} + " CHARACTER SET " +
                        (mixed ? any(collations) : collation);
      made.columns.push_back({column, type, true});
    }
    made.columns.push_back({"n", one_in(4) ? "DATE" : "INT", false});
    made.columns.push_back({"i", "INT", false});
    made.columns.push_back({std::string{"o"} + name, one_in(3) ? "ENUM('x','joe','joe@d.example')" : "TINYINT", false});
    std::string create = "CREATE TABLE " + made.name + " (";
    for (const auto& column : made.columns)
      create += (create.back() == '(' ? "" : ", ") + column.name + " " + column.type;
    statements.push_back("DROP TABLE IF EXISTS " + made.name);
    statements.push_back(create + ") ENGINE=InnoDB");
    for (std::size_t rows = below(12); rows > 0; --rows) {
      std::string insert = "INSERT IGNORE INTO " + made.name + " VALUES (" + value() + ", " + value() + ", " +
                           (one_in(5) ? "NULL" : quoted(any(users()))) + ", " +
                           (one_in(5) ? "NULL" : quoted(any(domains()))) + ", " + std::to_string(below(3)) + ", " +
                           std::to_string(below(3)) + ", " + (one_in(3) ? "NULL" : "1") + ")";
      statements.push_back(std::move(insert));
    }
    tables_.push_back(std::move(made));
  }
  return statements;
}

std::vector<std::string> RandomSelect::keys() {
  static const std::vector<std::string> plain_users{"joe", "joe", "joe", "ann", "ann", "jo",
                                                    "j_e", "a-n", "x",   "j",   "oe",  "xjoe"};
  static const std::vector<std::string> plain_domains{"d.example", "d.example", "e.example",
                                                      "e.example", "f.org",     ".example"};
  std::vector<std::string> keys{"joe", "d.example", "@d.example", "@e.example", "x", "1", "0", "joe@d.example", "joe@"};
  for (int i = 0; i < 14; ++i) keys.push_back(any(plain_users) + "@" + any(plain_domains));
  return keys;
}

std::string RandomSelect::query() {
  aliases_ = 0;
  const auto arms = one_in(4) ? 2 : 1;
  const auto items = 1 + below(2);
  std::string query;
  for (int arm = 0; arm < arms; ++arm) {
    const bool brackets = arms > 1 && one_in(3);
    if (arm > 0) query += one_in(2) ? " UNION " : " UNION ALL ";
    query += (brackets ? "(" : "") + select(2, {}, items) + (brackets ? one_in(2) ? " LIMIT 1)" : ")" : "");
  }
  if (one_in(10)) query += " -- the end's";
  return query + (one_in(8) ? ";" : "");
}

std::string RandomSelect::select(int depth, const Columns& outer, std::size_t items) {
  Columns seen;
  std::string select = "SELECT ";
  if (one_in(12)) select += "DISTINCT ";
  const bool from = !one_in(14);
  std::string tables = from ? source(depth, seen) : "";
  if (seen.empty()) seen = outer;
  auto all = seen;
  if (!one_in(3)) all.insert(all.end(), outer.begin(), outer.end());
  for (std::size_t i = 0; i < items; ++i) select += (i == 0 ? "" : ", ") + item(depth, seen);
  if (!from) return select;
  select += " FROM " + tables;
  if (!one_in(12)) select += (one_in(9) ? " /* ' */ WHERE " : " WHERE ") + conditions(depth, all);
  if (one_in(10)) select += " GROUP BY " + column(seen, true);
  if (one_in(14)) select += " HAVING " + condition(0, seen);
  return select;
}

std::string RandomSelect::source(int depth, Columns& seen) {
  auto all = table(depth, seen);
  for (std::size_t more = one_in(2) ? 0 : below(3); more > 0; --more) {
    static const std::vector<std::string> joins{" JOIN ", " INNER JOIN ", " LEFT JOIN ", " RIGHT JOIN ",
                                                " LEFT OUTER JOIN "};
    if (one_in(3)) {
      all += ", " + table(depth, seen);
      break;
    }
    all += any(joins) + table(depth, seen);
    all += one_in(8) ? " USING (i)"
                     : " ON " + (one_in(2) ? conditions(0, seen) : column(seen, false) + " = " + column(seen, false));
  }
  return all;
}

std::string RandomSelect::table(int depth, Columns& seen) {
  const auto alias = std::string{"a"} + std::to_string(++aliases_);
  if (depth > 0 && one_in(5)) {
    const bool united = one_in(3);
    auto rows = select(depth - 1, {}, 2);
    // The items are called x and y.
    Columns inner;
    const auto from = table(0, inner);
    const bool texts = one_in(4);
    rows = "SELECT " + (one_in(5) ? item(0, inner) : row_text(inner)) + " AS x, " + column(inner, !texts) +
           " AS y FROM " + from + (one_in(2) ? " WHERE " + conditions(0, inner) : "") +
           (one_in(8) ? " GROUP BY " + column(inner, true) : "");
    if (united) {
      Columns second;
      const auto other = table(0, second);
      rows += " UNION SELECT " + row_text(second) + ", " + column(second, !texts) + " FROM " + other;
    }
    for (const auto* name : {"x", "y"}) seen.push_back({alias + "." + name, true});
    return "(" + rows + ") AS " + alias;
  }
  const auto& base = any(tables_);
  for (const auto& each : base.columns) seen.push_back({(one_in(6) ? "" : alias + ".") + each.name, each.text});
  return base.name + (one_in(2) ? " AS " : " ") + alias;
}

std::string RandomSelect::conditions(int depth, const Columns& seen) {
  auto all = one_in(6) ? condition(depth, seen) : equality(depth, seen);
  for (std::size_t more = one_in(2) ? 0 : below(3); more > 0; --more)
    all += (one_in(3) ? " OR " : " AND ") + (one_in(3) ? equality(depth, seen) : condition(depth, seen));
  return all;
}

std::string RandomSelect::equality(int depth, const Columns& seen) {
  switch (below(12)) {
    case 0:
      return key_text(seen) + " = " + row_text(seen);
    case 1:
      return row_text(seen) + " <=> " + key_text(seen);
    case 2:
      return row_text(seen) + " IN (" + key_text(seen) + ", " + (one_in(3) ? quoted(word()) : key_text(seen)) + ")";
    case 3:
      return key_text(seen) + " IN (" + column(seen, true) + ", " + row_text(seen) + ")";
    case 4:
      return row_text(seen) + " LIKE " + key_text(seen);
    case 5:
      return "(" + column(seen, true) + " = '%u' AND " + column(seen, true) + " = '%d')";
    case 6:
      if (depth > 0) return key_text(seen) + " IN (" + select(depth - 1, seen, 1) + ")";
      [[fallthrough]];
    default:
      return row_text(seen) + " = " + key_text(seen);
  }
}

std::string RandomSelect::condition(int depth, const Columns& seen) {
  const auto inner = depth - 1;
  switch (depth > 0 ? below(16) : below(10)) {
    case 0:
      return "NOT " + equality(inner, seen);
    case 1:
      return column(seen, one_in(2)) + " IS " + (one_in(2) ? "NOT " : "") + "NULL";
    case 2:
      return constant(seen) + (one_in(3) ? " XOR " + constant(seen) : "");
    case 3:
      return column(seen, true) + " <> " + key_text(seen);
    case 4:
      return key_text(seen) + " REGEXP 'joe|ann'";
    case 5:
      return column(seen, false) + " BETWEEN 0 AND 1";
    case 6:
      return "(" + equality(inner, seen) + ")";
    case 7:
      return column(seen, true) + " LIKE 'j%%'";
    case 8:
      return "NOT (" + constant(seen) + ")";
    case 9:
      return column(seen, false) + " IN (0, 1)";
    case 10:
      return std::string{one_in(4) ? "NOT " : ""} + "EXISTS (" + select(inner, seen, 1) + ")";
    case 11:
      return row_text(seen) + (one_in(5) ? " NOT" : "") + " IN (" + select(inner, seen, 1) + ")";
    case 12:
      return row_text(seen) + " = (" + select(inner, seen, 1) + " LIMIT 1)";
    default:
      return "(" + conditions(inner, seen) + ")";
  }
}

std::string RandomSelect::item(int depth, const Columns& seen) {
  if (seen.empty()) {
    static const std::vector<std::string> values{"'%s'", "1", "NULL"};
    if (depth == 0) return any(values);
  }
  switch (below(14)) {
    case 0:
      return "1";
    case 1:
      return seen.empty() ? "1" : "COUNT(*)";
    case 2:
      return seen.empty() ? "1" : "GROUP_CONCAT(" + column(seen, true) + " SEPARATOR ' ')";
    case 3:
      return seen.empty() ? "1" : "MAX(" + column(seen, true) + ")";
    case 4:
      return seen.empty() ? "NULL" : "CONCAT('x', MIN(" + column(seen, true) + "))";
    case 5:
      if (depth > 0) return "(" + select(depth - 1, seen, 1) + " LIMIT 1)";
      [[fallthrough]];
    case 6:
      if (depth > 0) return "IF(EXISTS (" + select(depth - 1, seen, 1) + "), 'OK', NULL)";
      [[fallthrough]];
    case 7:
      return "CASE WHEN " + (seen.empty() ? "1" : conditions(0, seen)) + " THEN 'yes' END";
    default:
      return seen.empty() ? "NULL" : row_text(seen);
  }
}

std::string RandomSelect::key_text(const Columns& seen) {
  static const std::vector<std::string> texts{"'%s'",
                                              "'%s'",
                                              "'%s'",
                                              "'%d'",
                                              "'%d'",
                                              "'%u'",
                                              "'%u@%d'",
                                              "'@%d'",
                                              "'x%s'",
                                              "CONCAT('%u', '@', '%d')",
                                              "LOWER('%s')",
                                              "TRIM('%d')",
                                              "SUBSTRING_INDEX('%s', '@', -1)",
                                              "SUBSTRING_INDEX('%u', '-', 1)",
                                              "'joe@%d'",
                                              "'%1'"};
  if (one_in(20)) return "CONCAT('%u', '@', " + column(seen, true) + ")";
  return any(texts);
}

std::string RandomSelect::row_text(const Columns& seen) {
  const auto text = column(seen, true);
  switch (below(22)) {
    case 0:
      return "LOWER(" + text + ")";
    case 1:
      return "CONCAT(" + text + ", '@', " + column(seen, true) + ")";
    case 2:
      return "TRIM(" + text + ")";
    case 3:
      return "REPLACE(" + text + ", '-', '')";
    case 4:
      return "IFNULL(" + text + ", 'joe@d.example')";
    case 5:
      return "LEFT(" + text + ", 3)";
    case 6:
      return "SUBSTRING_INDEX(" + text + ", '@', -1)";
    case 7:
      return "CONCAT_WS('@', " + text + ", " + column(seen, true) + ")";
    case 8:
      return "COALESCE(" + text + ", " + column(seen, true) + ")";
    case 9:
      return "CONCAT('@', " + text + ")";
    case 10:
      return one_in(3) ? "BINARY " + text : "UPPER(" + text + ")";
    case 11:
      return column(seen, false);
    case 12:
      return one_in(2) ? "'joe@d.example'" : "CONCAT(" + column(seen, false) + ", '')";
    default:
      return text;
  }
}

std::string RandomSelect::column(const Columns& seen, bool text) {
  for (int tries = 0; tries < 20; ++tries)
    if (const auto& column = any(seen); column.text == text) return column.name;
  return any(seen).name;
}

std::string RandomSelect::constant(const Columns& seen) {
  const auto number = column(seen, false);
  return one_in(2) ? number + " = " + std::to_string(below(3)) : number;
}

}  // namespace maproom::test
