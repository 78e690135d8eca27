// What a good configuration comes to.

#include "config_file.hpp"

namespace maproom::app {
namespace {

using namespace std::chrono_literals;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

using ConfigTest = ConfigFile;

TEST_F(ConfigTest, OneMapIsEnough) {
  const auto config = good(one_map);
  ASSERT_EQ(config.maps.size(), 1U);
  const auto& map = config.maps[0];
  EXPECT_EQ(map.name, "relay_domains");
  EXPECT_EQ(map.parameter, "relay_domains");
  EXPECT_EQ(map.profile.kind, map::ProfileKind::domain_tree);
  EXPECT_FALSE(map.listen);
  EXPECT_FALSE(map.addresses_only);
  EXPECT_EQ(map.deadline, 5s);
  ASSERT_EQ(map.tables.size(), 1U);
  EXPECT_EQ(map.tables[0].connection, config.mariadb);
  EXPECT_EQ(config.mariadb.hosts[0].to_string(), "unix:/run/mysqld/mysqld.sock");
  EXPECT_EQ(config.mariadb.user, "maproom");
  EXPECT_EQ(config.mariadb.database, "mail");
  EXPECT_FALSE(config.redis);
  EXPECT_THAT(config.warnings, IsEmpty());
}

TEST_F(ConfigTest, MapsComeInTheOrderOfTheFile) {
  const auto config = good(
      "[maps.transport_maps]\nquery = \"SELECT '%s'\"\n[maps.mynetworks]\nquery = \"SELECT '%s'\"\n"
      "[maps.canonical_maps]\nquery = \"SELECT '%s'\"\n");
  ASSERT_EQ(config.maps.size(), 3U);
  EXPECT_EQ(config.maps[0].name, "transport_maps");
  EXPECT_EQ(config.maps[1].name, "mynetworks");
  EXPECT_EQ(config.maps[2].name, "canonical_maps");
}

TEST_F(ConfigTest, AMapTakesTheTimesOfTheCacheUnlessItHasItsOwn) {
  const auto config = good(
      "[cache]\npositive_ttl = \"1 min\"\nnegative_ttl = \"2 s\"\nstale_limit = \"3 h\"\n"
      "stale_negative_limit = \"4 s\"\n[maps.relay_domains]\nquery = \"SELECT '%s'\"\nnegative_ttl = \"5 s\"\n"
      "deadline = \"500 ms\"\n");
  const auto& map = config.maps.at(0);
  EXPECT_EQ(map.positive_ttl, 1min);
  EXPECT_EQ(map.negative_ttl, 5s);
  EXPECT_EQ(map.stale_limit, 3h);
  EXPECT_EQ(map.stale_negative_limit, 4s);
  EXPECT_EQ(map.deadline, 500ms);
}

TEST_F(ConfigTest, OnlyAddressesAreFoundInMynetworksUnlessToldOtherwise) {
  const auto query = std::string{"query = \"SELECT 'OK' FROM n WHERE a = '%s'\"\n"};
  EXPECT_TRUE(good("[maps.mynetworks]\n" + query).maps.at(0).addresses_only);
  EXPECT_FALSE(good("[maps.mynetworks]\naddresses_only = false\n" + query).maps.at(0).addresses_only);
  EXPECT_TRUE(good("[maps.trusted]\nparameter = \"mynetworks\"\n" + query).maps.at(0).addresses_only);
}

TEST_F(ConfigTest, PasswordsHaveASocketOfTheirOwn) {
  const auto config = good(
      "[socketmap]\nlisten = [\"inet:127.0.0.1:10048\"]\npasswords = \"unix:/run/p/socketmap\"\n"
      "[maps.smtp_sasl_password_maps]\nquery = \"SELECT '%s'\"\n");
  ASSERT_TRUE(config.passwords);
  EXPECT_EQ(config.passwords->path, "/run/p/socketmap");
  EXPECT_EQ(config.passwords_group, "postfix");
}

TEST_F(ConfigTest, WhichKeysAreKnownDependsOnTheMap) {
  const auto known = [&](const std::string& parameter, const std::string& line = {}) {
    return good("[maps.m]\nparameter = \"" + parameter + "\"\nquery = \"SELECT '%s'\"\n" + line).maps[0].complete_keys;
  };
  using map::KeySet;
  for (const auto* all : {"mynetworks", "relay_domains", "virtual_alias_domains", "transport_maps", "client-list"})
    EXPECT_EQ(known(all), KeySet::keys) << all;
  for (const auto* fitting : {"virtual_alias_maps", "virtual_mailbox_maps", "check_sender_access", "sender_bcc_maps",
                              "smtpd_sender_login_maps", "address", "transport", "exact", "check_helo_access",
                              "check_client_access", "relay_clientcerts"})
    EXPECT_EQ(known(fitting), KeySet::fitting) << fitting;
  EXPECT_EQ(known("virtual_alias_maps", "complete_keys = true\n"), KeySet::keys);
  EXPECT_EQ(known("virtual_alias_maps", "complete_keys = false\n"), KeySet::none);
  EXPECT_EQ(known("transport_maps", "complete_keys = \"domains\"\n"), KeySet::domains);
  EXPECT_EQ(known("transport_maps", "complete_keys = \"fitting\"\n"), KeySet::fitting);
}

TEST_F(ConfigTest, ParametersOfMysqlTableStandBesideTheQuery) {
  const auto config = good(
      "[maps.virtual_alias_maps]\nquery = \"SELECT goto FROM alias WHERE address = '%s'\"\n"
      "result_format = \"%s\"\ndomain = [\"a.example\", \"!b.example\"]\nexpansion_limit = 7\n"
      "require_result_set = false\n");
  const auto& settings = config.maps.at(0).tables.at(0).settings;
  EXPECT_EQ(settings.result_format, "%s");
  EXPECT_THAT(settings.domain, ElementsAre("a.example", "!b.example"));
  EXPECT_EQ(settings.expansion_limit, 7);
  EXPECT_FALSE(settings.require_result_set);
}

TEST_F(ConfigTest, TablesKeepTheirOrderAndTheirParameters) {
  const auto file =
      write("alias.cf", "hosts = inet:db.example\nuser = u\ndbname = d\nquery = SELECT 2 FROM t WHERE k='%s'\n");
  const auto config = good(
      "[maps.relay_recipient_maps]\ntables = [\n  { query = \"SELECT 1 FROM t WHERE k='%s'\" },\n"
      "  { mysql_table = \"" +
      file +
      "\" },\n"
      "  { query = \"SELECT 3 FROM t WHERE k='%s'\", expansion_limit = 1 },\n]\n");
  const auto& tables = config.maps.at(0).tables;
  ASSERT_EQ(tables.size(), 3U);
  EXPECT_THAT(tables[0].settings.query, HasSubstr("SELECT 1"));
  EXPECT_THAT(tables[1].settings.query, HasSubstr("SELECT 2"));
  EXPECT_THAT(tables[2].settings.query, HasSubstr("SELECT 3"));
  EXPECT_EQ(tables[2].settings.expansion_limit, 1);
  EXPECT_EQ(tables[0].connection, config.mariadb);
  EXPECT_EQ(tables[1].connection.user, "u");
  EXPECT_EQ(tables[1].origin, file);
}

TEST_F(ConfigTest, AMysqlTableFileBringsItsOwnHostsAndUser) {
  const auto file = write("t.cf", "dbname = other\nquery = SELECT 1 FROM t WHERE k='%s'\n");
  const auto config = good(
      "[mariadb]\nhosts = [\"inet:db.example:3307\"]\nuser = \"someone\"\npassword = \"geheim\"\n"
      "connections = 9\n[maps.relay_domains]\nmysql_table = \"" +
      file + "\"\n");
  const auto& connection = config.maps.at(0).tables.at(0).connection;
  ASSERT_EQ(connection.hosts.size(), 1U);
  EXPECT_EQ(connection.hosts[0].kind, Endpoint::Kind::unix_socket);  // mysql_table(5): localhost
  EXPECT_EQ(connection.user, "");
  EXPECT_EQ(connection.password, "");
  EXPECT_EQ(connection.database, "other");
  EXPECT_EQ(connection.connections, 9U);
}

// As after "maproom import": nobody has written [mariadb], and the feed has to know whom to follow.
TEST_F(ConfigTest, TheFeedFollowsTheHostsOfTheMysqlTableFilesWhereThereIsNoMariadbSection) {
  const std::string rest = "dbname = d\nuser = u\npassword = p\nquery = SELECT 1 FROM t WHERE k='%s'\n";
  const auto one = write("1.cf", "hosts = db.example\n" + rest);
  const auto two = write("2.cf", "hosts = inet:db.example\n" + rest);
  const auto other = write("3.cf", "hosts = elsewhere.example\n" + rest);
  const auto map = [](const std::string& files) { return "[maps.relay_domains]\nmysql_table = [" + files + "]\n"; };
  const auto both = map("\"" + one + "\", \"" + two + "\"");
  const std::string on = "[feed]\nbinlog = true\n";

  const auto followed = good(on + both);
  EXPECT_EQ(followed.mariadb, followed.maps.at(0).tables.at(0).connection);
  EXPECT_EQ(followed.mariadb.user, "u");
  EXPECT_THAT(followed.warnings, IsEmpty());

  EXPECT_EQ(good(both).mariadb.user, "maproom");

  const auto named = good(on + "[mariadb]\nhosts = [\"inet:db.example\"]\nuser = \"f\"\n" + both);
  EXPECT_EQ(named.mariadb.user, "f");
  EXPECT_THAT(named.warnings, IsEmpty());

  const auto elsewhere = good(on + "[mariadb]\nuser = \"f\"\n" + both);
  EXPECT_EQ(elsewhere.mariadb.hosts.at(0).to_string(), "unix:/run/mysqld/mysqld.sock");
  EXPECT_THAT(elsewhere.warnings, ElementsAre(AllOf(HasSubstr(one), HasSubstr("inet:db.example:3306"),
                                                    HasSubstr("unix:/run/mysqld/mysqld.sock")),
                                              HasSubstr(two)));

  const auto mixed = good(on + both + "[maps.transport_maps]\nmysql_table = \"" + other + "\"\n");
  EXPECT_EQ(mixed.mariadb.user, "maproom");
  EXPECT_EQ(mixed.warnings.size(), 3U);

  const auto with_query = good(on + both + "[maps.transport_maps]\nquery = \"SELECT 1 FROM t WHERE k = '%s'\"\n");
  EXPECT_EQ(with_query.mariadb.user, "maproom");
  EXPECT_EQ(with_query.warnings.size(), 2U);
}

TEST_F(ConfigTest, SeveralMysqlTableFilesAreOneMap) {
  const auto one = write("1.cf", "dbname = d\nquery = SELECT 1 FROM t WHERE k='%s'\n");
  const auto two = write("2.cf", "dbname = d\nquery = SELECT 2 FROM t WHERE k='%s'\n");
  const auto config = good("[maps.relay_domains]\nmysql_table = [\"" + one + "\", \"" + two + "\"]\n");
  ASSERT_EQ(config.maps.at(0).tables.size(), 2U);
  EXPECT_EQ(config.maps[0].tables[0].origin, one);
  EXPECT_EQ(config.maps[0].tables[1].origin, two);
}

TEST_F(ConfigTest, ListsOfMainCfMayBeOneString) {
  const auto config = good(
      "[postfix]\nmydestination = \"a.example, b.example localhost\"\n"
      "inet_interfaces = [\"192.0.2.1\", \"2001:db8::1\"]\n" +
      one_map);
  EXPECT_THAT(config.postfix.mydestination, ElementsAre("a.example", "b.example", "localhost"));
  EXPECT_THAT(config.postfix.inet_interfaces, ElementsAre("192.0.2.1", "2001:db8::1"));
}

TEST_F(ConfigTest, ThePasswordIsTheFirstLineOfItsFile) {
  const auto file = write("password", "geheim\nnot this\n");
  const auto config = good("[mariadb]\npassword_file = \"" + file + "\"\n" + one_map);
  EXPECT_EQ(config.mariadb.password, "geheim");
  EXPECT_THAT(config.warnings, IsEmpty());
}

TEST_F(ConfigTest, APasswordFileThatEveryoneCanReadIsWorthAWarning) {
  const auto file = write("password", "geheim\n", 0644);
  const auto config = good("[mariadb]\npassword_file = \"" + file + "\"\n" + one_map);
  EXPECT_THAT(without_path(config.warnings.at(0)), ElementsAre(HasSubstr("2: mariadb.password_file: everyone")));
}

TEST_F(ConfigTest, APasswordInAFileThatEveryoneCanReadIsWorthAWarning) {
  const auto text = "[mariadb]\npassword = \"geheim\"\n" + one_map;
  EXPECT_THAT(good(text, 0640).warnings, IsEmpty());
  const auto config = good(text, 0644);
  EXPECT_EQ(config.mariadb.password, "geheim");
  ASSERT_EQ(config.warnings.size(), 1U);
  EXPECT_THAT(without_path(config.warnings[0]), ElementsAre(HasSubstr("2: mariadb.password: everyone")));
  EXPECT_THAT(config.warnings[0], testing::Not(HasSubstr("geheim")));
}

TEST_F(ConfigTest, ACredentialStandsInForThePassword) {
  write("mariadb.password", "one\n");
  write("redis.password", "two\n");
  ::setenv("CREDENTIALS_DIRECTORY", folder_.c_str(), 1);
  const auto config = good("[mariadb]\n[redis]\nserver = \"unix:/r\"\n" + one_map);
  EXPECT_EQ(config.mariadb.password, "one");
  EXPECT_EQ(config.redis.value().password, "two");
  const auto file = write("password", "three\n");
  EXPECT_EQ(good("[mariadb]\npassword_file = \"" + file + "\"\n" + one_map).mariadb.password, "three");
}

TEST_F(ConfigTest, ACredentialServesAFileWithoutTheSection) {
  write("mariadb.password", "one\n");
  ::setenv("CREDENTIALS_DIRECTORY", folder_.c_str(), 1);
  EXPECT_EQ(good(one_map).mariadb.password, "one");
}

TEST_F(ConfigTest, EverySectionIsRead) {
  const auto config = good(
      "[redis]\nserver = \"inet:r.example:6380\"\nusername = \"u\"\npassword = \"p\"\ndatabase = 3\nprefix = \"x:\"\n"
      "budget = \"7 ms\"\n[socketmap]\nlisten = [\"inet:127.0.0.1:1\", \"unix:/s\"]\n[admin]\nlisten = "
      "\"inet:[::1]:2\"\n"
      "hosts = [\"a.example\"]\ncontrol = \"unix:/c\"\n[log]\nlevel = \"debug\"\n[server]\nmax_connections = "
      "17\nsessions_memory = \"9 "
      "MiB\"\n[feed]\nbinlog = false\n"
      "[mariadb]\nhosts = [\"unix:/m\", \"inet:db:3307\"]\nuser = \"mu\"\ndatabase = \"md\"\nconnections = 2\n"
      "charset = \"latin1\"\noption_file = \"/o\"\noption_group = \"g\"\ntls_ca_file = \"/a\"\ntls_ca_path = \"/b\"\n"
      "tls_cert_file = \"/d\"\ntls_key_file = \"/e\"\ntls_ciphers = \"f\"\ntls_verify_cert = true\nidle_interval = \"1 "
      "s\"\n" +
      one_map);
  const auto& redis = config.redis.value();
  EXPECT_EQ(redis.server.to_string(), "inet:r.example:6380");
  EXPECT_EQ(redis.username, "u");
  EXPECT_EQ(redis.password, "p");
  EXPECT_EQ(redis.database, 3);
  EXPECT_EQ(redis.prefix, "x:");
  EXPECT_EQ(redis.budget, 7ms);
  ASSERT_EQ(config.socketmap_listen.size(), 2U);
  EXPECT_EQ(config.socketmap_listen[1].path, "/s");
  EXPECT_EQ(config.admin_listen.value().to_string(), "inet:[::1]:2");
  EXPECT_EQ(config.admin_hosts, std::vector<std::string>{"a.example"});
  EXPECT_EQ(config.control.path, "/c");
  EXPECT_EQ(config.log_level, "debug");
  EXPECT_EQ(config.max_connections, 17U);
  EXPECT_EQ(config.sessions_memory, 9U << 20);
  const auto& mariadb = config.mariadb;
  ASSERT_EQ(mariadb.hosts.size(), 2U);
  EXPECT_EQ(mariadb.hosts[1].to_string(), "inet:db:3307");
  EXPECT_EQ(mariadb.user + mariadb.database + mariadb.charset, "mumdlatin1");
  EXPECT_EQ(mariadb.option_file + mariadb.option_group, "/og");
  EXPECT_EQ(mariadb.tls_ca_file + mariadb.tls_ca_path + mariadb.tls_cert_file, "/a/b/d");
  EXPECT_EQ(mariadb.tls_key_file + mariadb.tls_ciphers, "/ef");
  EXPECT_TRUE(mariadb.tls_verify_cert);
  EXPECT_EQ(mariadb.connections, 2U);
  EXPECT_EQ(mariadb.idle_interval, 1s);
}

}  // namespace
}  // namespace maproom::app
