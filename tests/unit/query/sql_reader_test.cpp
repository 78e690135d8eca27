#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "maproom/query/sql_tree.hpp"

namespace maproom::query {
namespace {

using testing::HasSubstr;

/// As parentheses show it.
std::string shown(const Expression& e) {
  std::string inside;
  for (const auto& part : e.parts) inside += (inside.empty() ? "" : " ") + shown(part);
  switch (e.kind) {
    case Expression::Kind::all_of:
      return "(and " + inside + ")";
    case Expression::Kind::any_of:
      return "(or " + inside + ")";
    case Expression::Kind::negation:
      return "(not " + inside + ")";
    case Expression::Kind::comparison:
      return "(" + e.name + " " + inside + ")";
    case Expression::Kind::like:
      return "(like " + inside + ")";
    case Expression::Kind::among:
      return "(in " + inside + ")";
    case Expression::Kind::between:
      return "(between " + inside + ")";
    case Expression::Kind::is_null:
      return "(null " + inside + ")";
    case Expression::Kind::is_not_null:
      return "(some " + inside + ")";
    case Expression::Kind::text:
      return to_string(KeyForm{e.pieces});
    case Expression::Kind::function:
      return e.name + "(" + inside + ")";
    case Expression::Kind::exists:
      return "exists";
    case Expression::Kind::rows:
      return "rows";
    case Expression::Kind::among_rows:
      return "(in " + inside + " rows)";
    case Expression::Kind::cases:
      return "(case " + inside + ")";
    case Expression::Kind::other:
      return "{" + inside + "}";
    default:
      return e.name;
  }
}

std::string where(const std::string& condition) {
  const auto read = read_sql("SELECT a FROM t WHERE " + condition);
  if (!read) return read.error().detail;
  return shown(*read->arms[0].where);
}

TEST(SqlReader, ReadsConditionsAsMariadbBindsThem) {
  EXPECT_EQ(where("a = '%s' AND b OR NOT c = 1 AND d"), "(or (and (= a '%s') b) (and (not (= c 1)) d))");
  EXPECT_EQ(where("a OR b XOR c AND d"), "(or a {b (and c d)})");
  EXPECT_EQ(where("a = b = '%s'"), "(= (= a b) '%s')");
  EXPECT_EQ(where("a = b IS NULL"), "(null (= a b))");
  EXPECT_EQ(where("a BETWEEN 1 AND 2 AND b"), "(and (between a 1 2) b)");
  EXPECT_EQ(where("a NOT IN (1, '%%x') && b LIKE '%u@%d'"), "(and (not (in a 1 '%x')) (like b '%u@%d'))");
  EXPECT_EQ(where("a + 1 * 2 = b"), "(= {a 1 2} b)");
  EXPECT_EQ(where("a != 1 and b is not null"), "(and (<> a 1) (some b))");
  EXPECT_EQ(where("(a, b) = (1, 2)"), "(= {a b} {1 2})");
  EXPECT_EQ(where("CASE WHEN a THEN b END"), "(case a b null)");
  EXPECT_EQ(where("left(a, 3) = concat('%u', '@', d)"), "(= left(a 3) concat('%u' '@' d))");
  EXPECT_EQ(where("a IN ((SELECT b FROM t) UNION SELECT 1)"), "(in a rows)");
  EXPECT_EQ(where("a = 'it''s 5%%'"), "(= a 'it's 5%')");
}

TEST(SqlReader, SkipsCommentsAndTheSemicolon) {
  EXPECT_TRUE(read_sql("SELECT a -- b'\n # it's\n FROM t /* x ' */ WHERE a = '%s';\n"));
  EXPECT_TRUE(read_sql("SELECT 1--1 FROM t"));
}

TEST(SqlReader, ReadsTablesAndJoins) {
  const auto read = read_sql(
      "SELECT a.x y, b.* FROM t a INNER JOIN s.u AS b ON a.i = b.i LEFT OUTER JOIN (SELECT 1 AS x) d USING (x), v");
  ASSERT_TRUE(read) << read.error().detail;
  const auto& from = *read->arms[0].from;
  EXPECT_EQ(from.kind, Source::Kind::join);
  EXPECT_EQ(from.parts[1].called, "v");
  EXPECT_EQ(from.parts[0].kind, Source::Kind::left_join);
  EXPECT_EQ(from.parts[0].parts[1].called, "d");
  EXPECT_EQ(from.parts[0].parts[0].parts[1].schema, "s");
  EXPECT_EQ(read->arms[0].items[0].called, "y");
  EXPECT_TRUE(read->arms[0].items[1].star);
}

TEST(SqlReader, KnowsWhereAnAggregateMayBe) {
  const auto aggregates = [](const std::string& sql) { return read_sql(sql)->arms[0].may_aggregate; };
  EXPECT_TRUE(aggregates("SELECT COUNT(*) FROM t"));
  EXPECT_TRUE(aggregates("SELECT CONCAT(MAX(a), 1) FROM t"));
  EXPECT_TRUE(aggregates("SELECT a FROM t HAVING GROUP_CONCAT(a ORDER BY b SEPARATOR ',')"));
  EXPECT_TRUE(aggregates("SELECT a FROM t ORDER BY SUM(a)"));
  EXPECT_TRUE(aggregates("SELECT trim(BOTH ',' FROM group_concat(a)) FROM t"));
  EXPECT_TRUE(aggregates("SELECT people_made(a) FROM t"));
  EXPECT_FALSE(aggregates("SELECT CONCAT(LEFT(a, 1), IF(b, 'x', NULL)) FROM t WHERE a IN (SELECT MAX(b) FROM u)"));
}

class NotRead : public testing::TestWithParam<std::pair<const char*, const char*>> {};

TEST_P(NotRead, AndThePieceIsNamed) {
  const auto read = read_sql(GetParam().first);
  ASSERT_FALSE(read) << GetParam().first;
  EXPECT_THAT(read.error().detail, HasSubstr(GetParam().second)) << GetParam().first;
}

INSTANTIATE_TEST_SUITE_P(
    SqlReader, NotRead,
    testing::Values(
        std::pair{"WITH t AS (SELECT 1) SELECT v FROM t", "<WITH t AS"}, std::pair{"CALL p('%s')", "<CALL p('%s')>"},
        std::pair{"SELECT v FROM t WHERE k = \"%s\"", "not every sql_mode reads it alike: <'%s'> (at byte 26)"},
        std::pair{"SELECT v FROM t WHERE k = 'x\\'y'", "sql_mode"},
        std::pair{"SELECT v FROM t WHERE a || b", "not every sql_mode reads it alike: <|| b>"},
        std::pair{"SELECT v FROM t WHERE k = '%s' /*! OR 1 */", "</*! OR 1 */>"},
        std::pair{"SELECT v FROM t WHERE k = N'%s'", "<N'%s'>"},
        std::pair{"SELECT v FROM t WHERE k = _utf8 '%s'", "<'%s'>"},
        std::pair{"SELECT v FROM t WHERE k = '%s' 'x'", "<'x'>"}, std::pair{"SELECT v FROM t WHERE k = 0x41", "<0x41>"},
        std::pair{"SELECT v FROM t WHERE k = @x", "<@x>"}, std::pair{"SELECT v INTO @x FROM t", "<@x FROM t>"},
        std::pair{"SELECT v FROM t FOR UPDATE", "<FOR UPDATE>"}, std::pair{"SELECT v FROM t; SELECT 1", "<SELECT 1>"},
        std::pair{"SELECT v FROM t GROUP BY v WITH ROLLUP", "<WITH ROLLUP>"},
        std::pair{"SELECT v FROM t PARTITION (p)", "<PARTITION (p)>"},
        std::pair{"SELECT v FROM t LEFT JOIN u JOIN w ON 1 ON 1", "<JOIN w"},
        std::pair{"SELECT ROW_NUMBER() OVER (ORDER BY v) FROM t", "<OVER ("},
        std::pair{"SELECT v FROM t UNION", "its end"}, std::pair{"SELECT v FROM t WHERE", "its end"},
        std::pair{"SELECT v FROM t EXCEPT SELECT 1", "<EXCEPT SELECT 1>"},
        std::pair{"SELECT v FROM t\xC2\xA0WHERE k", "(at byte 15)"}, std::pair{"SELECT v,, w FROM t", "<, w FROM t>"},
        std::pair{"SELECT v FROM t WHERE `f`(k)", "<(k)>"}, std::pair{"", "its end"}));

TEST(SqlReader, IsNotSwallowedByDepth) {
  EXPECT_FALSE(read_sql("SELECT 1 FROM t WHERE " + std::string(5000, '(')));
  std::string deep = "a";
  for (int i = 0; i < 5000; ++i) deep += " = a";
  EXPECT_FALSE(read_sql("SELECT 1 FROM t WHERE " + deep));
  std::string nots;
  for (int i = 0; i < 5000; ++i) nots += "NOT ";
  EXPECT_FALSE(read_sql("SELECT 1 FROM t WHERE " + nots + "a"));
  std::string list = "a";
  for (int i = 0; i < 5000; ++i) list += " + a";
  EXPECT_TRUE(read_sql("SELECT 1 FROM t WHERE " + list));
}

}  // namespace
}  // namespace maproom::query
