#include "integration/two_postfix_patterns.hpp"

#include <map>

namespace maproom::test::two_postfix {
namespace {

// Of mydestination the daemon is told each name ([postfix] mydestination): patterns that match others of them than
// those in the tables would not be Postfix's lists, but another configuration.
const std::map<std::string, Patterns> first{
    {"mydestination", {"pcre", "/^boxes\\.(local)\\.example$/ pattern-$1\n/^\\./ never\n"}},
    {"virtual_alias_maps",
     {"pcre",
      "/^ann\\+(own.*)@alias\\.example$/ pattern-$1@mboxall.example\n"
      "/^\"a b\"@alias\\.example$/ pattern-quoted@mboxall.example\n"
      "/^(?-i)JOE[+]OWN@alias/ pattern-case@mboxall.example\n"
      "/^joe$/ never@mboxall.example\n"
      "/^@/ never@mboxall.example\n"
      "/^alias\\.example$/ never@mboxall.example\n"}},
    {"virtual_alias_domains", {"regexp", "/^(sub)\\.(alias)\\.example$/ $2\n/^$/ never\n"}},
    {"virtual_mailbox_domains", {"pcre", "/^example$/ pattern\n"}},
    {"virtual_mailbox_maps",
     {"pcre", "/^nobody\\+x@mbox\\.example$/ pattern\n/^anyone@example$/ pattern\n/^@mbox\\.example$/ never\n"}},
    {"relay_domains", {"pcre", "/^sub\\.dotted\\.example$/ pattern\n/^tree\\.far\\.example$/ pattern\n/^\\./ never\n"}},
    {"relay_recipient_maps",
     {"pcre",
      "if /@relay\\.example$/\n/^nobody([-+]x)?@/ pattern-$1\n!/@/ never\nendif\n/^@/ never\n/^\"a b\"@/ pattern\n"}},
    {"local_recipient_maps", {"pcre", "/^nobody(@.*)?$/ pattern\n/^@/ never\n/^x!y$/ pattern\n"}},
    {"transport_maps",
     {"pcre",
      "/^postmaster@far\\.example$/ tuser:pattern-first\n/^bob\\+x@/ tuser:pattern-over-row\n"
      "/^\\.?far\\.example$/ tuser:never\n/^postmaster@$/ tuser:never\n"}},
    {"mynetworks", {"cidr", "!203.0.0.0/8 never\n203.0.9.0/24 ok\n2001:db8:0:0:9::/80 ok\n"}},
    {"event_exceptions", {"cidr", "127.0.0.52 ok\n"}},
    {"xclient_hosts", {"cidr", "127.0.0.63/32 ok\n"}},
    {"xforward_hosts", {"pcre", "/^127\\.0\\.0\\.61$/ ok\n"}},
    {"client_access",
     {"pcre",
      "/^203\\.0\\.113\\.7$/ REJECT by pattern\n/^(x)\\.dunno\\.net\\.example$/ REJECT pattern $1\n"
      "/^203\\.0\\.113$/ REJECT never\n/^client\\.example$/ DUNNO\n"}},
    {"helo_access", {"regexp", "/^\\[?203\\.0\\.113\\.10\\]?$/ REJECT by pattern\n/^\\.dotted/ REJECT never\n"}},
    {"sender_access",
     {"pcre",
      "/^bad\\+(ext.*)@sender\\.example$/ REJECT by pattern $1\n/^spam\\.example$/ REJECT never\n"
      "/^anywhere@$/ REJECT never\n"}},
    {"recipient_access",
     {"regexp",
      "/^full([-+].*)@access\\.example$/ REJECT by pattern $1\n/^access\\.example$/ REJECT never\n"
      "/^hold@access\\.example$/ DUNNO\n"}},
    {"login_maps", {"pcre", "/^free@far\\.example$/ carl\n/^own\\+other@/ nobody\n/^@owned/ never\n"}},
    {"canonical", {"pcre", "/^both@canon\\.example$/ pattern@relayall.example\n/^@canon/ never@relayall.example\n"}},
    {"sender_canonical",
     {"regexp", "/^canon(\\+.*)?@sender\\.example$/ pattern$1@sender.example\n/^@/ never@sender.example\n"}},
    {"recipient_canonical",
     {"pcre", "/^step1(\\+.*)?@canon\\.example$/ pattern$1@relayall.example\n/^rcloc$/ never@local.example\n"}},
    {"sender_bcc", {"pcre", "/^plain@sender\\.example$/ pattern@far.example\n/^@watched/ never@far.example\n"}},
    {"recipient_bcc", {"pcre", "/^office\\+.*@relay\\.example$/ pattern@far.example\n/^@bcc/ never@far.example\n"}},
    {"relocated", {"pcre", "/^gone\\+(.*)@relayall\\.example$/ pattern-$1@place.example\n/^@goneaway/ never\n"}},
    {"sender_relayhost", {"pcre", "/^hop\\+ext@sender\\.example$/ [pattern-hop]\n/^@hopping/ [never]\n"}},
    {"sender_transport", {"regexp", "/^tp\\+ext@sender\\.example$/ tsender:pattern-tp\n/^@transp/ tsender:never\n"}},
    {"generic", {"pcre", "/^loc\\+ext@local\\.example$/ pattern@sender.example\n/^@boxes/ @never.example\n"}},
    {"tls_policy", {"pcre", "/^\\[?127\\.1\\.2\\.3\\]?$/ none\n"}},
    {"sasl_password", {"regexp", "/^(plain)@sender\\.example$/ $1:pattern-secret\n/^@boxes/ never:never\n"}},
    {"postscreen", {"cidr", "127.0.0.74 reject\n"}},
};

const std::map<std::string, Patterns> last{
    {"mydestination", {"regexp", "/^test\\.example$/ pattern\n/^example$/ never\n"}},
    {"virtual_alias_maps",
     {"regexp",
      "/^anyone@alias\\.example$/ pattern-last@mboxall.example\n"
      "/^(nobody)([-+]x)@catch\\.example$/ pattern-last$2@mboxall.example\n"
      "/^joe@alias\\.example$/ pattern-behind-a-row@mboxall.example\n"
      "/^joe[-+]foo.*@alias\\.example$/ pattern-before-the-part@mboxall.example\n"
      "/^@/ never@mboxall.example\n"}},
    {"virtual_alias_domains", {"pcre", "/^sub\\.alias\\.example$/ pattern\n"}},
    {"virtual_mailbox_domains", {"regexp", "/^(ex)(ample)$/ $1$2\n"}},
    {"virtual_mailbox_maps",
     {"regexp", "/^anyone@mbox\\.example$/ pattern\n/^bob[-+].*@mbox\\.example$/ pattern\n/^@/ never\n"}},
    {"relay_domains", {"regexp", "/^sub\\.dotted\\.example$/ pattern\n"}},
    {"relay_recipient_maps", {"regexp", "/^anyone@(sub)\\.relay\\.example$/ pattern-$1\n/^relay\\.example$/ never\n"}},
    {"local_recipient_maps", {"regexp", "/^jörg@/ pattern\n/^anyone@boxes\\.local\\.example$/ pattern\n"}},
    {"transport_maps",
     {"regexp",
      "/^joe.*@tree\\.far\\.example$/ tdomain:pattern-last\n/^office[-+]other@relay\\.example$/ tuser:pattern-before-"
      "the-part\n/^\\.tree/ tuser:never\n"}},
    {"mynetworks", {"regexp", "/^203\\.0\\.113\\.6$/ ok\n/^sub\\.trusted\\.example$/ ok\n/^203\\.0$/ never\n"}},
    {"event_exceptions", {"pcre", "/^127\\.0\\.0\\.52$/ ok\n"}},
    {"xclient_hosts", {"regexp", "/^127\\.0\\.0\\.6[23]$/ ok\n"}},
    {"xforward_hosts", {"cidr", "127.0.0.60/30 ok\n"}},
    {"client_access", {"cidr", "203.0.113.0/29 REJECT by pattern\n2001:db8:5::/48 REJECT by pattern six\n"}},
    {"helo_access",
     {"pcre", "/^a\\.dotted\\.example$/ REJECT by pattern\n/^(?:sub\\.)?(helo)\\./ REJECT $1 pattern\n"}},
    {"sender_access", {"regexp", "/^good@spam\\.example$/ REJECT by pattern\n/^<>$/ DUNNO\n/^@/ REJECT never\n"}},
    {"recipient_access", {"pcre", "/^dunno@sub\\.access\\.example$/ REJECT by pattern\n/^local@$/ REJECT never\n"}},
    {"login_maps", {"regexp", "/^nobody@local\\.example$/ loc\n/^any@sub\\.owned\\.example$/ domainowner\n"}},
    {"canonical", {"regexp", "/^pretty@sender\\.example$/ pattern@sender.example\n"}},
    {"sender_canonical", {"pcre", "/^canon-(.*)@sender\\.example$/ pattern-$1@sender.example\n"}},
    {"recipient_canonical", {"regexp", "/^rc([-+].*)@canon\\.example$/ pattern$1@relayall.example\n"}},
    {"sender_bcc", {"regexp", "/^watched[-+]ext@sender\\.example$/ pattern@far.example\n"}},
    {"recipient_bcc", {"regexp", "/^carl[-+]reply@relay\\.example$/ pattern@far.example\n"}},
    {"relocated", {"regexp", "/^gone[-+]ext@relayall\\.example$/ pattern@place.example\n"}},
    {"sender_relayhost", {"regexp", "/^any@hopping\\.example$/ [pattern-hop]\n"}},
    {"sender_transport", {"pcre", "/^dunno@transporting\\.example$/ tsender:pattern-tp\n"}},
    {"generic", {"regexp", "/^any[-+]x@boxes\\.local\\.example$/ pattern@sender.example\n"}},
    {"tls_policy", {"regexp", "/^\\[127\\.0\\.0\\.1\\]/ none\n"}},
    {"sasl_password", {"pcre", "/^127\\.1\\.2\\.3/ host:pattern-secret\n"}},
    {"postscreen", {"cidr", "127.0.0.74 reject\n"}},
};

Patterns of(const std::map<std::string, Patterns>& all, const std::string& map) {
  const auto found = all.find(map);
  return found == all.end() ? Patterns{} : found->second;
}

}  // namespace

std::string to_string(Order order) {
  switch (order) {
    case Order::sql_alone:
      return "sql_alone";
    case Order::front:
      return "front";
    case Order::behind:
      return "behind";
    case Order::around:
      return "around";
  }
  return "";
}

Patterns first_patterns(const std::string& map) { return of(first, map); }
Patterns last_patterns(const std::string& map) { return of(last, map); }

}  // namespace maproom::test::two_postfix
