// What a query on a healthy connection comes to: values as text, result sets, sessions, quoting, limits.

#include <gmock/gmock.h>

#include <atomic>
#include <future>
#include <map>

#include "integration/backend_fixture.hpp"
#include "support/run_coroutine.hpp"

namespace maproom::test {
namespace {

using backend::ConnectionSettings;
using Row = std::vector<std::optional<std::string>>;

class BackendQueryTest : public PoolTest {};

TEST_F(BackendQueryTest, ValuesComeAsTheServerSpellsThem) {
  const auto answer = ask(pool(),
                          "SELECT 1+1, NULL, 2.50, '', X'610062', DATE'2024-02-29', 'ä€😀' UNION ALL "
                          "SELECT -1, 'x', 0, 'y', 'z', '2024-01-01', ''");
  ASSERT_TRUE(answer) << answer.error().detail;
  EXPECT_TRUE(answer->rows.present);
  using namespace std::string_literals;
  const std::vector<Row> expected{{"2", std::nullopt, "2.50", "", "a\0b"s, "2024-02-29", "ä€😀"},
                                  {"-1", "x", "0.00", "y", "z", "2024-01-01", ""}};
  EXPECT_EQ(answer->rows.rows, expected);
  EXPECT_EQ(answer->host, "unix:" + server.socket());
}

TEST_F(BackendQueryTest, NoRowsAndNoResultSetAreToldApart) {
  auto& p = pool();
  const auto none = ask(p, "SELECT 1 FROM DUAL WHERE 1 = 0");
  ASSERT_TRUE(none);
  EXPECT_TRUE(none->rows.present);
  EXPECT_TRUE(none->rows.rows.empty());
  const auto absent = ask(p, "DO 1");
  ASSERT_TRUE(absent);
  EXPECT_FALSE(absent->rows.present);
}

TEST_F(BackendQueryTest, AnErrorOfTheServerKeepsTheConnection) {
  auto& p = pool();
  const auto id = value(ask(p, "SELECT CONNECTION_ID()"));
  const auto wrong = ask(p, "SELECT a FROM no_such_table");
  ASSERT_FALSE(wrong);
  EXPECT_EQ(wrong.error().code, Errc::query);
  EXPECT_NE(wrong.error().detail.find("no_such_table"), std::string::npos) << wrong.error().detail;
  EXPECT_NE(wrong.error().detail.find("(1146)"), std::string::npos) << wrong.error().detail;
  EXPECT_EQ(value(ask(p, "SELECT CONNECTION_ID()")), id);
  EXPECT_EQ(p.counters().connects, 1U);
}

TEST_F(BackendQueryTest, SeveralStatementsInOneAreASyntaxError) {
  const auto answer = ask(pool(), "SELECT 1; SELECT 2");
  ASSERT_FALSE(answer);
  EXPECT_NE(answer.error().detail.find("(1064)"), std::string::npos) << answer.error().detail;
}

TEST_F(BackendQueryTest, TheSessionCommitsByItselfAndReadsWhatIsCommitted) {
  EXPECT_EQ(value(ask(pool(), "SELECT CONCAT(@@autocommit + 0, ' ', @@tx_isolation, ' ', @@character_set_client)")),
            "1 READ-COMMITTED utf8mb4");
}

TEST_F(BackendQueryTest, WhatTheServerSetsForEveryNewSessionIsPutRight) {
  server.sql("SET GLOBAL init_connect = 'SET autocommit = 0, tx_isolation = \"SERIALIZABLE\", NAMES latin1'");
  const auto got =
      value(ask(pool(), "SELECT CONCAT(@@autocommit + 0, ' ', @@tx_isolation, ' ', @@character_set_client)"));
  server.sql("SET GLOBAL init_connect = ''");
  EXPECT_EQ(got, "1 READ-COMMITTED utf8mb4");
}

TEST_F(BackendQueryTest, AnotherCharacterSetIsTheOneThatIsUsed) {
  auto with = settings();
  with.charset = "latin1";
  EXPECT_EQ(value(ask(pool(with), "SELECT HEX(CONVERT('%s' USING utf8mb4))", "\xe4")), "C3A4");
}

// ---- CALL ----------------------------------------------------------------------------------------------------------

TEST_F(BackendQueryTest, AProcedureHasOneResultSet) {
  server.sql("CREATE OR REPLACE PROCEDURE one(k TEXT) SELECT CONCAT('<', k, '>')", "probe");
  auto& p = pool(settings(1));
  EXPECT_EQ(value(ask(p, "CALL one('%s')", "it's")), "<it's>");
  EXPECT_EQ(value(ask(p, "CALL one('%s')", "again")), "<again>");
  EXPECT_EQ(p.counters().connects, 1U);
}

TEST_F(BackendQueryTest, MoreResultSetsAreAnErrorAndNoneIsToldSo) {
  run_command({"mariadb", "--no-defaults", "-uroot", "-S", server.socket(), "probe"},
              "DELIMITER //\nCREATE OR REPLACE PROCEDURE two() BEGIN SELECT 1; SELECT 2; END//\n"
              "CREATE OR REPLACE PROCEDURE three() BEGIN SELECT 1; SELECT 2; SELECT 3; END//\n"
              "CREATE OR REPLACE PROCEDURE none() BEGIN END//\n");
  auto& p = pool(settings(1));
  for (const char* query : {"CALL two()", "CALL three()"}) {
    const auto answer = ask(p, query);
    ASSERT_FALSE(answer) << query;
    EXPECT_EQ(answer.error().code, Errc::bad_data);
    EXPECT_NE(answer.error().detail.find("more than one result set"), std::string::npos) << answer.error().detail;
  }
  const auto none = ask(p, "CALL none()");
  ASSERT_TRUE(none) << none.error().detail;
  EXPECT_FALSE(none->rows.present);
  EXPECT_EQ(value(ask(p, "SELECT 'still well'")), "still well");
  EXPECT_EQ(p.counters().connects, 1U);
}

TEST_F(BackendQueryTest, WhatAProcedureDoesToTheSessionIsUndone) {
  run_command(
      {"mariadb", "--no-defaults", "-uroot", "-S", server.socket(), "probe"},
      "DELIMITER //\nCREATE OR REPLACE PROCEDURE meddle() BEGIN SET autocommit = 0; SET sql_mode = 'ANSI_QUOTES'; "
      "SET tx_isolation = 'SERIALIZABLE'; SET NAMES latin1; END//\n"
      "CREATE OR REPLACE PROCEDURE meddle_and_fail() BEGIN SET autocommit = 0; SELECT 1; SIGNAL SQLSTATE '45000'; "
      "END//\n");
  auto& p = pool(settings(1));
  const std::string session =
      "SELECT CONCAT(@@autocommit + 0, ' ', @@tx_isolation, ' ', @@character_set_client, ' ', "
      "FIND_IN_SET('ANSI_QUOTES', @@sql_mode), ' ', DATABASE())";
  const std::string untouched = "1 READ-COMMITTED utf8mb4 0 probe";
  ASSERT_EQ(value(ask(p, session)), untouched);
  EXPECT_TRUE(ask(p, "CALL meddle()"));
  EXPECT_EQ(value(ask(p, session)), untouched);
  EXPECT_FALSE(ask(p, "CALL meddle_and_fail()"));
  EXPECT_EQ(value(ask(p, session)), untouched);
}

// ---- quoting -------------------------------------------------------------------------------------------------------

TEST_F(BackendQueryTest, NoKeyLeavesItsQuotesUnderAnySqlMode) {
  const std::vector<std::string> keys{"plain@example.org",
                                      "o'brien@example.org",
                                      "\"john smith\"@example.org",
                                      "back\\slash",
                                      "trailing\\",
                                      "' OR 1=1 -- ",
                                      "\" OR 1=1 -- ",
                                      "\\' OR 1=1 -- ",
                                      "'; DROP TABLE odd; -- ",
                                      "new\nline\rtab\t",
                                      "percent%under_score",
                                      "\x1a",
                                      "ä€😀",
                                      "''",
                                      "\"\"",
                                      "\\\"",
                                      "/* */",
                                      "\\\\'"};
  server.sql("CREATE OR REPLACE TABLE odd (k VARCHAR(100) COLLATE utf8mb4_nopad_bin PRIMARY KEY)", "probe");
  for (const char* mode : {"", "ANSI_QUOTES", "NO_BACKSLASH_ESCAPES", "ANSI_QUOTES,NO_BACKSLASH_ESCAPES"}) {
    SCOPED_TRACE(mode);
    server.sql("SET GLOBAL sql_mode = '" + std::string{mode} + "'; TRUNCATE probe.odd");
    auto& p = pool();
    for (const auto& key : keys) {
      EXPECT_TRUE(ask(p, "INSERT INTO odd VALUES ('%s')", key)) << key;
      std::string hex;
      for (const unsigned char c : key) {
        constexpr std::string_view digits = "0123456789ABCDEF";
        hex += {digits[c >> 4], digits[c & 15]};
      }
      EXPECT_EQ(value(ask(p, "SELECT HEX(k) FROM odd WHERE k = '%s'", key)), hex) << key;
      const auto doubled = ask(p, "SELECT HEX(k) FROM odd WHERE k = \"%s\"", key);
      if (std::string_view{mode}.starts_with("ANSI_QUOTES"))
        EXPECT_FALSE(doubled) << "the quotes enclose a name in this mode, and no key may choose names";
      else
        EXPECT_EQ(value(doubled), hex) << key;
    }
  }
  server.sql("SET GLOBAL sql_mode = DEFAULT");
}

// ---- limits --------------------------------------------------------------------------------------------------------

TEST_F(BackendQueryTest, AResultWithoutBoundsIsCutShort) {
  server.sql("SET GLOBAL max_allowed_packet = 64 * 1024 * 1024");
  auto& p = pool(settings(1));
  for (const char* query : {"SELECT seq FROM seq_1_to_100001", "SELECT REPEAT('x', 1000000) FROM seq_1_to_1000"}) {
    const auto begin = Clock::now();
    const auto answer = ask(p, query);
    ASSERT_FALSE(answer) << query;
    EXPECT_EQ(answer.error().code, Errc::bad_data) << answer.error().detail;
    EXPECT_LT(Clock::now() - begin, milliseconds{30000}) << query;
  }
  EXPECT_FALSE(ask(p, "SELECT REPEAT('x', 33000000)")) << "one row of that size is not even read";
  const auto most = ask(p, "SELECT seq FROM seq_1_to_100000");
  ASSERT_TRUE(most) << most.error().detail;
  EXPECT_EQ(most->rows.rows.size(), 100'000U);
  EXPECT_EQ(value(ask(p, "SELECT LENGTH('%s')", std::string(1'000'000, 'k'))), "1000000");
  server.sql("SET GLOBAL max_allowed_packet = DEFAULT");
}

// ---- option files --------------------------------------------------------------------------------------------------

// A row that moves to and fro between two keys is under one of them at each moment, and under both or none of them in
// answers of two moments.
TEST_F(BackendQueryTest, QuestionsAskedAsOneAreAnsweredOfOneMoment) {
  server.sql("CREATE TABLE mover (k VARCHAR(9)) ENGINE=InnoDB; INSERT INTO mover VALUES ('a')", "probe");
  std::atomic<bool> enough = false;
  const auto writer = std::async(std::launch::async, [&] {
    std::string moves;
    for (int i = 0; i < 200; ++i) moves += "UPDATE mover SET k = 'b'; UPDATE mover SET k = 'a';";
    while (!enough) server.sql(moves, "probe");
  });
  struct AtTheEnd {  // however this test ends
    std::atomic<bool>& flag;
    ~AtTheEnd() { flag = true; }
  } const ends{enough};
  auto& p = pool();
  const auto query = query::QueryTemplate::parse("SELECT k, SLEEP(0.002) FROM mover WHERE k = '%s'").value();
  const std::string a = "a", b = "b";
  const std::vector<backend::Asked> questions{{query, a}, {query, b}};
  std::map<std::string, int> seen;
  for (int i = 0; i < 200 || seen.size() < 2; ++i) {
    ASSERT_LT(i, 5000) << "the row was never seen under both keys";
    auto answers = run_coroutine(io, p.fetch_as_one(questions, Clock::now() + milliseconds{5000}));
    ASSERT_TRUE(answers) << answers.error().detail;
    ASSERT_EQ(answers->size(), 2U);
    const auto& of_a = answers->at(0).rows.rows;
    const auto& of_b = answers->at(1).rows.rows;
    ASSERT_EQ(of_a.size() + of_b.size(), 1U) << i;
    ++seen[of_a.empty() ? "b" : "a"];
  }
  enough = true;
  writer.wait();
  // The link's next question is not of that moment.
  server.sql("UPDATE mover SET k = 'later'", "probe");
  EXPECT_EQ(value(ask(p, "SELECT k FROM mover")), "later");
  EXPECT_EQ(value(ask(p, "SELECT @@SESSION.tx_isolation")), "READ-COMMITTED");
}

TEST_F(BackendQueryTest, WhatMayWriteIsNotAskedAsOne) {
  const auto call = query::QueryTemplate::parse("CALL anything('%s')").value();
  const std::string key = "a";
  const std::vector<backend::Asked> questions{{call, key}};
  const auto answers = run_coroutine(io, pool().fetch_as_one(questions, Clock::now() + milliseconds{5000}));
  ASSERT_FALSE(answers);
  EXPECT_THAT(answers.error().detail, testing::HasSubstr("may change"));
}

TEST_F(BackendQueryTest, AnOptionFileGivesTheAccountAndChangesNoRule) {
  const TempDir folder;
  const auto file =
      folder.write("my.cnf",
                   "[maps]\nuser=reader\npassword=secret\ndatabase=probe\nhost=nowhere.invalid\nsocket=/nonexistent\n"
                   "default-character-set=gbk\nmulti-statements=1\nreconnect=1\n");
  auto with = settings();
  with.user.clear();
  with.password.clear();
  with.database.clear();
  with.option_file = file;
  with.option_group = "maps";
  auto& p = pool(with);
  EXPECT_EQ(value(ask(p, "SELECT CONCAT(CURRENT_USER(), ' ', DATABASE(), ' ', @@character_set_client)")),
            "reader@localhost probe utf8mb4");
  const auto several = ask(p, "SELECT 1; SELECT 2");
  ASSERT_FALSE(several);
  EXPECT_NE(several.error().detail.find("(1064)"), std::string::npos) << several.error().detail;
}

TEST_F(BackendQueryTest, AnOptionFileThatCannotBeReadIsSaid) {
  auto with = settings();
  with.option_file = "/nonexistent/my.cnf";
  const auto answer = ask(pool(with), "SELECT 1");
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, Errc::unavailable);
  EXPECT_NE(answer.error().detail.find("/nonexistent/my.cnf: No such file"), std::string::npos)
      << answer.error().detail;
}

// ---- what a postmaster reads ---------------------------------------------------------------------------------------

TEST_F(BackendQueryTest, AWrongPasswordIsNamedButNotShown) {
  auto with = settings();
  with.password = "not the one";
  const auto answer = ask(pool(with), "SELECT 1");
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, Errc::unavailable);
  EXPECT_EQ(answer.error().detail, "cannot connect to unix:" + server.socket() +
                                       ": Access denied for user 'reader'@'localhost' (using password: YES) (1045)");
}

TEST_F(BackendQueryTest, AMissingSocketIsNamed) {
  auto with = settings();
  with.hosts[0].path = "/nonexistent/mysqld.sock";
  const auto answer = ask(pool(with), "SELECT 1");
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, Errc::unavailable);
  EXPECT_NE(answer.error().detail.find("unix:/nonexistent/mysqld.sock"), std::string::npos) << answer.error().detail;
}

TEST_F(BackendQueryTest, ANameWithoutAnAddressIsNamed) {
  const auto answer = ask(pool(over_tcp("db.invalid", 3306)), "SELECT 1");
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, Errc::unavailable);
  EXPECT_NE(answer.error().detail.find("db.invalid"), std::string::npos) << answer.error().detail;
}

}  // namespace
}  // namespace maproom::test
