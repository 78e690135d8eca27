#include "maproom/query/listing.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

namespace maproom::query {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

/// "FORM: STATEMENT" of each part.
std::vector<std::string> listed(const std::string& sql, const ColumnsOf& columns_of = {}) {
  const auto listing = listing_of(sql, columns_of);
  if (!listing) return {listing.error().detail};
  std::vector<std::string> parts;
  for (const auto& part : listing->parts) parts.push_back(to_string(part.form) + ": " + part.statement);
  return parts;
}

/// The shapes that one-line queries have, and what each gives.
struct Shape {
  const char* condition;
  std::vector<std::string> parts;
};
class OneLine : public testing::TestWithParam<Shape> {};

TEST_P(OneLine, HasAListing) {
  EXPECT_EQ(listed(std::string{"SELECT v FROM t WHERE "} + GetParam().condition), GetParam().parts);
}

INSTANTIATE_TEST_SUITE_P(
    Listing, OneLine,
    testing::Values(
        Shape{"k = '%s'", {"'%s': SELECT DISTINCT `k` FROM `t`"}},
        Shape{"'%s' = k", {"'%s': SELECT DISTINCT `k` FROM `t`"}},
        Shape{"k <=> '%s'", {"'%s': SELECT DISTINCT `k` FROM `t`"}},
        Shape{"k = '%s' AND active = '1'", {"'%s': SELECT DISTINCT `k` FROM `t` WHERE (`active` = '1')"}},
        Shape{"(k = '%s') AND (active = '1')", {"'%s': SELECT DISTINCT `k` FROM `t` WHERE (`active` = '1')"}},
        Shape{"k = '%s' AND (active = '1' OR active = '2')",
              {"'%s': SELECT DISTINCT `k` FROM `t` WHERE ((`active` = '1') OR (`active` = '2'))"}},
        Shape{"k = '%s' AND active IN (1, 2)", {"'%s': SELECT DISTINCT `k` FROM `t` WHERE (`active` IN (1, 2))"}},
        Shape{"k = '%s' AND NOT gone", {"'%s': SELECT DISTINCT `k` FROM `t` WHERE (NOT `gone`)"}},
        Shape{"k = '%s' AND NOT (gone = 1)", {"'%s': SELECT DISTINCT `k` FROM `t` WHERE (NOT (`gone` = 1))"}},
        Shape{"k = '%s' AND NOT gone = 1", {"'%s': SELECT DISTINCT `k` FROM `t`"}},
        Shape{"k = '%s' AND v LIKE 'smtp%%'", {"'%s': SELECT DISTINCT `k` FROM `t` WHERE (`v` LIKE 'smtp%')"}},
        Shape{"k = '%s' AND n <> 'it''s' AND e IS NULL",
              {"'%s': SELECT DISTINCT `k` FROM `t` WHERE (`n` <> 'it''s') AND (`e` IS NULL)"}},
        Shape{"k = '%s' AND expires > NOW()", {"'%s': SELECT DISTINCT `k` FROM `t`"}},
        Shape{"k = '%s' AND v REGEXP '\\\\.'", {"'%s': SELECT DISTINCT `k` FROM `t`"}},
        Shape{"k = '%s' AND EXISTS (SELECT 1 FROM u WHERE u.i = t.i)", {"'%s': SELECT DISTINCT `k` FROM `t`"}},
        Shape{"k = '%d'", {"'%d': SELECT DISTINCT `k` FROM `t`"}},
        Shape{"k = SUBSTRING_INDEX('%s', '@', -1)", {"'%d or %s': SELECT DISTINCT `k` FROM `t`"}},
        Shape{"k = '%u@%d'", {"'%s': SELECT DISTINCT `k` FROM `t`"}},
        Shape{"k = CONCAT('%u', '@', '%d')", {"'%s': SELECT DISTINCT `k` FROM `t`"}},
        Shape{"k = '@%d'", {"'@%d': SELECT DISTINCT `k` FROM `t`"}},
        Shape{"k = LOWER('%s')", {"'%s': SELECT DISTINCT `k` FROM `t`"}},
        Shape{"LOWER(k) = '%s'", {"'%s': SELECT lower(`k`) FROM `t`"}},
        Shape{"k = '%u' AND d = '%d'", {"'%s': SELECT CONCAT(`k`, '@', `d`) FROM `t`"}},
        Shape{"CONCAT(k, '@', d) = '%s'", {"'%s': SELECT concat(`k`, '@', `d`) FROM `t`"}},
        Shape{"k = '%d' AND k2 = '%s'", {"'%s': SELECT DISTINCT `k2` FROM `t`"}},
        Shape{"k LIKE '%s'", {"LIKE '%s': SELECT `k` FROM `t`"}},
        Shape{"k IN ('%s', '@%d')", {"'%s': SELECT DISTINCT `k` FROM `t`", "'@%d': SELECT DISTINCT `k` FROM `t`"}},
        Shape{"k = '%s' OR k2 = '%s'", {"'%s': SELECT DISTINCT `k` FROM `t`", "'%s': SELECT DISTINCT `k2` FROM `t`"}},
        Shape{"active AND (k = '%s' AND x = 1 OR k2 = '%s')",
              {"'%s': SELECT DISTINCT `k` FROM `t` WHERE (`x` = 1) AND `active`",
               "'%s': SELECT DISTINCT `k2` FROM `t` WHERE `active`"}},
        Shape{"k = '%s' LIMIT 1;", {"'%s': SELECT DISTINCT `k` FROM `t`"}},
        Shape{"k = '%s' GROUP BY v HAVING v > 1 ORDER BY v DESC LIMIT 1, 2", {"'%s': SELECT DISTINCT `k` FROM `t`"}},
        Shape{"REPLACE(k, '-', '') = '%s'", {"'%s': SELECT replace(`k`, '-', '') FROM `t`"}},
        Shape{"'postmaster@%d' = k", {"'postmaster@%d': SELECT DISTINCT `k` FROM `t`"}}));

TEST(Listing, WhateverIsSelectedDoesNotMatter) {
  for (const auto* item : {"1", "*", "t.*", "REPLACE(v, 'x', 'y')", "LEFT(v, 3) AS 'x'", "DISTINCT v",
                           "CASE WHEN a THEN 'b' END, a + 1", "CAST(v AS CHAR)", "`v`"})
    EXPECT_THAT(listed(std::string{"SELECT "} + item + " FROM t WHERE k = '%s'"),
                ElementsAre("'%s': SELECT DISTINCT `k` FROM `t`"))
        << item;
}

TEST(Listing, OfUnionsIsThatOfBoth) {
  const std::vector<std::string> both{"'%s': SELECT DISTINCT `k` FROM `t` WHERE (`a` = 1)",
                                      "'%s': SELECT DISTINCT `k` FROM `u`"};
  EXPECT_EQ(listed("SELECT v FROM t WHERE k = '%s' AND a = 1 UNION SELECT v FROM u WHERE k = '%s'"), both);
  EXPECT_EQ(listed("(SELECT v FROM t WHERE k = '%s' AND a = 1 LIMIT 1) UNION ALL (SELECT v FROM u WHERE k = '%s' "
                   "LIMIT 1) ORDER BY 1 LIMIT 1"),
            both);
  EXPECT_THAT(listed("SELECT v FROM t WHERE k = '%s' UNION SELECT v FROM u"), ElementsAre(HasSubstr("no condition")));
}

TEST(Listing, OfJoinsReadsTheTableWithTheKey) {
  for (const auto* from :
       {"t, u WHERE t.i = u.i AND", "t JOIN u ON t.i = u.i WHERE", "t INNER JOIN u USING (i) WHERE",
        "t LEFT JOIN u ON t.i = u.i WHERE", "u RIGHT JOIN t ON t.i = u.i WHERE", "u LEFT JOIN t ON t.i = u.i WHERE",
        "(u, w) CROSS JOIN t WHERE", "(SELECT * FROM u) x, t WHERE"})
    EXPECT_THAT(listed(std::string{"SELECT t.v FROM "} + from + " t.k = '%s' AND t.a = 1 AND v = 2"),
                ElementsAre("'%s': SELECT DISTINCT `k` FROM `t` WHERE (`a` = 1)"))
        << from;
  EXPECT_THAT(listed("SELECT 1 FROM s.t AS a JOIN u ON a.k = '%s'"),
              ElementsAre("'%s': SELECT DISTINCT `k` FROM `s`.`t`"));
  // Of a side that may be without a row nothing is demanded.
  EXPECT_THAT(listed("SELECT 1 FROM u LEFT JOIN t ON t.k = '%s' AND u.k = '%s'"),
              ElementsAre(HasSubstr("no condition")));
  EXPECT_THAT(listed("SELECT 1 FROM t JOIN u ON t.k = '%s' RIGHT JOIN w ON 1"), ElementsAre(HasSubstr("no condition")));
  EXPECT_THAT(listed("SELECT 1 FROM u LEFT JOIN (SELECT k FROM t WHERE k = '%s') d ON 1"),
              ElementsAre(HasSubstr("no condition")));
  EXPECT_THAT(listed("SELECT 1 FROM u LEFT JOIN t ON 1 WHERE IFNULL(t.k, 'x@y') = '%s'"),
              ElementsAre(HasSubstr("<IFNULL(t.k, 'x@y') = '%s'> (at byte 39)")));
}

TEST(Listing, KnowsWhoseAColumnIsFromTheTablesAlone) {
  const std::string sql =
      "SELECT goto FROM alias, alias_domain WHERE address = CONCAT('%u', '@', target) AND name = '%d'";
  EXPECT_THAT(listed(sql), ElementsAre(HasSubstr("does not tell")));
  const std::vector<std::string> alias{"address", "goto"}, alias_domain{"name", "target"};
  const ColumnsOf columns = [&](std::string_view, std::string_view table) {
    return table == "alias" ? &alias : table == "alias_domain" ? &alias_domain : nullptr;
  };
  EXPECT_THAT(listed(sql, columns), ElementsAre("'%d': SELECT DISTINCT `name` FROM `alias_domain`"));
  EXPECT_THAT(
      listed("SELECT 1 FROM alias WHERE address IN (SELECT address FROM alias_domain WHERE address = '%s')", columns),
      ElementsAre("'%s': SELECT DISTINCT `address` FROM `alias`"));
  EXPECT_THAT(listed("SELECT 1 FROM alias a, alias b WHERE address = '%s'", columns),
              ElementsAre(HasSubstr("does not tell")));
}

TEST(Listing, OfSubqueriesSpeaksFromInside) {
  const std::vector<std::string> inside{"'%s': SELECT DISTINCT `k` FROM `t` WHERE (`a` = 1)"};
  EXPECT_EQ(listed("SELECT 1 FROM u WHERE EXISTS (SELECT 1 FROM t WHERE t.k = '%s' AND t.a = 1)"), inside);
  EXPECT_EQ(listed("SELECT 1 FROM u WHERE i IN (SELECT i FROM t WHERE t.k = '%s' AND t.a = 1)"), inside);
  EXPECT_EQ(listed("SELECT 1 FROM u WHERE i = (SELECT i FROM t WHERE t.k = '%s' AND t.a = 1)"), inside);
  EXPECT_EQ(listed("SELECT 1 FROM (SELECT v FROM t WHERE k = '%s' AND a = 1) AS d"), inside);
  EXPECT_EQ(listed("SELECT 1 FROM (SELECT k AS x, v FROM t WHERE a = 1) AS d WHERE d.x = '%s'"),
            std::vector<std::string>{"'%s': SELECT DISTINCT `k` FROM `t`"});
  EXPECT_EQ(listed("SELECT 1 FROM (SELECT k AS x FROM t UNION SELECT LOWER(l) FROM u) AS d WHERE x = '%s'"),
            (std::vector<std::string>{"'%s': SELECT `k` FROM `t`", "'%s': SELECT lower(`l`) FROM `u`"}));
  EXPECT_EQ(listed("SELECT 1 FROM u WHERE '%s' IN (SELECT t.k FROM t)"),
            std::vector<std::string>{"'%s': SELECT `k` FROM `t`"});
  EXPECT_EQ(listed("SELECT 1 FROM t WHERE t.b AND EXISTS (SELECT 1 FROM u WHERE u.i = t.i AND t.k = '%s')"),
            std::vector<std::string>{"'%s': SELECT DISTINCT `k` FROM `t` WHERE `b`"});
  for (const auto* sql : {"SELECT 1 FROM u WHERE NOT EXISTS (SELECT 1 FROM t WHERE t.k = '%s')",
                          "SELECT 1 FROM u WHERE EXISTS (SELECT COUNT(*) FROM t WHERE t.k = '%s')",
                          "SELECT 1 FROM u WHERE i IN (SELECT COUNT(*) FROM t WHERE t.k = '%s')",
                          "SELECT 1 FROM u WHERE i = (SELECT COUNT(*) FROM t WHERE t.k = '%s')",
                          "SELECT 1 FROM (SELECT MAX(k) AS x FROM t) AS d WHERE d.x = '%s'",
                          "SELECT 1 FROM (SELECT MAX(k) AS x FROM t WHERE k = '%s') AS d",
                          "SELECT 1 FROM u WHERE i > ALL (SELECT i FROM t WHERE t.k = '%s')"})
    EXPECT_FALSE(listing_of(sql)) << sql;
}

TEST(Listing, OfAnAggregateIsThereIfNoRowGivesNull) {
  const std::vector<std::string> one{"'%s': SELECT DISTINCT `k` FROM `t`"};
  EXPECT_EQ(listed("SELECT GROUP_CONCAT(v SEPARATOR ',') FROM t WHERE k = '%s'"), one);
  EXPECT_EQ(listed("SELECT MAX(v), CONCAT('x', MIN(v)) FROM t WHERE k = '%s'"), one);
  EXPECT_EQ(listed("SELECT COUNT(*) FROM t WHERE k = '%s' GROUP BY k"), one);
  EXPECT_EQ(listed("SELECT 1 FROM u WHERE i = (SELECT MAX(i) FROM t WHERE t.k = '%s')"), one);
  for (const auto* items : {"COUNT(*)", "MAX(v), 1", "IFNULL(MAX(v), 'x')", "MAX(v), COUNT(v)", "own(v)", "v, MAX(v)"})
    EXPECT_THAT(listed(std::string{"SELECT "} + items + " FROM t WHERE k = '%s'"),
                ElementsAre(HasSubstr("gives a row always")))
        << items;
}

TEST(Listing, OfAValueThatIsNullWithoutARow) {
  const std::vector<std::string> one{"'%s': SELECT DISTINCT `k` FROM `t`"};
  EXPECT_EQ(listed("SELECT (SELECT v FROM t WHERE k = '%s')"), one);
  EXPECT_EQ(listed("SELECT IF(EXISTS (SELECT 1 FROM t WHERE k = '%s'), 'OK', NULL)"), one);
  EXPECT_EQ(listed("SELECT CASE WHEN EXISTS (SELECT 1 FROM t WHERE k = '%s') THEN 'OK' END"), one);
  EXPECT_EQ(listed("SELECT CONCAT('x:', (SELECT MAX(v) FROM t WHERE k = '%s'))"), one);
  for (const auto* sql : {"SELECT IF(EXISTS (SELECT 1 FROM t WHERE k = '%s'), 'OK', 'NO')", "SELECT '%s'", "SELECT 1",
                          "SELECT IFNULL((SELECT v FROM t WHERE k = '%s'), 'x')"})
    EXPECT_FALSE(listing_of(sql)) << sql;
}

class NoListing : public testing::TestWithParam<std::pair<const char*, const char*>> {};

TEST_P(NoListing, AndThePieceIsNamed) {
  const auto listing = listing_of(std::string{"SELECT v FROM t WHERE "} + GetParam().first);
  ASSERT_FALSE(listing) << GetParam().first;
  EXPECT_THAT(listing.error().detail, HasSubstr(GetParam().second)) << GetParam().first;
}

INSTANTIATE_TEST_SUITE_P(
    Listing, NoListing,
    testing::Values(std::pair{"k = '%s' OR w = 1", "<w = 1> (at byte 34) does not tell"},
                    std::pair{"k <> '%s'", "<k <> '%s'> (at byte 22)"}, std::pair{"NOT k = '%s'", "<NOT k = '%s'>"},
                    std::pair{"'%s' REGEXP k AND a = 1", "<'%s' REGEXP k> (at byte 22)"},
                    std::pair{"k LIKE '%%%d'", "<k LIKE '%%%d'>"}, std::pair{"'%s' LIKE k", "<'%s' LIKE k>"},
                    std::pair{"k LIKE '%s' ESCAPE '|'", "ESCAPE"}, std::pair{"k >= '%s'", "does not tell"},
                    std::pair{"k BETWEEN '%s' AND 'z'", "does not tell"}, std::pair{"k NOT IN ('%s')", "does not tell"},
                    std::pair{"k IN ('%s', w)", "does not tell"}, std::pair{"own(k) = '%s'", "does not tell"},
                    std::pair{"k = own('%s')", "does not tell"}, std::pair{"k = '%s' COLLATE utf8mb4_bin", "COLLATE"},
                    std::pair{"BINARY k = '%s'", "BINARY"}, std::pair{"k + 0 = '%s'", "does not tell"},
                    std::pair{"k = '%s' = w", "does not tell"}, std::pair{"k = '\\\\%s'", "does not tell"},
                    std::pair{"(k, w) = ('%s', 1)", "does not tell"}, std::pair{"a = 1", "does not tell"},
                    std::pair{"CAST(k AS CHAR) = '%s'", "CAST"}, std::pair{"k = '%s' XOR w", "XOR"},
                    std::pair{"k = '%s' || w", "sql_mode"}, std::pair{"(k = '%s') IS NOT TRUE", "does not tell"},
                    std::pair{"k = CONCAT('%u', '@', w)", "does not tell"}));

// ---- what people have ----------------------------------------------------------------------------------------------

struct Layout {
  const char* query;
  std::vector<std::string> parts;
};
class InUse : public testing::TestWithParam<Layout> {};

TEST_P(InUse, HasAListing) {
  static const std::map<std::string, std::vector<std::string>, std::less<>> tables{
      {"alias", {"address", "goto", "domain", "active"}},
      {"alias_domain", {"alias_domain", "target_domain", "active"}},
      {"sender_acl", {"send_as", "logged_in_as", "username"}},
      {"mailbox", {"username", "maildir", "domain", "active", "kind", "relayhost", "authoritative"}},
      {"domain", {"domain", "transport", "active", "backupmx", "relay_all_recipients"}}};
  const ColumnsOf columns = [](std::string_view, std::string_view table) {
    const auto found = tables.find(table);
    return found == tables.end() ? nullptr : &found->second;
  };
  EXPECT_EQ(listed(GetParam().query, columns), GetParam().parts) << GetParam().query;
}

INSTANTIATE_TEST_SUITE_P(
    Postfixadmin, InUse,
    testing::Values(
        Layout{"SELECT goto FROM alias WHERE address='%s' AND active = '1'",
               {"'%s': SELECT DISTINCT `address` FROM `alias` WHERE (`active` = '1')"}},
        Layout{"SELECT goto FROM alias,alias_domain WHERE alias_domain.alias_domain = '%d' and alias.address = "
               "CONCAT('%u', '@', alias_domain.target_domain) AND alias.active = 1 AND alias_domain.active='1'",
               {"'%d': SELECT DISTINCT `alias_domain` FROM `alias_domain` WHERE (`active` = '1')"}},
        Layout{"SELECT goto FROM alias,alias_domain WHERE alias_domain.alias_domain = '%d' and alias.address = "
               "CONCAT('@', alias_domain.target_domain) AND alias.active = 1 AND alias_domain.active='1'",
               {"'%d': SELECT DISTINCT `alias_domain` FROM `alias_domain` WHERE (`active` = '1')"}},
        Layout{
            "SELECT domain FROM domain WHERE domain='%s' AND active = '1' AND (transport LIKE 'smtp%%' OR transport "
            "LIKE 'relay%%')",
            {"'%s': SELECT DISTINCT `domain` FROM `domain` WHERE (`active` = '1') AND ((`transport` LIKE 'smtp%') OR "
             "(`transport` LIKE 'relay%'))"}},
        Layout{"SELECT REPLACE(transport, 'virtual', 'lmtp:unix:x') AS transport FROM domain WHERE domain='%s' AND "
               "active = '1'",
               {"'%s': SELECT DISTINCT `domain` FROM `domain` WHERE (`active` = '1')"}}));
INSTANTIATE_TEST_SUITE_P(
    Iredmail, InUse,
    testing::Values(
        Layout{"SELECT forwardings.forwarding FROM forwardings,domain WHERE forwardings.address='%s' AND "
               "forwardings.domain='%d' AND forwardings.domain=domain.domain AND forwardings.active=1 AND "
               "domain.backupmx=0 AND domain.active=1",
               {"'%s': SELECT DISTINCT `address` FROM `forwardings` WHERE (`active` = 1)"}},
        Layout{"(SELECT transport FROM mailbox m, domain d WHERE m.username='%s' AND m.domain='%d' LIMIT 1) UNION "
               "(SELECT transport FROM domain WHERE domain='%d' LIMIT 1) LIMIT 1",
               {"'%s': SELECT DISTINCT `username` FROM `mailbox`", "'%d': SELECT DISTINCT `domain` FROM `domain`"}},
        Layout{"SELECT alias_domain.target_domain FROM alias_domain, domain WHERE alias_domain.alias_domain='%d' AND "
               "'%u' NOT LIKE '%%+%%'",
               {"'%d': SELECT DISTINCT `alias_domain` FROM `alias_domain`"}}));
INSTANTIATE_TEST_SUITE_P(
    Ispconfig, InUse,
    testing::Values(
        Layout{
            "SELECT destination FROM mail_forwarding AS s WHERE s.source = '%s' AND s.type IN ('alias', 'forward') AND "
            "s.active = 'y' AND s.server_id = 1 AND NOT EXISTS (SELECT access FROM mail_access WHERE source='%s')",
            {"'%s': SELECT DISTINCT `source` FROM `mail_forwarding` WHERE (`type` IN ('alias', 'forward')) AND "
             "(`active` = 'y') AND (`server_id` = 1)"}},
        Layout{"SELECT `s`.`destination` FROM `mail_forwarding` AS `s` INNER JOIN `mail_forwarding` AS `t` ON "
               "`s`.`destination` REGEXP CONCAT('((^)|(\\\\n))', `t`.`source`, '((,))') WHERE `s`.`source` = '%s' AND "
               "`s`.`active` = 'y' UNION SELECT email FROM mail_user WHERE email = '%s' AND disabledeliver = 'n'",
               {"'%s': SELECT DISTINCT `source` FROM `mail_forwarding` WHERE (`active` = 'y')",
                "'%s': SELECT DISTINCT `email` FROM `mail_user` WHERE (`disabledeliver` = 'n')"}},
        Layout{"SELECT transport FROM mail_transport WHERE domain = '%s' AND active = 'y' ORDER BY sort_order LIMIT 1",
               {"'%s': SELECT DISTINCT `domain` FROM `mail_transport` WHERE (`active` = 'y')"}},
        Layout{"SELECT email FROM mail_user WHERE email = CONCAT(SUBSTRING_INDEX('%u', '+', 1), '@%d') AND email LIKE "
               "'@%d'",
               {"LIKE '@%d': SELECT `email` FROM `mail_user`"}}));
INSTANTIATE_TEST_SUITE_P(
    Mailcow, InUse,
    testing::Values(
        Layout{"SELECT goto FROM alias\n  WHERE address='%s'\n    # only the ones of our own\n    AND (active='1' OR "
               "active='2');",
               {"'%s': SELECT DISTINCT `address` FROM `alias` WHERE ((`active` = '1') OR (`active` = '2'))"}},
        Layout{
            "SELECT username FROM mailbox, alias_domain WHERE alias_domain.alias_domain = '%d' AND mailbox.username = "
            "CONCAT('%u', '@', alias_domain.target_domain) AND (mailbox.active = '1' OR mailbox.active ='2')",
            {"'%d': SELECT DISTINCT `alias_domain` FROM `alias_domain`"}},
        Layout{"SELECT GROUP_CONCAT(transport SEPARATOR '') AS transport_maps FROM (SELECT IF(EXISTS(SELECT 'x' FROM "
               "alias WHERE address='%s'), 'a:', NULL) AS transport FROM domain WHERE domain = '%d' UNION ALL SELECT "
               "relayhost FROM mailbox WHERE username = '%s') AS t",
               {"'%d': SELECT DISTINCT `domain` FROM `domain`", "'%s': SELECT DISTINCT `username` FROM `mailbox`"}},
        Layout{
            "SELECT username FROM mailbox WHERE username IN (SELECT username FROM sender_acl WHERE send_as='%s' OR "
            "send_as='@%d') OR (username = '%s' AND active = 1)",
            {"'%s': SELECT DISTINCT `send_as` FROM `sender_acl`", "'@%d': SELECT DISTINCT `send_as` FROM `sender_acl`",
             "'%s': SELECT DISTINCT `username` FROM `mailbox` WHERE (`active` = 1)"}},
        Layout{"SELECT goto FROM spamalias WHERE address='%s' AND validity >= UNIX_TIMESTAMP()",
               {"'%s': SELECT DISTINCT `address` FROM `spamalias`"}},
        Layout{"SELECT address FROM recipient_maps WHERE '%s' REGEXP pattern",
               {"<'%s' REGEXP pattern> (at byte 41) does not tell which keys can have a row"}}));
INSTANTIATE_TEST_SUITE_P(
    Modoboa, InUse,
    testing::Values(Layout{"SELECT dom.name FROM admin_domain AS dom INNER JOIN relaydomains_relaydomain AS rdom ON "
                           "rdom.domain_id=dom.id WHERE dom.enabled=1 AND dom.type='relaydomain' AND dom.name='%s'",
                           {"'%s': SELECT DISTINCT `name` FROM `admin_domain` WHERE (`enabled` = 1) AND (`type` = "
                            "'relaydomain')"}},
                    Layout{"SELECT alr.address FROM modoboa_aliasrecipient AS alr INNER JOIN admin_alias AS al ON "
                           "alr.alias_id=al.id WHERE al.enabled=1 AND al.address='%s' AND (al.expire_at IS NULL OR "
                           "al.expire_at>now())",
                           {"'%s': SELECT DISTINCT `address` FROM `admin_alias` WHERE (`enabled` = 1)"}}));
INSTANTIATE_TEST_SUITE_P(
    Others, InUse,
    testing::Values(
        Layout{
            "SELECT TRIM(destination) FROM mail_virtual AS v JOIN panel_domains d ON v.domainid = d.id WHERE v.email = "
            "'%s' AND TRIM(v.destination) <> ''",
            {"'%s': SELECT DISTINCT `email` FROM `mail_virtual` WHERE (trim(`destination`) <> '')"}},
        Layout{
            "SELECT DISTINCT CONCAT(destination_username, '@', destination_domain) AS destinations FROM aliases WHERE "
            "(source_username = '%u' OR source_username IS NULL) AND source_domain = '%d' AND enabled = true",
            {"'%d': SELECT DISTINCT `source_domain` FROM `aliases` WHERE (`enabled` = true)"}},
        Layout{"SELECT 1 AS found FROM accounts WHERE username = '%u' AND domain = '%d' AND enabled = true LIMIT 1",
               {"'%s': SELECT CONCAT(`username`, '@', `domain`) FROM `accounts` WHERE (`enabled` = true)"}},
        Layout{"SELECT IF(sendonly = true, 'REJECT', 'OK') AS access FROM accounts WHERE username = '%u' AND domain = "
               "'%d' AND enabled = true LIMIT 1",
               {"'%s': SELECT CONCAT(`username`, '@', `domain`) FROM `accounts` WHERE (`enabled` = true)"}},
        Layout{"SELECT destination FROM virtual_aliases WHERE source='%s'",
               {"'%s': SELECT DISTINCT `source` FROM `virtual_aliases`"}},
        Layout{"SELECT policy, params FROM tlspolicies WHERE domain = '%s'",
               {"'%s': SELECT DISTINCT `domain` FROM `tlspolicies`"}}));

TEST(Listing, TellsHowARowsTextIsMade) {
  const auto row = [](const std::string& condition) {
    return listing_of("SELECT v FROM t WHERE " + condition)->parts[0].row;
  };
  EXPECT_THAT(row("k = '%s'"), ElementsAre(RowPiece{"k", ""}));
  EXPECT_THAT(row("LOWER(CONCAT(u, '@', d)) = '%s'"),
              ElementsAre(RowPiece{"u", ""}, RowPiece{"", "@"}, RowPiece{"d", ""}));
  EXPECT_THAT(row("u = '%u' AND d = '%d'"), ElementsAre(RowPiece{"u", ""}, RowPiece{"", "@"}, RowPiece{"d", ""}));
  EXPECT_THAT(row("TRIM(k) = '%s'"), ElementsAre());
  EXPECT_THAT(row("LEFT(k, 3) = '%s'"), ElementsAre());
  const auto part = listing_of("SELECT v FROM s.t WHERE u = '%u' AND d = '%d' AND a = 1")->parts[0];
  EXPECT_EQ(part.schema, "s");
  EXPECT_EQ(part.table, "t");
  EXPECT_THAT(part.columns, ElementsAre("u", "d"));
  EXPECT_THAT(part.conditions, ElementsAre("a"));
}

TEST(Listing, TellsWhatIsMadeOfTheKey) {
  const auto listing = listing_of("SELECT v FROM t WHERE k = '%s' OR l = '%s' OR k = '@%d'");
  EXPECT_THAT(listing->forms(), ElementsAre(KeyForm{}, KeyForm{{{0, "@"}, {'d'}}}));
  EXPECT_EQ(listing->worth(), 2);
}

}  // namespace
}  // namespace maproom::query
