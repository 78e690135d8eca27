// What doctor makes of a host: each kind of trouble with what mends it, and what an outage would do for each map.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "maproom/commands/doctor/diagnosis.hpp"
#include "maproom/commands/doctor/server_facts.hpp"

namespace maproom::commands {
namespace {

using testing::AllOf;
using testing::Contains;
using testing::Each;
using testing::ElementsAre;
using testing::Field;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

config::MapConfig map_of(const std::string& parameter, map::KeySet keys) {
  config::MapConfig map;
  map.name = map.parameter = parameter;
  map.complete_keys = keys;
  map.listen = Endpoint{Endpoint::Kind::inet, "127.0.0.1", 10040, {}};
  map.stale_limit = std::chrono::hours{24};
  map.negative_ttl = std::chrono::seconds{30};
  map.tables.emplace_back();
  return map;
}

config::Config config_of(bool binlog = true) {
  config::Config config;
  config.file = "/etc/maproom/maproom.toml";
  config.feed.binlog = binlog;
  config.maps = {map_of("relay_domains", map::KeySet::keys)};
  return config;
}

HostFacts good_host() {
  HostFacts host;
  host.postfix.emplace();
  DatabaseFacts database;
  database.name = "unix:/db, database mail";
  database.server = "one";
  database.connections = 4;
  database.reachable = database.binlog = database.local = true;
  database.max_connections = 151;
  host.databases = {database};
  host.redis = RedisFacts{"unix:/redis", {}, "volatile-ttl", 1 << 20};
  host.daemon = {"unix:/control", {}, "healthy", MAPROOM_VERSION, 65536, {}};
  host.systemd = {true, "enabled", {}, 65536, false, {}};
  host.check.emplace();
  return host;
}

std::vector<Finding> bad(const config::Config& config, const HostFacts& host) {
  std::vector<Finding> all;
  for (auto& finding : diagnose(config, host).findings)
    if (finding.level != Level::good) all.push_back(finding);
  return all;
}

auto finding(const std::string& section, Level level, const std::string& what, const std::string& mend) {
  return AllOf(Field(&Finding::section, section), Field(&Finding::level, level), Field(&Finding::what, HasSubstr(what)),
               Field(&Finding::mend, HasSubstr(mend)));
}

TEST(Doctor, AGoodHostIsGoodInEachSection) {
  const auto diagnosis = diagnose(config_of(), good_host());
  EXPECT_EQ(diagnosis.findings.size(), 6U);
  EXPECT_THAT(diagnosis.findings, Each(Field(&Finding::level, Level::good)));
  EXPECT_EQ(worst(diagnosis), Level::good);
}

TEST(Doctor, WhatIsNotThereIsNotJudged) {
  auto host = good_host();
  host.postfix.reset();
  host.redis.reset();
  host.systemd.present = false;
  EXPECT_THAT(diagnose(config_of(), host).findings,
              ElementsAre(Field(&Finding::section, "MariaDB"), Field(&Finding::section, "tables"),
                          Field(&Finding::section, "daemon")));
}

TEST(Doctor, PostfixMustReachTheAddresses) {
  auto host = good_host();
  host.postfix->ipv4 = false;
  EXPECT_THAT(bad(config_of(), host),
              ElementsAre(finding("Postfix", Level::error, "inet_protocols", "inet:[::1]:10040")));
  host.postfix->ipv6 = false;
  EXPECT_THAT(bad(config_of(), host),
              ElementsAre(finding("Postfix", Level::error, "inet_protocols", "socketmap:unix:")));
}

TEST(Doctor, AChrootSeesNoAbsolutePath) {
  auto config = config_of();
  config.socketmap_listen = {Endpoint{Endpoint::Kind::unix_socket, {}, 0, "/run/maproom/socketmap"}};
  auto host = good_host();
  host.postfix->tables = {{"relay_domains", "socketmap:unix:/run/maproom/socketmap:relay_domains"}};
  EXPECT_THAT(bad(config, host), IsEmpty());
  host.postfix->chrooted = {"smtp/inet"};
  EXPECT_THAT(bad(config, host),
              ElementsAre(finding("Postfix", Level::error, "smtp/inet",
                                  "in relay_domains write socketmap:unix:maproom/socketmap:relay_domains instead of "
                                  "socketmap:unix:/run/maproom/socketmap:relay_domains")));
  host.postfix->tables[0].word = "socketmap:unix:maproom/socketmap:relay_domains";
  EXPECT_THAT(bad(config, host),
              ElementsAre(finding("Postfix", Level::warning, "does not listen on /var/spool/postfix/maproom/socketmap",
                                  "listen = ")));
  config.socketmap_listen[0].path = "/var/spool/postfix/maproom/socketmap";
  EXPECT_THAT(bad(config, host), IsEmpty());
}

/// The word may be one of many in a list of restrictions, which a ready command would lose.
TEST(Doctor, OneWordIsMendedAndNotTheWholeParameter) {
  auto host = good_host();
  host.postfix->tables = {{"smtpd_recipient_restrictions", "socketmap:unix:old/socketmap:relay_domains"}};
  const auto all = bad(config_of(), host);
  EXPECT_THAT(all, ElementsAre(finding("Postfix", Level::warning, "does not listen on /var/spool/postfix/old/socketmap",
                                       "instead of socketmap:unix:old/socketmap:relay_domains")));
  EXPECT_THAT(all, Each(Field(&Finding::mend, Not(HasSubstr("postconf -e")))));
}

TEST(Doctor, PasswordsAreAskedOnTheirOwnSocketAndNoOtherMapIs) {
  auto config = config_of();
  config.maps.push_back(map_of("smtp_sasl_password_maps", map::KeySet::none));
  const std::string folder = "/var/spool/postfix/";
  config.socketmap_listen = {Endpoint{Endpoint::Kind::unix_socket, {}, 0, folder + "maproom/socketmap"}};
  config.passwords = Endpoint{Endpoint::Kind::unix_socket, {}, 0, folder + "maproom-passwords/socketmap"};
  auto host = good_host();
  auto& tables = host.postfix->tables;
  tables = {{"smtp_sasl_password_maps", "socketmap:unix:maproom-passwords/socketmap:smtp_sasl_password_maps"},
            {"relay_domains", "socketmap:unix:maproom/socketmap:relay_domains"}};
  EXPECT_THAT(bad(config, host), IsEmpty());
  tables[0].word = "socketmap:unix:maproom/socketmap:smtp_sasl_password_maps";
  tables[1].word = "socketmap:unix:maproom-passwords/socketmap:relay_domains";
  EXPECT_THAT(bad(config, host),
              ElementsAre(finding("Postfix", Level::warning, "[socketmap] passwords does not listen on",
                                  "write socketmap:unix:maproom-passwords/socketmap:smtp_sasl_password_maps instead"),
                          finding("Postfix", Level::warning, "[socketmap] listen does not",
                                  "write socketmap:unix:maproom/socketmap:relay_domains instead")));
  tables = {
      {"smtp_sasl_password_maps", "socketmap:unix:" + folder + "maproom-passwords/socketmap:smtp_sasl_password_maps"}};
  host.postfix->chrooted = {"smtp/unix"};
  EXPECT_THAT(bad(config, host),
              ElementsAre(finding("Postfix", Level::error, "smtp/unix",
                                  "write socketmap:unix:maproom-passwords/socketmap:smtp_sasl_password_maps instead")));
}

TEST(Doctor, AMendNamesTheSocketThatTheConfigurationHas) {
  auto config = config_of();
  config.socketmap_listen = {Endpoint{Endpoint::Kind::unix_socket, {}, 0, "/srv/queue/second/map"}};
  auto host = good_host();
  host.postfix->queue_directory = "/srv/queue";
  host.postfix->tables = {{"relay_domains", "socketmap:unix:first/map:relay_domains"}};
  const auto all = bad(config, host);
  EXPECT_THAT(all, ElementsAre(finding("Postfix", Level::warning, "does not listen on /srv/queue/first/map",
                                       "write socketmap:unix:second/map:relay_domains instead")));
  EXPECT_THAT(all, Each(Field(&Finding::mend, Not(HasSubstr("listen = ")))));
}

TEST(Doctor, TheServerMustTakeAllPoolsTogether) {
  auto host = good_host();
  host.databases.push_back(host.databases[0]);
  host.databases[0].max_connections = host.databases[1].max_connections = 7;
  EXPECT_THAT(bad(config_of(), host), ElementsAre(finding("MariaDB", Level::error, "8 connections", "SET GLOBAL")));
  host.databases[0].max_connections = host.databases[1].max_connections = 17;
  EXPECT_THAT(bad(config_of(), host), ElementsAre(finding("MariaDB", Level::warning, "takes 17", "max_connections")));
  host.databases[1].server = "another";
  EXPECT_THAT(bad(config_of(), host), IsEmpty());
  host.databases[0].max_user_connections = 3;
  EXPECT_THAT(bad(config_of(), host), ElementsAre(finding("MariaDB", Level::error, "max_user", "connections = 3")));
}

TEST(Doctor, TheFeedNeedsABinlog) {
  auto host = good_host();
  host.databases[0].binlog = false;
  EXPECT_THAT(bad(config_of(false), host),
              ElementsAre(finding("MariaDB", Level::warning, "not followed", "log_bin and binlog_format = ROW")));
  host.databases[0].feed_trouble = "log_bin is off";
  EXPECT_THAT(bad(config_of(), host),
              ElementsAre(finding("MariaDB", Level::warning, "log_bin is off", "binlog_format = ROW")));
  host.daemon.feed = "lost";
  EXPECT_THAT(bad(config_of(), host), Contains(finding("daemon", Level::warning, "lost", "maproom status")));
}

TEST(Doctor, ADatabaseThatIsAwayIsAnErrorUnlessAnotherHostIsThere) {
  auto host = good_host();
  host.databases[0].failures = {"inet:a: refused"};
  EXPECT_THAT(bad(config_of(), host), ElementsAre(finding("MariaDB", Level::warning, "refused", "")));
  host.databases[0].reachable = false;
  EXPECT_THAT(bad(config_of(), host), ElementsAre(finding("MariaDB", Level::error, "refused", "systemctl start")));
}

TEST(Doctor, AnAccountThatMayGoByTheSocketIsSpokenOfWhereRootAsked) {
  auto host = good_host();
  host.databases[0].failures = {"unix:/db: Access denied for user 'maproom'@'localhost'"};
  EXPECT_THAT(bad(config_of(), host), Each(Field(&Finding::mend, Not(HasSubstr("unix_socket")))));
  host.in_place_of_service = true;
  EXPECT_THAT(bad(config_of(), host), ElementsAre(finding("MariaDB", Level::warning, "denied", "check --as USER")));
}

TEST(Doctor, WhatAChildHasSeenComesBackWhole) {
  auto host = good_host();
  auto& database = host.databases[0];
  database.failures = {"inet:a: odd \xff", "inet:b: refused"};
  database.max_user_connections = 7;
  database.wait_timeout = 28800;
  database.read_only = true;
  database.feed_trouble = "log_bin is off";
  const auto text = to_text(ServerFacts{host.databases, host.redis});
  const auto back = server_facts(text);
  ASSERT_TRUE(back && back->redis && back->databases.size() == 1);
  EXPECT_EQ(to_text(*back), text);
  const auto& seen = back->databases[0];
  EXPECT_THAT(seen.failures, ElementsAre(testing::StartsWith("inet:a: odd "), "inet:b: refused"));
  EXPECT_EQ(seen.name, database.name);
  EXPECT_EQ(seen.server, database.server);
  EXPECT_EQ(seen.connections, 4U);
  EXPECT_EQ(seen.max_connections, 151U);
  EXPECT_EQ(seen.max_user_connections, 7U);
  EXPECT_EQ(seen.wait_timeout, 28800U);
  EXPECT_TRUE(seen.reachable && seen.binlog && seen.read_only && seen.local);
  EXPECT_EQ(seen.feed_trouble, database.feed_trouble);
  EXPECT_EQ(back->redis->eviction_policy, "volatile-ttl");
  EXPECT_EQ(back->redis->maxmemory, 1U << 20);
  EXPECT_FALSE(server_facts(to_text(ServerFacts{}))->redis);
  for (const auto* const other : {"", "{", "[]", "{}", "{\"databases\": 1}", "{\"databases\": [{}]}"})
    EXPECT_FALSE(server_facts(other)) << other;
}

TEST(Doctor, WhatCheckFoundIsToldOnceWhateverTextIsInIt) {
  using Found = CheckFinding::Level;
  auto host = good_host();
  host.check = {{Found::warning, About::redis, "full"},
                {Found::warning, About::feed, "lost"},
                {Found::note, About::tables, "not judged"},
                {Found::warning, About::tables, "the value \"x: [feed]: y\" of k has no transport"},
                {Found::error, About::files, "cannot be read"}};
  EXPECT_THAT(bad(config_of(), host), ElementsAre(finding("tables", Level::warning, "no transport", "maproom check"),
                                                  finding("tables", Level::error, "cannot be read", "maproom check")));
}

TEST(Doctor, TablesThatWereNotLookedAtAreNotCalledGood) {
  auto host = good_host();
  host.check.reset();
  host.unchecked = "maproom check could not be run";
  EXPECT_THAT(bad(config_of(), host),
              ElementsAre(finding("tables", Level::warning, "could not be run", "maproom check")));
  host.unchecked = "no database can be asked";
  host.unasked = true;
  EXPECT_THAT(to_text(diagnose(config_of(), host)), HasSubstr("tables\n  not looked at: no database can be asked\n"));
}

TEST(CheckReport, WhatIsNoReportIsNone) {
  for (const auto* const other : {"", "{", "[]", "{}", "{\"findings\": 1}", "{\"findings\": [{}]}"})
    EXPECT_FALSE(check_findings(other)) << other;
}

TEST(Doctor, RedisMustNotThrowOutWhatIsNeeded) {
  auto host = good_host();
  host.redis->eviction_policy = "allkeys-lru";
  EXPECT_THAT(bad(config_of(), host), ElementsAre(finding("Redis", Level::warning, "allkeys-lru", "CONFIG SET")));
  host.redis->eviction_policy = "noeviction";
  EXPECT_THAT(bad(config_of(), host), ElementsAre(finding("Redis", Level::warning, "full Redis", "volatile-ttl")));
  host.redis->maxmemory = 0;
  EXPECT_THAT(bad(config_of(), host), IsEmpty());
  host.redis->trouble = "Connection refused";
  EXPECT_THAT(bad(config_of(), host), ElementsAre(finding("Redis", Level::warning, "refused", "redis-server")));
}

TEST(Doctor, TheDaemonHasToRunNowAndAfterTheNextBoot) {
  auto host = good_host();
  host.daemon.trouble = "refused";
  host.systemd.enabled = "disabled";
  host.systemd.binds_to = "mariadb.service";
  host.systemd.descriptors = 1024;
  host.daemon.descriptors = 0;
  EXPECT_THAT(bad(config_of(), host),
              ElementsAre(finding("daemon", Level::error, "refused", "systemctl start maproom"),
                          finding("systemd", Level::error, "not started at boot", "systemctl enable maproom"),
                          finding("systemd", Level::warning, "1024 files", "LimitNOFILE="),
                          finding("systemd", Level::warning, "stops together", "maproom-outage on")));
  host = good_host();
  host.systemd.binds_to = "mariadb.service";
  host.databases[0].local = false;
  EXPECT_THAT(bad(config_of(), host), IsEmpty()) << "the database is another host's";
}

TEST(Doctor, TheSocketUnitHoldsWhatTheConfigurationHas) {
  auto host = good_host();
  host.systemd.socket_unit = true;
  host.systemd.streams = "127.0.0.1:10040 (Stream)";
  EXPECT_THAT(bad(config_of(), host), IsEmpty());
  host.systemd.streams += "\n127.0.0.1:10099 (Stream)";
  EXPECT_THAT(bad(config_of(), host),
              ElementsAre(finding("systemd", Level::error, "127.0.0.1:10099, which", "daemon-reload")));
}

TEST(Doctor, TheDaemonHasToKnowTheVirtualAliasDomains) {
  auto config = config_of();
  config.maps.push_back(map_of("virtual_alias_maps", map::KeySet::keys));
  auto host = good_host();
  EXPECT_THAT(bad(config, host), IsEmpty()) << "as Postfix has it by default";
  host.postfix->alias_domains = "mysql:/etc/a.cf,tcp:127.0.0.1:10041";
  host.postfix->alias_maps = "mysql:/etc/a.cf, tcp:127.0.0.1:10041";
  EXPECT_THAT(bad(config, host), IsEmpty()) << "$virtual_alias_maps, in words";
  host.postfix->alias_domains = "alias.example";
  EXPECT_THAT(bad(config, host),
              ElementsAre(finding("Postfix", Level::warning, "alias.example", "[maps.virtual_alias_domains]")));
  config.maps.push_back(map_of("virtual_alias_domains", map::KeySet::keys));
  EXPECT_THAT(bad(config, host), IsEmpty());
}

TEST(Doctor, AnOlderDaemonWithFewDescriptorsAndAHastyServer) {
  auto host = good_host();
  host.daemon.version = "0.0.1";
  host.daemon.descriptors = 512;
  host.databases[0].wait_timeout = 5;
  EXPECT_THAT(bad(config_of(), host),
              ElementsAre(finding("MariaDB", Level::warning, "idle for 5 s", "wait_timeout = 28800"),
                          finding("daemon", Level::warning, "0.0.1", "systemctl restart maproom"),
                          finding("daemon", Level::warning, "512 files", "LimitNOFILE=")));
}

TEST(Doctor, AnOutageIsForetoldForEachMap) {
  const auto line = [](bool binlog, const std::string& parameter, map::KeySet keys) {
    return in_an_outage(config_of(binlog), map_of(parameter, keys));
  };
  EXPECT_FALSE(line(false, "mynetworks", map::KeySet::keys).flows);
  EXPECT_EQ(line(false, "mynetworks", map::KeySet::keys).mend, "[feed] binlog = true");
  EXPECT_FALSE(line(true, "mynetworks", map::KeySet::none).flows) << "a client never seen is an unknown key";
  EXPECT_TRUE(line(true, "mynetworks", map::KeySet::keys).flows);
  EXPECT_TRUE(line(true, "virtual_mailbox_maps", map::KeySet::keys).flows);
  EXPECT_THAT(line(true, "virtual_mailbox_maps", map::KeySet::domains).because, HasSubstr("never asked waits"));
  EXPECT_FALSE(line(true, "virtual_mailbox_maps", map::KeySet::none).flows);
  EXPECT_THAT(line(true, "virtual_mailbox_maps", map::KeySet::none).mend, HasSubstr("complete_keys = true"));
  auto text = map_of("virtual_mailbox_maps", map::KeySet::none);
  text.tables[0].text_file = "/etc/postfix/virtual";
  EXPECT_TRUE(in_an_outage(config_of(false), text).flows);
}

TEST(Doctor, TheRunningDaemonForetellsTheOutageAndElseItIsSaidWhoDoes) {
  auto host = good_host();
  EXPECT_THAT(to_text(diagnose(config_of(), host)), HasSubstr("the daemon cannot be asked)\n  relay_domains: flows"));
  host.daemon.outage = {{"relay_domains", {}, false, "its keys are not known", "keys_query = \"SELECT ...\""}};
  const auto told = diagnose(config_of(), host);
  EXPECT_TRUE(told.asked_daemon);
  EXPECT_THAT(to_text(told), HasSubstr("as the daemon is now\n  relay_domains: waits, because its keys are not known\n"
                                       "    mend: keys_query = \"SELECT ...\" in [maps.relay_domains]\n"));
  host.daemon.outage[0].map = "another";
  EXPECT_THAT(to_text(diagnose(config_of(), host)), HasSubstr("no such map\n    mend: maproom reload\n"));
}

}  // namespace
}  // namespace maproom::commands
