// Every mistake is told with file, line and setting, all of them at once.

#include "config_file.hpp"

namespace maproom::app {
namespace {

using testing::AllOf;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

using ConfigErrors = ConfigFile;

struct Mistake {
  const char* name;
  std::string text;      ///< before a good map, or a whole file if it has one
  std::string where;     ///< "LINE: SETTING: "
  std::string expected;  ///< part of the message
};

void PrintTo(const Mistake& mistake, std::ostream* stream) { *stream << mistake.text; }  // gtest's name

class ConfigMistake : public ConfigFile, public testing::WithParamInterface<Mistake> {};

TEST_P(ConfigMistake, IsToldWhereItIs) {
  const auto& mistake = GetParam();
  const bool whole = mistake.text.find("[maps") != std::string::npos;
  const auto found = errors(whole ? mistake.text : mistake.text + one_map);
  ASSERT_EQ(found.size(), 1U) << testing::PrintToString(found);
  EXPECT_THAT(found[0], AllOf(StartsWith(mistake.where), HasSubstr(mistake.expected)));
}

const std::string in_map = "[maps.relay_domains]\nquery = \"SELECT '%s'\"\n";  // NOLINT

INSTANTIATE_TEST_SUITE_P(
    All, ConfigMistake,
    testing::Values(
        Mistake{"UnknownSection", "[mariadbb]\n", "1: mariadbb: ", "unknown section; did you mean mariadb?"},
        Mistake{"UnknownSectionFarFromAll", "[qqqqqqqq]\n", "1: qqqqqqqq: ", "unknown section"},
        Mistake{"SettingOutsideSections", "x = 1\n", "1: x: ", "unknown setting"},
        Mistake{"UnknownSetting", "[cache]\nnegative_tll = \"1 s\"\n",
                "2: cache.negative_tll: ", "unknown setting; did you mean negative_ttl?"},
        Mistake{"UnknownSettingOfAMap", in_map + "positve_ttl = \"1 s\"\n",
                "3: maps.relay_domains.positve_ttl: ", "did you mean positive_ttl?"},
        Mistake{"UnknownSettingOfATable", "[maps.relay_domains]\ntables = [{ query = \"SELECT '%s'\", domian = [] }]\n",
                "2: maps.relay_domains.tables[1].domian: ", "did you mean domain?"},
        Mistake{"SectionIsAValue", "cache = 1\n", "1: cache: ", "expected a section"},
        Mistake{"MapIsAValue",
                "[maps]\nrelay_domains = 1\n" + std::string{"[maps.canonical_maps]\nquery = \"SELECT '%s'\"\n"},
                "2: maps.relay_domains: ", "expected a section"},
        Mistake{"NumberForADuration", "[cache]\npositive_ttl = 300\n", "2: cache.positive_ttl: ", "in quotes"},
        Mistake{"DurationWithoutUnit", "[cache]\npositive_ttl = \"300\"\n", "2: cache.positive_ttl: ", "has no unit"},
        Mistake{"EmptyDuration", "[cache]\npositive_ttl = \"\"\n",
                "2: cache.positive_ttl: ", "expected a whole number"},
        Mistake{"SizeInSeconds", "[cache]\nmemory = \"64 s\"\n", "2: cache.memory: ", "unknown unit"},
        Mistake{"EmptySize", "[cache]\nmemory = \"\"\n", "2: cache.memory: ", "expected a whole number"},
        Mistake{"TextForABoolean", "[postfix]\nsmtputf8_enable = \"yes\"\n",
                "2: postfix.smtputf8_enable: ", "expected true or false"},
        Mistake{"BooleanForAText", "[postfix]\nrecipient_delimiter = true\n",
                "2: postfix.recipient_delimiter: ", "expected a string"},
        Mistake{"NumberInAList", "[postfix]\nmydestination = [\"a\", 2]\n",
                "2: postfix.mydestination: ", "expected a list of strings"},
        Mistake{"VariableInMydestination", "[postfix]\nmydestination = \"$myhostname\"\n",
                "2: postfix.mydestination: ", "\"$myhostname\" is no name"},
        Mistake{"TableInMydestination", "[postfix]\nmydestination = [\"hash:/etc/d\"]\n",
                "2: postfix.mydestination: ", "is no name"},
        Mistake{"FileAsMyorigin", "[postfix]\nmyorigin = \"/etc/mailname\"\n", "2: postfix.myorigin: ", "is no name"},
        Mistake{"WordForAnInterface", "[postfix]\ninet_interfaces = [\"all\"]\n",
                "2: postfix.inet_interfaces: ", "\"all\" is no IP address"},
        Mistake{"UnknownExtensionClass", "[postfix]\npropagate_unmatched_extensions = [\"virtal\"]\n",
                "2: postfix.propagate_unmatched_extensions: ", "did you mean virtual?"},
        Mistake{"HostNobodyUnderstands", "[mariadb]\nhosts = [\"unix:relative\"]\n",
                "2: mariadb.hosts: ", "unix:relative"},
        Mistake{"NoHosts", "[mariadb]\nhosts = []\n", "2: mariadb.hosts: ", "is empty"},
        Mistake{"NoDatabase", "[mariadb]\ndatabase = \"\"\n", "2: mariadb.database: ", "is empty"},
        Mistake{"UnsafeCharset", "[mariadb]\ncharset = \"sjis\"\n", "2: mariadb.charset: ", "sjis"},
        Mistake{"NoConnections", "[mariadb]\nconnections = 0\n", "2: mariadb.connections: ", "from 1 to 1000"},
        Mistake{"TooManyConnections", "[mariadb]\nconnections = 1001\n", "2: mariadb.connections: ", "from 1 to 1000"},
        Mistake{"RelativePasswordFile", "[mariadb]\npassword_file = \"secret\"\n",
                "2: mariadb.password_file: ", "no absolute path"},
        Mistake{"AbsentPasswordFile", "[mariadb]\npassword_file = \"/nonexistent/secret\"\n",
                "2: mariadb.password_file: ", "/nonexistent/secret: cannot be read: No such file"},
        Mistake{"FolderAsPasswordFile", "[mariadb]\npassword_file = \"/\"\n",
                "2: mariadb.password_file: ", "is a folder"},
        Mistake{"EndlessPasswordFile", "[mariadb]\npassword_file = \"/dev/zero\"\n",
                "2: mariadb.password_file: ", "larger than 4 MiB"},
        Mistake{"EmptyPasswordFile", "[mariadb]\npassword_file = \"/dev/null\"\n",
                "2: mariadb.password_file: ", "is empty"},
        Mistake{"RedisWithoutServer", "[redis]\n", "1: redis.server: ", "is missing"},
        Mistake{"RedisUserWithoutPassword", "[redis]\nserver = \"unix:/r\"\nusername = \"u\"\n",
                "3: redis.username: ", "needs a password"},
        Mistake{"RedisWithoutPrefix", "[redis]\nserver = \"unix:/r\"\nprefix = \"\"\n",
                "3: redis.prefix: ", "is empty"},
        Mistake{"RedisWithoutBudget", "[redis]\nserver = \"unix:/r\"\nbudget = \"0 s\"\n",
                "3: redis.budget: ", "longer than nothing"},
        Mistake{"FeedPasswordWithoutUser", "[feed]\npassword = \"x\"\n",
                "1: feed.user: ", "expected the user of the password"},
        Mistake{"PasswordsForOtherHosts",
                "[socketmap]\npasswords = \"unix:/p\"\n[maps.smtp_sasl_password_maps]\nlisten = "
                "\"inet:192.0.2.1:10049\"\nquery = \"SELECT '%s'\"\n",
                "4: maps.smtp_sasl_password_maps.listen: ", "every user of this host could ask it for passwords"},
        Mistake{"PasswordsOnAPortOfThisHost",
                "[socketmap]\npasswords = \"unix:/p\"\n[maps.lmtp_sasl_password_maps]\nlisten = "
                "\"inet:127.0.0.1:10049\"\nquery = \"SELECT '%s'\"\n",
                "4: maps.lmtp_sasl_password_maps.listen: ", "every user of this host could ask it for passwords"},
        Mistake{"PasswordsOnTheSocketOfAll",
                "[socketmap]\nlisten = [\"unix:/s\"]\n[maps.passwords]\nparameter = "
                "\"smtp_sasl_password_maps\"\nquery = \"SELECT '%s'\"\n",
                "3: maps.passwords: ", "passwords are answered on a socket of their own; set socketmap.passwords"},
        Mistake{"PasswordsUnderAnotherParameter",
                "[maps.smtp_sasl_password_maps]\nparameter = \"exact\"\nlisten = \"inet:127.0.0.1:10049\"\nquery = "
                "\"SELECT '%s'\"\n",
                "2: maps.smtp_sasl_password_maps.parameter: ", "a map of this name holds passwords"},
        Mistake{"SocketOfPasswordsThatIsAPort", "[socketmap]\npasswords = \"inet:127.0.0.1:10049\"\n",
                "2: socketmap.passwords: ", "could ask a port for passwords; expected unix:/path"},
        Mistake{"SocketOfPasswordsThatIsTheOneOfAll", "[socketmap]\nlisten = [\"unix:/s\"]\npasswords = \"unix:/s\"\n",
                "3: socketmap.passwords: ", "used twice"},
        Mistake{"PasswordsGroupWithoutName", "[socketmap]\npasswords_group = \"\"\n",
                "2: socketmap.passwords_group: ", "expected Postfix's group"},
        Mistake{"RedisAndSentinels", "[redis]\nserver = \"unix:/r\"\nsentinels = [\"inet:127.0.0.1:26379\"]\n",
                "3: redis.sentinels: ", "either server or sentinels"},
        Mistake{"KeysQueryThatIsNoSelect",
                "[maps.relay_domains]\nquery = \"SELECT 1\"\nkeys_query = \"CALL all_keys()\"\n",
                "3: maps.relay_domains.keys_query: ", "expected a SELECT"},
        Mistake{"KeysQueryForSeveralTables",
                "[maps.relay_domains]\ntables = [{ query = \"SELECT 1\" }]\nkeys_query = \"SELECT 1\"\n",
                "3: maps.relay_domains.keys_query: ", "belongs into the element of tables"},
        Mistake{"OtherWordForCompleteKeys", in_map + "complete_keys = \"domain\"\n",
                "3: maps.relay_domains.complete_keys: ", "expected true, false, \"domains\" or \"fitting\""},
        Mistake{"DomainsOfClients", "[maps.mynetworks]\nquery = \"SELECT '%s'\"\ncomplete_keys = \"domains\"\n",
                "3: maps.mynetworks.complete_keys: ", "a client list has no domains"},
        Mistake{"FeedKeysWithoutColumn", "[maps.relay_domains]\nquery = \"SELECT 1\"\nfeed_keys = [\"domain\"]\n",
                "3: maps.relay_domains.feed_keys: ", "no TABLE.COLUMN"},
        Mistake{"BadSocketmapAddress", "[socketmap]\nlisten = [\"127.0.0.1:1\"]\n",
                "2: socketmap.listen: ", "begins with neither inet: nor unix:"},
        Mistake{"BadAdminAddress", "[admin]\nlisten = \"\"\n",
                "2: admin.listen: ", "begins with neither inet: nor unix:"},
        Mistake{"AdminHostWithAPort", "[admin]\nhosts = [\"a.example:80\"]\n",
                "2: admin.hosts: ", "\"a.example:80\" is no host name"},
        Mistake{"ControlOverTheNetwork", "[admin]\ncontrol = \"inet:127.0.0.1:1\"\n",
                "2: admin.control: ", "expected unix:/path"},
        Mistake{"UnknownLogLevel", "[log]\nlevel = \"loud\"\n", "2: log.level: ", "\"loud\" is no level"},
        Mistake{"NoConnectionsFromPostfix", "[server]\nmax_connections = 0\n",
                "2: server.max_connections: ", "from 1 to"},
        Mistake{"LittleMemoryForSessions", "[server]\nsessions_memory = \"1000 KiB\"\n",
                "2: server.sessions_memory: ", "expected \"1 MiB\" or more"},
        Mistake{"NoMaps", "[maps]\n", "", "maps: none"},
        Mistake{"MapNameWithABlank", "[maps.\"a b\"]\nparameter = \"exact\"\nquery = \"SELECT '%s'\"\n",
                "1: maps.a b: ", "no blank and no colon"},
        Mistake{"MapNameWithALineEnd", "[maps.\"a\\nb\"]\nparameter = \"exact\"\nquery = \"SELECT '%s'\"\n",
                "1: maps.a\\x0ab: ", "no blank and no colon"},
        Mistake{"MapNameWithAColon", "[maps.\"a:b\"]\nparameter = \"exact\"\nquery = \"SELECT '%s'\"\n",
                "1: maps.a:b: ", "no blank and no colon"},
        Mistake{"MapNameIsNoParameter", "[maps.relay_domain]\nquery = \"SELECT '%s'\"\n",
                "1: maps.relay_domain: ", "did you mean relay_domains?"},
        Mistake{"UnknownParameter", in_map + "parameter = \"transports\"\n",
                "3: maps.relay_domains.parameter: ", "\"transports\" is no Postfix parameter"},
        Mistake{"RefusedParameter", in_map + "parameter = \"alias_maps\"\n",
                "3: maps.relay_domains.parameter: ", "local(8) refuses"},
        Mistake{"NothingToAsk", "[maps.relay_domains]\n",
                "1: maps.relay_domains: ", "expected one of query, mysql_table and tables"},
        Mistake{"TwoThingsToAsk", in_map + "mysql_table = \"/x.cf\"\nresult_format = \"%s\"\n",
                "2: maps.relay_domains.query: ", "only one of"},
        Mistake{"ExpansionOutsideQuotes", "[maps.relay_domains]\nquery = \"SELECT %s\"\n",
                "2: maps.relay_domains.query: ", "%s stands outside a quoted literal"},
        Mistake{"BadResultFormat", in_map + "result_format = \"%q\"\n", "3: maps.relay_domains.result_format: ", "%q"},
        Mistake{"FormatBesideAFile",
                "[maps.relay_domains]\ntables = [{ query = \"SELECT '%s'\" }]\nresult_format = \"%s\"\n",
                "3: maps.relay_domains.result_format: ", "belongs into the element"},
        Mistake{"NoTables", "[maps.relay_domains]\ntables = []\n",
                "2: maps.relay_domains.tables: ", "expected a list of at least one table"},
        Mistake{"TablesAreNoTables", "[maps.relay_domains]\ntables = [1]\n",
                "2: maps.relay_domains.tables: ", "expected a list of at least one table"},
        Mistake{"EmptyTable", "[maps.relay_domains]\ntables = [{}]\n", "2: maps.relay_domains.tables[1]: ",
                "expected exactly one of query, mysql_table, file, cidr, regexp and pcre"},
        Mistake{"AbsentTextTable", "[maps.relay_domains]\ntables = [{ file = \"/nonexistent\" }]\n",
                "2: maps.relay_domains.tables[1].file: ", "/nonexistent: cannot be read"},
        Mistake{"RelativeTextTable", "[maps.relay_domains]\ntables = [{ file = \"virtual\" }]\n",
                "2: maps.relay_domains.tables[1].file: ", "no absolute path"},
        Mistake{"TextTableWithAResultFormat",
                "[maps.relay_domains]\ntables = [{ file = \"/dev/null\", result_format = \"%s\" }]\n",
                "2: maps.relay_domains.tables[1].result_format: ", "not with a table that is a file"},
        Mistake{"AbsentPatternTable", "[maps.relay_domains]\ntables = [{ pcre = \"/nonexistent\" }]\n",
                "2: maps.relay_domains.tables[1].pcre: ", "/nonexistent: cannot be read"},
        Mistake{"RelativePatternTable", "[maps.relay_domains]\ntables = [{ cidr = \"networks\" }]\n",
                "2: maps.relay_domains.tables[1].cidr: ", "no absolute path"},
        Mistake{"TwoKindsInOneTable",
                "[maps.relay_domains]\ntables = [{ regexp = \"/dev/null\", file = \"/dev/null\" }]\n",
                "2: maps.relay_domains.tables[1]: ", "expected exactly one of"},
        Mistake{"RelativeMysqlTable", "[maps.relay_domains]\nmysql_table = \"relay\"\n",
                "2: maps.relay_domains.mysql_table: ", "no absolute path"},
        Mistake{"AbsentMysqlTable", "[maps.relay_domains]\nmysql_table = \"/nonexistent.cf\"\n",
                "2: maps.relay_domains.mysql_table: ", "/nonexistent.cf: cannot be read"},
        Mistake{"EmptyMysqlTable", "[maps.relay_domains]\nmysql_table = []\n",
                "2: maps.relay_domains.mysql_table: ", "is empty"},
        Mistake{"AddressesOnlyForNames", in_map + "addresses_only = true\n",
                "3: maps.relay_domains.addresses_only: ", "client lists"},
        Mistake{"DeadlineTooShort", in_map + "deadline = \"9 ms\"\n",
                "3: maps.relay_domains.deadline: ", "10 ms to 60 s"},
        Mistake{"DeadlineTooLong", in_map + "deadline = \"61 s\"\n",
                "3: maps.relay_domains.deadline: ", "10 ms to 60 s"},
        Mistake{"BadListenAddress", in_map + "listen = \"inet:127.0.0.1:0\"\n",
                "3: maps.relay_domains.listen: ", "1 to 65535"}),
    [](const auto& mistake) { return std::string{mistake.param.name}; });

TEST_F(ConfigErrors, AllAreToldAtOnce) {
  EXPECT_THAT(errors("[cache]\nmemory = 1\n[log]\nlevel = \"x\"\n[maps.x]\nquery = \"SELECT '%s'\"\n"),
              ElementsAre(StartsWith("2: cache.memory: "), StartsWith("4: log.level: "), StartsWith("5: maps.x: ")));
}

TEST_F(ConfigErrors, AnAddressServesOnce) {
  const auto found = errors(
      "[socketmap]\nlisten = [\"inet:127.0.0.1:1\"]\n[maps.relay_domains]\nquery = \"SELECT '%s'\"\n"
      "listen = \"inet:127.0.0.1:1\"\n[maps.transport_maps]\nquery = \"SELECT '%s'\"\n"
      "listen = \"inet:127.0.0.1:1\"\n");
  EXPECT_THAT(found, ElementsAre(AllOf(StartsWith("5: maps.relay_domains.listen: "), HasSubstr("socketmap.listen")),
                                 StartsWith("8: maps.transport_maps.listen: ")));
}

TEST_F(ConfigErrors, TwoPasswordsAreOneTooMany) {
  const auto file = write("password", "geheim\n");
  EXPECT_THAT(errors("[mariadb]\npassword = \"a\"\npassword_file = \"" + file + "\"\n" + one_map),
              ElementsAre(AllOf(StartsWith("3: mariadb.password_file: "), HasSubstr("one of the two"))));
}

TEST_F(ConfigErrors, AMistakeInAMysqlTableFileIsToldWithBothFiles) {
  const auto file = write("t.cf", "dbname = d\nquery = SELECT 1 FROM t WHERE k = %s\n");
  EXPECT_THAT(errors("[maps.relay_domains]\nmysql_table = \"" + file + "\"\n"),
              ElementsAre(AllOf(StartsWith("2: maps.relay_domains.mysql_table: " + file + ": "),
                                HasSubstr("outside a quoted literal"))));
}

TEST_F(ConfigErrors, ATextWithoutQuotesIsToldSo) {
  for (const char* level : {"info", "naught", "trace # all of it", "unix:/run/x"})
    EXPECT_THAT(errors("[log]\nlevel = " + std::string{level} + "\n"),
                ElementsAre(AllOf(StartsWith("2:"), HasSubstr("must stand in quotes"))))
        << level;
  EXPECT_THAT(errors("[log]\nlevel = = 3\n"), ElementsAre(Not(HasSubstr("quotes"))));
}

TEST_F(ConfigErrors, ASectionThatIsLikeNoneIsNotGuessedAt) {
  EXPECT_THAT(errors("[foo]\n"), Contains(testing::EndsWith("foo: unknown section")));
}

TEST_F(ConfigErrors, WhatIsNoTomlIsToldWithItsLine) {
  EXPECT_THAT(errors("[cache]\nmemory = \n"), ElementsAre(StartsWith("2:")));
  EXPECT_THAT(errors("[cache]\nmemory = \"1 B\"\nmemory = \"2 B\"\n"), ElementsAre(StartsWith("3:")));
}

TEST_F(ConfigErrors, AnAbsentFileIsNamed) {
  const auto path = (folder_ / "absent.toml").string();
  const auto config = config::read_config(path);
  ASSERT_FALSE(config);
  EXPECT_THAT(config.error().detail, AllOf(StartsWith(path + ": cannot be read"), HasSubstr("No such file")));
}

TEST_F(ConfigErrors, AFolderIsNoFile) {
  const auto config = config::read_config(folder_.string());
  ASSERT_FALSE(config);
  EXPECT_THAT(config.error().detail, HasSubstr("is a folder"));
}

TEST_F(ConfigErrors, NoMessageHoldsAPassword) {
  for (const std::string text :
       {"[mariadb]\npassword = \"geheim\n", "[mariadb]\npassword = geheim\n", "[mariadb]\npassword = [\"geheim\"]\n",
        "[mariadb]\npasword = \"geheim\"\n", "[mariadb]\npassword = \"geheim\" x\n", "[mariadb]\npassword = 'geheim\n",
        "[mariadb]\npassword = \"geheim\"\npassword = \"geheim\"\n",
        "[redis]\npassword = \"geheim\"\npassword_file = \"/x\"\n"}) {
    const auto config = read(text);
    ASSERT_FALSE(config) << text;
    EXPECT_THAT(config.error().detail, Not(HasSubstr("geheim"))) << text;
  }
}

TEST_F(ConfigErrors, NoWordOfAMysqlTableFileThatIsNotWellFormedLeaksItsPassword) {
  const auto file = write("t.cf", "password geheim\n");
  const auto found = errors("[maps.relay_domains]\nmysql_table = \"" + file + "\"\n");
  ASSERT_EQ(found.size(), 1U);
  EXPECT_THAT(found[0], Not(HasSubstr("geheim")));
}

// Postfix skips such lines there; the daemon would let a stranger's address choose where mail goes.
TEST_F(ConfigFile, APatternTableThatSubstitutesIsRefusedWhereItWouldChooseTheWay) {
  const auto path = write("way.pcre", "/^(.*)@d\\.example$/ smtp:$1\n");
  for (const auto* const parameter : {"transport_maps", "sender_dependent_relayhost_maps",
                                      "sender_dependent_default_transport_maps", "mailbox_transport_maps"})
    EXPECT_THAT(
        errors("[maps.m]\nparameter = \"" + std::string{parameter} + "\"\ntables = [{ pcre = \"" + path + "\" }]\n"),
        testing::Contains(testing::HasSubstr("way.pcre makes values of parts of the key ($1)")))
        << parameter;
  static_cast<void>(good("[maps.virtual_alias_maps]\ntables = [{ pcre = \"" + path + "\" }]\n"));
}

}  // namespace
}  // namespace maproom::app
