// Real mail: a Postfix whose tables are all Maproom's, asked once over tcp: and once over socketmap:unix:.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "integration/sample_world.hpp"
#include "support/private_postfix.hpp"
#include "support/smtp.hpp"

namespace maproom::test {
namespace {

using testing::ElementsAre;

/// Where a client that no table trusts, and one that mynetworks holds, come from.
constexpr const char* stranger = "127.0.0.66";
constexpr const char* trusted = "127.0.0.77";

class MailTest : public testing::TestWithParam<const char*> {
 protected:
  void SetUp() override {
    mariadb.make_sample_database();
    // Everything on this machine comes from 127.0.0.0/8, so only one address of it is to be trusted here.
    mariadb.sql(
        "DELETE FROM mr_network WHERE first_addr = mr_address('127.0.0.0'); CALL mr_add_network('mynetworks', '" +
            std::string{trusted} + "', 'OK'); UPDATE mr_transport SET transport = 'relay', nexthop = '[127.0.0.1]:" +
            std::to_string(relay.port()) + "' WHERE pattern LIKE '%relayed.example'",
        "mail");
    daemon.configure(sample_config(mariadb, nullptr, ports, daemon.path("socketmap"),
                                   "positive_ttl = \"1 s\"\nnegative_ttl = \"1 s\"\nstale_limit = \"0 s\"\n"));
    daemon.start();
    std::map<std::string, std::string> main_cf{
        {"recipient_delimiter", "+-"},
        {"virtual_alias_domains", ""},
        {"virtual_transport", "lmtp:inet:127.0.0.1:" + std::to_string(mailbox.port())},
        {"smtpd_relay_restrictions", "permit_mynetworks, reject_unauth_destination"},
        {"default_transport", "relay:[127.0.0.1]:" + std::to_string(world.port())},
    };
    for (const char* map : {"virtual_mailbox_domains", "virtual_alias_maps", "transport_maps", "mynetworks",
                            "virtual_mailbox_maps", "relay_domains", "relay_recipient_maps", "smtp_tls_policy_maps"})
      main_cf[map] = table_of(map, GetParam(), ports, daemon.path("socketmap"));
    postfix = std::make_unique<PrivatePostfix>(main_cf);
  }

  std::string deliver(const std::vector<std::string>& recipients, const char* from = stranger) {
    const auto subject = "message-" + std::to_string(++count);
    SmtpClient client{postfix->port(), from};
    const auto reply = client.send("sender@elsewhere.example", recipients, subject);
    EXPECT_EQ(reply.code, 250) << reply.text << "\n" << postfix->log() << daemon.log();
    return subject;
  }
  void expect(SmtpSink& sink, const std::string& subject, const std::vector<std::string>& recipients) {
    EXPECT_TRUE(wait_until([&] { return sink.recipients_of(subject).size() >= recipients.size(); }))
        << postfix->log() << daemon.log();
    EXPECT_THAT(sink.recipients_of(subject), testing::ElementsAreArray(recipients));
  }
  SmtpReply try_recipient(const std::string& recipient, const char* from = stranger,
                          const std::string& sender = "sender@elsewhere.example") {
    SmtpClient client{postfix->port(), from};
    return client.try_recipient(sender, recipient);
  }

  PrivateMariadb mariadb;
  SmtpSink mailbox, relay, world;
  Ports ports;
  Daemon daemon;
  std::unique_ptr<PrivatePostfix> postfix;
  int count = 0;
};

TEST_P(MailTest, GoesWhereTheTablesSay) {
  expect(mailbox, deliver({"anna@hosted.example"}), {"anna@hosted.example"});
  expect(mailbox, deliver({"Sales@Hosted.example"}), {"anna@hosted.example", "ben@hosted.example"});
  expect(mailbox, deliver({"anna+lists@hosted.example"}), {"anna+lists@hosted.example"});
  expect(mailbox, deliver({"sales+q3@hosted.example"}), {"anna+q3@hosted.example", "ben+q3@hosted.example"});
  expect(mailbox, deliver({"whoever@verein.example"}), {"chair@verein.example"});
  expect(mailbox, deliver({"ben@hosted-old.example"}, trusted), {"ben@hosted.example"});
  expect(relay, deliver({"office@relayed.example"}), {"office@relayed.example"});
  expect(relay, deliver({"any.body@open-relayed.example"}), {"any.body@open-relayed.example"});
  for (const auto& message : mailbox.messages()) EXPECT_EQ(message.sender, "sender@elsewhere.example");

  // Who may send where.
  const auto unknown = try_recipient("nobody@hosted.example");
  EXPECT_EQ(unknown.code, 550) << unknown.text;
  EXPECT_EQ(try_recipient("left@hosted.example").code, 550);
  EXPECT_EQ(try_recipient("former@relayed.example").code, 550);
  const auto foreign = try_recipient("somebody@elsewhere.example");
  EXPECT_EQ(foreign.code, 554) << foreign.text;
  EXPECT_NE(foreign.text.find("Relay access denied"), std::string::npos) << foreign.text;
  EXPECT_EQ(try_recipient("somebody@elsewhere.example", trusted).code, 250);
  expect(world, deliver({"somebody@elsewhere.example"}, trusted), {"somebody@elsewhere.example"});

  // A mailbox that is made now receives mail within the negative time to live; what was just refused included.
  mariadb.sql(
      "INSERT INTO mailbox (username, password, local_part, active, created) VALUES "
      "('nobody@hosted.example', '!', 'nobody', 1, NOW())",
      "mail");
  EXPECT_TRUE(wait_until([&] { return try_recipient("nobody@hosted.example").code == 250; }));
}

TEST_P(MailTest, WithMariadbStoppedAndNothingCachedTheAnswerIs451NeverA5xx) {
  mariadb.stop();
  // A daemon that knows nothing: not a single answer of this world was ever given.
  daemon.kill();
  daemon.start();
  for (const char* recipient : {"anna@hosted.example", "nobody@hosted.example", "office@relayed.example",
                                "somebody@elsewhere.example", "x@sub.relayed.example"})
    for (const char* client : {stranger, trusted}) {
      const auto reply = try_recipient(recipient, client);
      EXPECT_EQ(reply.code, 451) << recipient << " from " << client << ": " << reply.text;
    }
  mariadb.start();
  EXPECT_TRUE(wait_until([&] { return try_recipient("anna@hosted.example").code == 250; })) << daemon.log();
  EXPECT_TRUE(wait_until([&] { return try_recipient("nobody@hosted.example").code == 550; }))
      << daemon.log() << postfix->log();
}

INSTANTIATE_TEST_SUITE_P(Protocols, MailTest, testing::Values("tcp", "socketmap-unix"), [](const auto& each) {
  std::string name = each.param;
  std::erase(name, '-');
  return name;
});

}  // namespace
}  // namespace maproom::test
