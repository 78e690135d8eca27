// doctor on real hosts that are broken in one way each: main.cf and master.cf, MariaDB, Redis, the daemon; of systemd
// only what systemctl would say. Each finding has what mends it, and nothing is changed anywhere.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "integration/feed_world.hpp"
#include "support/private_redis.hpp"

namespace maproom::test {
namespace {

using testing::AllOf;
using testing::Contains;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using Json = nlohmann::json;

PrivateMariadb& mariadb_with_binlog() {
  static PrivateMariadb mariadb{binlog_options()};
  return mariadb;
}

class DoctorTest : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    auto& mariadb = mariadb_with_binlog();
    mariadb.make_sample_database();
    mariadb.sql(
        "CREATE TABLE plain (k VARCHAR(64), v VARCHAR(64)); INSERT INTO plain SELECT CONCAT('k', seq, '.example'), 'x' "
        "FROM seq_1_to_500; CREATE TABLE indexed (k VARCHAR(64) PRIMARY KEY, v VARCHAR(64));"
        "INSERT INTO indexed SELECT * FROM plain; CREATE TABLE routes (k VARCHAR(64) PRIMARY KEY, v VARCHAR(64));"
        "INSERT INTO routes VALUES ('b.example', '[relay.example]:25');",
        "mail");
  }

  void SetUp() override {
    mariadb_with_binlog().sql("GRANT REPLICATION SLAVE, BINLOG MONITOR ON *.* TO maproom@localhost");
    main_cf();
    static_cast<void>(folder.write("master.cf", "smtp inet n - n - - smtpd\n"));
    systemctl("offline", "");
  }

  /// What the findings are about; `query` of the map `name`.
  void configure(const std::string& more = {}, const std::string& name = "relay_domains",
                 const std::string& query = "SELECT v FROM indexed WHERE k = '%s'", const std::string& pool = {}) {
    daemon.configure(
        "[postfix]\nmyorigin = \"o.example\"\nmydestination = []\ninet_interfaces = [\"127.0.0.1\"]\n"
        "proxy_interfaces = []\nrecipient_delimiter = \"+\"\n[mariadb]\nhosts = [\"unix:" +
        mariadb_with_binlog().socket() + "\"]\npassword = \"secret\"\n" + pool + "[feed]\nbinlog = " + followed +
        "\n[maps." + name + "]\nlisten = \"inet:127.0.0.1:" + std::to_string(ports[name]) + "\"\nquery = \"" + query +
        "\"\n" + more);
  }
  void main_cf(const std::string& more = {}) {
    static_cast<void>(folder.write("main.cf",
                                   "myorigin = o.example\nmydestination =\ninet_interfaces = 127.0.0.1\n"
                                   "recipient_delimiter = +\nsmtputf8_enable = yes\n" +
                                       more));
  }
  /// `lines`: cases of a shell's case statement over its arguments.
  void systemctl(const std::string& state, const std::string& lines) {
    const auto file =
        folder.write("bin/systemctl",
                     "#!/bin/sh\ncase \"$*\" in\n" + lines + "is-system-running) echo " + state + " ;;\nesac\n", 0755);
  }

  Json doctor() {
    const auto result =
        run_command({MAPROOM_BINARY, "doctor", folder.path("main.cf"), "--json", "--config", daemon.config()}, {},
                    {{"PATH", folder.path("bin") + ":" + std::getenv("PATH")}});
    status = result.status;
    const auto json = Json::parse(result.out, nullptr, false);
    EXPECT_TRUE(json.is_object()) << result.out << result.err;
    return json;
  }

  /// "SECTION LEVEL: WHAT | MEND" of all that is not good; each has something that mends it.
  std::vector<std::string> findings(const Json& told) {
    std::vector<std::string> all;
    for (const auto& each : told.at("findings")) {
      if (each.at("level") == "good" || each.at("level") == "not looked at") continue;
      EXPECT_NE(each.at("mend"), "") << each;
      all.push_back(each.at("section").get<std::string>() + " " + each.at("level").get<std::string>() + ": " +
                    each.at("what").get<std::string>() + " | " + each.at("mend").get<std::string>());
    }
    return all;
  }
  std::vector<std::string> findings() { return findings(doctor()); }
  static auto has(const std::string& section, const std::string& what, const std::string& mend) {
    return Contains(AllOf(testing::StartsWith(section), HasSubstr(what), HasSubstr(mend)));
  }

  TempDir folder;
  Ports ports;
  Daemon daemon;
  std::string followed = "true";
  int status = -1;
};

/// Gives a global variable its value back.
class Changed {
 public:
  Changed(std::string name, const std::string& value)
      : name_{std::move(name)}, before_{mariadb_with_binlog().sql("SELECT @@GLOBAL." + name_)} {
    mariadb_with_binlog().sql("SET GLOBAL " + name_ + " = " + value);
  }
  ~Changed() { mariadb_with_binlog().sql("SET GLOBAL " + name_ + " = " + before_); }
  Changed(const Changed&) = delete;
  Changed& operator=(const Changed&) = delete;

 private:
  std::string name_, before_;
};

TEST_F(DoctorTest, AGoodHostIsGoodTheDaemonForetellsItsOutageAndNothingIsChanged) {
  configure();
  daemon.start();
  ASSERT_TRUE(wait_until([&] { return daemon.log_lines({"event=keys_complete"}) > 0; })) << daemon.log();
  const auto before = mariadb_with_binlog().sql("SHOW MASTER STATUS");
  const auto files = run_command({"ls", "-lR", "--time-style=full-iso", folder.path("")}).out;
  const auto told = doctor();
  EXPECT_THAT(findings(told), IsEmpty());
  EXPECT_EQ(status, 0);
  EXPECT_EQ(told.at("outage_as_told_by"), "daemon");
  EXPECT_TRUE(told.at("in_an_outage")[0].at("flows").get<bool>()) << told;
  EXPECT_THAT(told.at("in_an_outage")[0].at("because").get<std::string>(), HasSubstr("all its keys are known"));
  EXPECT_EQ(mariadb_with_binlog().sql("SHOW MASTER STATUS"), before);
  EXPECT_EQ(run_command({"ls", "-lR", "--time-style=full-iso", folder.path("")}).out, files);
}

TEST_F(DoctorTest, APostfixThatCannotReachTheDaemon) {
  configure("[socketmap]\nlisten = \"unix:" + daemon.path("socketmap") + "\"\n");
  main_cf("inet_protocols = ipv6\n");
  EXPECT_THAT(findings(), has("Postfix error", "inet_protocols", "inet:[::1]:"));
  EXPECT_EQ(status, 78);
  main_cf("relay_domains = socketmap:unix:" + daemon.path("socketmap") + ":relay_domains\n");
  EXPECT_THAT(findings(), Not(Contains(testing::StartsWith("Postfix"))));
  static_cast<void>(folder.write("master.cf", "smtp inet n - y - - smtpd\n"));
  EXPECT_THAT(findings(), has("Postfix error", "smtp/inet", "in relay_domains write socketmap:unix:maproom/"));
  static_cast<void>(folder.write("master.cf", "smtp inet n - n - - smtpd\n"));
  main_cf("relay_domains = socketmap:unix:" + daemon.path("nowhere") + ":relay_domains\n");
  EXPECT_THAT(findings(),
              has("Postfix warning", "does not listen on", "instead of socketmap:unix:" + daemon.path("nowhere")));
}

TEST_F(DoctorTest, APostfixThatTheConfigurationDoesNotMirror) {
  configure({}, "virtual_alias_maps");
  main_cf("recipient_delimiter = -\nvirtual_alias_domains = alias.example\n");
  const auto all = findings();
  EXPECT_THAT(all, has("Postfix warning", "recipient_delimiter", "edit [postfix]"));
  EXPECT_THAT(all, has("Postfix warning", "virtual_alias_domains = alias.example", "[maps.virtual_alias_domains]"));
}

TEST_F(DoctorTest, QueriesWithoutAnIndexAndStoredTransportsWithoutAName) {
  configure({}, "relay_domains", "SELECT v FROM plain WHERE k = '%s'");
  EXPECT_THAT(findings(), has("tables warning", "reads all of plain", "maproom check"));
  configure({}, "transport_maps", "SELECT v FROM routes WHERE k = '%s'");
  EXPECT_THAT(findings(), has("tables warning", "[relay.example]:25", "maproom check"));
  configure({}, "relay_domains", "SELECT v FROM missing WHERE k = '%s'");
  EXPECT_THAT(findings(), has("tables error", "missing", "maproom check"));
}

TEST_F(DoctorTest, ADatabaseThatRefuses) {
  configure();
  mariadb_with_binlog().sql("REVOKE REPLICATION SLAVE, BINLOG MONITOR ON *.* FROM maproom@localhost");
  EXPECT_THAT(findings(), has("MariaDB warning", "the changes cannot be followed", "do what it says"));
  mariadb_with_binlog().sql("ALTER USER maproom@localhost IDENTIFIED BY 'other'");
  EXPECT_THAT(findings(), has("MariaDB error", "Access denied", "password"));
  mariadb_with_binlog().sql("ALTER USER maproom@localhost IDENTIFIED BY 'secret'");
}

/// As sql/grants.sql makes it. The daemon's user is the one whose control socket it is.
TEST_F(DoctorTest, AnAccountThatGoesByTheSocketIsAskedAsTheServicesUserWhereRootRunsThis) {
  if (::geteuid() != 0) GTEST_SKIP() << "only root can be another user";
  if (run_command({"setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups", "true"}).status != 0)
    GTEST_SKIP() << "no other users in this namespace";
  auto& mariadb = mariadb_with_binlog();
  mariadb.sql(
      "CREATE USER IF NOT EXISTS nobody@localhost IDENTIFIED VIA unix_socket;"
      "GRANT SELECT ON mail.* TO nobody@localhost;"
      "GRANT REPLICATION SLAVE, BINLOG MONITOR ON *.* TO nobody@localhost");
  const auto of_socket = std::filesystem::path{mariadb.socket()}.parent_path();
  for (const auto& each : {of_socket, of_socket.parent_path(), std::filesystem::path{daemon.path("")}})
    std::filesystem::permissions(each, std::filesystem::perms{0755});
  daemon.configure("[mariadb]\nhosts = [\"unix:" + mariadb.socket() +
                   "\"]\nuser = \"nobody\"\n[feed]\nbinlog = true\n[maps.relay_domains]\n"
                   "query = \"SELECT v FROM plain WHERE k = '%s'\"\n");
  ASSERT_EQ(::chmod(daemon.config().c_str(), 0644), 0);
  std::ofstream{daemon.path("control")} << "";
  ASSERT_EQ(::chown(daemon.path("control").c_str(), 65534, 65534), 0);
  const auto all = findings();
  EXPECT_THAT(all, Not(Contains(testing::StartsWith("MariaDB"))));
  EXPECT_THAT(all, has("tables warning", "reads all of plain", "maproom check"));
  ASSERT_EQ(::chown(daemon.path("control").c_str(), 0, 0), 0);
  EXPECT_THAT(findings(), has("MariaDB error", "Access denied", "password")) << "a daemon of root's is refused, too";
}

TEST_F(DoctorTest, AServerThatIsTooSmallOrTooHasty) {
  configure({}, "relay_domains", "SELECT v FROM indexed WHERE k = '%s'", "connections = 20\n");
  {
    const Changed fewer{"max_connections", "15"};
    EXPECT_THAT(findings(), has("MariaDB error", "20 connections", "SET GLOBAL max_connections = "));
  }
  {
    const Changed hasty{"wait_timeout", "5"};
    EXPECT_THAT(findings(), has("MariaDB warning", "idle for 5 s", "SET GLOBAL wait_timeout"));
  }
  mariadb_with_binlog().sql("ALTER USER maproom@localhost WITH MAX_USER_CONNECTIONS 3");
  EXPECT_THAT(findings(), has("MariaDB error", "max_user_connections", "connections = 3"));
  mariadb_with_binlog().sql("ALTER USER maproom@localhost WITH MAX_USER_CONNECTIONS 0");
}

TEST_F(DoctorTest, AReplicaThatIsNotFollowed) {
  followed = "false";
  configure();
  const Changed replica{"read_only", "1"};
  EXPECT_THAT(findings(), has("MariaDB warning", "as a replica is", "[feed] binlog = true"));
  EXPECT_THAT(findings(), has("MariaDB warning", "its changes are not followed", "[feed] binlog = true"));
}

TEST_F(DoctorTest, AServerWithoutItsBinlog) {
  const PrivateMariadb other;
  other.make_sample_database();
  other.sql("GRANT REPLICATION SLAVE, BINLOG MONITOR ON *.* TO maproom@localhost");
  daemon.configure("[mariadb]\nhosts = [\"unix:" + other.socket() +
                   "\"]\npassword = \"secret\"\n[feed]\nbinlog = true\n"
                   "[maps.relay_domains]\nquery = \"SELECT 1 FROM domain WHERE domain = '%s'\"\n");
  EXPECT_THAT(findings(), has("MariaDB warning", "log_bin", "binlog_format = ROW"));
}

TEST_F(DoctorTest, ADatabaseThatIsAway) {
  daemon.configure("[mariadb]\nhosts = [\"unix:" + folder.path("nowhere") +
                   "\"]\npassword = \"secret\"\n"
                   "[maps.relay_domains]\nquery = \"SELECT 1 FROM domain WHERE domain = '%s'\"\n");
  const auto told = doctor();
  EXPECT_THAT(findings(told), has("MariaDB error", folder.path("nowhere"), "systemctl start mariadb"));
  const Json tables{
      {"section", "tables"}, {"level", "not looked at"}, {"what", "no database can be asked"}, {"mend", ""}};
  EXPECT_THAT(told.at("findings"), Contains(tables));
}

TEST_F(DoctorTest, ARedisThatIsAwayOrThrowsOutWhatIsNeeded) {
  PrivateRedis redis;
  configure("[redis]\nserver = \"unix:" + redis.socket() + "\"\n");
  EXPECT_THAT(findings(), Not(Contains(testing::StartsWith("Redis"))));
  static_cast<void>(redis.command({"config", "set", "maxmemory-policy", "allkeys-lru"}));
  EXPECT_THAT(findings(), has("Redis warning", "allkeys-lru", "redis-cli CONFIG SET"));
  static_cast<void>(redis.command({"config", "set", "maxmemory-policy", "noeviction"}));
  static_cast<void>(redis.command({"config", "set", "maxmemory", "10mb"}));
  EXPECT_THAT(findings(), has("Redis warning", "noeviction", "redis-cli CONFIG SET"));
  redis.stop();
  EXPECT_THAT(findings(), has("Redis warning", redis.socket(), "systemctl start redis-server"));
}

TEST_F(DoctorTest, ADaemonThatIsAwayIsJudgedByItsConfigurationAndThatIsSaid) {
  configure();
  const auto told = doctor();
  EXPECT_THAT(findings(told), has("daemon error", "does not answer on", "systemctl start maproom"));
  EXPECT_EQ(told.at("outage_as_told_by"), "configuration");
  EXPECT_EQ(told.at("in_an_outage").size(), 1U);
}

TEST_F(DoctorTest, ADaemonWhoseKeysAreNotKnownOrWhoseFeedIsAway) {
  configure("[server]\nmax_connections = 1000000\n", "mynetworks", "SELECT v FROM indexed WHERE '%s' REGEXP k");
  daemon.start();
  ASSERT_TRUE(wait_until([&] { return daemon.log_lines({"event=keys_none"}) > 0; })) << daemon.log();
  auto told = doctor();
  EXPECT_THAT(findings(told), has("daemon warning", "fewer than [server] max_connections", "LimitNOFILE="));
  auto line = told.at("in_an_outage")[0];
  EXPECT_FALSE(line.at("flows").get<bool>()) << line;
  EXPECT_THAT(line.at("mend").get<std::string>(), AllOf(HasSubstr("keys_query"), HasSubstr("[maps.mynetworks]")));
  daemon.stop();

  mariadb_with_binlog().sql("REVOKE REPLICATION SLAVE, BINLOG MONITOR ON *.* FROM maproom@localhost");
  configure();
  daemon.start();
  told = doctor();
  EXPECT_THAT(findings(told), has("daemon warning", "the change feed is", "maproom status"));
  line = told.at("in_an_outage")[0];
  EXPECT_FALSE(line.at("flows").get<bool>()) << line;
  EXPECT_THAT(line.at("because").get<std::string>(), HasSubstr("the change feed is away"));
}

TEST_F(DoctorTest, ADaemonOfAnotherVersion) {
  configure();
  // Answers as an older daemon would.
  const Process old{{"python3", "-c",
                     "import socket, sys\n"
                     "server = socket.socket(socket.AF_UNIX)\nserver.bind(sys.argv[1])\nserver.listen()\n"
                     "while True:\n  client, _ = server.accept()\n  client.recv(4096)\n"
                     "  body = b'{\"version\": \"0.0.1\", \"feed\": {\"healthy\": true}, \"maps\": []}'\n"
                     "  client.sendall(b'HTTP/1.1 200 OK\\r\\nConnection: close\\r\\nContent-Length: %d\\r\\n\\r\\n' % "
                     "len(body) + body)\n  client.close()\n",
                     daemon.path("control")},
                    folder.path("log")};
  ASSERT_TRUE(wait_until([&] { return std::filesystem::exists(daemon.path("control")); }));
  EXPECT_THAT(findings(), has("daemon warning", "it is version 0.0.1", "systemctl restart maproom"));
}

TEST_F(DoctorTest, UnitsThatAreNotAsTheyShouldBe) {
  configure();
  daemon.start();
  systemctl("running",
            "'is-enabled maproom.service') echo disabled ;;\n*BindsTo*) echo mariadb.service ;;\n"
            "'is-active maproom.socket') echo active ;;\n"
            "*Listen*) echo '127.0.0.1:9 (Stream)'; echo '127.0.0.1:" +
                std::to_string(ports["relay_domains"]) + " (Stream)' ;;\n");
  const auto all = findings();
  EXPECT_EQ(status, 78);
  EXPECT_THAT(all, has("systemd error", "not started at boot", "systemctl enable maproom"));
  EXPECT_THAT(all, has("systemd warning", "stops together with", "maproom-outage on"));
  EXPECT_THAT(all, has("systemd error", "127.0.0.1:9, which the configuration lacks", "systemctl daemon-reload"));
  EXPECT_EQ(all.size(), 3U) << testing::PrintToString(all);
}

}  // namespace
}  // namespace maproom::test
