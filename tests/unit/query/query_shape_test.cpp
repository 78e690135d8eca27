#include "maproom/query/query_shape.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace maproom::query {
namespace {

using testing::ElementsAre;

std::optional<QueryShape> shape(const std::string& sql) {
  const auto query = QueryTemplate::parse(sql);
  if (!query) {
    ADD_FAILURE() << sql << ": " << query.error().detail;
    return std::nullopt;
  }
  return query_shape(*query);
}

TEST(QueryShape, ReadsTheUsualQuery) {
  const auto found = shape("SELECT goto FROM alias WHERE address = '%s' AND active = '1'");
  ASSERT_TRUE(found);
  EXPECT_EQ(found->schema, "");
  EXPECT_EQ(found->table, "alias");
  EXPECT_EQ(found->key_column, "address");
  EXPECT_EQ(found->expansion, 's');
  EXPECT_FALSE(found->all_columns);
  EXPECT_FALSE(found->limited);
  EXPECT_THAT(found->columns, ElementsAre("goto", "address", "active"));
  EXPECT_EQ(found->condition, "active = '1'");
}

TEST(QueryShape, ResolvesAliasesAndSchemas) {
  const auto found = shape(
      "select A.goto as target, CONCAT(a.x, ':', `a`.`the y`) from `mail`.alias AS a where a.active and '%D' = a.dom"
      " AND a.gone IS NOT NULL AND a.note <> 'it''s 5%% \"x\"' limit 1;");
  EXPECT_FALSE(found) << "aliases may be case-sensitive";
  const auto same = shape(
      "select a.goto as target, CONCAT(a.x, ':', `a`.`the y`) from `mail`.alias AS a where a.active and '%D' = a.dom"
      "\n AND a.gone IS NOT NULL AND a.note <> 'it''s 5%%' AND a.ACTIVE = a.x limit 1;");
  ASSERT_TRUE(same);
  EXPECT_EQ(same->schema, "mail");
  EXPECT_EQ(same->table, "alias");
  EXPECT_EQ(same->key_column, "dom");
  EXPECT_EQ(same->expansion, 'd');
  EXPECT_TRUE(same->limited);
  EXPECT_THAT(same->columns, ElementsAre("goto", "x", "the y", "active", "dom", "gone", "note"));
  EXPECT_EQ(same->condition, "a.active AND a.gone IS NOT NULL AND a.note <> 'it''s 5%' AND a.ACTIVE = a.x");
}

TEST(QueryShape, KnowsThatAStarReadsEverything) {
  EXPECT_TRUE(shape("SELECT * FROM t WHERE k = '%s'")->all_columns);
  EXPECT_TRUE(shape("SELECT a.* FROM t a WHERE a.k = '%s'")->all_columns);
  EXPECT_FALSE(shape("SELECT b.* FROM t a WHERE a.k = '%s'"));
  EXPECT_THAT(shape("SELECT 1 FROM t WHERE k = '%s'")->columns, ElementsAre("k"));
}

class NoShape : public testing::TestWithParam<const char*> {};

TEST_P(NoShape, ForWhatIsNotFullyUnderstood) { EXPECT_FALSE(shape(GetParam())); }

INSTANTIATE_TEST_SUITE_P(
    QueryShape, NoShape,
    testing::Values(
        // more than one table
        "SELECT v FROM t JOIN u ON t.i = u.i WHERE k = '%s'", "SELECT v FROM t, u WHERE k = '%s'",
        "SELECT v FROM t NATURAL JOIN u WHERE k = '%s'", "SELECT v FROM t a JOIN u WHERE k = '%s'",
        "SELECT v FROM t WHERE k = '%s' UNION SELECT w FROM u", "SELECT v FROM (SELECT * FROM t) x WHERE k = '%s'",
        "SELECT (SELECT 1) FROM t WHERE k = '%s'", "SELECT v FROM t WHERE k = '%s' AND d IN (SELECT d FROM u)",
        "SELECT v FROM t WHERE EXISTS (SELECT 1 FROM u) AND k = '%s'",
        "WITH t AS (SELECT 1) SELECT v FROM t WHERE k = '%s'", "SELECT u.v FROM t WHERE k = '%s'",
        "SELECT t.v FROM t a WHERE k = '%s'", "SELECT x.t.v FROM y.t WHERE k = '%s'",
        // other conditions
        "SELECT v FROM t WHERE k = '%s' OR w = 1", "SELECT v FROM t WHERE k LIKE '%s'",
        "SELECT v FROM t WHERE k IN ('%s')", "SELECT v FROM t WHERE NOT k = '%s'", "SELECT v FROM t WHERE k <> '%s'",
        "SELECT v FROM t WHERE k <=> '%s'", "SELECT v FROM t WHERE k > '%s'", "SELECT v FROM t WHERE (k = '%s')",
        "SELECT v FROM t WHERE k = '%s' XOR w", "SELECT v FROM t WHERE k = '%s' || w",
        "SELECT v FROM t WHERE k = '%s' && w", "SELECT v FROM t WHERE k = '%s' = w",
        "SELECT v FROM t WHERE k = w = '%s'", "SELECT v FROM t WHERE k = '%s' AND a BETWEEN 1 AND 2",
        "SELECT v FROM t WHERE k = '%s' AND e > NOW()", "SELECT v FROM t WHERE k = '%s' AND e > CURRENT_TIMESTAMP",
        "SELECT v FROM t WHERE k = '%s' AND u = CURRENT_USER", "SELECT v FROM t WHERE k = '%s' AND a + 1 = 2",
        "SELECT v FROM t WHERE k = '%s' AND a = -1", "SELECT v FROM t WHERE k = '%s' AND a = 1.5",
        "SELECT v FROM t WHERE k = '%s' AND a = 1e5", "SELECT v FROM t WHERE k = '%s' AND a = 0x41",
        "SELECT v FROM t WHERE k = '%s' AND a = @x", "SELECT v FROM t WHERE k = '%s' AND 1",
        // the key is not simply compared
        "SELECT v FROM t", "SELECT v FROM t WHERE a = 1", "SELECT v FROM t WHERE LOWER(k) = '%s'",
        "SELECT v FROM t WHERE k = LOWER('%s')", "SELECT v FROM t WHERE k = '@%s'", "SELECT v FROM t WHERE k = '%u@%d'",
        "SELECT v FROM t WHERE k = '%u' AND d = '%d'", "SELECT '%s' FROM t WHERE k = '%s'",
        "SELECT v FROM t WHERE k = '%s' '%s'", "SELECT v FROM t WHERE k = '%s' 'x'",
        "SELECT v FROM t WHERE BINARY k = '%s'", "SELECT v FROM t WHERE k = BINARY '%s'",
        "SELECT v FROM t WHERE k = _utf8'%s'", "SELECT v FROM t WHERE k = N'%s'",
        "SELECT v FROM t WHERE k = '%s' COLLATE utf8mb4_bin", "SELECT v FROM t WHERE k='%s'AND a='1'",
        // what another sql_mode reads differently
        "SELECT v FROM t WHERE k = \"%s\"", "SELECT v FROM t WHERE k = '%s' AND a = \"x\"",
        "SELECT v FROM t WHERE k = '%s' AND a = 'x\\'y'", "SELECT v FROM t WHERE k = '%s' AND a = 'x\\\\'",
        // more than rows
        "SELECT DISTINCT v FROM t WHERE k = '%s'", "SELECT v FROM t WHERE k = '%s' ORDER BY v",
        "SELECT v FROM t WHERE k = '%s' GROUP BY v", "SELECT v FROM t WHERE k = '%s' LIMIT 1, 2",
        "SELECT v FROM t WHERE k = '%s' LIMIT 1 OFFSET 2", "SELECT v FROM t WHERE k = '%s' FOR UPDATE",
        "SELECT v FROM t WHERE k = '%s' HAVING v", "SELECT v FROM t WHERE k = '%s'; SELECT 1",
        "SELECT GROUP_CONCAT(v) FROM t WHERE k = '%s'", "SELECT COUNT(*) FROM t WHERE k = '%s'",
        "SELECT stored(v) FROM t WHERE k = '%s'", "SELECT NOW() FROM t WHERE k = '%s'",
        "SELECT CURRENT_TIMESTAMP FROM t WHERE k = '%s'", "SELECT v + 1 FROM t WHERE k = '%s'",
        "SELECT v INTO @x FROM t WHERE k = '%s'", "SELECT NEXT VALUE FOR s FROM t WHERE k = '%s'",
        "SELECT v FROM t PARTITION (p) WHERE k = '%s'", "SELECT v FROM t USE INDEX (i) WHERE k = '%s'",
        "SELECT v FROM t FOR SYSTEM_TIME ALL WHERE k = '%s'",
        // comments and others
        "SELECT v FROM t WHERE k = '%s' -- x", "SELECT v FROM t WHERE k = '%s' # x",
        "SELECT v FROM t /* x */ WHERE k = '%s'", "SELECT v FROM t WHERE k = '%s' /*! OR 1 */", "CALL p('%s')",
        "SELECT v FROM dual WHERE k = '%s'", "SELECT v FROM t\xC2\xA0WHERE k = '%s'",
        "SELECT v,, w FROM t WHERE k = '%s'"));

TEST(QueryShape, ListsKeys) {
  const auto found = shape("SELECT v FROM s.`t 1` WHERE k = '%s' AND active");
  ASSERT_TRUE(found);
  EXPECT_EQ(key_listing(*found, 20), "SELECT DISTINCT `k` FROM `s`.`t 1` LIMIT 20");
  EXPECT_EQ(quoted_identifier("a`b"), "`a``b`");
}

}  // namespace
}  // namespace maproom::query
