#include "maproom/feed/key_column.hpp"

#include <gtest/gtest.h>

namespace maproom::feed {
namespace {

class SimpleShape : public testing::TestWithParam<std::pair<const char*, KeyColumn>> {};
TEST_P(SimpleShape, IsRecognised) { EXPECT_EQ(key_column_of(GetParam().first), GetParam().second) << GetParam().first; }
INSTANTIATE_TEST_SUITE_P(
    All, SimpleShape,
    testing::Values(
        std::pair{"SELECT maildir FROM mailbox WHERE username = '%s' AND active = '1'",
                  KeyColumn{"mailbox", "username"}},
        std::pair{"select 1 from domain where active=1 and domain='%s';", KeyColumn{"domain", "domain"}},
        std::pair{"SELECT a.goto FROM mail.alias AS a WHERE a.address = \"%s\" LIMIT 1", KeyColumn{"alias", "address"}},
        std::pair{"SELECT CONCAT(transport, ':', nexthop) FROM `mr_transport` WHERE `pattern` = '%s' AND active",
                  KeyColumn{"mr_transport", "pattern"}},
        std::pair{"SELECT x FROM t WHERE (a = 1) AND k = '%s' ORDER BY x", KeyColumn{"t", "k"}}));

class NoSimpleShape : public testing::TestWithParam<const char*> {};
TEST_P(NoSimpleShape, HasNoKeyColumn) { EXPECT_EQ(key_column_of(GetParam()), std::nullopt) << GetParam(); }
INSTANTIATE_TEST_SUITE_P(
    All, NoSimpleShape,
    testing::Values("SELECT x FROM t WHERE k = '%s' OR d = '%d'", "SELECT x FROM t, u WHERE t.k = '%s'",
                    "SELECT x FROM t JOIN u USING (i) WHERE t.k = '%s'", "SELECT x FROM t WHERE LOWER(k) = '%s'",
                    "SELECT x FROM t WHERE k = '%u@%d'", "SELECT x FROM t WHERE k = '%s' || 1",
                    "SELECT x FROM t WHERE NOT k = '%s'", "SELECT x FROM t WHERE k LIKE '%s'",
                    "SELECT x FROM t WHERE k = '%s' COLLATE utf8mb4_bin",
                    "SELECT x FROM t WHERE (k = '%s' AND a) AND b", "SELECT x FROM t WHERE k = (SELECT '%s' FROM u)",
                    "SELECT x FROM t WHERE a BETWEEN 1 AND k = '%s'", "SELECT x FROM t WHERE k = '%s' /* or 1 */",
                    "SELECT x FROM t WHERE k = '%s' UNION SELECT y FROM t WHERE z = 1",
                    "SELECT x FROM t WHERE k = '\\'%s'", "SELECT x FROM t WHERE k = '%s' = 0",
                    "SELECT x FROM t WHERE 1 = k = '%s'", "CALL p('%s')", "",
                    "SELECT (SELECT y FROM u), x FROM t WHERE k = '%s'",
                    "SELECT x FROM t WHERE k = '%s' GROUP BY x HAVING 1", "SELECT x FROM t u v WHERE k = '%s'",
                    "SELECT x FROM t WHERE k <> '%s'", "SELECT x FROM t WHERE k != '%s'"));

}  // namespace
}  // namespace maproom::feed
