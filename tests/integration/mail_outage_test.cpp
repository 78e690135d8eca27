// Real mail through an outage of MariaDB that outlasts every time to live: what was known is taken and arrives, from
// clients and senders never seen before; what was not known is put off, and nobody is refused who would not have been.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "integration/feed_world.hpp"
#include "integration/sample_world.hpp"
#include "support/private_postfix.hpp"
#include "support/smtp.hpp"

namespace maproom::test {
namespace {

using testing::ElementsAre;
constexpr const char* maps[] = {
    "virtual_mailbox_domains", "virtual_alias_maps", "transport_maps",       "mynetworks",
    "virtual_mailbox_maps",    "relay_domains",      "relay_recipient_maps", "smtp_tls_policy_maps"};

class MailOutageTest : public testing::Test {
 protected:
  void SetUp() override {
    mariadb.make_sample_database();
    for (const char* host : {"localhost", "127.0.0.1"})
      mariadb.sql("GRANT REPLICATION SLAVE, BINLOG MONITOR ON *.* TO maproom@'" + std::string{host} + "'");
    mariadb.sql(
        "DELETE FROM mr_network WHERE first_addr = mr_address('127.0.0.0'); UPDATE mr_transport SET transport = "
        "'relay', nexthop = '[127.0.0.1]:" +
            std::to_string(relay.port()) +
            "' WHERE pattern LIKE '%relayed.example'; CALL mr_add_network('mynetworks', '127.0.2.0/24', 'OK')",
        "mail");
    auto text = sample_config(mariadb, nullptr, ports, daemon.path("socketmap"),
                              "positive_ttl = \"100 ms\"\nnegative_ttl = \"100 ms\"\n");
    text.insert(text.find("[socketmap]"), "[feed]\nbinlog = true\nfollowed_ttl = \"200 ms\"\n");
    text.insert(text.find("[maps.mynetworks]\n") + 18,
                "keys_query = \"SELECT INET6_NTOA(first_addr), INET6_NTOA(last_addr) FROM mr_network WHERE list = "
                "'mynetworks' AND active\"\n");
    const std::string join = "active = 1 AND mr_alias_domain.active\"";
    text.insert(text.find(join) + join.size(), ", keys_query = \"SELECT alias_domain FROM mr_alias_domain\"");
    daemon.configure(text);
    daemon.start();
    for (const char* map : {"virtual_mailbox_domains", "transport_maps", "mynetworks", "relay_domains",
                            "smtp_tls_policy_maps", "virtual_alias_maps"})
      ASSERT_TRUE(wait_until([&] { return complete(map); })) << map << daemon.log();
    std::map<std::string, std::string> main_cf{
        {"recipient_delimiter", "+-"},
        {"virtual_alias_domains", ""},
        {"relayhost", "[127.0.0.1]:" + std::to_string(relay.port())},
        {"virtual_transport", "lmtp:inet:127.0.0.1:" + std::to_string(mailbox.port())},
        {"smtpd_relay_restrictions", "permit_mynetworks, reject_unauth_destination"},
    };
    for (const char* map : maps) main_cf[map] = table_of(map, "socketmap-unix", ports, daemon.path("socketmap"));
    postfix = std::make_unique<PrivatePostfix>(main_cf);
  }
  bool complete(const std::string& map) const {
    const auto all = nlohmann::json::parse(daemon.run({"status", "--json"}).out);
    for (const auto& each : all.at("maps"))
      if (each.at("name") == map) return each.contains("key_set") && each.at("key_set").at("complete").get<bool>();
    return false;
  }
  /// From a client and a sender that nobody has seen.
  std::string deliver(const std::string& recipient) {
    const auto number = std::to_string(++count);
    SmtpClient client{postfix->port(), "127.0.1." + number};
    const auto reply = client.send("sender@never-" + number + ".example", {recipient}, "message-" + number);
    EXPECT_EQ(reply.code, 250) << recipient << ": " << reply.text << "\n" << postfix->log() << daemon.log();
    return "message-" + number;
  }
  void arrives(SmtpSink& sink, const std::string& subject, const std::vector<std::string>& recipients) {
    EXPECT_TRUE(wait_until([&] { return sink.recipients_of(subject).size() >= recipients.size(); })) << postfix->log();
    EXPECT_THAT(sink.recipients_of(subject), testing::ElementsAreArray(recipients));
  }
  SmtpReply try_recipient(const std::string& recipient) {
    const auto number = std::to_string(++count);
    SmtpClient client{postfix->port(), "127.0.1." + number};
    return client.try_recipient("sender@never-" + number + ".example", recipient);
  }
  void goes_where_the_tables_say() {
    arrives(mailbox, deliver("anna@hosted.example"), {"anna@hosted.example"});
    arrives(mailbox, deliver("sales@hosted.example"), {"anna@hosted.example", "ben@hosted.example"});
    arrives(relay, deliver("office@relayed.example"), {"office@relayed.example"});
    // And a known client may write to a recipient that nobody has seen, at a domain that is not ours.
    const auto foreign = "somebody@elsewhere-" + std::to_string(++count) + ".example";
    SmtpClient user{postfix->port(), "127.0.2.1"};
    const auto reply = user.send("anna@hosted.example", {foreign}, "to-" + foreign);
    EXPECT_EQ(reply.code, 250) << reply.text << "\n" << postfix->log() << daemon.log();
    arrives(relay, "to-" + foreign, {foreign});
  }
  /// Everything that was cached is past its time to live, and the daemon knows that MariaDB is away.
  void wait_for_the_outage() {
    ASSERT_TRUE(wait_until([&] { return daemon.log_lines({"event=feed_stalled"}) > 0; })) << daemon.log();
    ASSERT_TRUE(wait_until([&] {
      const auto reply = try_recipient("nobody@hosted.example");
      EXPECT_TRUE(reply.code == 451 || reply.code == 550) << reply.text;
      return daemon.log_lines({"event=all_databases_down"}) > 0;
    })) << daemon.log();
  }
  void flows_through_the_outage() {
    wait_for_the_outage();
    goes_where_the_tables_say();
    for (const char* unknown : {"nobody@hosted.example", "nobody@relayed.example", "ben+never@hosted.example"})
      EXPECT_EQ(try_recipient(unknown).code, 451) << unknown << daemon.log();
    // Relaying is denied as ever: the key sets know that client and domain are not ours.
    EXPECT_EQ(try_recipient("somebody@elsewhere.example").code, 554) << daemon.log();
    EXPECT_EQ(daemon.log_lines({"event=bug"}), 0U);
  }
  void recovers() {
    const auto begun = std::chrono::steady_clock::now();
    ASSERT_TRUE(wait_until([&] { return try_recipient("nobody@hosted.example").code == 550; })) << daemon.log();
    RecordProperty(
        "recovery_ms",
        static_cast<int>(
            std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - begun).count()));
  }

  PrivateMariadb mariadb{binlog_options()};
  SmtpSink mailbox, relay;
  Ports ports;
  Daemon daemon;
  std::unique_ptr<PrivatePostfix> postfix;
  int count = 0;
};

TEST_F(MailOutageTest, MailToKnownRecipientsFlowsWhileMariadbIsStopped) {
  goes_where_the_tables_say();
  mariadb.stop();
  flows_through_the_outage();
  mariadb.start();
  recovers();
}

TEST_F(MailOutageTest, MailToKnownRecipientsFlowsWhileMariadbHangs) {
  goes_where_the_tables_say();
  mariadb.pause();
  flows_through_the_outage();
  mariadb.resume();
  recovers();
}

}  // namespace
}  // namespace maproom::test
