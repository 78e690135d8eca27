// The worked examples and statements of docs/postfix-lookups.md, sections 3.1, 3.2, 4 and 5, one by one.

#include "maproom/map/candidates.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace maproom::map {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using Keys = std::vector<std::string>;

/// The document's site: recipient_delimiter = +-, test.example is $myorigin and in $mydestination.
PostfixSettings document_settings() {
  PostfixSettings settings;
  settings.recipient_delimiter = "+-";
  settings.myorigin = "test.example";
  settings.mydestination = {"test.example"};
  return settings;
}

std::vector<Candidate> all_of(std::string_view parameter, std::string_view key,
                              const PostfixSettings& settings = document_settings()) {
  const auto profile = profile_of(parameter, settings);
  if (!profile) {
    ADD_FAILURE() << "no profile: " << parameter;
    return {};
  }
  return candidates(*profile, key, settings);
}

Keys keys_of(std::string_view parameter, std::string_view key, const PostfixSettings& settings = document_settings()) {
  Keys keys;
  for (auto& candidate : all_of(parameter, key, settings)) keys.push_back(candidate.key);
  return keys;
}

// What is common to all.

TEST(Candidates, AreNoneForAnEmptyKey) {
  for (const auto& parameter : known_parameters()) EXPECT_THAT(keys_of(parameter, ""), IsEmpty()) << parameter;
}

TEST(Candidates, AreNoneForAKeyThatIsNotUtf8) {
  for (const auto& parameter : known_parameters()) {
    EXPECT_THAT(keys_of(parameter, "j\xFF@alias.example"), IsEmpty()) << parameter;
  }
}

TEST(Candidates, TakeAnyBytesWithoutSmtputf8) {
  auto settings = document_settings();
  settings.smtputf8_enable = false;
  EXPECT_THAT(keys_of("virtual_alias_maps", "J\xFF+X@alias.example", settings),
              ElementsAre("j\xFF+x@alias.example", "j\xFF@alias.example", "@alias.example"));
}

TEST(Candidates, AreFoldedEachByItself) {
  EXPECT_THAT(keys_of("virtual_alias_maps", "JöE+Üx@Straße.example"),
              ElementsAre("jöe+üx@strasse.example", "jöe@strasse.example", "@strasse.example"));
  auto ascii_only = document_settings();
  ascii_only.smtputf8_enable = false;
  EXPECT_THAT(keys_of("virtual_alias_maps", "JöE+Üx@Straße.example", ascii_only),
              ElementsAre("jöe+Üx@straße.example", "jöe@straße.example", "@straße.example"));
}

TEST(Candidates, KeepTheCaseOfTheExtensionAndTheUser) {
  const auto list = all_of("virtual_alias_maps", "Joe+Foo@Alias.Example");
  ASSERT_EQ(list.size(), 3U);
  EXPECT_EQ(list[0], (Candidate{"joe+foo@alias.example", "", "", "Joe+Foo@Alias.Example"}));
  EXPECT_EQ(list[1], (Candidate{"joe@alias.example", "+Foo", "Joe"}));
  EXPECT_EQ(list[2], (Candidate{"@alias.example", "", ""}));
}

TEST(Candidates, OnlyTheWholeKeyIsAskedOfPatternTablesInItsOwnCase) {
  for (const auto& parameter : known_parameters())
    for (const std::string key : {"Joe+Foo@Test.Example", "Mx.Test.Example", "192.0.2.1", "Joe"}) {
      const auto list = all_of(parameter, key);
      ASSERT_FALSE(list.empty()) << parameter;
      EXPECT_EQ(list.front().whole, key) << parameter;
      for (std::size_t i = 1; i < list.size(); ++i) EXPECT_EQ(list[i].whole, "") << parameter << ' ' << list[i].key;
    }
}

TEST(Candidates, BothFormsOfAnAddressAreWholeWherePostfixAsksBoth) {
  const auto list = all_of("smtpd_sender_login_maps", "\"A b+X\"@Test.example");
  ASSERT_GE(list.size(), 4U);
  EXPECT_EQ(list[0].whole, "\"A b+X\"@Test.example");
  EXPECT_EQ(list[1].whole, "A b+X@Test.example");
  EXPECT_EQ(list[2].whole, "");
  EXPECT_EQ(list[3].whole, "");
  for (const auto& candidate : all_of("virtual_alias_maps", "\"A b\"@Test.example"))
    EXPECT_EQ(candidate.whole.empty(), candidate.key != "\"a b\"@test.example") << candidate.key;
  const auto internal = all_of("smtpd_sender_login_maps", "A b@Test.example");
  EXPECT_EQ(internal.front().whole, "A b@Test.example");
}

TEST(Candidates, CarryAnExtensionOnlyWhereItIsPropagated) {
  for (const auto& parameter : known_parameters()) {
    const auto profile = profile_of(parameter, document_settings());
    for (const auto& candidate : all_of(parameter, "Joe+Foo@test.example")) {
      const bool without_extension = candidate.key == "joe@test.example" || candidate.key == "joe";
      const bool expected = profile->kind == ProfileKind::address_x && without_extension;
      EXPECT_EQ(candidate.extension, expected ? "+Foo" : "") << parameter << ' ' << candidate.key;
      EXPECT_EQ(candidate.user, expected ? "Joe" : "") << parameter << ' ' << candidate.key;
    }
  }
}

TEST(Candidates, LeaveOutAKeyThatADelimiterCutWithinACharacter) {
  auto settings = document_settings();
  settings.recipient_delimiter = "\xB6";  // the second byte of ö
  EXPECT_THAT(keys_of("virtual_alias_maps", "jöe@alias.example", settings),
              ElementsAre("jöe@alias.example", "@alias.example"));
}

// A key without '@' (section 4).

TEST(Candidates, OfAKeyWithoutAtSignAreTheKeyAlone) {
  auto settings = document_settings();
  settings.recipient_delimiter = "-";
  settings.mydestination.emplace_back("your-host.example");
  for (const char* parameter : {"virtual_alias_maps", "canonical_maps", "virtual_mailbox_maps", "relay_recipient_maps",
                                "check_recipient_access", "transport_maps", "smtp_sasl_password_maps"}) {
    EXPECT_THAT(keys_of(parameter, "Your-Host.example", settings), ElementsAre("your-host.example")) << parameter;
    EXPECT_EQ(all_of(parameter, "Your-Host.example", settings).at(0).extension, "") << parameter;
  }
}

TEST(Candidates, OfTheNullAddressAreItsTwoSpellingsInTwoRequests) {
  EXPECT_THAT(keys_of("sender_dependent_relayhost_maps", R"("<>")"), ElementsAre(R"("<>")"));
  EXPECT_THAT(keys_of("sender_dependent_relayhost_maps", "<>"), ElementsAre("<>"));
  EXPECT_THAT(keys_of("sender_dependent_default_transport_maps", "<>"), ElementsAre("<>"));
  EXPECT_THAT(keys_of("check_sender_access", "<>"), ElementsAre("<>"));
}

// Domain lists (5.1).

TEST(DomainLists, AskTheDomainAlone) {
  for (const char* parameter : {"virtual_alias_domains", "virtual_mailbox_domains", "mydestination"}) {
    EXPECT_THAT(keys_of(parameter, "Sub.alias.example"), ElementsAre("sub.alias.example")) << parameter;
    EXPECT_THAT(keys_of(parameter, "[1.2.3.4]"), ElementsAre("[1.2.3.4]")) << parameter;
  }
}

TEST(DomainLists, AskRelayDomainsForParentsToo) {
  EXPECT_THAT(keys_of("relay_domains", "sub.send.example"), ElementsAre("sub.send.example", "send.example", "example"));
}

TEST(DomainLists, TakeTheParentStyleOfTheirOwnName) {
  auto settings = document_settings();
  settings.parent_domain_matches_subdomains = {"fast_flush_domains"};
  EXPECT_THAT(keys_of("relay_domains", "sub.send.example", settings),
              ElementsAre("sub.send.example", ".send.example", ".example"));
  EXPECT_THAT(keys_of("fast_flush_domains", "sub.send.example", settings),
              ElementsAre("sub.send.example", "send.example", "example"));
}

TEST(Parents, StopWhenNothingIsLeft) {
  EXPECT_THAT(keys_of("relay_domains", "a.b."), ElementsAre("a.b.", "b."));
  EXPECT_THAT(keys_of("relay_domains", "."), ElementsAre("."));
  EXPECT_THAT(keys_of("relay_domains", "example"), ElementsAre("example"));
}

TEST(Parents, AreWhatPostfixsLoopFinds) {
  EXPECT_THAT(keys_of("relay_domains", "a..b"), ElementsAre("a..b", ".b"));
  EXPECT_THAT(keys_of("relay_domains", ".a.b"), ElementsAre(".a.b", "b"));
  EXPECT_THAT(keys_of("smtpd_client_event_limit_exceptions", "a.b."), ElementsAre("a.b.", ".b.", "."));
}

// Rewriting and recipient maps (5.2): the table of worked examples.

TEST(VirtualAlias, JoeWithTwoDelimiters) {
  EXPECT_THAT(keys_of("virtual_alias_maps", "Joe+Foo-Bar@Alias.Example"),
              ElementsAre("joe+foo-bar@alias.example", "joe@alias.example", "@alias.example"));
}

TEST(VirtualAlias, ZedAtTheOldDomain) {
  EXPECT_THAT(keys_of("virtual_alias_maps", "zed+Ext@old.example"),
              ElementsAre("zed+ext@old.example", "zed@old.example", "@old.example"));
}

TEST(VirtualAlias, AnnWithAHyphenFirst) {
  EXPECT_THAT(keys_of("virtual_alias_maps", "Ann-E+f@alias.example"),
              ElementsAre("ann-e+f@alias.example", "ann@alias.example", "@alias.example"));
}

TEST(VirtualAlias, LocInALocalDomain) {
  EXPECT_THAT(keys_of("virtual_alias_maps", "Loc+Y@test.example"),
              ElementsAre("loc+y@test.example", "loc@test.example", "loc+y", "loc", "@test.example"));
  EXPECT_EQ(all_of("virtual_alias_maps", "Loc+Y@test.example").at(3), (Candidate{"loc", "+Y", "Loc"}));
}

TEST(VirtualAlias, LpWithABareResult) {
  EXPECT_THAT(keys_of("virtual_alias_maps", "lp+E@alias.example"),
              ElementsAre("lp+e@alias.example", "lp@alias.example", "@alias.example"));
}

TEST(VirtualAlias, QuotesThatTheExtensionNeededGoWithIt) {
  const auto list = all_of("virtual_alias_maps", R"("q+A b"@alias.example)");
  ASSERT_EQ(list.size(), 3U);
  EXPECT_EQ(list[0].key, R"("q+a b"@alias.example)");
  EXPECT_EQ(list[1], (Candidate{"q@alias.example", "+A b", "q"}));
  EXPECT_EQ(list[2].key, "@alias.example");
}

TEST(VirtualAlias, ALeadingDelimiterSplitsNothing) {
  EXPECT_THAT(keys_of("virtual_alias_maps", "+foo@old.example"), ElementsAre("+foo@old.example", "@old.example"));
}

TEST(VirtualAlias, AForeignAddress) {
  EXPECT_THAT(keys_of("virtual_alias_maps", "nobody@foreign.example"),
              ElementsAre("nobody@foreign.example", "@foreign.example"));
}

TEST(VirtualAlias, QuotesThatTheUserNeedsStay) {
  EXPECT_THAT(keys_of("virtual_alias_maps", R"("a b+X"@alias.example)"),
              ElementsAre(R"("a b+x"@alias.example)", R"("a b"@alias.example)", "@alias.example"));
}

TEST(VirtualAlias, AnExternalKeyHasNoInternalTwins) {
  EXPECT_THAT(
      keys_of("virtual_alias_maps", R"("a b+X"@test.example)"),
      ElementsAre(R"("a b+x"@test.example)", R"("a b"@test.example)", R"("a b+x")", R"("a b")", "@test.example"));
}

TEST(VirtualAlias, AnInternalKeyHasInternalCandidatesOnly) {
  EXPECT_THAT(keys_of("virtual_alias_maps", "a b+X@test.example"),
              ElementsAre("a b+x@test.example", "a b@test.example", "a b+x", "a b", "@test.example"));
}

TEST(VirtualAlias, ABackslashInAnInternalKeyIsPartOfTheName) {
  EXPECT_THAT(keys_of("virtual_alias_maps", R"(back\sl@alias.example)"),
              ElementsAre(R"(back\sl@alias.example)", "@alias.example"));
}

TEST(VirtualAlias, WithoutDelimitersThereIsNoExtension) {
  auto settings = document_settings();
  settings.recipient_delimiter.clear();
  EXPECT_THAT(keys_of("virtual_alias_maps", "Joe+Foo-Bar@Alias.Example", settings),
              ElementsAre("joe+foo-bar@alias.example", "@alias.example"));
}

TEST(VirtualAlias, OwnersAndRequestsAreWhole) {
  EXPECT_THAT(keys_of("virtual_alias_maps", "Owner-L+x@alias.example"),
              ElementsAre("owner-l+x@alias.example", "@alias.example"));
  EXPECT_THAT(keys_of("virtual_alias_maps", "list-request+e@alias.example"),
              ElementsAre("list-request+e@alias.example", "list@alias.example", "@alias.example"));
}

TEST(VirtualAlias, TheDomainBeginsAtTheLastAtSign) {
  EXPECT_THAT(keys_of("virtual_alias_maps", R"("a@b+c"@alias.example)"),
              ElementsAre(R"("a@b+c"@alias.example)", R"("a@b"@alias.example)", "@alias.example"));
}

TEST(VirtualAlias, AnEmptyLocalpartIsNotAskedByItself) {
  EXPECT_THAT(keys_of("virtual_alias_maps", "@test.example"), ElementsAre("@test.example"));
  EXPECT_THAT(keys_of("virtual_alias_maps", R"(""@test.example)"),
              ElementsAre(R"(""@test.example)", R"("")", "@test.example"));
}

TEST(AddressMaps, AskInternalFormsAfterExternalOnes) {
  EXPECT_THAT(keys_of("virtual_mailbox_maps", R"("a b+x"@test.example)"),
              ElementsAre(R"("a b+x"@test.example)", "a b+x@test.example", R"("a b"@test.example)", "a b@test.example",
                          R"("a b+x")", "a b+x", R"("a b")", "a b", "@test.example"));
}

TEST(AddressMaps, AskAUserThatNeedsQuotesWithoutItsExtensionInBothForms) {
  EXPECT_THAT(keys_of("virtual_mailbox_maps", "a.+x@mbox.example"),
              ElementsAre("a.+x@mbox.example", R"("a."@mbox.example)", "a.@mbox.example", "@mbox.example"));
  EXPECT_THAT(keys_of("virtual_alias_maps", "a.+x@mbox.example"),
              ElementsAre("a.+x@mbox.example", R"("a."@mbox.example)", "@mbox.example"));
}

TEST(AddressMaps, AskLocalRecipientsByNameToo) {
  EXPECT_THAT(keys_of("local_recipient_maps", "loc+foo@test.example"),
              ElementsAre("loc+foo@test.example", "loc@test.example", "loc+foo", "loc", "@test.example"));
}

TEST(AddressMaps, AskBareNamesOfAddressLiteralsOfThisHost) {
  auto settings = document_settings();
  settings.inet_interfaces = {"192.0.2.1"};
  EXPECT_THAT(keys_of("local_recipient_maps", "loc@[192.0.2.1]", settings),
              ElementsAre("loc@[192.0.2.1]", "loc", "@[192.0.2.1]"));
  EXPECT_THAT(keys_of("local_recipient_maps", "loc@[192.0.2.2]", settings),
              ElementsAre("loc@[192.0.2.2]", "@[192.0.2.2]"));
}

TEST(AddressMaps, AreAllOfOneKind) {
  for (const char* parameter :
       {"relay_recipient_maps", "relocated_maps", "recipient_bcc_maps", "sender_bcc_maps", "smtpd_sender_login_maps",
        "sender_dependent_relayhost_maps", "sender_dependent_default_transport_maps", "smtp_sasl_password_maps"}) {
    EXPECT_EQ(keys_of(parameter, R"("a b+x"@test.example)"), keys_of("virtual_mailbox_maps", R"("a b+x"@test.example)"))
        << parameter;
  }
}

TEST(AddressMaps, SayWhichRequestTheyServe) {  // joe+foo is dropped for a bcc map, but not carried on
  EXPECT_THAT(keys_of("recipient_bcc_maps", "joe+foo@alias.example"),
              ElementsAre("joe+foo@alias.example", "joe@alias.example", "@alias.example"));
}

// Routing maps (5.3).

TEST(Transport, TheWildcardIsItself) { EXPECT_THAT(keys_of("transport_maps", "*"), ElementsAre("*")); }

TEST(Transport, AddressDomainAndDottedParents) {
  EXPECT_THAT(keys_of("transport_maps", "sender+ext@sub.send.example"),
              ElementsAre("sender+ext@sub.send.example", "sender@sub.send.example", "sub.send.example", ".send.example",
                          ".example"));
}

TEST(Transport, PlainParentsIfConfigured) {
  auto settings = document_settings();
  settings.parent_domain_matches_subdomains.emplace_back("transport_maps");
  EXPECT_THAT(keys_of("transport_maps", "u@a.b.example", settings),
              ElementsAre("u@a.b.example", "a.b.example", "b.example", "example"));
  EXPECT_THAT(keys_of("address_verify_transport_maps", "u@a.b.example", settings),
              ElementsAre("u@a.b.example", "a.b.example", "b.example", "example"));
}

TEST(Transport, NoBareNamesOfLocalDomainsAndNoAtDomain) {
  EXPECT_THAT(keys_of("transport_maps", "loc+Y@test.example"),
              ElementsAre("loc+y@test.example", "loc@test.example", "test.example", ".example"));
}

TEST(Transport, ExternalFormsFirst) {
  EXPECT_THAT(keys_of("transport_maps", R"("a b"@x.example)"),
              ElementsAre(R"("a b"@x.example)", "a b@x.example", "x.example", ".example"));
}

// Client networks (5.4).

TEST(ClientList, AHostNameAndItsParents) {
  EXPECT_THAT(keys_of("mynetworks", "client.sub.example"), ElementsAre("client.sub.example", "sub.example", "example"));
  EXPECT_THAT(keys_of("mynetworks", "unknown"), ElementsAre("unknown"));
}

TEST(ClientList, DottedParentsForEventLimitExceptions) {
  EXPECT_THAT(keys_of("smtpd_client_event_limit_exceptions", "client.sub.example"),
              ElementsAre("client.sub.example", ".sub.example", ".example"));
}

TEST(ClientList, AnAddressExactlyAndNoNetworks) {
  EXPECT_THAT(keys_of("mynetworks", "192.0.2.55"), ElementsAre("192.0.2.55"));
  EXPECT_THAT(keys_of("mynetworks", "2001:db8::9:0:0:1"), ElementsAre("2001:db8::9:0:0:1"));
  EXPECT_THAT(keys_of("smtpd_client_event_limit_exceptions", "192.0.2.55"), ElementsAre("192.0.2.55"));
}

// Access maps (5.5).

TEST(Access, ClientNameThenItsParents) {
  EXPECT_THAT(keys_of("check_client_access", "Client.sub.example"),
              ElementsAre("client.sub.example", "sub.example", "example"));
  EXPECT_THAT(keys_of("check_client_access", "unknown"), ElementsAre("unknown"));
}

TEST(Access, ClientAddressThenItsNetworks) {
  EXPECT_THAT(keys_of("check_client_access", "192.0.2.55"), ElementsAre("192.0.2.55", "192.0.2", "192.0", "192"));
}

TEST(Access, Ipv6NetworksAreCutAsText) {
  EXPECT_THAT(keys_of("check_client_access", "2001:db8::9:0:0:1"),
              ElementsAre("2001:db8::9:0:0:1", "2001:db8::9:0:0", "2001:db8::9:0", "2001:db8::9",
                          "2001:db8:", "2001:db8", "2001"));
  EXPECT_THAT(keys_of("check_client_access", "::1"), ElementsAre("::1", ":"));
}

TEST(Access, ServersAreCheckedAsHosts) {
  for (const char* parameter : {"check_reverse_client_hostname_access", "check_sender_mx_access",
                                "check_helo_ns_access", "check_recipient_a_access", "check_client_ns_access"}) {
    EXPECT_THAT(keys_of(parameter, "mx.sub.example"), ElementsAre("mx.sub.example", "sub.example", "example"))
        << parameter;
    EXPECT_THAT(keys_of(parameter, "192.0.2.1"), ElementsAre("192.0.2.1", "192.0.2", "192.0", "192")) << parameter;
  }
}

TEST(Access, DottedParentsIfConfigured) {
  auto settings = document_settings();
  settings.parent_domain_matches_subdomains.clear();
  EXPECT_THAT(keys_of("check_client_access", "a.b.c", settings), ElementsAre("a.b.c", ".b.c", ".c"));
  EXPECT_THAT(keys_of("check_helo_access", "a.b.c", settings), ElementsAre("a.b.c", ".b.c", ".c"));
  EXPECT_THAT(keys_of("check_sender_access", "u@b.c", settings), ElementsAre("u@b.c", "b.c", ".c", "u@"));
}

TEST(Access, HeloNamesHaveParentsAndAddressesHaveNone) {
  EXPECT_THAT(keys_of("check_helo_access", "Mail.Sub.example"),
              ElementsAre("mail.sub.example", "sub.example", "example"));
  EXPECT_THAT(keys_of("check_helo_access", "192.0.2.55"), ElementsAre("192.0.2.55"));
  EXPECT_THAT(keys_of("check_helo_access", "2001:DB8::1"), ElementsAre("2001:db8::1"));
  EXPECT_THAT(keys_of("check_helo_access", "010.0.0.1"), ElementsAre("010.0.0.1"));
}

TEST(Access, AnAddressInBracketsIsAName) {
  EXPECT_THAT(keys_of("check_helo_access", "[1.2.3.4]"), ElementsAre("[1.2.3.4]", "2.3.4]", "3.4]", "4]"));
}

TEST(Access, HeloNamesMayEndInADot) {
  EXPECT_THAT(keys_of("check_helo_access", "mail.example."), ElementsAre("mail.example.", "example."));
}

TEST(Access, EtrnDomainsHaveParents) {
  EXPECT_THAT(keys_of("check_etrn_access", "sub.example"), ElementsAre("sub.example", "example"));
}

TEST(Access, MailAddressDomainParentsAndUser) {
  EXPECT_THAT(
      keys_of("check_recipient_access", "joe+foo@alias.example"),
      ElementsAre("joe+foo@alias.example", "joe@alias.example", "alias.example", "example", "joe+foo@", "joe@"));
}

TEST(Access, MailOfALocalDomainHasNoBareNames) {
  EXPECT_THAT(keys_of("check_sender_access", "loc@test.example"),
              ElementsAre("loc@test.example", "test.example", "example", "loc@"));
}

TEST(Access, MailInBothForms) {
  EXPECT_THAT(keys_of("check_recipient_access", R"("a b+x"@mbox.example)"),
              ElementsAre(R"("a b+x"@mbox.example)", "a b+x@mbox.example", R"("a b"@mbox.example)", "a b@mbox.example",
                          "mbox.example", "example", R"("a b+x"@)", "a b+x@", R"("a b"@)", "a b@"));
}

TEST(Access, MailInTheInternalFormOnly) {
  EXPECT_THAT(keys_of("check_recipient_access", "a b+x@mbox.example"),
              ElementsAre("a b+x@mbox.example", "a b@mbox.example", "mbox.example", "example", "a b+x@", "a b@"));
}

TEST(Access, FingerprintsAndLoginsAreExact) {
  EXPECT_THAT(keys_of("check_ccert_access", "AB:CD:0F"), ElementsAre("ab:cd:0f"));
  EXPECT_THAT(keys_of("check_sasl_access", "Joe+x@alias.example"), ElementsAre("joe+x@alias.example"));
}

// Others (5.6).

TEST(Others, TlsPolicyKeysAreExact) {
  for (const char* key : {"[Relay.Example]:2599", "Relay.sub.sasl.example", ".sub.sasl.example", "/Var/lmtp"}) {
    EXPECT_EQ(keys_of("smtp_tls_policy_maps", key).size(), 1U) << key;
  }
  EXPECT_THAT(keys_of("smtp_tls_policy_maps", "[Relay.Example]:2599"), ElementsAre("[relay.example]:2599"));
}

TEST(Others, PasswordsAreAskedBySenderAddressOrByHost) {
  EXPECT_THAT(keys_of("smtp_sasl_password_maps", "Joe+x@alias.example"),
              ElementsAre("joe+x@alias.example", "joe@alias.example", "@alias.example"));
  EXPECT_THAT(keys_of("smtp_sasl_password_maps", "Relay-1.Example"), ElementsAre("relay-1.example"));
  EXPECT_THAT(keys_of("smtp_sasl_password_maps", "[Relay-1.Example]:587"), ElementsAre("[relay-1.example]:587"));
}

TEST(Others, ClientCertificatesAreFolded) {
  EXPECT_THAT(keys_of("relay_clientcerts", "AB:CD:0F"), ElementsAre("ab:cd:0f"));
}

TEST(Others, PostscreenAddressesAreExact) {
  EXPECT_THAT(keys_of("postscreen_access_list", "192.0.2.55"), ElementsAre("192.0.2.55"));
  EXPECT_THAT(keys_of("postscreen_dnsbl_reply_map", "zen.dnsbl.example"), ElementsAre("zen.dnsbl.example"));
  EXPECT_THAT(keys_of("rbl_reply_maps", "zen.dnsbl.example"), ElementsAre("zen.dnsbl.example"));
}

}  // namespace
}  // namespace maproom::map
