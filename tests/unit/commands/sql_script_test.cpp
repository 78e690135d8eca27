#include "maproom/commands/sql_script.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/temp_dir.hpp"

namespace maproom::commands {
namespace {

using testing::ElementsAre;

TEST(SqlScript, StatementsEndAtSemicolons) {
  EXPECT_THAT(sql_statements("CREATE TABLE a (b INT);\n\nDROP TABLE a;"),
              ElementsAre("CREATE TABLE a (b INT)", "DROP TABLE a"));
  EXPECT_THAT(sql_statements("SELECT 1"), ElementsAre("SELECT 1"));
  EXPECT_THAT(sql_statements(""), ElementsAre());
  EXPECT_THAT(sql_statements(" ;; -- nothing\n# no more\n/* ; */ ;"), ElementsAre());
}

TEST(SqlScript, ASemicolonInLiteralsNamesAndCommentsEndsNothing) {
  EXPECT_THAT(
      sql_statements("SELECT 'a;\\';b''; c', \"d;\"\"e;\", `f;``g;` -- h;'\n, 2 # i;\n/* j; ' */; SELECT 5--3;"),
      ElementsAre("SELECT 'a;\\';b''; c', \"d;\"\"e;\", `f;``g;` -- h;'\n, 2 # i;\n/* j; ' */", "SELECT 5--3"));
  EXPECT_THAT(sql_statements("SELECT 'never closed; x"), ElementsAre("SELECT 'never closed; x"));
}

TEST(SqlScript, WhatTheServerRunsOfACommentIsAStatement) {
  EXPECT_THAT(sql_statements("/*!40101 SET NAMES utf8 */; /*M! SELECT 1 */;"),
              ElementsAre("/*!40101 SET NAMES utf8 */", "/*M! SELECT 1 */"));
}

TEST(SqlScript, TheBodyOfARoutineIsOneStatement) {
  const std::string procedure =
      "create or replace definer=root@localhost procedure p(IN a INT)\nbegin\n  declare x int default if(a, 1, 2);\n"
      "  if x = 1 then begin select 1; end; end if;\n  while x < 3 do set x = case x when 1 then 2 else 3 end; end "
      "while;\n"
      "  case x when 1 then select 1; else select 2; end case;\n  repeat set x = repeat('a', 1); until x end "
      "repeat;\nend";
  EXPECT_THAT(sql_statements(procedure + ";\nSELECT 2;"), ElementsAre(procedure, "SELECT 2"));
  EXPECT_THAT(sql_statements("CREATE TRIGGER t BEFORE INSERT ON a FOR EACH ROW BEGIN SET NEW.b = 1; END; SELECT 1"),
              ElementsAre("CREATE TRIGGER t BEFORE INSERT ON a FOR EACH ROW BEGIN SET NEW.b = 1; END", "SELECT 1"));
  EXPECT_THAT(sql_statements("CREATE FUNCTION f() RETURNS INT RETURN 1; SELECT f();"),
              ElementsAre("CREATE FUNCTION f() RETURNS INT RETURN 1", "SELECT f()"));
}

TEST(SqlScript, OutsideOfARoutineTheSameWordsMeanOtherThings) {
  EXPECT_THAT(sql_statements("BEGIN; INSERT INTO a VALUES (CASE 1 WHEN 1 THEN 2 END); COMMIT; BEGIN; COMMIT"),
              ElementsAre("BEGIN", "INSERT INTO a VALUES (CASE 1 WHEN 1 THEN 2 END)", "COMMIT", "BEGIN", "COMMIT"));
  EXPECT_THAT(sql_statements("CREATE VIEW v AS SELECT CASE a WHEN 1 THEN 2 END FROM b; SELECT 1"),
              ElementsAre("CREATE VIEW v AS SELECT CASE a WHEN 1 THEN 2 END FROM b", "SELECT 1"));
}

TEST(SqlScript, OurOwnMigrationsAreCutWhereTheyAreMeantToBe) {
  const auto statements = sql_statements(test::read_text(std::string{MAPROOM_SOURCE_DIR} + "/sql/0002_maproom.sql"));
  ASSERT_EQ(statements.size(), 9U);
  EXPECT_THAT(statements[6], testing::HasSubstr("CREATE FUNCTION mr_address"));
  EXPECT_THAT(statements[7], testing::AllOf(testing::HasSubstr("CREATE PROCEDURE"), testing::EndsWith("END")));
  EXPECT_THAT(statements[8], testing::HasSubstr("CREATE VIEW"));
}

}  // namespace
}  // namespace maproom::commands
