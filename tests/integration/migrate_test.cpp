// Migrations on an empty database and on one that ViMbAdmin made.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "integration/sample_world.hpp"

namespace maproom::test {
namespace {

using testing::HasSubstr;

/// Tables as ViMbAdmin's Doctrine makes them, with more of its own beside, and rows.
constexpr const char* vimbadmin = R"(
CREATE TABLE domain (id BIGINT AUTO_INCREMENT NOT NULL, domain VARCHAR(255) NOT NULL, description VARCHAR(255) DEFAULT NULL,
  max_aliases INT DEFAULT 0 NOT NULL, alias_count BIGINT DEFAULT 0 NOT NULL, max_mailboxes INT DEFAULT 0 NOT NULL,
  mailbox_count BIGINT DEFAULT 0 NOT NULL, max_quota BIGINT DEFAULT 0 NOT NULL, quota BIGINT DEFAULT 0 NOT NULL,
  transport VARCHAR(255) DEFAULT 'virtual' NOT NULL, backupmx TINYINT(1) DEFAULT 0 NOT NULL, active TINYINT(1) DEFAULT 1 NOT NULL,
  homedir VARCHAR(255) DEFAULT NULL, maildir VARCHAR(255) DEFAULT NULL, uid INT DEFAULT NULL, gid INT DEFAULT NULL,
  created DATETIME NOT NULL, modified DATETIME DEFAULT NULL, UNIQUE INDEX IX_Domain_1 (domain), PRIMARY KEY(id))
  DEFAULT CHARACTER SET utf8 COLLATE utf8_unicode_ci ENGINE = InnoDB;
CREATE TABLE mailbox (id BIGINT AUTO_INCREMENT NOT NULL, username VARCHAR(255) NOT NULL, password VARCHAR(255) NOT NULL,
  name VARCHAR(255) DEFAULT NULL, quota BIGINT DEFAULT 0 NOT NULL, local_part VARCHAR(255) NOT NULL,
  active TINYINT(1) DEFAULT 0 NOT NULL, created DATETIME NOT NULL, Domain_id BIGINT DEFAULT NULL,
  INDEX IX_Domain (Domain_id), PRIMARY KEY(id)) DEFAULT CHARACTER SET utf8 COLLATE utf8_unicode_ci ENGINE = InnoDB;
CREATE TABLE alias (id BIGINT AUTO_INCREMENT NOT NULL, address VARCHAR(255) NOT NULL, goto LONGTEXT NOT NULL,
  active TINYINT(1) DEFAULT 1 NOT NULL, created DATETIME NOT NULL, modified DATETIME DEFAULT NULL, Domain_id BIGINT DEFAULT NULL,
  UNIQUE INDEX IX_Address_1 (address), INDEX IX_Domain (Domain_id), PRIMARY KEY(id))
  DEFAULT CHARACTER SET utf8 COLLATE utf8_unicode_ci ENGINE = InnoDB;
CREATE TABLE admin (id BIGINT AUTO_INCREMENT NOT NULL, username VARCHAR(255) NOT NULL, PRIMARY KEY(id)) ENGINE = InnoDB;
ALTER TABLE mailbox ADD CONSTRAINT FK_1 FOREIGN KEY (Domain_id) REFERENCES domain (id);
ALTER TABLE alias ADD CONSTRAINT FK_2 FOREIGN KEY (Domain_id) REFERENCES domain (id);
INSERT INTO domain (id, domain, created) VALUES (7, 'old.example', '2015-01-01 00:00:00');
INSERT INTO mailbox (username, password, local_part, active, created, Domain_id) VALUES ('a@old.example', 'x', 'a', 1, '2015-01-01', 7);
INSERT INTO alias (address, goto, created, Domain_id) VALUES ('a@old.example', 'a@old.example', '2015-01-01', 7);
INSERT INTO admin (username) VALUES ('root@old.example');
)";

class MigrateTest : public testing::Test {
 protected:
  void SetUp() override {
    sql("DROP DATABASE IF EXISTS work");
    sql("CREATE DATABASE work CHARACTER SET utf8mb4");
    std::filesystem::copy(std::string{MAPROOM_SOURCE_DIR} + "/sql", folder.path("sql"));
  }
  static std::string sql(const std::string& text, const std::string& database = "") {
    return shared_mariadb().sql(text, database);
  }
  CommandResult migrate(std::vector<std::string> more = {}, const std::string& user = "root") const {
    std::vector<std::string> command{MAPROOM_BINARY, "migrate",
                                     "--sql-dir",    folder.path("sql"),
                                     "--host",       "unix:" + shared_mariadb().socket(),
                                     "--user",       user,
                                     "--database",   "work"};
    command.insert(command.end(), more.begin(), more.end());
    return run_command(command);
  }
  /// Everything about ViMbAdmin's tables: their definitions and their rows.
  static std::string fingerprint() {
    std::string all;
    for (const std::string table : {"domain", "mailbox", "alias", "admin"})
      all += sql("SHOW CREATE TABLE " + table + "; SELECT * FROM " + table, "work");
    return all;
  }
  static std::string tables() { return sql("SHOW TABLES", "work"); }
  /// A user `narrow` who has these rights alone, on the database and on nothing else.
  static void narrow_user(const std::string& rights) {
    sql("CREATE OR REPLACE USER narrow@localhost; GRANT " + rights + " ON work.* TO narrow@localhost");
  }

  /// Makes the note that a run leaves which is killed between a statement and the note that it is done. `text`: the
  /// file up to it.
  static std::string as_if_sent(const std::string& text) {
    std::string quoted;
    for (const char c : text) quoted += c == '\'' ? "''" : std::string{c};
    return "UPDATE mr_migration_progress SET sent = SHA2('" + quoted + "', 256)";
  }

  TempDir folder;
};

TEST_F(MigrateTest, EmptyDatabaseGetsEverythingOnce) {
  const auto first = migrate();
  EXPECT_EQ(first.status, 0) << first.err;
  EXPECT_THAT(first.out, HasSubstr("applying 0001_vimbadmin\napplying 0002_maproom\n"));
  EXPECT_THAT(tables(), testing::AllOf(HasSubstr("domain\n"), HasSubstr("mr_network\n"), HasSubstr("tlspolicies\n")));
  const auto before = sql("SELECT * FROM mr_migration", "work");
  const auto second = migrate();
  EXPECT_EQ(second.status, 0);
  EXPECT_THAT(second.out, HasSubstr("up to date"));
  EXPECT_EQ(sql("SELECT * FROM mr_migration", "work"), before);
  EXPECT_EQ(sql("SELECT COUNT(*), MIN(LENGTH(checksum)) FROM mr_migration", "work"), "2\t64\n");
  EXPECT_NO_THROW(sql(read_text(folder.path("sql/sample.sql")), "work"));
}

TEST_F(MigrateTest, WhatVimbadminMadeStaysAsItWas) {
  sql(vimbadmin, "work");
  const auto before = fingerprint();
  const auto result = migrate();
  EXPECT_EQ(result.status, 0) << result.err;
  EXPECT_EQ(fingerprint(), before);
  EXPECT_THAT(tables(), HasSubstr("mr_transport\n"));
}

TEST_F(MigrateTest, DryRunChangesNothing) {
  const auto result = migrate({"--dry-run"});
  EXPECT_EQ(result.status, 0);
  EXPECT_THAT(result.out, HasSubstr("would apply 0001_vimbadmin\nwould apply 0002_maproom\n"));
  EXPECT_EQ(tables(), "");
}

TEST_F(MigrateTest, ToStopsThereAndGoesOnLater) {
  EXPECT_EQ(migrate({"--to", "1"}).status, 0);
  EXPECT_THAT(tables(), testing::Not(HasSubstr("mr_network")));
  EXPECT_EQ(migrate().status, 0);
  EXPECT_THAT(tables(), HasSubstr("mr_network"));
  EXPECT_EQ(migrate({"--to", "1"}).status, 64) << "nothing is taken back";
}

TEST_F(MigrateTest, ChangedOldMigrationIsRefused) {
  ASSERT_EQ(migrate().status, 0);
  static_cast<void>(
      folder.write("sql/0001_vimbadmin.sql", read_text(folder.path("sql/0001_vimbadmin.sql")) + "-- changed\n"));
  const auto result = migrate();
  EXPECT_EQ(result.status, 65);
  EXPECT_THAT(result.err, HasSubstr("0001_vimbadmin was applied in another form"));
}

TEST_F(MigrateTest, AFileThatFailedHalfWayGoesOnWhereItStopped) {
  static_cast<void>(folder.write("sql/0003_third.sql",
                                 "CREATE TABLE mr_x (a INT);\nINSERT INTO mr_x VALUES (1);\n"
                                 "INSERT INTO mr_missing VALUES (1);\nINSERT INTO mr_x VALUES (2);\n"));
  const auto broken = migrate();
  EXPECT_EQ(broken.status, 65);
  EXPECT_THAT(broken.err, testing::AllOf(HasSubstr("0003_third.sql: statement 3"), HasSubstr("mr_missing"),
                                         HasSubstr("the 2 before it are applied")));
  EXPECT_EQ(sql("SELECT a FROM mr_x", "work"), "1\n");
  EXPECT_THAT(migrate({"--dry-run"}).out, HasSubstr("would apply 0003_third, from statement 3 on\n"));
  // What was missing is there now.
  sql("CREATE TABLE mr_missing (a INT)", "work");
  const auto mended = migrate();
  EXPECT_EQ(mended.status, 0) << mended.err;
  EXPECT_EQ(sql("SELECT a FROM mr_x; SELECT a FROM mr_missing", "work"), "1\n2\n1\n") << "each statement once";
  EXPECT_EQ(sql("SELECT COUNT(*) FROM mr_migration", "work"), "3\n");
  EXPECT_THAT(tables(), testing::Not(HasSubstr("mr_migration_progress")));
}

TEST_F(MigrateTest, TheRestOfAHalfAppliedFileMayBeMendedAndItsBeginningMayNot) {
  const std::string good = "CREATE TABLE mr_x (a INT);\n";
  static_cast<void>(folder.write("sql/0003_third.sql", good + "CREATE TABEL mr_y (a INT);\n"));
  EXPECT_EQ(migrate().status, 65);
  static_cast<void>(folder.write("sql/0003_third.sql", "CREATE TABLE mr_x (a BIGINT);\nCREATE TABLE mr_y (a INT);\n"));
  const auto refused = migrate();
  EXPECT_EQ(refused.status, 65);
  EXPECT_THAT(refused.err, HasSubstr("1 of its statements were applied in another form"));
  static_cast<void>(folder.write("sql/0003_third.sql", good + "CREATE TABLE mr_y (a INT);\n"));
  EXPECT_EQ(migrate().status, 0);
  EXPECT_THAT(tables(), HasSubstr("mr_y\n"));
}

TEST_F(MigrateTest, ARunThatWasKilledBehindAStatementKnowsThatItMayHaveBeenApplied) {
  static_cast<void>(folder.write("sql/0003_third.sql", "CREATE TABLE mr_x (a INT);\nCREATE TABEL;\n"));
  EXPECT_EQ(migrate().status, 65);
  static_cast<void>(folder.write("sql/0003_third.sql", "CREATE TABLE mr_x (a INT);\nCREATE TABLE mr_y (a INT);\n"));
  sql("CREATE TABLE mr_y (a INT); " + as_if_sent("CREATE TABLE mr_x (a INT);\nCREATE TABLE mr_y (a INT);\n"), "work");
  const auto result = migrate();
  EXPECT_EQ(result.status, 0) << result.err;
  EXPECT_THAT(result.out, HasSubstr("statement 2 was applied by the run before"));
}

TEST_F(MigrateTest, WhatWasAppliedInAnotherFormByARunThatWasKilledIsNotTakenForTheMendedStatement) {
  const std::string good = "CREATE TABLE mr_x (a INT);\n";
  static_cast<void>(folder.write("sql/0003_third.sql", good + "CREATE TABEL;\n"));
  EXPECT_EQ(migrate().status, 65);
  sql("CREATE TABLE mr_y (a INT); " + as_if_sent(good + "CREATE TABLE mr_y (a INT);\n"), "work");
  static_cast<void>(folder.write("sql/0003_third.sql", good + "CREATE TABLE mr_y (a INT, b INT);\n"));
  for (int again = 0; again < 2; ++again) {
    const auto refused = migrate();
    EXPECT_EQ(refused.status, 65);
    EXPECT_THAT(refused.err, testing::AllOf(HasSubstr("statement 2: "), HasSubstr("in another form than it has now")));
  }
  sql("DROP TABLE mr_y", "work");
  const auto mended = migrate();
  EXPECT_EQ(mended.status, 0) << mended.err;
  EXPECT_THAT(sql("SHOW COLUMNS FROM mr_y", "work"), HasSubstr("b\t"));
}

TEST_F(MigrateTest, WhatTheServerSaysOfEachKindOfStatementThatWasAppliedIsUnderstood) {
  const std::string before =
      "CREATE TABLE mr_x (a INT);\nCREATE TABLE mr_old (a INT, b INT, INDEX k (b), CHECK (a > 0));\n"
      "CREATE VIEW mr_old_view AS SELECT 1;\nCREATE TRIGGER mr_old_trigger BEFORE INSERT ON mr_x FOR EACH ROW SET @a = "
      "1;\n"
      "CREATE PROCEDURE mr_old_procedure() SET @a = 1;\nCREATE FUNCTION mr_old_function() RETURNS INT RETURN 1;\n"
      "CREATE SEQUENCE mr_old_sequence;\nCREATE EVENT mr_old_event ON SCHEDULE EVERY 1 DAY DISABLE DO SET @a = 1;\n";
  for (const char* const file : {"sql/0001_vimbadmin.sql", "sql/0002_maproom.sql"})
    std::filesystem::remove(folder.path(file));
  for (const std::string statement : {"CREATE TABLE mr_y (a INT)",
                                      "CREATE VIEW mr_view AS SELECT 1",
                                      "CREATE SEQUENCE mr_sequence",
                                      "CREATE TRIGGER mr_trigger BEFORE INSERT ON mr_x FOR EACH ROW SET @a = 1",
                                      "CREATE PROCEDURE mr_procedure() SET @a = 1",
                                      "CREATE FUNCTION mr_function() RETURNS INT RETURN 1",
                                      "CREATE EVENT mr_event ON SCHEDULE EVERY 1 DAY DISABLE DO SET @a = 1",
                                      "ALTER TABLE mr_x ADD COLUMN c INT",
                                      "ALTER TABLE mr_x ADD PRIMARY KEY (a)",
                                      "CREATE INDEX k ON mr_x (a)",
                                      "ALTER TABLE mr_x ADD CONSTRAINT mr_check CHECK (a > 0)",
                                      "ALTER TABLE mr_old DROP COLUMN a",
                                      "DROP INDEX k ON mr_old",
                                      "DROP TABLE mr_old",
                                      "DROP VIEW mr_old_view",
                                      "DROP TRIGGER mr_old_trigger",
                                      "DROP PROCEDURE mr_old_procedure",
                                      "DROP FUNCTION mr_old_function",
                                      "DROP SEQUENCE mr_old_sequence",
                                      "DROP EVENT mr_old_event"}) {
    SCOPED_TRACE(statement);
    sql("DROP DATABASE work; CREATE DATABASE work CHARACTER SET utf8mb4");
    static_cast<void>(folder.write("sql/0001_first.sql", before + "CREATE TABEL;\n"));
    ASSERT_EQ(migrate().status, 65);
    static_cast<void>(folder.write("sql/0001_first.sql", before + statement + ";\n"));
    sql(statement + "; " + as_if_sent(before + statement + ";\n"), "work");
    const auto result = migrate();
    EXPECT_EQ(result.status, 0) << result.err;
    EXPECT_THAT(result.out, HasSubstr("statement 9 was applied by the run before"));
  }
}

TEST_F(MigrateTest, AStatementThatWasSentStaysSoThroughRunsThatMeetAnotherError) {
  static_cast<void>(folder.write("sql/0003_third.sql", "CREATE TABLE mr_x (a INT);\nCREATE TABEL;\n"));
  EXPECT_EQ(migrate().status, 65);
  static_cast<void>(
      folder.write("sql/0003_third.sql", "CREATE TABLE mr_x (a INT);\nALTER TABLE mr_x ADD COLUMN b INT;\n"));
  sql("ALTER TABLE mr_x ADD COLUMN b INT; " +
          as_if_sent("CREATE TABLE mr_x (a INT);\nALTER TABLE mr_x ADD COLUMN b INT;\n"),
      "work");
  narrow_user("SELECT, INSERT, DELETE, CREATE, DROP");
  const auto denied = migrate({}, "narrow");
  EXPECT_EQ(denied.status, 65);
  EXPECT_THAT(denied.err, HasSubstr("ALTER command denied"));
  const auto result = migrate();
  EXPECT_EQ(result.status, 0) << result.err;
  EXPECT_THAT(result.out, HasSubstr("statement 2 was applied by the run before"));
  sql("DROP USER narrow@localhost");
}

TEST_F(MigrateTest, AUserWhoMayNotDropTablesAppliesThemAll) {
  narrow_user("SELECT, INSERT, DELETE, CREATE, REFERENCES, CREATE ROUTINE, CREATE VIEW");
  const auto first = migrate({}, "narrow");
  EXPECT_EQ(first.status, 0) << first.err;
  EXPECT_EQ(sql("SELECT number FROM mr_migration", "work"), "1\n2\n");
  EXPECT_EQ(sql("SELECT COUNT(*) FROM mr_migration_progress", "work"), "0\n") << "what is left is empty";
  const auto second = migrate({}, "narrow");
  EXPECT_EQ(second.status, 0) << second.err;
  EXPECT_THAT(second.out, HasSubstr("up to date"));
  sql("DROP USER narrow@localhost");
}

TEST_F(MigrateTest, AUserWhoMayNotWriteDownHowFarItCameAppliesNothing) {
  narrow_user("SELECT, INSERT, CREATE, DROP, REFERENCES, CREATE ROUTINE, CREATE VIEW");
  const auto result = migrate({}, "narrow");
  EXPECT_EQ(result.status, 65);
  EXPECT_THAT(result.err, HasSubstr("DELETE command denied"));
  EXPECT_THAT(tables(), testing::Not(HasSubstr("domain")));
  sql("DROP USER narrow@localhost");
}

TEST_F(MigrateTest, GapAndBrokenStatementAreNamed) {
  static_cast<void>(folder.write("sql/0003_broken.sql", "CREATE TABLE mr_x (a INT);\nCREATE TABLE mr_x (a INT);\n"));
  const auto broken = migrate();
  EXPECT_EQ(broken.status, 65);
  EXPECT_THAT(broken.err, testing::AllOf(HasSubstr("0003_broken.sql: statement 2"), HasSubstr("already exists")));
  EXPECT_EQ(sql("SELECT COUNT(*) FROM mr_migration", "work"), "2\n") << "it is not recorded";
  std::filesystem::rename(folder.path("sql/0003_broken.sql"), folder.path("sql/0004_broken.sql"));
  const auto gap = migrate();
  EXPECT_EQ(gap.status, 78);
  EXPECT_THAT(gap.err, HasSubstr("expected migration 3"));
}

TEST_F(MigrateTest, NetworksAreWrittenAsPeopleWriteThem) {
  ASSERT_EQ(migrate().status, 0);
  sql("CALL mr_add_network('n', '192.0.2.128/25', 'OK'); CALL mr_add_network('n', '2001:db8::/33', 'OK'); "
      "CALL mr_add_network('n', '0.0.0.0/0', 'OK'); CALL mr_add_network('n', '::/0', 'OK'); CALL mr_add_network('n', "
      "'198.51.100.1', 'OK')",
      "work");
  EXPECT_EQ(sql("SELECT network FROM mr_network_cidr ORDER BY id", "work"),
            "192.0.2.128/25\n2001:db8::/33\n0.0.0.0/0\n::/0\n198.51.100.1/32\n");
  EXPECT_EQ(sql("SELECT HEX(last_addr) FROM mr_network ORDER BY id LIMIT 2", "work"),
            "00000000000000000000FFFFC00002FF\n20010DB87FFFFFFFFFFFFFFFFFFFFFFF\n");
  for (const char* text :
       {"192.0.2.1/24", "192.0.2.0/33", "2001:db8::/129", "example.net", "", "192.0.2.0/x", "192.0.2/24"})
    EXPECT_THROW(sql("CALL mr_add_network('n', '" + std::string{text} + "', 'OK')", "work"), std::runtime_error)
        << text;
}

TEST_F(MigrateTest, GrantedUserMayReadAndNothingElse) {
  ASSERT_EQ(migrate().status, 0);
  auto grants = read_text(folder.path("sql/grants.sql"));
  const std::string by_socket = "IDENTIFIED VIA unix_socket";
  ASSERT_NE(grants.find(by_socket), std::string::npos);
  grants.replace(grants.rfind(by_socket), by_socket.size(), "IDENTIFIED BY 'secret'");
  sql("DROP USER IF EXISTS maproom@localhost");
  sql(grants, "work");
  const auto as_maproom = [](const std::string& text) {
    return run_command(
        {"mariadb", "--no-defaults", "-umaproom", "-psecret", "-S", shared_mariadb().socket(), "-e", text, "work"});
  };
  const auto reads = as_maproom("SELECT * FROM domain");
  EXPECT_EQ(reads.status, 0) << reads.err;
  for (const char* text : {"INSERT INTO mr_relay_domain (domain) VALUES ('x.example')", "DELETE FROM domain",
                           "DROP TABLE domain", "CREATE TABLE t (a INT)", "SELECT * FROM mysql.user"})
    EXPECT_THAT(as_maproom(text).err, HasSubstr("denied")) << text;
  sql("DROP USER maproom@localhost");
}

}  // namespace
}  // namespace maproom::test
