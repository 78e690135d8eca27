// Every map of the port table, asked by Postfix's own postmap over each protocol, against real servers.

#include <gtest/gtest.h>

#include "integration/sample_world.hpp"

namespace maproom::test {
namespace {

struct Question {
  const char* map;
  const char* key;
  Judged expected;
};

class MapsTest : public testing::TestWithParam<const char*> {
 protected:
  static void SetUpTestSuite() {
    shared_mariadb().make_sample_database();
    redis = std::make_unique<PrivateRedis>();
    daemon = std::make_unique<Daemon>();
    daemon->configure(sample_config(shared_mariadb(), redis.get(), *ports, daemon->path("socketmap")));
    daemon->start();
  }
  static void TearDownTestSuite() {
    EXPECT_EQ(daemon->stop(), 0) << daemon->log();
    daemon.reset();
    redis.reset();
  }
  Judged ask(const std::string& map, const std::string& key) {
    return postmap.query(key, table_of(map, GetParam(), *ports, daemon->path("socketmap")));
  }

  inline static std::unique_ptr<Ports> ports = std::make_unique<Ports>();
  inline static std::unique_ptr<PrivateRedis> redis;
  inline static std::unique_ptr<Daemon> daemon;
  Postmap postmap;
};

TEST_P(MapsTest, AnswerAsTheirParameterWants) {
  const Question questions[] = {
      {"virtual_mailbox_domains", "hosted.example", found("1")},
      {"virtual_mailbox_domains", "HOSTED.example", found("1")},
      {"virtual_mailbox_domains", "closed.example", not_found()},
      {"virtual_mailbox_domains", "sub.hosted.example", not_found()},
      {"virtual_mailbox_domains", "foreign.example", not_found()},
      {"virtual_mailbox_domains", "müller.example", found("1")},
      {"virtual_mailbox_domains", "MÜLLER.example", found("1")},
      {"virtual_alias_maps", "sales@hosted.example", found("anna@hosted.example,ben@hosted.example")},
      {"virtual_alias_maps", "Sales+Q3@Hosted.Example", found("anna+Q3@hosted.example, ben+Q3@hosted.example")},
      {"virtual_alias_maps", "old@hosted.example", not_found()},
      {"virtual_alias_maps", "nobody@hosted.example", not_found()},
      {"virtual_alias_maps", "anyone@verein.example", found("chair@verein.example")},
      {"virtual_alias_maps", "sales@hosted-old.example", found("anna@hosted.example,ben@hosted.example")},
      {"virtual_alias_maps", "hosted.example", not_found()},
      {"transport_maps", "office@relayed.example", found("smtp:[mail.relayed.example]:25")},
      {"transport_maps", "x@deep.sub.relayed.example", found("smtp:[mail.relayed.example]:25")},
      {"transport_maps", "vip+tag@partner.example", found("smtp:[fast.partner.example]")},
      {"transport_maps", "other@partner.example", not_found()},
      {"transport_maps", "*", not_found()},
      {"transport_maps", "x@gone.example", not_found()},
      {"mynetworks", "192.0.2.77", found("OK")},
      {"mynetworks", "192.0.3.77", not_found()},
      {"mynetworks", "198.51.100.7", found("OK")},
      {"mynetworks", "198.51.100.8", not_found()},
      {"mynetworks", "203.0.113.5", not_found()},
      {"mynetworks", "2001:db8:10:ffff::1", found("OK")},
      {"mynetworks", "2001:DB8:10:0:0:0:0:1", found("OK")},
      {"mynetworks", "2001:db8:11::1", not_found()},
      {"mynetworks", "::ffff:192.0.2.1", found("OK")},
      {"mynetworks", "unknown", not_found()},
      {"mynetworks", "host.hosted.example", not_found()},
      {"mynetworks", "192.0.2", not_found()},
      {"virtual_mailbox_maps", "Anna+x@hosted.example", found("1")},
      {"virtual_mailbox_maps", "left@hosted.example", not_found()},
      {"virtual_mailbox_maps", "\"john smith\"@hosted.example", found("1")},
      {"virtual_mailbox_maps", "o'brien\\@hosted.example", not_found()},
      {"relay_domains", "relayed.example", found("1")},
      {"relay_domains", "a.b.relayed.example", found("1")},
      {"relay_domains", "gone.example", not_found()},
      {"relay_recipient_maps", "Office@relayed.example", found("OK")},
      {"relay_recipient_maps", "former@relayed.example", not_found()},
      {"relay_recipient_maps", "whoever@open-relayed.example", found("OK")},
      {"smtp_tls_policy_maps", "bank.example", found("secure,match=mx.bank.example")},
      {"smtp_tls_policy_maps", "Partner.Example", found("dane-only")},
      {"smtp_tls_policy_maps", "[mail.relayed.example]:25", found("encrypt")},
      {"smtp_tls_policy_maps", "www.bank.example", not_found()},
  };
  for (int round = 0; round < 2; ++round)  // from the database, then from the cache
    for (const auto& [map, key, expected] : questions)
      EXPECT_EQ(ask(map, key), expected) << map << " " << key << " in round " << round;
}

TEST_P(MapsTest, QuotesAndBackslashesInAKeyAreOnlyText) {
  for (const char* key :
       {"' OR '1'='1", "x' UNION SELECT 1 -- ", "\\' OR 1=1 -- @hosted.example", "a\"b@hosted.example",
        "%s@hosted.example", "a`b@hosted.example", "x'; DROP TABLE mailbox; -- @hosted.example"})
    EXPECT_EQ(ask("virtual_mailbox_maps", key), not_found()) << key;
  EXPECT_EQ(ask("virtual_mailbox_maps", "ben@hosted.example"), found("1"));
}

TEST_P(MapsTest, ListOfRecipientsBeyondTheTcpLimitIsATemporaryErrorWithOneLogLine) {
  std::string list;
  for (int i = 0; i < 200; ++i)
    list += (i > 0 ? "," : "") + std::string{"member-number-"} + std::to_string(i) + "@hosted.example";
  shared_mariadb().sql(
      "REPLACE INTO alias (address, goto, created) VALUES ('everyone@hosted.example', '" + list + "', NOW())", "mail");
  const auto answer = ask("virtual_alias_maps", "everyone@hosted.example");
  if (std::string{GetParam()} == "tcp") {
    EXPECT_EQ(answer, error());
    EXPECT_EQ(daemon->log_lines({"event=result_unsendable", "map=virtual_alias_maps"}), 1U);
  } else {
    EXPECT_EQ(answer, found(list));
  }
}

INSTANTIATE_TEST_SUITE_P(Protocols, MapsTest, testing::Values("tcp", "socketmap-inet", "socketmap-unix"),
                         [](const auto& each) {
                           std::string name = each.param;
                           std::erase(name, '-');
                           return name;
                         });

}  // namespace
}  // namespace maproom::test
