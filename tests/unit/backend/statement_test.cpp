#include "maproom/backend/statement.hpp"

#include <gtest/gtest.h>

namespace maproom::backend {
namespace {

TEST(StatementTest, ReadsAreKnownByTheirFirstWord) {
  for (const char* statement :
       {"SELECT 1", "select goto FROM alias", "  \n\tSelect 1", "(SELECT 1) UNION (SELECT 2)", "( ( select 1))",
        "WITH a AS (SELECT 1) SELECT * FROM a", "VALUES (1)", "SHOW STATUS", "/* aliases */ SELECT 1",
        "-- aliases\nSELECT 1", "# aliases\nSELECT 1", "--\nSELECT 1", "/**/SELECT*FROM t"})
    EXPECT_TRUE(only_reads(statement)) << statement;
}

TEST(StatementTest, EverythingElseAndEveryDoubtIsNoRead) {
  for (const char* statement :
       {"", "CALL lookup('SELECT')", "call p()", "DO 1", "UPDATE t SET a = 1", "SET autocommit = 0", "SELECTED",
        "EXECUTE IMMEDIATE 'x'", "BEGIN NOT ATOMIC SELECT 1; END", "/*! CALL p() */ SELECT 1", "/*M! CALL p() */",
        "/* SELECT 1", "--SELECT 1", "-- SELECT 1", "# SELECT 1", "(", "1"})
    EXPECT_FALSE(only_reads(statement)) << statement;
}

}  // namespace
}  // namespace maproom::backend
