#include "maproom/map/profile.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "maproom/map/substitution.hpp"
#include "support/temp_dir.hpp"

namespace maproom::map {
namespace {

Profile profile(std::string_view name, const PostfixSettings& settings = {}) {
  const auto found = profile_of(name, settings);
  EXPECT_TRUE(found) << name;
  return found.value_or(Profile{});
}

TEST(Profiles, HaveNamesOfTheirOwn) {
  using enum ProfileKind;
  for (const auto kind :
       {exact, address, address_x, access_mail, access_host, access_name, transport, domain_tree, client_list}) {
    EXPECT_EQ(profile(to_string(kind)).kind, kind);
  }
}

TEST(Profiles, OfAddressXAloneHasClassVirtual) { EXPECT_EQ(profile("address-x").propagation_class, "virtual"); }

TEST(Profiles, NameThePropagationClass) {
  EXPECT_EQ(profile("virtual_alias_maps").propagation_class, "virtual");
  for (const char* name : {"canonical_maps", "sender_canonical_maps", "recipient_canonical_maps"}) {
    EXPECT_EQ(profile(name).propagation_class, "canonical");
  }
  EXPECT_EQ(profile("smtp_generic_maps").propagation_class, "generic");
  EXPECT_EQ(profile("virtual_mailbox_maps").propagation_class, "");
}

TEST(Profiles, HavePostfixsDefaultParentStyles) {
  for (const char* name :
       {"relay_domains", "fast_flush_domains", "mynetworks", "permit_mx_backup_networks", "qmqpd_authorized_clients",
        "debug_peer_list", "check_client_access", "check_helo_access", "check_recipient_access"}) {
    EXPECT_EQ(profile(name).parents, ParentStyle::plain) << name;
  }
  for (const char* name : {"transport_maps", "smtpd_client_event_limit_exceptions"}) {
    EXPECT_EQ(profile(name).parents, ParentStyle::dotted) << name;
  }
}

TEST(Profiles, TakeTheStyleFromTheSettings) {
  PostfixSettings settings;
  settings.parent_domain_matches_subdomains = {"transport_maps"};
  EXPECT_EQ(profile("transport_maps", settings).parents, ParentStyle::plain);
  EXPECT_EQ(profile("transport", settings).parents, ParentStyle::plain);
  for (const char* name : {"relay_domains", "domain-tree", "mynetworks", "client-list", "check_sender_access",
                           "access-mail", "access-host", "access-name"}) {
    EXPECT_EQ(profile(name, settings).parents, ParentStyle::dotted) << name;
  }
}

TEST(Profiles, CoverEveryServerCheck) {
  for (const std::string who : {"client", "reverse_client_hostname", "helo", "sender", "recipient"}) {
    for (const std::string what : {"_mx_access", "_ns_access", "_a_access"}) {
      EXPECT_EQ(profile("check_" + who + what).kind, ProfileKind::access_host);
    }
  }
}

TEST(Profiles, OfUnknownNamesDoNotExist) {
  for (const char* name : {"", "virtual_alias_map", "address_x", "Exact", "queue_directory"}) {
    EXPECT_FALSE(profile_of(name, {})) << name;
    EXPECT_FALSE(refused_parameter(name)) << name;
  }
}

TEST(RefusedParameters, HaveAReasonAndNoProfile) {
  for (const char* name :
       {"alias_maps", "mailbox_command_maps", "virtual_uid_maps", "virtual_gid_maps", "header_checks", "body_checks",
        "postscreen_cache_map", "address_verify_map", "smtpd_tls_session_cache_database"}) {
    EXPECT_FALSE(profile_of(name, {})) << name;
    EXPECT_THAT(refused_parameter(name).value_or(""), testing::Not(testing::IsEmpty())) << name;
  }
  EXPECT_THAT(refused_parameter("alias_maps").value_or(""), testing::HasSubstr("local(8)"));
}

TEST(Profiles, OfXclientHostsAreDottedWhateverTheSettingsSay) {
  PostfixSettings settings;
  settings.parent_domain_matches_subdomains = {"smtpd_authorized_xclient_hosts", "smtpd_authorized_xforward_hosts"};
  EXPECT_EQ(profile("smtpd_authorized_xclient_hosts", settings).parents, ParentStyle::dotted);
  EXPECT_EQ(profile("smtpd_authorized_xforward_hosts", settings).parents, ParentStyle::dotted);
}

TEST(RefusedParameters, AreNotThoseThatSmtpdMayAsk) { EXPECT_FALSE(refused_parameter("virtual_mailbox_maps")); }

TEST(KnownParameters, AreSortedAndDistinctAndAccepted) {
  const auto names = known_parameters();
  EXPECT_GT(names.size(), 60U);
  EXPECT_TRUE(std::is_sorted(names.begin(), names.end()));
  EXPECT_EQ(std::adjacent_find(names.begin(), names.end()), names.end());
  for (const auto& name : names) {
    EXPECT_TRUE(profile_of(name, {})) << name;
    EXPECT_FALSE(refused_parameter(name)) << name;
  }
}

TEST(WrongNotFoundOf, AMapThatNamesRecipientsRejectsAndWaits) {
  for (const auto* name : {"virtual_mailbox_maps", "relay_recipient_maps", "local_recipient_maps", "address", "exact"})
    EXPECT_EQ(wrong_not_found(name), WrongNotFound::rejects) << name;
  EXPECT_TRUE(waits_in_outage(WrongNotFound::rejects));
  EXPECT_EQ(wrong_not_found("smtpd_sender_login_maps"), WrongNotFound::opens);
  EXPECT_TRUE(waits_in_outage(WrongNotFound::opens));
}

TEST(WrongNotFoundOf, WhatEveryMessageNeedsDoesNotWait) {
  for (const auto* name : {"virtual_alias_maps", "canonical_maps", "sender_bcc_maps", "transport_maps", "mynetworks",
                           "virtual_mailbox_domains", "virtual_alias_domains", "relay_domains", "check_client_access",
                           "check_sender_access", "smtp_tls_policy_maps", "sender_dependent_relayhost_maps"})
    EXPECT_FALSE(waits_in_outage(wrong_not_found(name))) << name;
}

TEST(WrongNotFoundOf, AnUnknownParameterIsTheWorst) { EXPECT_EQ(wrong_not_found("nothing"), WrongNotFound::rejects); }

TEST(WrongNotFoundOf, EachParameterIsAsTheManualSays) {
  const auto manual = test::read_text(MAPROOM_SOURCE_DIR "/docs/postfix-lookups.md");
  for (const auto& name : known_parameters()) {
    const auto row = "\n| `" + name + "` | " + std::string{to_string(wrong_not_found(name))} + " |\n";
    EXPECT_THAT(manual, testing::HasSubstr(row));
  }
}

TEST(Profile, ValuesMadeOfTheKeyAreForbiddenWhereTheyWouldChooseTheWay) {
  for (const auto* const name :
       {"transport", "transport_maps", "address_verify_transport_maps", "mailbox_transport_maps",
        "fallback_transport_maps", "sender_dependent_relayhost_maps", "sender_dependent_default_transport_maps",
        "address_verify_sender_dependent_relayhost_maps", "address_verify_sender_dependent_default_transport_maps"})
    EXPECT_FALSE(may_substitute(name)) << name;
  for (const auto* const name : {"virtual_alias_maps", "canonical_maps", "virtual_mailbox_maps", "relay_domains",
                                 "check_recipient_access", "smtpd_sender_login_maps", "smtp_tls_policy_maps"})
    EXPECT_TRUE(may_substitute(name)) << name;
}

}  // namespace
}  // namespace maproom::map
