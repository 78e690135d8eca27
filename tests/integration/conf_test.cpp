// The shipped configurations as they are, against the shipped schema and the sample world: nothing is changed but where
// the database is and where to listen. And the main.cf that goes with each: Postfix reads it without a word of warning.

#include <gtest/gtest.h>

#include <regex>

#include "integration/sample_world.hpp"

namespace maproom::test {
namespace {

struct Question {
  std::string map, key;
  Judged expected;
};

class ConfTest : public testing::Test {
 protected:
  static void SetUpTestSuite() { shared_mariadb().make_sample_database(); }

  void serve(const std::string& file) {
    auto text = read_text(MAPROOM_SOURCE_DIR "/conf/" + file);
    // Every address becomes a free port, named after the one in the file.
    const std::regex address{"\"inet:127\\.0\\.0\\.1:([0-9]+)\""};
    std::string moved;
    std::smatch match;
    while (std::regex_search(text, match, address)) {
      moved += match.prefix().str() + "\"inet:127.0.0.1:" + std::to_string(ports_[match[1].str()]) + "\"";
      text = match.suffix().str();
    }
    moved += text;
    const auto section = moved.find("\n[mariadb]\n");
    ASSERT_NE(section, std::string::npos);
    moved = std::regex_replace(moved, std::regex{"\nhosts = .*"}, "");
    moved.insert(section + 11, "hosts = [\"unix:" + shared_mariadb().socket() + "\"]\npassword = \"secret\"\n");
    daemon_.configure(moved);
    const auto check = daemon_.run({"check", "--main-cf", "none"});
    ASSERT_EQ(check.status, 0) << check.err;
    EXPECT_EQ(check.err, "");
    daemon_.start();
  }

  /// Each map at its port of the port table.
  void ask(const std::vector<Question>& questions) {
    const std::map<std::string, std::string> port{
        {"virtual_mailbox_domains", "10040"}, {"virtual_alias_maps", "10041"},
        {"transport_maps", "10042"},          {"mynetworks", "10043"},
        {"virtual_mailbox_maps", "10044"},    {"relay_domains", "10045"},
        {"relay_recipient_maps", "10046"},    {"smtp_tls_policy_maps", "10047"}};
    // Client lists answer as soon as they are proven to be no open relay.
    ASSERT_TRUE(wait_until([&] { return daemon_.run({"query", questions[0].map, questions[0].key}).status != 75; }));
    for (const auto& [map, key, expected] : questions)
      EXPECT_EQ(postmap_.query(key, "tcp:127.0.0.1:" + std::to_string(ports_[port.at(map)])), expected)
          << map << " " << key;
    EXPECT_EQ(daemon_.stop(), 0) << daemon_.log();
  }

  void expect_no_warnings(const std::string& main_cf) {
    const TempDir dir;
    static_cast<void>(
        dir.write("main.cf", "compatibility_level = 3.6\n" + read_text(MAPROOM_SOURCE_DIR "/conf/" + main_cf)));
    static_cast<void>(dir.write("master.cf", "smtp inet n - y - - smtpd\n"));
    const auto postconf = run_command({"postconf", "-c", dir.path(), "-n"});
    EXPECT_EQ(postconf.status, 0);
    EXPECT_EQ(postconf.err, "");
    EXPECT_NE(postconf.out.find("smtp_tls_policy_maps = tcp:127.0.0.1:10047"), std::string::npos);
  }

  Ports ports_;
  Daemon daemon_;
  Postmap postmap_;
};

TEST_F(ConfTest, TheSampleServesAllEightMaps) {
  serve("maproom.toml");
  ask({{"mynetworks", "192.0.2.9", found("OK")},
       {"mynetworks", "2001:db8:10::5", found("OK")},
       {"mynetworks", "203.0.113.1", not_found()},
       {"mynetworks", "unknown", not_found()},
       {"virtual_mailbox_domains", "hosted.example", found("1")},
       {"virtual_mailbox_domains", "hosted-old.example", found("1")},
       {"virtual_mailbox_domains", "closed.example", not_found()},
       {"virtual_mailbox_maps", "anna@hosted.example", found("1")},
       {"virtual_mailbox_maps", "left@hosted.example", not_found()},
       {"virtual_alias_maps", "sales@hosted.example", found("anna@hosted.example,ben@hosted.example")},
       {"virtual_alias_maps", "sales@hosted-old.example", found("anna@hosted.example,ben@hosted.example")},
       {"virtual_alias_maps", "anyone@verein.example", found("chair@verein.example")},
       {"transport_maps", "office@relayed.example", found("smtp:[mail.relayed.example]:25")},
       {"relay_domains", "sub.relayed.example", found("1")},
       {"relay_domains", "gone.example", not_found()},
       {"relay_recipient_maps", "office@relayed.example", found("OK")},
       {"relay_recipient_maps", "other@relayed.example", not_found()},
       {"relay_recipient_maps", "anyone@open-relayed.example", found("OK")},
       {"smtp_tls_policy_maps", "bank.example", found("secure,match=mx.bank.example")},
       {"smtp_tls_policy_maps", "[mail.relayed.example]:25", found("encrypt")}});
}

TEST_F(ConfTest, TheMxHostRelaysForTheMailboxHosts) {
  serve("maproom-mx.toml");
  ask({{"mynetworks", "198.51.100.7", found("OK")},
       {"relay_domains", "hosted.example", found("1")},
       {"relay_domains", "hosted-old.example", found("1")},
       {"relay_domains", "relayed.example", found("1")},
       {"relay_domains", "foreign.example", not_found()},
       {"relay_recipient_maps", "anna+list@hosted.example", found("1")},
       {"relay_recipient_maps", "sales@hosted.example", found("1")},
       {"relay_recipient_maps", "sales@hosted-old.example", found("1")},
       {"relay_recipient_maps", "anyone@verein.example", found("1")},
       {"relay_recipient_maps", "nobody@hosted.example", not_found()},
       {"relay_recipient_maps", "office@relayed.example", found("OK")},
       {"relay_recipient_maps", "anyone@open-relayed.example", found("OK")},
       {"transport_maps", "vip@partner.example", found("smtp:[fast.partner.example]")},
       {"smtp_tls_policy_maps", "partner.example", found("dane-only")}});
  expect_no_warnings("main.cf.mx-host");
}

TEST_F(ConfTest, TheMailboxHostDeliversHere) {
  serve("maproom-mailbox.toml");
  ask({{"virtual_mailbox_domains", "hosted.example", found("1")},
       {"virtual_mailbox_domains", "relayed.example", not_found()},
       {"virtual_mailbox_maps", "anna+list@hosted.example", found("1")},
       {"virtual_mailbox_maps", "nobody@hosted.example", not_found()},
       {"virtual_alias_maps", "sales@hosted.example", found("anna@hosted.example,ben@hosted.example")},
       {"smtp_tls_policy_maps", "bank.example", found("secure,match=mx.bank.example")}});
  expect_no_warnings("main.cf.mailbox-host");
}

}  // namespace
}  // namespace maproom::test
