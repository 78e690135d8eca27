#include "maproom/commands/stored_values.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace maproom::commands {
namespace {

using testing::HasSubstr;

void expect_good(const std::string& parameter, const std::vector<std::string>& values) {
  for (const auto& value : values)
    EXPECT_FALSE(judge_value(parameter, value, true))
        << parameter << " " << value << ": " << *judge_value(parameter, value, true);
}
void expect_bad(const std::string& parameter, const std::vector<std::string>& values) {
  for (const auto& value : values) EXPECT_TRUE(judge_value(parameter, value, true)) << parameter << " " << value;
}

TEST(StoredValues, ATransportHasAName) {
  for (const std::string parameter : {"transport_maps", "sender_dependent_default_transport_maps"}) {
    expect_bad(parameter, {"[host.example]:25", "[host.example]", "192.0.2.9:26", "192.0.2.9", "[2001:db8::1]:25",
                           "relay.example:587", "relay.example", "virtual", "virtual:"});
    expect_good(parameter, {"smtp:[host.example]:25", "smtp:192.0.2.9:26", "lmtp:unix:private/dovecot-lmtp", "smtp",
                            "error:no such user", "relay:relay.example", "virtual-lmtp:", "out.1:relay.example", ""});
  }
  expect_good("transport_maps", {":[relay.example]", ":"});
  expect_bad("sender_dependent_default_transport_maps", {":[relay.example]"});
  EXPECT_THAT(*judge_value("transport_maps", "192.0.2.9:26", true), HasSubstr("write smtp:192.0.2.9:26"));
}

TEST(StoredValues, ARelayhostHasNone) {
  expect_bad("sender_dependent_relayhost_maps",
             {"smtp:[relay.example]:587", "smtp:relay.example", "smtp:192.0.2.1:25", ":[relay.example]"});
  expect_good("sender_dependent_relayhost_maps",
              {"[relay.example]:587", "relay.example:587", "relay.example", "[relay.example]", "relay:587",
               "relay:submission", "192.0.2.1:25", "DUNNO"});
}

TEST(StoredValues, SeveralRelayhostsAreRightAndSeveralTransportsAreNot) {
  EXPECT_FALSE(takes_one_value("sender_dependent_relayhost_maps"));
  EXPECT_TRUE(takes_one_value("transport_maps"));
  EXPECT_TRUE(takes_one_value("sender_dependent_default_transport_maps"));
  expect_good("sender_dependent_relayhost_maps",
              {"[a.example]:587,[b.example]:587", "[a.example]:587, b.example 192.0.2.1:25"});
  expect_bad("sender_dependent_relayhost_maps", {"[a.example]:587, smtp:[b.example]:587"});
}

TEST(StoredValues, TheTransportVirtualIsRightWhereVirtualDelivers) {
  EXPECT_TRUE(judge_value("transport_maps", "virtual", true));
  for (const auto* const value : {"virtual", "virtual:"}) EXPECT_FALSE(judge_value("transport_maps", value, false));
}

TEST(StoredValues, WhatIsShownOfAValueIsPrintableAndShort) {
  const std::string bad = "\x1b[2J\nerror: [feed]: ";
  const auto printable = testing::Not(testing::ContainsRegex("[\x01-\x1f]"));
  for (const auto& [parameter, value] : std::vector<std::pair<std::string, std::string>>{
           {"transport_maps", "[" + bad + std::string(9000, 'x')},
           {"sender_dependent_relayhost_maps", "smtp" + bad.substr(0, 4) + ":[" + std::string(9000, 'x')},
           {"smtp_tls_policy_maps", "\x1b" + std::string(9000, 'x')},
           {"smtp_tls_policy_maps", "may \x1b" + std::string(9000, 'x')}}) {
    const auto said = judge_value(parameter, value, true);
    ASSERT_TRUE(said) << parameter;
    EXPECT_THAT(*said, printable) << parameter;
    EXPECT_LT(said->size(), 1000U) << parameter;
  }
}

TEST(StoredValues, AnAccessTableHoldsActions) {
  expect_bad("check_sender_access", {"joe@example.org", "192.0.2.1", "2001:db8::1"});
  expect_good("check_sender_access", {"OK", "REJECT", "REDIRECT joe@example.org", "550 no joe@example.org", "1",
                                      "own_class", "reject_unauth_destination, permit"});
  expect_good("virtual_alias_maps", {"joe@example.org"});
}

TEST(StoredValues, ATlsPolicyIsALevelWithAttributes) {
  expect_good("smtp_tls_policy_maps",
              {"none", "none ciphers=high", "NONE anything", "may", "MAY", "encrypt protocols=>=TLSv1.2", "dane-only",
               "secure match=.example.org:example.org,ciphers=high", "verify servername=hostname"});
  expect_bad("smtp_tls_policy_maps", {"TLSv1.2", "1", "secure .example.org", "secure macth=x"});
}

TEST(StoredValues, AliasesThatLeadBackToThemselvesAreALoop) {
  const Aliases aliases{{"a@d", {"b@d"}},
                        {"b@d", {"x@d", "c@d"}},
                        {"c@d", {"b@d"}},
                        {"self@d", {"self@d"}},
                        {"keep@d", {"keep@d", "self@d"}},
                        {"two@d", {"e@d", "f@d"}},
                        {"e@d", {"f@d"}},
                        {"f@d", {"g@d"}}};
  EXPECT_EQ(alias_loop(aliases, "a@d"), "b@d -> c@d -> b@d");
  EXPECT_EQ(alias_loop(aliases, "c@d"), "c@d -> b@d -> c@d");
  for (const std::string good : {"self@d", "keep@d", "two@d", "nobody@d"})
    EXPECT_EQ(alias_loop(aliases, good), std::nullopt) << good;
  EXPECT_THAT(alias_targets("A@D, b@d\n c@d"), testing::ElementsAre("a@d", "b@d", "c@d"));
}

}  // namespace
}  // namespace maproom::commands
