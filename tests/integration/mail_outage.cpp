#include "integration/mail_outage.hpp"

#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

namespace maproom::test {
namespace {

constexpr const char* maps[] = {
    "virtual_mailbox_domains", "virtual_alias_maps", "transport_maps",       "mynetworks",
    "virtual_mailbox_maps",    "relay_domains",      "relay_recipient_maps", "smtp_tls_policy_maps"};
constexpr std::chrono::milliseconds longest_ttl{200};  // see SetUp

std::vector<std::string> with_binlog(const std::vector<std::string>& further) {
  auto options = binlog_options();
  options.insert(options.end(), further.begin(), further.end());
  return options;
}

}  // namespace

MailOutageTest::MailOutageTest(Through through, std::string each_map, const std::vector<std::string>& server_options)
    : mariadb{with_binlog(server_options)}, through_{through}, each_map_{std::move(each_map)} {}

void MailOutageTest::SetUp() {
  mariadb.make_sample_database();
  for (const char* host : {"localhost", "127.0.0.1"})
    mariadb.sql("GRANT REPLICATION SLAVE, BINLOG MONITOR ON *.* TO maproom@'" + std::string{host} + "'");
  mariadb.sql(
      "DELETE FROM mr_network WHERE first_addr = mr_address('127.0.0.0'); UPDATE mr_transport SET transport = "
      "'relay', nexthop = '[127.0.0.1]:" +
          std::to_string(relay.port()) +
          "' WHERE pattern LIKE '%relayed.example'; CALL mr_add_network('mynetworks', '127.0.2.0/24', 'OK'); INSERT "
          "INTO "
          "domain (domain, transport, active, created) VALUES ('hosted-old.example', 'virtual', 1, '2026-01-01')",
      "mail");
  auto text = sample_config(mariadb, nullptr, ports, daemon.path("socketmap"),
                            "positive_ttl = \"100 ms\"\nnegative_ttl = \"100 ms\"\nkeys_memory = \"0 B\"\n");
  text.insert(text.find("[socketmap]"), "[feed]\nbinlog = true\nfollowed_ttl = \"20 s\"\n");
  text.insert(text.find("[maps.mynetworks]\n") + 18,
              "keys_query = \"SELECT INET6_NTOA(first_addr), INET6_NTOA(last_addr) FROM mr_network WHERE list = "
              "'mynetworks' AND active\"\n");
  const std::string join = "active = 1 AND mr_alias_domain.active\"";
  text.insert(text.find(join) + join.size(), ", keys_query = \"SELECT alias_domain FROM mr_alias_domain\"");
  if (through_ == Through::gate) {
    const auto at = text.find("hosts = ");
    text.replace(at, text.find('\n', at) - at, "hosts = [\"inet:127.0.0.1:" + std::to_string(gate.port()) + "\"]");
  }
  for (auto at = text.find("[maps."); at != std::string::npos && !each_map_.empty(); at = text.find("[maps.", at + 1))
    text.insert(text.find('\n', at) + 1, each_map_ + "\n");
  daemon.configure(text);
  daemon.start();
  for (const char* map : {"virtual_mailbox_domains", "transport_maps", "mynetworks", "relay_domains",
                          "smtp_tls_policy_maps", "virtual_alias_maps"})
    ASSERT_TRUE(wait_until([&] { return knows_all_keys(map); })) << map << daemon.log();
  std::map<std::string, std::string> main_cf{
      {"recipient_delimiter", "+-"},
      {"virtual_alias_domains", ""},
      {"relayhost", "[127.0.0.1]:" + std::to_string(relay.port())},
      {"virtual_transport", "lmtp:inet:127.0.0.1:" + std::to_string(mailbox.port())},
      {"smtpd_relay_restrictions", "permit_mynetworks, reject_unauth_destination"},
  };
  for (const char* map : maps) main_cf[map] = table_of(map, "socketmap-unix", ports, daemon.path("socketmap"));
  postfix = std::make_unique<PrivatePostfix>(main_cf);
  goes_where_the_tables_say();
  // What was asked after the last proof of the feed is not known as of the moment when the database goes away.
  const auto warm = std::chrono::steady_clock::now();
  ASSERT_TRUE(wait_until([&] {
    const auto now = std::chrono::steady_clock::now();
    const auto feed = nlohmann::json::parse(daemon.run({"status", "--json"}).out).at("feed");
    const std::chrono::milliseconds proven_ago{feed.at("proven_ago_ms").get<std::int64_t>()};
    return proven_ago >= proven_ago.zero() && proven_ago < now - warm;
  })) << daemon.log();
}

bool MailOutageTest::knows_all_keys(const std::string& map) const {
  const auto all = nlohmann::json::parse(daemon.run({"status", "--json"}).out);
  for (const auto& each : all.at("maps"))
    if (each.at("name") == map) return each.contains("key_set") && each.at("key_set").at("complete").get<bool>();
  return false;
}

/// From a client and a sender that nobody has seen.
std::string MailOutageTest::deliver(const std::string& recipient) {
  const auto number = std::to_string(++count_);
  SmtpClient client{postfix->port(), "127.0.1." + number};
  const auto reply = client.send("sender@never-" + number + ".example", {recipient}, "message-" + number);
  EXPECT_EQ(reply.code, 250) << recipient << ": " << reply.text << "\n" << postfix->log() << daemon.log();
  return "message-" + number;
}

void MailOutageTest::arrives(SmtpSink& sink, const std::string& subject, const std::vector<std::string>& recipients) {
  EXPECT_TRUE(wait_until([&] { return sink.recipients_of(subject).size() >= recipients.size(); })) << postfix->log();
  EXPECT_THAT(sink.recipients_of(subject), testing::ElementsAreArray(recipients));
}

SmtpReply MailOutageTest::try_recipient(const std::string& recipient) {
  const auto number = std::to_string(++count_);
  SmtpClient client{postfix->port(), "127.0." + std::to_string(3 + count_ / 250) + "." + std::to_string(count_ % 250)};
  return client.try_recipient("sender@never-" + number + ".example", recipient);
}

void MailOutageTest::goes_where_the_tables_say() {
  arrives(mailbox, deliver("anna@hosted.example"), {"anna@hosted.example"});
  arrives(mailbox, deliver("sales@hosted.example"), {"anna@hosted.example", "ben@hosted.example"});
  arrives(mailbox, deliver("anna@hosted-old.example"), {"anna@hosted.example"});
  arrives(relay, deliver("office@relayed.example"), {"office@relayed.example"});
  // And a known client may write to a recipient that nobody has seen, at a domain that is not ours.
  const auto foreign = "somebody@elsewhere-" + std::to_string(++count_) + ".example";
  SmtpClient user{postfix->port(), "127.0.2.1"};
  const auto reply = user.send("anna@hosted.example", {foreign}, "to-" + foreign);
  EXPECT_EQ(reply.code, 250) << reply.text << "\n" << postfix->log() << daemon.log();
  arrives(relay, "to-" + foreign, {foreign});
}

void MailOutageTest::wait_for_the_outage() {
  const auto begun = std::chrono::steady_clock::now();
  ASSERT_TRUE(wait_until([&] {
    const auto reply = try_recipient("nobody@hosted.example");
    EXPECT_TRUE(reply.code == 451 || reply.code == 550) << reply.text;
    return daemon.log_lines({"event=all_databases_down"}) + daemon.log_lines({"event=database_fails"}) > 0;
  })) << daemon.log();
  ASSERT_TRUE(wait_until([&] { return std::chrono::steady_clock::now() - begun > 2 * longest_ttl; }));
}

void MailOutageTest::flows_through_the_outage() {
  wait_for_the_outage();
  goes_where_the_tables_say();
  for (const char* unknown : {"nobody@hosted.example", "nobody@relayed.example", "ben+never@hosted.example"})
    EXPECT_EQ(try_recipient(unknown).code, 451) << unknown << daemon.log();
  // Relaying is denied as ever: the key sets know that client and domain are not ours.
  EXPECT_EQ(try_recipient("somebody@elsewhere.example").code, 554) << daemon.log();
  EXPECT_EQ(daemon.log_lines({"event=bug"}), 0U);
}

void MailOutageTest::recovers() {
  const auto begun = std::chrono::steady_clock::now();
  ASSERT_TRUE(wait_until([&] { return try_recipient("nobody@hosted.example").code == 550; })) << daemon.log();
  RecordProperty(
      "recovery_ms",
      static_cast<int>(
          std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - begun).count()));
  const auto healthy = [this] {
    const auto all = nlohmann::json::parse(daemon.run({"status", "--json"}).out);
    return all.at("feed").at("healthy").get<bool>() && all.at("feed").at("layout_known").get<bool>();
  };
  // Shorter than each of the rests that the feed takes where trying again at once is of no use.
  EXPECT_TRUE(wait_until(healthy, std::chrono::seconds{3})) << daemon.log();
  RecordProperty("feed_recovery_ms",
                 static_cast<int>((std::chrono::steady_clock::now() - begun) / std::chrono::milliseconds{1}));
  mariadb.sql(
      "INSERT INTO mailbox (username, password, local_part, active, created) VALUES ('new@hosted.example', '!', 'new', "
      "1, '2026-01-01')",
      "mail");
  EXPECT_TRUE(wait_until([&] { return try_recipient("new@hosted.example").code == 250; })) << daemon.log();
  goes_where_the_tables_say();
}

int MailOutageTest::links_to_the_server(const std::string& others) const {
  return std::stoi(sql_in_a_crowd(
      "SELECT COUNT(*) FROM information_schema.processlist WHERE user = 'maproom' AND id NOT IN (" + others + ")"));
}

std::string MailOutageTest::sql_in_a_crowd(const std::string& statement) const {
  std::string rows;
  EXPECT_TRUE(wait_until([&] {
    try {
      rows = mariadb.sql(statement);
      return true;
    } catch (const std::runtime_error& error) {
      if (std::string{error.what()}.find("1040") == std::string::npos) throw;
      return false;
    }
  }));
  return rows;
}

void MailOutageTest::kill_links(const std::string& others) const {
  const auto kills = sql_in_a_crowd(
      "SELECT CONCAT('KILL ', id, ';') FROM information_schema.processlist WHERE user = 'maproom' AND id NOT IN (" +
      others + ")");
  // One that has gone by itself meanwhile is as good.
  run_command({"mariadb", "--no-defaults", "--force", "-uroot", "-S", mariadb.socket()}, kills);
}

}  // namespace maproom::test
