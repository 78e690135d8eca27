// The same mail outcome: three Postfix instances on the same database, with the same main.cf but for the tables. One
// has `mysql:` tables, the others have the very same mysql_table(5) files behind Maproom, over tcp: and over
// socketmap:. What the first one does is right by definition.
//
// Where Maproom is meant to differ, and why nothing here does:
// - Client lists find no host names by default (addresses_only): whoever owns an address block chooses its names. Here
// it
//   is off, which has to be what mysql: does; client_list_test.cpp has the default.
// - smtpd_client_event_limit_exceptions is $mynetworks by default, but asked with dotted parents, and so is
//   fast_flush_domains = $relay_domains if only one of the two is in parent_domain_matches_subdomains. A map has one
//   style, so each of them has a map of its own here.
// - A query with an expansion outside of quotes is refused (query_template_test.cpp): a key could change the statement.
// - A parameter with tables of several types (hash:, mysql:) is asked in another order by Postfix itself, whatever a
//   daemon answers. Here every parameter has one type; `maproom import` warns of others.
// - Keys above 10000 bytes are not found, as Postfix 3.12 has it for socketmap:.
//
// Not asked here: what needs names in the DNS (check_*_mx_access, check_*_ns_access, check_*_a_access, rbl_reply_maps,
// permit_mx_backup_networks), client certificates (check_ccert_access, relay_clientcerts), or other servers than those
// of SMTP and the queue (qmqpd_authorized_clients, rbl lists of postscreen(8)); debug_peer_list changes nothing but the
// log. address_verify_* default to parameters that are here.

#include <gtest/gtest.h>

#include "integration/two_postfix_site.hpp"

namespace maproom::test::two_postfix {
namespace {

class TwoPostfix : public testing::TestWithParam<Variant> {};

/// Nothing can differ where nothing happens: that the rows were found, and decided.
void expect_that_all_was_seen(const std::vector<Dialogue>& dialogues, const std::vector<Outcome>& outcomes) {
  std::string all;
  for (std::size_t i = 0; i < dialogues.size(); ++i) all += describe(dialogues[i], outcomes[i]);
  const auto seen = [&](const std::string& text) { return all.find(text) != std::string::npos; };
  for (const auto& mark : marks()) EXPECT_TRUE(seen(mark)) << "nothing came of the row " << mark;
  for (const char* text : {"Relay access denied",
                           "User unknown in virtual alias table",
                           "User unknown in virtual mailbox table",
                           "User unknown in relay recipient table",
                           "User unknown in local recipient table",
                           "not owned by user",
                           "TLS is required, but was not offered",
                           "login= PLAIN",
                           "too much mail",
                           "Queuing started",
                           "Temporary lookup failure",
                           "Server configuration error",
                           "queue file write error",
                           "Service currently unavailable",
                           "250-XCLIENT",
                           "250-XFORWARD",
                           "tvirtual/",
                           "trelay/",
                           "tlocal/",
                           "bounce: "})
    EXPECT_TRUE(seen(text)) << text;
  for (const char* text : {"never", "lost: smtpd closed"})
    EXPECT_FALSE(seen(text)) << all.substr(all.rfind("(EHLO", all.find(text)), 1500);
}

TEST_P(TwoPostfix, TheSameDialoguesHaveTheSameOutcome) {
  const auto& variant = GetParam();
  Site site{variant};
  std::vector<std::unique_ptr<Instance>> instances;
  for (const std::string protocol : {"mysql", "tcp", "socketmap"})
    instances.push_back(std::make_unique<Instance>(site, variant, protocol, protocol));
  const auto dialogues = make_dialogues({.smtputf8 = variant.smtputf8,
                                         .every_row = variant.every_row,
                                         .every_nth = 8,
                                         .every_nth_pair = variant.every_row ? 40 : 70});
  run_all(site, dialogues, instances);

  if (variant.every_row) expect_that_all_was_seen(dialogues, instances.front()->outcomes());
  expect_same_outcomes(dialogues, instances);
}

INSTANTIATE_TEST_SUITE_P(MainCf, TwoPostfix,
                         testing::Values(Variant{.name = "usual", .every_row = true},
                                         Variant{.name = "star_and_no_propagation",
                                                 .recipient_delimiter = "+",
                                                 .propagate = "",
                                                 .star = true,
                                                 .main_cf = {{"virtual_alias_domains", "$virtual_alias_maps"}}},
                                         Variant{.name = "other_parents",
                                                 .recipient_delimiter = "-",
                                                 .owner_request_special = false,
                                                 .propagate = "canonical, generic, virtual",
                                                 .plain_parents = "transport_maps, smtpd_client_event_limit_exceptions",
                                                 .routing_operators = false,
                                                 .main_cf = {{"smtpd_reject_unlisted_sender", "yes"}}},
                                         Variant{.name = "no_smtputf8_no_delimiter",
                                                 .recipient_delimiter = "",
                                                 .smtputf8 = false,
                                                 .star = true}),
                         [](const auto& each) { return each.param.name; });

// Several mysql: tables of one parameter are one map. As three maps, Postfix takes the first one's whole answer, its
// catch-all included, before it asks the second.
TEST(TwoPostfix, ThreeTablesAsThreeMapsGiveOtherMail) {
  const Variant variant{.name = "usual"};
  Site site{variant};
  std::vector<std::unique_ptr<Instance>> instances;
  for (const std::string protocol : {"mysql", "tcp"})
    instances.push_back(std::make_unique<Instance>(site, variant, protocol, protocol));
  instances.push_back(std::make_unique<Instance>(
      site, variant, "three", "tcp",
      std::map<std::string, std::string>{{"virtual_alias_maps", site.tcp_table("virtual_alias_maps_0") + ", " +
                                                                    site.tcp_table("virtual_alias_maps_1") + ", " +
                                                                    site.tcp_table("virtual_alias_maps_2")}}));
  Dialogue dialogue;
  dialogue.greeting = {"EHLO client.example"};
  dialogue.lines = {"MAIL FROM:<sender@far.example>", "RCPT TO:<joe@moved.example>", "DATA", "."};
  run_all(site, {dialogue}, instances);

  const auto fates = [&](std::size_t instance) { return describe(dialogue, instances[instance]->outcomes()[0]); };
  EXPECT_EQ(fates(0), fates(1));
  for (const std::size_t one_map : {0U, 1U}) {
    EXPECT_NE(fates(one_map).find("to=<bob@mbox.example>"), std::string::npos) << fates(one_map);
    EXPECT_NE(fates(one_map).find("to=<carl@relay.example>"), std::string::npos) << fates(one_map);
  }
  EXPECT_EQ(fates(2).find("to=<bob@mbox.example>"), std::string::npos) << fates(2);
  EXPECT_NE(fates(2).find("to=<catcher@mbox.example>"), std::string::npos) << fates(2);
}

}  // namespace
}  // namespace maproom::test::two_postfix
