// mysql_table(5) files as Postfix reads them (docs/postfix-lookups.md, 6.1, 6.3, 6.4).

#include "maproom/config/mysql_table_file.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netdb.h>

#include <map>

#include "maproom/config/main_cf_syntax.hpp"

namespace maproom::app {
namespace {

using testing::AllOf;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

const std::string least = "dbname = mail\nquery = select 1 where k = '%s'\n";

Result<std::string> read_file(const std::string& path) {
  static const std::map<std::string, std::string> files{
      {"/domains", "one.example two.example, three.example\n# comment\nfour.example # five.example\r\n!six.example\n"},
      {"/nested", "/domains\n"},
      {"/with-table", "one.example !hash:/x\n"},
      {"/table", "hash:/x\n"}};
  const auto found = files.find(path);
  if (found == files.end()) return fail(Errc::invalid, path + ": cannot be read");
  return found->second;
}

Result<config::MysqlTableFile> parse(const std::string& text) {
  return config::parse_mysql_table_file(text, 4, read_file);
}

std::string refusal(const std::string& text) {
  const auto file = parse(text);
  return file ? "" : file.error().detail;
}

std::vector<std::string> hosts(const std::string& line) {
  std::vector<std::string> names;
  const auto file = parse(least + line + "\n");
  if (!file) return {file.error().detail};
  for (const auto& host : file->connection.hosts) names.push_back(host.to_string());
  return names;
}

TEST(MainCfSyntax, BlanksAroundNameAndValueAreTrimmed) {
  const auto parsed = config::parse_main_cf("a=1\nb  =  2 \t\nc = \nd = x = y\n").value();
  EXPECT_EQ(parsed.all.at("a").value, "1");
  EXPECT_EQ(parsed.all.at("b").value, "2");
  EXPECT_EQ(parsed.all.at("c").value, "");
  EXPECT_EQ(parsed.all.at("d").value, "x = y");
  EXPECT_EQ(parsed.all.at("d").line, 4U);
}

TEST(MainCfSyntax, AContinuedValueIsJoinedAsItStandsAcrossCommentsAndEmptyLines) {
  const auto parsed =
      config::parse_main_cf("q = select 1\n  # comment\n\n# another\n\twhere x\n   and y\nr = 2\n").value();
  EXPECT_EQ(parsed.all.at("q").value, "select 1\twhere x   and y");
  EXPECT_EQ(parsed.all.at("r").line, 7U);
}

TEST(MainCfSyntax, ThereAreNoCommentsBehindAValueAndNoVariables) {
  const auto parsed = config::parse_main_cf("a = 1 # one\nb = $a ${a}\n").value();
  EXPECT_EQ(parsed.all.at("a").value, "1 # one");
  EXPECT_EQ(parsed.all.at("b").value, "$a ${a}");
}

TEST(MainCfSyntax, TheLastDefinitionWinsWithAWarning) {
  const auto parsed = config::parse_main_cf("a = 1\nA = 3\na = 2\n").value();
  EXPECT_EQ(parsed.all.at("a").value, "2");
  EXPECT_EQ(parsed.all.at("A").value, "3");
  EXPECT_THAT(parsed.warnings, ElementsAre(HasSubstr("line 3: a is defined again")));
}

TEST(MainCfSyntax, CarriageReturnsAndAMissingLastLineFeedAreAccepted) {
  const auto parsed = config::parse_main_cf("a = 1\r\n\r\nb = 2\r\n  3\r\nc = 4").value();
  EXPECT_EQ(parsed.all.at("a").value, "1");
  EXPECT_EQ(parsed.all.at("b").value, "2\r  3");
  EXPECT_EQ(parsed.all.at("c").value, "4");
}

TEST(MainCfSyntax, AFirstLineThatContinuesNothingIsIgnoredWithWhatContinuesIt) {
  const auto parsed = config::parse_main_cf("# c\n a = 1\n  b\nc = 2\n").value();
  EXPECT_EQ(parsed.all.size(), 1U);
  EXPECT_THAT(parsed.warnings, ElementsAre(HasSubstr("line 2: begins with white space")));
}

TEST(MainCfSyntax, WhatIsNoDefinitionIsRefusedWithoutShowingIt) {
  for (const std::string text : {"a = 1\nsecret\n", "a = 1\n= secret\n", "a = 1\nse cret = 1\n"}) {
    const auto parsed = config::parse_main_cf(text);
    ASSERT_FALSE(parsed) << text;
    EXPECT_EQ(parsed.error().detail, "line 2: is not of the form name = value");
  }
}

TEST(MysqlTableFile, DefaultsAreThoseOfThePage) {
  const auto file = parse(least).value();
  EXPECT_EQ(file.table.query, "select 1 where k = '%s'");
  EXPECT_EQ(file.table.result_format, "%s");
  EXPECT_EQ(file.table.expansion_limit, 0);
  EXPECT_TRUE(file.table.require_result_set);
  EXPECT_THAT(file.table.domain, IsEmpty());
  EXPECT_EQ(file.connection.database, "mail");
  EXPECT_EQ(file.connection.user, "");
  EXPECT_EQ(file.connection.charset, "utf8mb4");
  EXPECT_EQ(file.connection.option_group, "client");
  EXPECT_EQ(file.connection.idle_interval, std::chrono::seconds{60});
  EXPECT_FALSE(file.connection.tls_verify_cert);
  EXPECT_EQ(file.connection.connections, 4U);
  EXPECT_THAT(file.warnings, IsEmpty());
}

TEST(MysqlTableFile, EverySettingIsTaken) {
  const auto file = parse(least +
                          "user = u\npassword = p # w\nresult_format = smtp:[%s]\nexpansion_limit = +3\n"
                          "require_result_set = No\ncharset = latin1\noption_file = /o\noption_group = g\n"
                          "tls_CAfile = /ca\ntls_CApath = /cas\ntls_cert_file = /c\ntls_key_file = /k\n"
                          "tls_ciphers = HIGH\ntls_verify_cert = YES\nidle_interval = 2m\nretry_interval = 5\n")
                        .value();
  EXPECT_EQ(file.connection.user, "u");
  EXPECT_EQ(file.connection.password, "p # w");
  EXPECT_EQ(file.table.result_format, "smtp:[%s]");
  EXPECT_EQ(file.table.expansion_limit, 3);
  EXPECT_FALSE(file.table.require_result_set);
  EXPECT_EQ(file.connection.charset, "latin1");
  EXPECT_EQ(file.connection.option_file, "/o");
  EXPECT_EQ(file.connection.option_group, "g");
  EXPECT_EQ(file.connection.tls_ca_file, "/ca");
  EXPECT_EQ(file.connection.tls_ca_path, "/cas");
  EXPECT_EQ(file.connection.tls_cert_file, "/c");
  EXPECT_EQ(file.connection.tls_key_file, "/k");
  EXPECT_EQ(file.connection.tls_ciphers, "HIGH");
  EXPECT_TRUE(file.connection.tls_verify_cert);
  EXPECT_EQ(file.connection.idle_interval, std::chrono::minutes{2});
  EXPECT_THAT(file.warnings, IsEmpty());
}

TEST(MysqlTableFile, HostsAreTakenAsPostfixTakesThemUnixFirst) {
  const std::string socket = "unix:/run/mysqld/mysqld.sock";
  EXPECT_THAT(hosts(""), ElementsAre(socket));
  EXPECT_THAT(hosts("hosts ="), ElementsAre(socket));
  EXPECT_THAT(hosts("hosts = localhost"), ElementsAre(socket));
  EXPECT_THAT(hosts("hosts = LOCALHOST:3307, inet:localhost, inet:localhost:3306"),
              ElementsAre(socket, socket, socket));
  EXPECT_THAT(hosts("hosts = db1 inet:db2:3307, unix:/s db3:3308"),
              ElementsAre("unix:/s", "inet:db1:3306", "inet:db2:3307", "inet:db3:3308"));
  EXPECT_THAT(hosts("hosts = 192.0.2.1"), ElementsAre("inet:192.0.2.1:3306"));
  EXPECT_THAT(
      hosts("hosts = db:no-such-service"),
      ElementsAre(AllOf(HasSubstr("line 3: hosts: "), HasSubstr("knows no service of the name no-such-service"))));
  // Debian's netbase has it, which a host may lack; Postfix would then stop as well.
  ASSERT_NE(::getservbyname("mysql", "tcp"), nullptr) << "install netbase";
  EXPECT_THAT(
      hosts("hosts = 127.0.0.1:mysql inet:db2:mysql [2001:db8::1]:mysql, inet:[::1]:mysql localhost:mysql"),
      ElementsAre(socket, "inet:127.0.0.1:3306", "inet:db2:3306", "inet:[2001:db8::1]:3306", "inet:[::1]:3306"));
  EXPECT_THAT(hosts("hosts = unix:relative"), ElementsAre(HasSubstr("line 3: hosts: ")));
}

TEST(MysqlTableFile, TheLegacyQueryIsPostfixsToTheLetter) {
  const std::string legacy = "dbname = mail\ntable = alias\nselect_field = goto\nwhere_field = address\n";
  EXPECT_EQ(parse(legacy)->table.query, "SELECT goto FROM alias WHERE address='%s' ");
  EXPECT_EQ(parse(legacy + "additional_conditions = and active = 1\n")->table.query,
            "SELECT goto FROM alias WHERE address='%s' and active = 1");
  EXPECT_EQ(parse(legacy + "query = select 2\n")->table.query, "select 2");
  EXPECT_THAT(refusal("dbname = mail\ntable = alias\nselect_field = goto\nwhere_field =\n"),
              HasSubstr("where_field: is missing"));
  EXPECT_THAT(refusal("dbname = mail\nselect_field = goto\nwhere_field = a\n"), HasSubstr("table: is missing"));
  EXPECT_THAT(refusal(legacy + "query =\n"), HasSubstr("line 5: query: is empty"));
}

TEST(MysqlTableFile, WhatPostfixRefusesIsRefusedWithItsPlace) {
  EXPECT_THAT(refusal("query = select 1\n"), HasSubstr("dbname: is missing"));
  EXPECT_THAT(refusal("dbname =\nquery = select 1\n"), HasSubstr("dbname: is missing"));
  EXPECT_THAT(refusal(least + "result_format =\n"), HasSubstr("line 3: result_format: is empty"));
  EXPECT_THAT(refusal(least + "expansion_limit = many\n"), HasSubstr("line 3: expansion_limit: \"many\" is no number"));
  EXPECT_THAT(refusal(least + "expansion_limit = 1x\n"), HasSubstr("is no number"));
  EXPECT_THAT(refusal(least + "expansion_limit = +-1\n"), HasSubstr("is no number"));
  EXPECT_EQ(parse(least + "expansion_limit = 2147483647\n")->table.expansion_limit, 2147483647);
  for (const std::string beyond : {"2147483648", "-2147483649", "4294967298", "99999999999999999999"})
    EXPECT_THAT(refusal(least + "expansion_limit = " + beyond + "\n"), HasSubstr("at most 2147483647")) << beyond;
  EXPECT_THAT(refusal(least + "require_result_set = 1\n"),
              HasSubstr("line 3: require_result_set: \"1\" is no boolean"));
  EXPECT_THAT(refusal(least + "tls_verify_cert = maybe\n"), HasSubstr("is no boolean"));
  EXPECT_THAT(refusal(least + "idle_interval = soon\n"), HasSubstr("is no time"));
  EXPECT_EQ(parse(least + "expansion_limit = -1\n")->table.expansion_limit, -1);
}

TEST(MysqlTableFile, UnknownParametersAreIgnoredWithAWarning) {
  const auto file = parse(least + "resultformat = x\nQuery = y\n").value();
  EXPECT_EQ(file.table.result_format, "%s");
  EXPECT_THAT(file.warnings, Contains(HasSubstr("line 3: unknown parameter resultformat")));
  EXPECT_THAT(file.warnings, Contains(HasSubstr("did you mean result_format?")));
  EXPECT_THAT(file.warnings, Contains(HasSubstr("line 4: unknown parameter Query")));
}

TEST(MysqlTableFile, AParameterOnAnIndentedLineIsToldAsTheCause) {
  const auto missing = parse("user = maproom\n  password = geheim\n\n# x\n  dbname = mail\nquery = SELECT '%s'\n");
  ASSERT_FALSE(missing);
  EXPECT_THAT(
      missing.error().detail,
      HasSubstr("dbname: is missing; expected the name of the database (line 5 begins with white space, so that "
                "Postfix takes it for a part of the value of user; remove the white space before dbname)"));
  EXPECT_THAT(missing.error().detail, testing::Not(HasSubstr("geheim")));
  const auto all = parse("  user = maproom\n  dbname = mail\n  query = SELECT '%s'\n");
  ASSERT_FALSE(all);
  EXPECT_THAT(all.error().detail, HasSubstr("line 3 begins with white space, so that Postfix ignores it"));
  const auto strange = parse("dbname = mail\nquery = SELECT '%s'\nexpansion_limit = 1\n domain = a.example\n");
  ASSERT_FALSE(strange);
  EXPECT_THAT(strange.error().detail, HasSubstr("remove the white space before domain"));
  const auto warned = parse("dbname = mail\nquery = SELECT '%s'\nuser = a\n\tpassword = b\n");
  ASSERT_TRUE(warned);
  EXPECT_THAT(warned->warnings, testing::ElementsAre(HasSubstr("line 4 begins with white space")));
  const auto query = parse("dbname = mail\nquery = SELECT a FROM b WHERE\n  user = '%u' AND\n  domain = '%d'\n");
  ASSERT_TRUE(query);
  EXPECT_THAT(query->warnings, testing::IsEmpty()) << "columns have such names";
}

TEST(MysqlTableFile, DomainListsTakeNamesAndFiles) {
  EXPECT_THAT(parse(least + "domain = a.example, !b.example /domains\n")->table.domain,
              ElementsAre("a.example", "!b.example", "one.example", "two.example", "three.example", "four.example",
                          "!six.example"));
  EXPECT_THAT(parse(least + "domain = !/domains\n")->table.domain,
              ElementsAre("!one.example", "!two.example", "!three.example", "!four.example", "!!six.example"));
  EXPECT_FALSE(parse(least + "domain =\n")->table.domain_names_nothing);
  EXPECT_FALSE(parse(least + "domain = a.example\n")->table.domain_names_nothing);
  EXPECT_TRUE(parse(least + "domain = , ,\n")->table.domain_names_nothing);
  EXPECT_THAT(refusal(least + "domain = /absent\n"), HasSubstr("line 3: domain: /absent: cannot be read"));
  EXPECT_THAT(refusal(least + "domain = /nested\n"), HasSubstr("names another file"));
  // Taken for names they would match no key, and every answer would be "not found".
  for (const auto* const table : {"hash:/x", "a.example, mysql:/y.cf", "!proxy:mysql:/y.cf", "static:all"})
    EXPECT_THAT(refusal(least + "domain = " + table + "\n"), HasSubstr("is a table, which Maproom does not ask here"));
  EXPECT_THAT(refusal(least + "domain = /with-table\n"), HasSubstr("/with-table names a table, !hash:/x"));
  EXPECT_EQ(refusal(least + "domain = [IPv6:2001:db8::1]\n"), "");
}

TEST(MysqlTableFile, CharacterSetsWhoseLettersHoldQuotesAreRefused) {
  for (const std::string charset :
       {"gbk", "big5", "SJIS", "cp932", "gb2312", "gb18030", "eucjpms", "ucs2", "utf16", "utf16le", "utf32"})
    EXPECT_THAT(refusal(least + "charset = " + charset + "\n"), HasSubstr("line 3: charset: \"" + charset)) << charset;
  for (const std::string charset : {"utf8mb4", "utf8", "utf8mb3", "latin1", "ascii", "binary"})
    EXPECT_EQ(refusal(least + "charset = " + charset + "\n"), "") << charset;
}

}  // namespace
}  // namespace maproom::app
