// What becomes of a main.cf: which maps, which changes, and what is left with which reason.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "maproom/import/plan.hpp"
#include "unit/import/import_world.hpp"

namespace maproom::app {
namespace {

using testing::AllOf;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

TEST(ImportPlan, EveryMapOfThePortTableGetsItsPortAndOthersTheNextFreeOnes) {
  const auto plan = planned(R"(
virtual_transport = lmtp:unix:lmtp
virtual_mailbox_domains = mysql:/a.cf
virtual_alias_maps = proxy:mysql:/b.cf
transport_maps = mysql:/c.cf
mynetworks = mysql:/d.cf
virtual_mailbox_maps = mysql:/e.cf
relay_domains = mysql:/f.cf
relay_recipient_maps = mysql:/a.cf
smtp_tls_policy_maps = mysql:/b.cf
sender_bcc_maps = mysql:/c.cf
canonical_maps = mysql:/d.cf
smtp_destination_concurrency_limit = 10050
)");
  EXPECT_THAT(plan.left, IsEmpty());
  EXPECT_EQ(maps(plan),
            "virtual_mailbox_domains 10040 /a.cf\n"
            "virtual_alias_maps 10041 /b.cf\n"
            "transport_maps 10042 /c.cf\n"
            "mynetworks 10043 /d.cf\n"
            "virtual_mailbox_maps 10044 /e.cf\n"
            "relay_domains 10045 /f.cf\n"
            "relay_recipient_maps 10046 /a.cf\n"
            "smtp_tls_policy_maps 10047 /b.cf\n"
            "canonical_maps 10051 /d.cf\n"
            "sender_bcc_maps 10052 /c.cf\n")
      << "10050 is in use, as far as anybody can tell from here";
  EXPECT_EQ(switched(plan, "virtual_alias_maps"), "tcp:127.0.0.1:10041");
}

TEST(ImportPlan, WhatThePostmasterWantsToLeaveStaysAsItIs) {
  const auto parameters = imports::PostfixParameters::by_itself(
      "compatibility_level = 3.6\ninet_interfaces = 192.0.2.1\ntransport_maps = mysql:/a.cf\nrelay_domains = "
      "mysql:/b.cf\n"
      "relay_recipient_maps = $transport_maps\n"
      "smtpd_sender_restrictions = check_sender_access mysql:/c.cf\nsmtp_sasl_password_maps = mysql:/d.cf\n",
      "/etc/postfix", "host.example.net");
  ASSERT_TRUE(parameters);
  auto world = import_world();
  world.leave = {"transport_maps", "smtpd_sender_restrictions", "smtp_sasl_password_maps"};
  const auto plan = imports::make_plan(*parameters, {}, world);
  EXPECT_EQ(maps(plan), "relay_domains 10045 /b.cf\nrelay_recipient_maps 10046 /a.cf\n");
  EXPECT_THAT(plan.left,
              UnorderedElementsAre("transport_maps: you said --leave", "smtpd_sender_restrictions: you said --leave",
                                   "smtp_sasl_password_maps: you said --leave"));
}

TEST(ImportPlan, SeveralTablesOfOneParameterAreOneMapInTheirOrder) {
  const auto plan =
      planned("virtual_alias_maps =\n  proxy:mysql:$config_directory/a.cf,\n  # and then\n  mysql:/b.cf mysql:/c.cf\n");
  EXPECT_EQ(maps(plan), "virtual_alias_maps 10041 /etc/postfix/a.cf /b.cf /c.cf\n");
  EXPECT_EQ(switched(plan, "virtual_alias_maps"), "tcp:127.0.0.1:10041");
  EXPECT_EQ(before(plan, "virtual_alias_maps"), "proxy:mysql:$config_directory/a.cf, mysql:/b.cf mysql:/c.cf")
      << "not expanded";
}

TEST(ImportPlan, TextTablesBesideSqlBecomePartOfTheMap) {
  const auto plan = planned("virtual_alias_maps = hash:/etc/postfix/virtual, mysql:/a.cf, inline:{ {x@y = z@w} }\n");
  EXPECT_EQ(maps(plan),
            "virtual_alias_maps 10041 text:/etc/postfix/virtual /a.cf text:/new/virtual_alias_maps.3.text\n");
  ASSERT_EQ(plan.files.size(), 1U);
  EXPECT_EQ(plan.files[0].path, "/new/virtual_alias_maps.3.text");
  EXPECT_EQ(plan.files[0].text, "x@y z@w\n");
}

TEST(ImportPlan, AListWithATableThatCannotBeTextIsLeft) {
  for (const auto* const other :
       {"regexp:/x", "pcre:/x", "ldap:/x", "proxy:unix:passwd.byname", "cidr:/x", "unionmap:{mysql:/a.cf}", "name"}) {
    const auto plan = planned("virtual_alias_maps = mysql:/a.cf, " + std::string{other} + "\n");
    EXPECT_EQ(maps(plan), "") << other;
    EXPECT_THAT(plan.changes, IsEmpty()) << other;
    EXPECT_THAT(plan.left, ElementsAre(AllOf(HasSubstr("virtual_alias_maps: "), HasSubstr(other)))) << other;
  }
}

TEST(ImportPlan, PatternTablesBecomeTablesOfTheMapInTheirPlace) {
  const auto plan = planned(
      "transport_maps = pcre:/patterns, mysql:/a.cf, regexp:/patterns\n"
      "virtual_alias_maps = mysql:/a.cf proxy:pcre:/patterns mysql:/b.cf\n"
      "relay_recipient_maps = hash:/etc/postfix/virtual cidr:/networks mysql:/c.cf\n");
  EXPECT_THAT(plan.left, IsEmpty());
  EXPECT_EQ(maps(plan),
            "virtual_alias_maps 10041 /a.cf pcre:/patterns /b.cf\n"
            "transport_maps 10042 pcre:/patterns /a.cf regexp:/patterns\n"
            "relay_recipient_maps 10046 text:/etc/postfix/virtual cidr:/networks /c.cf\n");
  EXPECT_EQ(switched(plan, "transport_maps"), "tcp:127.0.0.1:10042");
}

TEST(ImportPlan, PatternTablesInFrontStayWherePostfixAsksOneFormOfAnAddress) {
  const auto plan = planned(
      "virtual_alias_maps = pcre:/not-read, regexp:$config_directory/x mysql:/a.cf, pcre:/patterns\n"
      "canonical_maps = cidr:/x mysql:/a.cf\n");
  EXPECT_THAT(plan.left, IsEmpty());
  EXPECT_EQ(maps(plan), "virtual_alias_maps 10041 /a.cf pcre:/patterns\ncanonical_maps 10050 /a.cf\n");
  EXPECT_EQ(switched(plan, "virtual_alias_maps"), "pcre:/not-read, regexp:$config_directory/x tcp:127.0.0.1:10041");
  EXPECT_EQ(switched(plan, "canonical_maps"), "cidr:/x tcp:127.0.0.1:10050");
}

TEST(ImportPlan, RulesBetweenBracesBecomeAFile) {
  const auto plan = planned("transport_maps = mysql:/a.cf, pcre:{ {/^joe@/ smtp:[a]}, { /^ann@/ smtp:[b] } }\n");
  EXPECT_EQ(maps(plan), "transport_maps 10042 /a.cf pcre:/new/transport_maps.2.pcre\n");
  ASSERT_EQ(plan.files.size(), 1U);
  EXPECT_EQ(plan.files[0].path, "/new/transport_maps.2.pcre");
  EXPECT_EQ(plan.files[0].text, "/^joe@/ smtp:[a]\n/^ann@/ smtp:[b]\n");
  EXPECT_THAT(planned("transport_maps = mysql:/a.cf, pcre:{ /joe/ x }\n").left, ElementsAre(HasSubstr("pcre: a rule")));
}

TEST(ImportPlan, AStaticTableIsAPatternThatEveryKeyMatches) {
  const auto plan = planned("transport_maps = mysql:/a.cf, static:{smtp:[a$$b] }\n");
  EXPECT_EQ(maps(plan), "transport_maps 10042 /a.cf pcre:/new/transport_maps.2.pcre\n");
  ASSERT_EQ(plan.files.size(), 1U);
  EXPECT_EQ(plan.files[0].text, "/^/ smtp:[a$$b]\n");
  EXPECT_THAT(planned("transport_maps = mysql:/a.cf static:\n").left, ElementsAre(HasSubstr("static: a value")));
}

// Postfix skips such lines in parameters that choose the way (DICT_FLAG_NO_REGSUB).
TEST(ImportPlan, WhereAStrangersAddressWouldChooseTheWayNoValueIsMadeOfIt) {
  const std::string rules = "mysql:/a.cf, pcre:{ {/^(.*)@/ smtp:[$$1]} }\n";
  for (const auto* const name : {"transport_maps", "sender_dependent_relayhost_maps", "address_verify_transport_maps",
                                 "sender_dependent_default_transport_maps"})
    EXPECT_THAT(planned(std::string{name} + " = " + rules).left, ElementsAre(HasSubstr("Postfix skips such lines")))
        << name;
  EXPECT_THAT(planned("sender_bcc_maps = " + rules).left, IsEmpty());
}

TEST(ImportPlan, AFileWhoseNameHoldsTheWordIsNoSqlTable) {
  EXPECT_EQ(maps(planned("virtual_alias_maps = pcre:/etc/postfix/mysql:old\n")), "");
}

TEST(ImportPlan, PatternTablesThatCannotBeTakenAreNamed) {
  EXPECT_THAT(planned("transport_maps = mysql:/a.cf regexp:/back\n").left,
              ElementsAre(AllOf(HasSubstr("regexp:/back, line 1: a back-reference"), HasSubstr("pcre:"))));
  EXPECT_THAT(planned("transport_maps = mysql:/a.cf pcre:x\n").left,
              ElementsAre(HasSubstr("pcre:x is no absolute path")));
}

TEST(ImportPlan, TheReasonFitsTheTypeOfTheTable) {
  EXPECT_THAT(planned("smtpd_sender_login_maps = unionmap:{mysql:/a.cf, mysql:/b.cf}\n").left,
              ElementsAre(AllOf(HasSubstr("unionmap:{"), HasSubstr("joins the answers"))));
  EXPECT_THAT(planned("transport_maps = mysql:/a.cf, randmap:{a, b}\n").left,
              ElementsAre(AllOf(HasSubstr("randmap:{"), HasSubstr("at random"))));
  EXPECT_THAT(planned("transport_maps = pipemap:{mysql:/a.cf, mysql:/b.cf}\n").left,
              ElementsAre(AllOf(HasSubstr("pipemap:{"), HasSubstr("another's answer"))));
  EXPECT_THAT(planned("virtual_mailbox_domains = unionmap:{mysql:/a.cf}\n").left,
              ElementsAre(HasSubstr("joins the answers")));
  EXPECT_THAT(planned("smtpd_client_restrictions = check_client_access unionmap:{mysql:/a.cf}\n").left,
              ElementsAre(HasSubstr("joins the answers")));
}

TEST(ImportPlan, TextTablesThatCannotBeReadAreNamed) {
  EXPECT_THAT(planned("virtual_alias_maps = hash:/gone mysql:/a.cf\n").left,
              ElementsAre(AllOf(HasSubstr("/gone"), HasSubstr("postmap(1)"))));
  EXPECT_THAT(planned("local_recipient_maps = hash:/etc/aliases mysql:/a.cf\n").left,
              ElementsAre(AllOf(HasSubstr("/etc/aliases, line 2"), HasSubstr("aliases(5)"))));
  EXPECT_THAT(planned("virtual_alias_maps = hash:virtual mysql:/a.cf\n").left,
              ElementsAre(HasSubstr("virtual is no absolute path")));
}

TEST(ImportPlan, ListsOfNamesKeepTheirOtherWords) {
  const auto plan = planned(
      "mynetworks = 127.0.0.0/8 !192.0.2.1, mysql:/a.cf mysql:/b.cf cidr:/x $more\n"
      "more = [::1]/128\n"
      "mydestination = $myhostname, mysql:/c.cf, hash:/x, mysql:/d.cf\n");
  EXPECT_EQ(maps(plan), "mynetworks 10043 /a.cf /b.cf\nmydestination 10050 /c.cf\nmydestination_2 10051 /d.cf\n");
  EXPECT_EQ(plan.maps[2].parameter, "mydestination");
  EXPECT_EQ(switched(plan, "mynetworks"), "127.0.0.0/8 !192.0.2.1, tcp:127.0.0.1:10043 cidr:/x $more");
  EXPECT_EQ(switched(plan, "mydestination"), "$myhostname, tcp:127.0.0.1:10050, hash:/x, tcp:127.0.0.1:10051");
  EXPECT_THAT(plan.warnings, Contains(AllOf(HasSubstr("mydestination"), HasSubstr("mysql:/c.cf"))));
  EXPECT_THAT(plan.warnings, Contains(AllOf(HasSubstr("mynetworks"), HasSubstr("addresses_only"))));
}

TEST(ImportPlan, NegatedTablesStay) {
  const auto plan = planned("mynetworks = !mysql:/a.cf mysql:/b.cf\nrelay_domains = !mysql:/a.cf\n");
  EXPECT_EQ(switched(plan, "mynetworks"), "!mysql:/a.cf tcp:127.0.0.1:10043");
  EXPECT_THAT(plan.warnings, Contains(HasSubstr("!mysql:/a.cf")));
  EXPECT_THAT(plan.left, ElementsAre(AllOf(HasSubstr("relay_domains"), HasSubstr("!mysql:/a.cf"))));
}

TEST(ImportPlan, ExactTablesMayStandBesideAnything) {
  const auto plan = planned("smtp_tls_policy_maps = mysql:/a.cf, socketmap:inet:127.0.0.1:8461:postfix\n");
  EXPECT_EQ(switched(plan, "smtp_tls_policy_maps"), "tcp:127.0.0.1:10047, socketmap:inet:127.0.0.1:8461:postfix");
}

TEST(ImportPlan, AReferenceIsTakenApartOnlyWhereItHasTo) {
  const auto plan = planned(
      "local_domains = a.example, b.example\nsql = mysql:/a.cf\nboth = c.example $sql\n"
      "virtual_mailbox_domains = $local_domains, ${sql}\nrelay_domains = $both d.example\n");
  EXPECT_EQ(switched(plan, "virtual_mailbox_domains"), "$local_domains, tcp:127.0.0.1:10040");
  EXPECT_EQ(switched(plan, "relay_domains"), "c.example tcp:127.0.0.1:10045 d.example");
  EXPECT_THAT(plan.left, IsEmpty()) << "sql and both are no parameters of Postfix's";
}

TEST(ImportPlan, AParameterThatIsAnotherOneGetsItsOwnMap) {
  const auto plan = planned(
      "virtual_transport = lmtp:x\nvirtual_mailbox_maps = mysql:/a.cf\nvirtual_alias_maps = mysql:/b.cf\n"
      "relay_recipient_maps = $virtual_mailbox_maps $virtual_alias_maps\nvirtual_alias_domains = "
      "$virtual_alias_maps\n");
  EXPECT_EQ(maps(plan),
            "virtual_alias_maps 10041 /b.cf\nvirtual_mailbox_maps 10044 /a.cf\n"
            "relay_recipient_maps 10046 /a.cf /b.cf\nvirtual_alias_domains 10050 /b.cf\n");
  EXPECT_EQ(before(plan, "virtual_alias_domains"), "$virtual_alias_maps");
  // Whoever switches them one by one must not have relay_recipient_maps ask another map's port meanwhile.
  EXPECT_EQ(plan.changes[0].parameter, "relay_recipient_maps");
  EXPECT_EQ(plan.changes[1].parameter, "virtual_alias_domains");
}

TEST(ImportPlan, ADefaultThatIsAnotherParameterNeedsAMapOnlyForOtherKeys) {
  // Bare domains and addresses of clients are asked alike.
  EXPECT_EQ(maps(planned("virtual_alias_maps = mysql:/a.cf\nmynetworks = mysql:/b.cf\ntransport_maps = mysql:/c.cf\n")),
            "virtual_alias_maps 10041 /a.cf\ntransport_maps 10042 /c.cf\nmynetworks 10043 /b.cf\n");
  // The parents of a domain are asked in two styles.
  const auto flush = planned("relay_domains = mysql:/a.cf\nparent_domain_matches_subdomains = relay_domains\n");
  EXPECT_EQ(maps(flush), "relay_domains 10045 /a.cf\nfast_flush_domains 10050 /a.cf\n");
  EXPECT_EQ(switched(flush, "fast_flush_domains"), "tcp:127.0.0.1:10050");
  EXPECT_FALSE(flush.changes[0].before) << "it was not set";
  EXPECT_EQ(maps(planned("relay_domains = mysql:/a.cf\n")), "relay_domains 10045 /a.cf\n");
  // Before compatibility level 2, relay_domains is mydestination, and matches subdomains.
  const auto old = planned("compatibility_level = 1\nmydestination = a.example mysql:/a.cf\n", nullptr);
  EXPECT_EQ(maps(old), "mydestination 10050 /a.cf\nrelay_domains 10045 /a.cf\n");
  EXPECT_EQ(switched(old, "relay_domains"), "a.example tcp:127.0.0.1:10045");
  // The ancient name.
  EXPECT_EQ(maps(planned("virtual_maps = mysql:/a.cf\n")), "virtual_alias_maps 10041 /a.cf\n");
}

TEST(ImportPlan, WhatIsLeftDoesNotChangeWithWhatItRefersTo) {
  const auto plan = planned(
      "virtual_transport = lmtp:x\nvirtual_mailbox_maps = mysql:/a.cf\nall = $virtual_mailbox_maps\n"
      "relay_recipient_maps = $all, pcre:/x\n");
  EXPECT_THAT(plan.left, ElementsAre(HasSubstr("relay_recipient_maps")));
  EXPECT_EQ(switched(plan, "relay_recipient_maps"), "mysql:/a.cf, pcre:/x");
  EXPECT_EQ(before(plan, "relay_recipient_maps"), "$all, pcre:/x");
}

TEST(ImportPlan, AReferenceToAParameterThatIsAnotherByDefaultCounts) {
  const auto plan = planned(
      "transport_maps = mysql:/a.cf\nsender_dependent_relayhost_maps = $address_verify_transport_maps, pcre:/x\n");
  EXPECT_EQ(switched(plan, "sender_dependent_relayhost_maps"), "mysql:/a.cf, pcre:/x");
}

TEST(ImportPlan, RestrictionsOfOnesOwnThatOnlyMasterCfUsesAreSwitched) {
  const auto plan = planned(
      "mua_client_restrictions = permit_sasl_authenticated, mysql:/a.cf\n"
      "mua_sender_restrictions = check_sender_access mysql:/b.cf\n"
      "mua_both = mysql:/c.cf\nmua_table = mysql:/d.cf\n",
      "submission inet n - y - - smtpd -o smtpd_client_restrictions=$mua_client_restrictions\n"
      "  -o smtpd_sender_restrictions=${mua_sender_restrictions}\n"
      "  -o { smtpd_recipient_restrictions = check_client_access $mua_table, reject }\n"
      "one inet n - y - - smtpd -o smtpd_client_restrictions=$mua_both\n"
      "two inet n - y - - smtpd -o smtpd_helo_restrictions=$mua_both\n");
  EXPECT_EQ(switched(plan, "mua_client_restrictions"), "permit_sasl_authenticated, tcp:127.0.0.1:10050");
  EXPECT_EQ(switched(plan, "mua_sender_restrictions"), "check_sender_access tcp:127.0.0.1:10051");
  EXPECT_EQ(maps(plan), "check_client_access 10050 /a.cf\ncheck_sender_access 10051 /b.cf\n");
  EXPECT_THAT(plan.left, ElementsAre(AllOf(HasSubstr("mua_both: "), HasSubstr("say check_..._access before it"))));
  EXPECT_THAT(plan.warnings, testing::Not(Contains(HasSubstr("$mua_client_restrictions")))) << "it is switched";
  EXPECT_THAT(plan.warnings, Contains(AllOf(HasSubstr("$mua_table"), HasSubstr("is not switched"))));
}

TEST(ImportPlan, TablesThatAreAskedOneAddressAndListsOfClientsAreTaken) {
  for (const auto* const name :
       {"smtpd_milter_maps", "smtpd_discard_ehlo_keyword_address_maps", "smtp_discard_ehlo_keyword_address_maps",
        "lmtp_discard_lhlo_keyword_address_maps", "postscreen_discard_ehlo_keyword_address_maps",
        "smtp_pix_workaround_maps", "lmtp_pix_workaround_maps", "smtpd_sasl_exceptions_networks",
        "smtpd_authorized_verp_clients", "smtpd_forbid_bare_newline_exclusions"}) {
    const auto plan = planned(std::string{name} + " = cidr:/networks, mysql:/a.cf\n");
    EXPECT_THAT(plan.left, IsEmpty()) << name;
    EXPECT_EQ(switched(plan, name), "cidr:/networks, tcp:127.0.0.1:10050") << name;
  }
}

TEST(ImportPlan, WhereAWordInMainCfKeepsMailFlowingInAnOutageItIsProposed) {
  const auto mismatch =
      planned("smtpd_sender_login_maps = mysql:/a.cf\nsmtpd_sender_restrictions = reject_sender_login_mismatch\n");
  EXPECT_THAT(mismatch.warnings, Contains(AllOf(HasSubstr("reject_sender_login_mismatch (smtpd_sender_restrictions)"),
                                                HasSubstr("reject_authenticated_sender_login_mismatch"))));
  const auto logged_in = planned(
      "smtpd_sender_login_maps = mysql:/a.cf\n"
      "smtpd_sender_restrictions = reject_authenticated_sender_login_mismatch\n");
  EXPECT_THAT(logged_in.warnings, IsEmpty());
  const auto unset = planned("virtual_transport = lmtp:x\nvirtual_mailbox_maps = mysql:/a.cf\n");
  EXPECT_THAT(unset.warnings, Contains(AllOf(HasSubstr("virtual_mailbox_domains: is $virtual_mailbox_maps"),
                                             HasSubstr("name the domains"))));
  EXPECT_THAT(
      planned("virtual_transport = lmtp:x\nvirtual_mailbox_maps = mysql:/a.cf\nvirtual_mailbox_domains = d.example\n")
          .warnings,
      IsEmpty());
}

TEST(ImportPlan, AMapWithValuesTooLongForTcpIsASocketmap) {
  const auto parameters = imports::PostfixParameters::by_itself(
      "compatibility_level = 3.6\ninet_interfaces = 192.0.2.1\nvirtual_alias_maps = mysql:/a.cf\n"
      "relay_domains = mysql:/b.cf\n",
      "/etc/postfix", "host.example.net");
  auto world = import_world();
  world.too_long_for_tcp = {"virtual_alias_maps"};
  const auto plan = imports::make_plan(*parameters, {}, world);
  EXPECT_EQ(switched(plan, "virtual_alias_maps"), "socketmap:inet:127.0.0.1:10048:virtual_alias_maps");
  EXPECT_EQ(switched(plan, "relay_domains"), "tcp:127.0.0.1:10045");
}

TEST(ImportPlan, PasswordsGetASocketOfTheirOwnWhateverElseIsChosen) {
  for (const auto via : {imports::Via::tcp, imports::Via::socketmap_unix, imports::Via::socketmap_inet}) {
    imports::AddressChoices choices;
    choices.via = via;
    const auto plan = planned(
        "smtp_sasl_password_maps = proxy:mysql:/a.cf, hash:/etc/postfix/virtual\nlmtp_sasl_password_maps = "
        "mysql:/b.cf\n"
        "relay_domains = mysql:/c.cf\n",
        "", choices);
    EXPECT_THAT(plan.left, IsEmpty());
    EXPECT_EQ(switched(plan, "smtp_sasl_password_maps"),
              "socketmap:unix:maproom-passwords/socketmap:smtp_sasl_password_maps");
    EXPECT_EQ(switched(plan, "lmtp_sasl_password_maps"),
              "socketmap:unix:maproom-passwords/socketmap:lmtp_sasl_password_maps");
    EXPECT_THAT(switched(plan, "relay_domains"), testing::Not(HasSubstr("passwords")));
    EXPECT_EQ(maps(plan).find("smtp_sasl_password_maps 10"), std::string::npos) << "no port";
  }
  imports::AddressChoices second;
  second.prefix = "out";
  EXPECT_EQ(switched(planned("smtp_sasl_password_maps = mysql:/a.cf\n", "", second), "smtp_sasl_password_maps"),
            "socketmap:unix:maproom-out-passwords/socketmap:out_smtp_sasl_password_maps");
}

TEST(ImportPlan, WhatPostfixRefusesIsLeftWithTheReason) {
  for (const auto& [name, why] : std::vector<std::pair<std::string, std::string>>{
           {"virtual_uid_maps", "virtual(8)"},
           {"virtual_gid_maps", "virtual(8)"},
           {"virtual_mailbox_maps", "virtual(8) delivers here (virtual_transport = virtual)"},
           {"alias_maps", "local(8)"},
           {"alias_database", "local(8)"},
           {"header_checks", "whole lines"},
           {"address_verify_map", "writes"},
           {"tls_server_sni_maps", "private keys"},
           {"local_login_sender_maps", "any user"},
           {"authorized_submit_users", "any user"},
           {"masquerade_domains", "asks no table"},
           {"smtp_reply_filter", "whole replies"},
           {"smtpd_sasl_mechanism_filter", "SASL mechanisms"},
           {"local_header_rewrite_clients", "check_address_map"},
           {"virtual_mailbox_limit_maps", "patch of virtual(8)"},
           {"some_maps_of_mine", "does not know"}}) {
    const auto plan = planned(name + " = mysql:/a.cf\nrelay_domains = mysql:/b.cf\nproxy_read_maps = $" + name + "\n");
    EXPECT_EQ(maps(plan), "relay_domains 10045 /b.cf\n") << name;
    EXPECT_THAT(plan.left, ElementsAre(AllOf(testing::StartsWith(name + ": "), HasSubstr(why))));
  }
}

TEST(ImportPlan, MasterCfSaysWhichTransportIsVirtual) {
  const std::string main_cf = "virtual_mailbox_maps = mysql:/a.cf\nvirtual_transport = ";
  const auto* const master = "mine unix - n n - - virtual\nvirtual unix - n n - - lmtp\nlmtp unix - - n - - lmtp\n";
  EXPECT_EQ(planned(main_cf + "mine:x\n", master).left.size(), 1U);
  EXPECT_EQ(planned(main_cf + "virtual:x\n", master).left.size(), 0U);
  EXPECT_THAT(planned(main_cf + "lmtp:x\nlocal_transport = mine\n", master).left,
              ElementsAre(HasSubstr("local_transport = mine")));
  EXPECT_THAT(planned(main_cf + "lmtp:x\ntransport_maps = hash:/x\n", master).warnings,
              Contains(HasSubstr("does transport_maps send any mail to it?")));
}

TEST(ImportPlan, TablesThatCannotBeAskedAreNamedWithFileAndReason) {
  EXPECT_THAT(planned("relay_domains = mysql:/gone.cf\n").left, ElementsAre(HasSubstr("relay_domains: /gone.cf")));
  EXPECT_THAT(planned("relay_domains = mysql:/bare.cf\n").left,
              ElementsAre(AllOf(HasSubstr("/bare.cf"), HasSubstr("outside a quoted literal"))));
  EXPECT_THAT(planned("relay_domains = mysql:/nodb.cf\n").left,
              ElementsAre(AllOf(HasSubstr("/nodb.cf"), HasSubstr("dbname"))));
  EXPECT_THAT(planned("relay_domains = mysql:ancient\n").left, ElementsAre(HasSubstr("ancient form")));
  EXPECT_THAT(planned("virtual_alias_maps = mysql:/a.cf mysql:/gone.cf\n").changes, IsEmpty())
      << "one without the other would not be the same";
}

TEST(ImportPlan, RestrictionsGetAMapForEachTable) {
  const auto plan = planned(R"(
smtpd_restriction_classes = strict
strict = check_sender_access mysql:/a.cf, reject
smtpd_sender_restrictions = reject_sender_login_mismatch, hash:/x, mysql:/a.cf
smtpd_recipient_restrictions =
    permit_mynetworks,
    check_recipient_access proxy:mysql:/a.cf,
    check_policy_service { inet:127.0.0.1:10050, timeout = 10s },
    check_recipient_access mysql:/b.cf, check_recipient_access mysql:/a.cf,
    reject
)");
  EXPECT_THAT(plan.left, IsEmpty());
  EXPECT_EQ(
      maps(plan),
      "check_sender_access 10051 /a.cf\ncheck_recipient_access 10052 /a.cf\ncheck_recipient_access_2 10053 /b.cf\n");
  EXPECT_EQ(plan.maps[2].parameter, "check_recipient_access");
  EXPECT_EQ(switched(plan, "strict"), "check_sender_access tcp:127.0.0.1:10051, reject");
  EXPECT_EQ(switched(plan, "smtpd_sender_restrictions"), "reject_sender_login_mismatch, hash:/x, tcp:127.0.0.1:10051")
      << "a table by itself is check_sender_access there";
  EXPECT_EQ(switched(plan, "smtpd_recipient_restrictions"),
            "permit_mynetworks, check_recipient_access tcp:127.0.0.1:10052, "
            "check_policy_service { inet:127.0.0.1:10050, timeout = 10s }, check_recipient_access tcp:127.0.0.1:10053, "
            "check_recipient_access tcp:127.0.0.1:10052, reject");
}

TEST(ImportPlan, RestrictionsThatNobodyCanServeStay) {
  const auto plan = planned(
      "smtpd_data_restrictions = mysql:/a.cf\n"
      "smtpd_client_restrictions = check_client_access mysql:/gone.cf, check_client_access mysql:/a.cf\n");
  EXPECT_THAT(plan.left, ElementsAre(AllOf(HasSubstr("smtpd_data_restrictions"), HasSubstr("check_..._access"))));
  EXPECT_EQ(switched(plan, "smtpd_client_restrictions"),
            "check_client_access mysql:/gone.cf, check_client_access tcp:127.0.0.1:10050");
  EXPECT_THAT(plan.warnings, Contains(AllOf(HasSubstr("smtpd_client_restrictions"), HasSubstr("/gone.cf"))));
}

TEST(ImportPlan, ServicesWithParametersOfTheirOwnAreNamed) {
  const auto plan = planned("relay_domains = mysql:/a.cf\nmua = mysql:/b.cf\n",
                            "smtp inet n - y - - smtpd\n"
                            "submission inet n - y - - smtpd -v\n  -o syslog_name=x\n  -o relay_domains=a.example\n"
                            "  -o { smtpd_sender_login_maps = $mua }\n  -osmtputf8_enable=no\n");
  EXPECT_THAT(plan.warnings,
              testing::UnorderedElementsAre(
                  AllOf(HasSubstr("submission/inet sets relay_domains = a.example"), HasSubstr("does not reach it")),
                  AllOf(HasSubstr("smtpd_sender_login_maps = $mua"), HasSubstr("asks MySQL")),
                  AllOf(HasSubstr("smtputf8_enable = no"), HasSubstr("mirrors main.cf"))));
}

TEST(ImportPlan, AServiceThatRefersToASwitchedParameterIsToldWhatItWas) {
  const auto plan = planned("relay_domains = mysql:/a.cf\n",
                            "submission inet n - y - - smtpd\n  -o relay_recipient_maps=$relay_domains\n");
  EXPECT_THAT(plan.warnings,
              ElementsAre(AllOf(HasSubstr("relay_recipient_maps = $relay_domains"), HasSubstr("it was mysql:/a.cf"))));
}

TEST(ImportPlan, ProxymapMayGoOnOpeningWhatIsStillAskedThroughIt) {
  const std::string main_cf =
      "one = proxy:mysql:/a.cf\nsmtpd_sender_login_maps = $one\nrelay_domains = proxy:mysql:/b.cf\n"
      "virtual_mailbox_maps = proxy:mysql:/c.cf\n";  // left, and named by the list itself
  const auto* const master = "submission inet n - y - - smtpd\n  -o { smtpd_sender_login_maps = $one }\n";
  const auto by_default = planned(main_cf, master);
  EXPECT_THAT(switched(by_default, "proxy_read_maps"),
              AllOf(testing::StartsWith("$local_recipient_maps "), testing::EndsWith("_checks proxy:mysql:/a.cf")));
  EXPECT_EQ(before(by_default, "proxy_read_maps"), "(not set)");
  EXPECT_EQ(by_default.changes[0].parameter, "proxy_read_maps") << "first there, and so last on the way back";
  const auto set = planned(main_cf + "proxy_read_maps = $smtpd_sender_login_maps,\n  $relay_domains\n", master);
  EXPECT_EQ(switched(set, "proxy_read_maps"), "$smtpd_sender_login_maps, $relay_domains proxy:mysql:/a.cf");
  EXPECT_EQ(before(set, "proxy_read_maps"), "$smtpd_sender_login_maps, $relay_domains");
  for (const auto& plan :
       {planned(main_cf), planned(main_cf + "proxy_read_maps = proxy:mysql:/a.cf $relay_domains\n", master)})
    EXPECT_EQ(switched(plan, "proxy_read_maps"), "(not switched)");
  // What is written out because it is left was allowed through the parameter it referred to.
  const auto left = planned(
      "virtual_transport = lmtp:x\nvirtual_mailbox_maps = proxy:mysql:/a.cf\n"
      "relay_recipient_maps = $virtual_mailbox_maps pcre:/x\nproxy_read_maps = $virtual_mailbox_maps\n");
  EXPECT_EQ(switched(left, "proxy_read_maps"), "$virtual_mailbox_maps proxy:mysql:/a.cf");
}

TEST(ImportPlan, SettingsAreCopied) {
  const auto plan = planned(R"(
myhostname = mx.example.org
myorigin = /etc/mailname
mydestination = $myhostname, localhost.$mydomain, /etc/names
recipient_delimiter = +-
inet_interfaces = 192.0.2.1, [2001:DB8::1], all
proxy_interfaces = proxy.example
owner_request_special = No
propagate_unmatched_extensions = canonical
parent_domain_matches_subdomains =
swap_bangpath = no
allow_percent_hack = no
double_bounce_sender = nobody
)",
                            nullptr);
  EXPECT_EQ(plan.postfix.myorigin, "mail.example.org");
  EXPECT_THAT(plan.postfix.mydestination,
              ElementsAre("mx.example.org", "localhost.example.org", "one.example", "two.example"));
  EXPECT_EQ(plan.postfix.recipient_delimiter, "+-");
  EXPECT_THAT(plan.postfix.inet_interfaces, ElementsAre("192.0.2.1", "2001:db8::1", "127.0.0.1"));
  EXPECT_THAT(plan.postfix.proxy_interfaces, ElementsAre("198.51.100.1"));
  EXPECT_FALSE(plan.postfix.owner_request_special);
  EXPECT_THAT(plan.postfix.propagate_unmatched_extensions, ElementsAre("canonical"));
  EXPECT_THAT(plan.postfix.parent_domain_matches_subdomains, IsEmpty());
  EXPECT_FALSE(plan.postfix.swap_bangpath);
  EXPECT_FALSE(plan.postfix.allow_percent_hack);
  EXPECT_EQ(plan.postfix.double_bounce_sender, "nobody");
  EXPECT_FALSE(plan.postfix.smtputf8_enable) << "by default, at compatibility level 0";
  EXPECT_TRUE(planned("compatibility_level = 3.6\n", nullptr).postfix.smtputf8_enable);
  const std::string both = "inet_interfaces = 192.0.2.1, ::1\ninet_protocols = ";
  EXPECT_THAT(planned(both + "ipv4\n", nullptr).postfix.inet_interfaces, ElementsAre("192.0.2.1"));
  EXPECT_THAT(planned(both + "ipv6\n", nullptr).postfix.inet_interfaces, ElementsAre("::1"));
  EXPECT_THAT(plan.warnings, IsEmpty());
  EXPECT_THAT(planned("inet_interfaces = nowhere\nmyorigin = /gone\n", nullptr).warnings,
              testing::UnorderedElementsAre(HasSubstr("\"nowhere\" has no address"), HasSubstr("myorigin: /gone")));
}

TEST(ImportPlan, TheHostHasAFullName) {
  const auto value = [](const std::string& main_cf, const std::string& host, const char* name) {
    const auto parameters = imports::PostfixParameters::by_itself(main_cf, "/etc/postfix", host);
    return parameters ? parameters->value(name) : parameters.error().detail;
  };
  EXPECT_EQ(value("", "mx.example.org", "mydestination"), "mx.example.org, localhost.example.org, localhost");
  EXPECT_EQ(value("", "mx", "mydestination"), "mx.localdomain, localhost.localdomain, localhost");
  EXPECT_EQ(value("mydomain = example.net\n", "mx", "myorigin"), "mx.example.net");
  EXPECT_EQ(value("mydomain = example.net\n", "mx.example.org", "myorigin"), "mx.example.org");
  EXPECT_EQ(value("myhostname = a.b.example\n", "mx", "mydomain"), "b.example");
  EXPECT_EQ(value("config_directory = /elsewhere\n", "mx", "config_directory"), "/etc/postfix");
}

TEST(ImportPlan, NothingIsImportedOnADoubt) {
  EXPECT_THAT(planned("relay_domains = mysql:$nobody_knows/a.cf\n").left,
              ElementsAre(AllOf(HasSubstr("$nobody_knows"), HasSubstr("without postconf"))));
  const auto parameters = imports::PostfixParameters::with_postconf(
      "relay_domains = mysql:$x/a.cf\nx = /a\nvirtual_alias_maps = mysql:$unset/b.cf   hash:/etc/postfix/virtual\n",
      "relay_domains = mysql:/b/a.cf\nx = /a\nvirtual_alias_maps = mysql:/b.cf hash:/etc/postfix/virtual\n"
      "relay_recipient_maps = \nmyhostname = mx.example.org\n");
  ASSERT_TRUE(parameters);
  const auto plan = imports::make_plan(*parameters, {}, import_world());
  EXPECT_THAT(plan.left, ElementsAre(AllOf(HasSubstr("relay_domains"), HasSubstr("postconf -x reads it otherwise"))));
  EXPECT_EQ(maps(plan), "virtual_alias_maps 10041 /b.cf text:/etc/postfix/virtual\n")
      << "postconf knows that $unset is";
}

}  // namespace
}  // namespace maproom::app
