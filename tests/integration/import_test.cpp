// `maproom import` on the configurations of six systems, in the shape in which they document them: the same with
// postconf and without, accepted by `maproom check` against the system's own schema, answering through real postmap,
// and Postfix's configuration the same again after the way there and back.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <future>

#include "integration/import_fixture.hpp"
#include "maproom/import/postfix_parameters.hpp"
#include "support/expansions.hpp"

namespace maproom::test {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

TEST_F(ImportTest, ViMbAdminOnAMailboxHost) {
  bring("vimbadmin");
  import_and_serve();
  EXPECT_EQ(imported_.err, "");
  ask({{"virtual_mailbox_domains", "hosted.example", found("1")},
       {"virtual_mailbox_domains", "closed.example", not_found()},
       {"virtual_mailbox_maps", "Anna+list@hosted.example", found("anna@hosted.example")},
       {"virtual_mailbox_maps", "left@hosted.example", not_found()},
       {"virtual_alias_maps", "root@mail.example.org", found("anna@hosted.example")},
       {"virtual_alias_maps", "root+x@mail.example.org", found("anna+x@hosted.example")},
       {"virtual_alias_maps", "sales+urgent@hosted.example", found("ben@hosted.example")},
       {"virtual_alias_maps", "sales+other@hosted.example",
        found("anna+other@hosted.example, ben+other@hosted.example")},
       {"virtual_alias_maps", "anyone@verein.example", found("chair@verein.example")},
       {"smtpd_sender_login_maps", "root@mail.example.org", found("anna@hosted.example")},
       {"smtpd_sender_login_maps", "sales@hosted.example", found("anna@hosted.example,ben@hosted.example")},
       {"smtp_tls_policy_maps", "bank.example", found("secure,match=mx.bank.example")},
       {"smtp_tls_policy_maps", "other.example", not_found()}});
  switch_there_and_back({{"virtual_mailbox_domains", "tcp:127.0.0.1:10040"},
                         {"virtual_alias_maps", "tcp:127.0.0.1:10041"},
                         {"virtual_mailbox_maps", "tcp:127.0.0.1:10044"},
                         {"smtp_tls_policy_maps", "tcp:127.0.0.1:10047, socketmap:inet:127.0.0.1:8461:postfix"},
                         {"smtpd_sender_login_maps", "tcp:127.0.0.1:10050"}});
  EXPECT_THAT(imported_.out, HasSubstr("\nsetfacl -m u:maproom:r '" + dir_.path("postfix/sql/domains.cf") + "' "))
      << "the daemon's user cannot read it yet";
}

TEST_F(ImportTest, ViMbAdminOnAnMxHost) {
  bring("vimbadmin-mx");
  import_and_serve();
  EXPECT_THAT(left(), IsEmpty());
  EXPECT_THAT(named(imported_.err, "warning: "), ElementsAre("mynetworks"));
  ask({{"mynetworks", "192.0.2.9", found("OK")},
       {"mynetworks", "203.0.114.1", not_found()},
       {"relay_domains", "sub.hosted.example", found("1")},
       {"fast_flush_domains", "hosted.example", found("1")},
       {"fast_flush_domains", "sub.hosted.example", not_found()},
       {"relay_recipient_maps", "anna@hosted.example", found("1")},
       {"relay_recipient_maps", "anyone@verein.example", found("chair@verein.example")},
       {"relay_recipient_maps", "nobody@hosted.example", not_found()},
       {"transport_maps", "office@relayed.example", found("smtp:[mail.relayed.example]:25")},
       {"transport_maps", "office@sub.relayed.example", found("smtp:[mail.relayed.example]:25")},
       {"smtp_tls_policy_maps", "partner.example", found("dane-only")}});
  switch_there_and_back({{"mynetworks", "127.0.0.0/8, [::1]/128, tcp:127.0.0.1:10043"},
                         {"relay_domains", "tcp:127.0.0.1:10045"},
                         {"fast_flush_domains", "tcp:127.0.0.1:10050"},
                         {"relay_recipient_maps", "tcp:127.0.0.1:10046"},
                         {"transport_maps", "tcp:127.0.0.1:10042"},
                         {"smtp_tls_policy_maps", "tcp:127.0.0.1:10047"}});
}

TEST_F(ImportTest, PostfixAdmin) {
  bring("postfixadmin");
  import_and_serve();
  EXPECT_THAT(left(), UnorderedElementsAre("virtual_mailbox_maps", "virtual_mailbox_limit_maps"));
  EXPECT_THAT(imported_.err, HasSubstr("virtual(8) delivers here (virtual_transport = virtual)"));
  ask({{"relay_domains", "backup.example", found("backup.example")},
       {"relay_domains", "a.example", not_found()},
       {"transport_maps", "x@backup.example", found("smtp:[10.0.0.9]")},
       {"transport_maps", "x@a.example", not_found()},
       {"virtual_mailbox_domains", "alias.example", found("alias.example")},
       {"virtual_mailbox_domains", "off.example", not_found()},
       {"virtual_alias_maps", "info+q@a.example", found("anna+q@a.example, ben+q@b.example")},
       {"virtual_alias_maps", "anna@alias.example", found("anna@a.example")},
       // The exact row of the second table stands before the catch-all of the third, for the address and for its parts.
       {"virtual_alias_maps", "info@alias.example", found("anna@a.example,ben@b.example")},
       {"virtual_alias_maps", "info+q@alias.example", found("catch@a.example")},
       {"virtual_alias_maps", "nobody@alias.example", found("catch@a.example")},
       {"virtual_alias_maps", "old@a.example", found("catch@a.example")},
       {"virtual_alias_maps", "x@b.example", not_found()},
       {"smtpd_sender_login_maps", "anna@a.example", found("a.example/anna/Maildir/")},
       {"smtpd_sender_login_maps", "anna@alias.example", found("a.example/anna/")}});
  switch_there_and_back({{"relay_domains", "mail.example.org, localhost.example.org, localhost, tcp:127.0.0.1:10045"},
                         {"transport_maps", "tcp:127.0.0.1:10042"},
                         {"virtual_alias_maps", "tcp:127.0.0.1:10041"},
                         {"virtual_mailbox_domains", "tcp:127.0.0.1:10040"},
                         {"smtpd_sender_login_maps", "tcp:127.0.0.1:10050"}});
}

TEST_F(ImportTest, IRedMail) {
  bring("iredmail");
  import_and_serve();
  EXPECT_THAT(
      imported_.err,
      testing::MatchesRegex(
          "warning: virtual_mailbox_maps: virtual.8. refuses it now; does transport_maps send any mail to it. "
          ".master.cf "
          "has such a service.\nwarning: smtpd_sender_login_maps: in an outage of the database mail from senders never "
          "seen before waits, since reject_sender_login_mismatch [^\n]*\n"));
  ask({{"relay_domains", "backup.example", found("backup.example")},
       {"transport_maps", "anna@a.example", found("dovecot")},
       {"virtual_mailbox_domains", "alias.example", found("a.example")},
       {"virtual_mailbox_maps", "anna@a.example", found("vmail1/a.example/an/na/Maildir/")},
       {"virtual_alias_maps", "team@a.example", found("anna@a.example,ben@b.example")},
       {"virtual_alias_maps", "team@alias.example", found("anna@a.example,ben@b.example")},
       {"virtual_alias_maps", "nobody@a.example", found("catch@a.example")},
       // The table is asked for the whole key, which it refuses, and then without the extension.
       {"virtual_alias_maps", "nobody+x@a.example", found("catch+x@a.example")},
       {"sender_bcc_maps", "anna@a.example", found("archive-anna@a.example")},
       {"sender_bcc_maps", "ben@a.example", found("archive@a.example")},
       {"smtpd_sender_login_maps", "team@a.example", found("anna@a.example,ben@b.example")},
       {"sender_dependent_relayhost_maps", "anna@a.example", found("[relay.a.example]:587")},
       {"sender_dependent_relayhost_maps", "ben@b.example", found("[relay.b.example]")}});
  switch_there_and_back({{"relay_domains", "mail.example.org, localhost, localhost.localdomain tcp:127.0.0.1:10045"},
                         {"transport_maps", "tcp:127.0.0.1:10042"},
                         {"virtual_mailbox_domains", "tcp:127.0.0.1:10040"},
                         {"virtual_mailbox_maps", "tcp:127.0.0.1:10044"},
                         {"virtual_alias_maps", "tcp:127.0.0.1:10041"},
                         {"sender_bcc_maps", "tcp:127.0.0.1:10050"},
                         {"sender_dependent_relayhost_maps", "tcp:127.0.0.1:10051"},
                         {"smtpd_sender_login_maps", "tcp:127.0.0.1:10052"}});
}

TEST_F(ImportTest, IspConfig) {
  bring("ispconfig");
  import_and_serve();
  EXPECT_THAT(left(), UnorderedElementsAre("virtual_uid_maps", "virtual_gid_maps"));
  EXPECT_THAT(imported_.err, HasSubstr("submission/inet sets smtpd_client_restrictions = "));
  ask({{"virtual_alias_domains", "old.example", found("old.example")},
       {"virtual_alias_domains", "a.example", not_found()},
       {"virtual_alias_maps", "list-request@a.example", found("list-request")},
       {"virtual_alias_maps", "info@a.example", found("anna@a.example, ben@b.example")},
       {"virtual_alias_maps", "anna@a.example", found("anna@a.example")},
       {"virtual_alias_maps", "nobody@a.example", found("catch@a.example")},
       {"virtual_mailbox_domains", "b.example", found("b.example")},
       {"virtual_mailbox_maps", "anna@a.example", found("a.example/anna/")},
       {"sender_bcc_maps", "anna@a.example", found("archive@a.example")},
       {"transport_maps", "x@lists.example", found("lmtp:unix:private/lists")},
       {"transport_maps", "x@relayed.example", found("smtp:[10.0.0.7]")},
       {"relay_recipient_maps", "x@relayed.example", found("OK")},
       {"smtpd_sender_login_maps", "ben@b.example", found("benlogin")},
       {"sender_dependent_relayhost_maps", "anna@a.example", found("[smart.example]:587")},
       {"check_client_access", "192.0.2.77", found("REJECT")},
       {"check_client_access", "198.51.100.1", not_found()},
       {"check_sender_access", "x@sub.spam.example", found("REJECT")},
       {"check_recipient_access", "closed@a.example", found("550 closed")},
       {"check_recipient_access_2", "anna@a.example", found("greylisting")}});
  switch_there_and_back(
      {{"virtual_alias_domains", "tcp:127.0.0.1:10053"},
       {"virtual_alias_maps", "tcp:127.0.0.1:10041"},
       {"virtual_mailbox_domains", "tcp:127.0.0.1:10040"},
       {"virtual_mailbox_maps", "tcp:127.0.0.1:10044"},
       {"sender_bcc_maps", "tcp:127.0.0.1:10050"},
       {"transport_maps", "tcp:127.0.0.1:10042"},
       {"relay_domains", "tcp:127.0.0.1:10045"},
       {"relay_recipient_maps", "tcp:127.0.0.1:10046"},
       {"smtpd_sender_login_maps", "tcp:127.0.0.1:10052"},
       {"sender_dependent_relayhost_maps", "tcp:127.0.0.1:10051"},
       {"smtp_sasl_password_maps", "socketmap:unix:maproom-passwords/socketmap:smtp_sasl_password_maps"},
       {"smtpd_client_restrictions", "check_client_access tcp:127.0.0.1:10054, permit"},
       {"smtpd_sender_restrictions",
        "reject_non_fqdn_sender, check_sender_access tcp:127.0.0.1:10055, check_sender_access regexp:" +
            dir_.path("postfix") + "/tag_as_originating.re, permit_mynetworks"},
       {"smtpd_recipient_restrictions",
        "permit_mynetworks, check_recipient_access tcp:127.0.0.1:10056, permit_sasl_authenticated, "
        "reject_unauth_destination, check_recipient_access tcp:127.0.0.1:10057, check_policy_service { "
        "unix:private/quota-status, timeout = 10s }"}});
}

TEST_F(ImportTest, Modoboa) {
  bring("modoboa");
  import_and_serve();
  EXPECT_THAT(left(), IsEmpty());
  EXPECT_THAT(imported_.err, HasSubstr("submission/inet sets smtpd_sender_login_maps = proxy:mysql:"));
  ask({{"relay_domains", "relayed.example", found("relayed.example")},
       {"transport_maps", "x@relayed.example", found("relay:[10.0.0.5]:25")},
       {"transport_maps", "split@relayed.example", found("lmtp:unix:private/dovecot-lmtp")},
       {"virtual_mailbox_domains", "a.example", found("a.example")},
       {"virtual_alias_domains", "alias.example", found("a.example")},
       {"virtual_alias_maps", "anna@a.example", found("anna@a.example,copy@b.example")},
       {"virtual_alias_maps", "gone@a.example", not_found()},
       {"virtual_alias_maps", "anna@alias.example", found("anna@a.example")},
       {"relay_recipient_maps", "anna@a.example", found("anna@a.example,copy@b.example")},
       {"relay_recipient_maps", "x@c.example", not_found()},
       {"smtpd_sender_login_maps", "anna@a.example", found("anna@a.example")},
       {"check_recipient_access", "asleep+x@a.example",
        found("450 Requested mail action not taken: mailbox unavailable")},
       {"check_recipient_access_2", "x@relayed.example", found("reject_unverified_recipient")}});
  // The submission service goes on asking its table through proxymap(8), which must not refuse it.
  EXPECT_THAT(imported_.out,
              HasSubstr("$smtp_nested_header_checks proxy:mysql:" + dir_.path("postfix/sql-sender-login.cf") + "'\n"));
  switch_there_and_back({{"relay_domains", "tcp:127.0.0.1:10045"},
                         {"transport_maps", "tcp:127.0.0.1:10042"},
                         {"virtual_mailbox_domains", "tcp:127.0.0.1:10040"},
                         {"virtual_alias_domains", "tcp:127.0.0.1:10051"},
                         {"virtual_alias_maps", "tcp:127.0.0.1:10041"},
                         {"relay_recipient_maps", "tcp:127.0.0.1:10046"},
                         {"smtpd_sender_login_maps", "tcp:127.0.0.1:10050"},
                         {"proxy_read_maps", any_value},
                         {"smtpd_recipient_restrictions",
                          "permit_mynetworks permit_sasl_authenticated check_recipient_access tcp:127.0.0.1:10052 "
                          "check_recipient_access tcp:127.0.0.1:10053 reject_unverified_recipient "
                          "reject_unauth_destination"}});
}

TEST_F(ImportTest, NothingIsOverwrittenAndTroubleIsNamed) {
  bring("vimbadmin");
  static_cast<void>(dir_.write("new/maproom.toml", "mine"));
  const auto there = import("new");
  EXPECT_EQ(there.status, 73);
  EXPECT_THAT(there.err, HasSubstr(dir_.path("new/maproom.toml") + " is there already"));
  EXPECT_EQ(there.out, "");
  EXPECT_EQ(read_text(dir_.path("new/maproom.toml")), "mine");

  const auto no_folder = run_command({MAPROOM_BINARY, "import", dir_.path("postfix/main.cf"), "-o", "/nonexistent"});
  EXPECT_EQ(no_folder.status, 73);
  EXPECT_THAT(no_folder.err, HasSubstr("/nonexistent is no folder"));
  const auto no_file = run_command({MAPROOM_BINARY, "import", "/nonexistent/main.cf", "-o", dir_.path()});
  EXPECT_EQ(no_file.status, 66);
  EXPECT_THAT(no_file.err, HasSubstr("/nonexistent/main.cf"));

  static_cast<void>(dir_.write("postfix/main.cf", "relay_domains = hash:/etc/postfix/relay\n"));
  const auto nothing = import("empty");
  EXPECT_EQ(nothing.status, 65);
  EXPECT_THAT(nothing.err, HasSubstr("names no mysql: table"));
  static_cast<void>(dir_.write("postfix/main.cf", "relay_domains = mysql:/nonexistent.cf\n"));
  const auto refused = import("empty");
  EXPECT_EQ(refused.status, 65);
  EXPECT_THAT(refused.err, AllOf(HasSubstr("relay_domains: /nonexistent.cf"), HasSubstr("take over")));
  static_cast<void>(dir_.write("postfix/main.cf", "relay_domains mysql:/x.cf\n"));
  const auto broken = import("empty");
  EXPECT_EQ(broken.status, 65);
  EXPECT_THAT(broken.err, HasSubstr("main.cf: line 1: "));
  EXPECT_TRUE(std::filesystem::is_empty(dir_.path("empty")));
}

TEST_F(ImportTest, ATextThatPostmapHasNotSeenIsNamed) {
  bring("vimbadmin");
  static_cast<void>(dir_.write("postfix/virtual.db", "made of an older text"));
  settle(dir_.path("postfix/virtual.db"));
  const auto old = import("new");
  EXPECT_EQ(old.status, 0);
  EXPECT_THAT(old.err, AllOf(HasSubstr("warning: virtual_alias_maps: "), HasSubstr("/virtual was changed after")));
  settle(dir_.path("postfix/virtual"));
  static_cast<void>(dir_.write("postfix/virtual.db", "made of this text"));
  EXPECT_EQ(import("other").err, "");
}

TEST_F(ImportTest, InlineTablesStandBesideTheConfiguration) {
  bring("vimbadmin");
  const auto main_cf = dir_.path("postfix/main.cf");
  static_cast<void>(dir_.write("postfix/main.cf", read_text(main_cf) +
                                                      "virtual_alias_maps = inline:{ {team@hosted.example = "
                                                      "ben@hosted.example}, @verein.example=x@y.example } "
                                                      "$sql/aliases.cf\n"));
  imported_ = import("new");
  ASSERT_EQ(imported_.status, 0) << imported_.err;
  EXPECT_THAT(imported_.err, HasSubstr("virtual_alias_maps is defined again"));
  EXPECT_EQ(read_text(dir_.path("new/virtual_alias_maps.1.text")),
            "team@hosted.example ben@hosted.example\n@verein.example x@y.example\n");
  // A text table that is there already is nobody's to overwrite, and then nothing is written.
  std::filesystem::remove(dir_.path("new/maproom.toml"));
  const auto again = import("new");
  EXPECT_EQ(again.status, 73);
  EXPECT_THAT(again.err, HasSubstr("virtual_alias_maps.1.text is there already"));
  EXPECT_FALSE(std::filesystem::exists(dir_.path("new/maproom.toml")));
}

/// What "postconf -x" makes of a text; nullopt if it says that there is something wrong with it.
std::optional<std::string> postconf_of(const std::string& text) {
  const TempDir dir;
  std::string main_cf = "compatibility_level = 3.6\nmyhostname = test.example\n";
  for (const auto& [name, value] : expansion_parameters())
    if (value.find("$loop") == std::string::npos || text.find("$l") != std::string::npos)
      main_cf += name + " = " + value + "\n";
  static_cast<void>(dir.write("main.cf", main_cf + "relocated_maps = [" + text + "]\n"));
  static_cast<void>(dir.write("master.cf", ""));
  settle(dir.path("main.cf"));
  auto result = run_command({"postconf", "-c", dir.path(), "-xh", "relocated_maps"});
  for (const auto* const trouble : {"macro", "expected at", "unexpected input", "nesting"})
    if (result.err.find(trouble) != std::string::npos) return std::nullopt;
  if (result.out.ends_with('\n')) result.out.pop_back();
  return result.out;
}

TEST(Postconf, ExpandsAsWeDo) {
  for (const auto& [text, expected] : good_expansions())
    EXPECT_EQ(postconf_of(text).value_or("(refused)"), imports::with_single_blanks("[" + expected + "]")) << text;
}

TEST(Postconf, HasTheDefaultsThatWeHave) {
  const TempDir dir;
  static_cast<void>(dir.write("master.cf", ""));
  std::array<char, 256> host{};
  ASSERT_EQ(::gethostname(host.data(), host.size() - 1), 0);
  for (const std::string main_cf :
       {"", "compatibility_level = 1\n", "compatibility_level = 2\nmydomain = example.net\n",
        "compatibility_level = 3.6\nmyhostname = mx.example.org\n",
        "smtpd_client_connection_limit_exceptions = 192.0.2.1\nvirtual_maps = hash:/x\n"}) {
    static_cast<void>(dir.write("main.cf", main_cf));
    settle(dir.path("main.cf"));
    const auto ours = imports::PostfixParameters::by_itself(main_cf, dir.path(), host.data());
    ASSERT_TRUE(ours);
    std::size_t compared = 0;
    for (const auto& line : lines_of(run_command({"postconf", "-c", dir.path(), "-x"}).out)) {
      const auto name = line.substr(0, line.find(' '));
      // The default of mynetworks are the networks of this host; an import has no use for them.
      if (!ours->setting(name) || name == "mynetworks" || ours->setting(name)->text.find("$mynetworks") != line.npos)
        continue;
      const auto value = ours->value(name);
      EXPECT_EQ(name + " =" + (value.empty() ? "" : " ") + imports::with_single_blanks(value), line) << main_cf;
      ++compared;
    }
    EXPECT_GT(compared, 70U);
  }
}

TEST(Postconf, RefusesWhatWeRefuse) {
  // It takes a second over each fatal error.
  std::vector<std::future<std::optional<std::string>>> answers;
  for (const auto& text : bad_expansions()) answers.push_back(std::async(std::launch::async, postconf_of, text));
  for (std::size_t i = 0; i < answers.size(); ++i) EXPECT_EQ(answers[i].get(), std::nullopt) << bad_expansions()[i];
}

}  // namespace
}  // namespace maproom::test
