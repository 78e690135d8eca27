#include "integration/two_postfix_maps.hpp"

#include <algorithm>
#include <set>
#include <stdexcept>

namespace maproom::test::two_postfix {
namespace {

std::string pairs_of(const std::string& list) {
  return "SELECT value FROM pair WHERE list IN ('" + list + "', '" + list + " twice') AND name = '%s'";
}

/// Lines "list | name | value"; empty lines and lines that begin with # are for the reader.
constexpr const char* pairs = R"rows(
mydestination | test.example | own
mydestination | local.example | own
mydestination | boxes.local.example | own
mydestination | [192.0.2.99] | own

# one by one, so that no parent is taken for a member
alias_domains | alias.example | yes
alias_domains | moved.example | yes
alias_domains | old.example | yes
alias_domains | catch.example | yes
alias_domains | bücher.example | yes
alias_domains | strasse.example | yes

relay_domains | relay.example | yes
relay_domains | relayall.example | yes
relay_domains | canon.example | yes
relay_domains | route.example | yes
relay_domains | access.example | yes
relay_domains | .dotted.example | yes
relay_domains | ümlaut.example | yes

# bare names match through the candidates of local domains alone
local | loc | x
local | ann-e | x
local | "a b" | x
local | whole@local.example | x
local | whole+ext@local.example | x
local | @boxes.local.example | x
local | jörg | x
local | owner-l | x
local | l-request | x

relay_recipients | carl@relay.example | x
relay_recipients | "a b"@relay.example | x
relay_recipients | inner quote"@relay.example | x
relay_recipients | c d@relay.example | x
relay_recipients | office+own@relay.example | x
relay_recipients | jörg@relay.example | x
relay_recipients | straße@relay.example | x
relay_recipients | strasse@relay.example | x
relay_recipients | owner-l@relay.example | x
relay_recipients | l-request@relay.example | x
relay_recipients | l@relay.example | x
relay_recipients | sub@sub.relay.example | x
relay_recipients | a@b@relay.example | x
relay_recipients | back\slash@relay.example | x
relay_recipients | @relayall.example | x
relay_recipients | @canon.example | x
relay_recipients | @route.example | x
relay_recipients | @sub.route.example | x
relay_recipients | @deep.sub.route.example | x
relay_recipients | @access.example | x
relay_recipients | @sub.access.example | x
relay_recipients | @ümlaut.example | x
relay_recipients | @sub.dotted.example | x

transport | carl@relay.example | tuser:carl-row
transport | "a b"@relay.example | tuser:quoted-row
transport | c d@relay.example | tuser:internal-row
transport | office+own@relay.example | tuser:extension-row
transport | relay.example | tdomain:relay-row
transport | .relay.example | tdomain:below-relay-row
transport | route.example | tdomain:route-row
transport | .route.example | tdomain:below-route-row
transport | deep.sub.route.example | :deep-hop
transport | user@route.example | tuser:
transport | same@route.example | :
transport | hop@route.example | :hop-alone
transport | stop@route.example | error:5.7.9 stopped by its row
transport | later@route.example | retry:4.7.9 deferred by its row
transport | @route.example | tuser:empty-localpart
transport | carl@ | tuser:never-asked-either
transport | tree.far.example | tdomain:tree-row
transport | .tree.far.example | tdomain:below-tree-row
transport | ümlaut.example | tdomain:umlaut-row
transport | boxes.local.example | local:
transport | sink.example | smtpx:[127.0.0.1]:SINK
transport | tls1@far.example | smtpx:[LocalHost]:SINK
transport | tls2@far.example | smtpx:[127.0.0.1]:SINK
transport | tls3@far.example | smtpx:LocalHost:SINK
transport | tls4@far.example | smtpx:127.1.2.3
transport | tls5@far.example | smtpx:127.0.0.7
transport | tls6@far.example | smtpx:127.0.0.8
transport | [192.0.2.99] | tdomain:literal-row
transport | mbox.example | tdomain:mbox-row
transport | bob+x@mbox.example | tuser:bob-x-row
star | * | tstar:star-row

mynetworks | 192.0.2.1 | ok
mynetworks | 192.0.3 | ok
mynetworks | 192.0.2.0/24 | ok
mynetworks | 2001:db8::1 | ok
mynetworks | 2001:db8:1 | ok
mynetworks | ::ffff:198.51.100.9 | ok
mynetworks | 198.51.100.7 | ok
mynetworks | trusted.example | ok
mynetworks | .dotted.example | ok
mynetworks | 127.0.0.44 | ok

event_exceptions | 127.0.0.51 | ok
event_exceptions | 127.0.0 | ok
event_exceptions | localhost | ok

xclient_hosts | 127.0.0.61 | ok
xclient_hosts | 127.0.0 | ok
xforward_hosts | 127.0.0.62 | ok

client_access | client.example | REJECT client.example
client_access | deep.client.example | OK
client_access | .dotted.example | REJECT .dotted.example
client_access | net.example | REJECT net.example
client_access | dunno.net.example | DUNNO
client_access | 203.0.113.5 | REJECT 203.0.113.5
client_access | 203.0.113.6 | DUNNO
client_access | 203.0.113 | REJECT 203.0.113
client_access | 203.0 | 450 4.7.8 203.0
client_access | 2001:db8:5::5 | REJECT 2001:db8:5::5
client_access | 2001:db8:5 | REJECT 2001:db8:5
client_access | 2001:db8: | REJECT 2001:db8:
client_access | 2001:db8 | 451 2001:db8
client_access | unknown | DUNNO

reverse_access | rev.example | REJECT rev.example
reverse_access | 203.1 | REJECT reverse 203.1

helo_access | helo.example | REJECT helo.example
helo_access | ok.helo.example | OK
helo_access | .dotted.example | REJECT .dotted.example
helo_access | [203.0.113.9] | REJECT [203.0.113.9]
helo_access | 203.0.113.9 | REJECT 203.0.113.9
helo_access | 203.0.113 | REJECT never: no networks of a HELO name
helo_access | helo.ümlaut.example | REJECT umlaut
helo_access | plainname | REJECT plainname

sender_access | bad@sender.example | REJECT bad@sender.example
sender_access | bad+ext@sender.example | REJECT bad+ext@sender.example
sender_access | "bad quoted"@sender.example | REJECT "bad quoted"@sender.example
sender_access | bad inner@sender.example | REJECT bad inner@sender.example
sender_access | spam.example | REJECT spam.example
sender_access | good@spam.example | OK
sender_access | dunno@spam.example | DUNNO
sender_access | .dotted.example | REJECT .dotted.example
sender_access | anywhere@ | REJECT anywhere@
sender_access | anywhere+own@ | REJECT anywhere+own@
sender_access | "any where"@ | REJECT "any where"@
sender_access | <> | BCC null-sender-row@far.example
sender_access | @sender.example | REJECT empty sender
sender_access | straßer.example | REJECT never: keys are folded
sender_access | strasser.example | REJECT folded domain
sender_access | both@spam.example | permit_mynetworks, reject

recipient_access | full@access.example | REJECT full@access.example
recipient_access | full+ext@access.example | REJECT full+ext@access.example
recipient_access | sub.access.example | REJECT sub.access.example
recipient_access | ok@sub.access.example | OK
recipient_access | dunno@sub.access.example | DUNNO
recipient_access | local@ | REJECT local@
recipient_access | "lo cal"@ | REJECT "lo cal"@
recipient_access | int ern@ | REJECT int ern@
recipient_access | redirect@access.example | REDIRECT carl+redirected@relay.example
recipient_access | filter@access.example | FILTER tuser:filter-row
recipient_access | hold@access.example | REJECT hold
recipient_access | bcc@access.example | BCC audit@far.example
recipient_access | @access.example | REJECT empty recipient
recipient_access | .access.example | REJECT .access.example

etrn_access | etrn.example | REJECT etrn.example
etrn_access | .dotted.example | REJECT .dotted.example
fast_flush | flush.example | yes
fast_flush | .dotted.example | yes
sasl_access | Banned | REJECT never: keys are folded
sasl_access | banned | REJECT login

login | owner@sender.example | owner
login | shared@sender.example | anna,ben carl
login | "quoted owner"@sender.example | owner
login | inner owner@sender.example | owner
login | own+ext@sender.example | ben
login | own@sender.example | anna
login | @owned.example | domainowner
login | loginloc | loc
login | jörg@owner.example | jörg

sender_canonical | canon@sender.example | pretty@sender.example
sender_canonical | "canon quoted"@sender.example | "pretty quoted"@sender.example
sender_canonical | inner canon@sender.example | never@sender.example
sender_canonical | @canonsender.example | @prettysender.example
sender_canonical | @all.canonsender.example | all@prettysender.example
sender_canonical | canonloc | prettyloc@local.example
sender_canonical | two@sender.example | one@sender.example, more@sender.example
sender_canonical | jörg@ümlaut.example | jorg@sender.example
recipient_canonical | rc@canon.example | real@relayall.example
recipient_canonical | rcx@canon.example | @relayall.example
recipient_canonical | rcloc | whole@local.example
recipient_canonical | step1@canon.example | step2@canon.example
recipient_canonical | step2@canon.example | step3+own@canon.example
recipient_canonical | loop@canon.example | loop@canon.example
recipient_canonical | @gonecanon.example | real@relayall.example
canonical | both@canon.example | everyone@relayall.example
canonical | both@sender.example | everyone@sender.example
canonical | pretty@sender.example | prettier@sender.example

sender_bcc | watched@sender.example | audit@far.example
sender_bcc | watched+own@sender.example | audit-own@far.example
sender_bcc | @watched.example | audit@mbox.example
sender_bcc | "watched q"@sender.example | audit-quoted@far.example
sender_bcc | in ner@sender.example | audit-inner@far.example
sender_bcc | locbcc | audit-local@far.example
recipient_bcc | carl@relay.example | audit@far.example
recipient_bcc | bcc@relayall.example | joe+bcc@alias.example
recipient_bcc | joe@alias.example | audit-alias@far.example
recipient_bcc | @bcc.example | audit@far.example
recipient_bcc | loc | audit-loc@far.example
recipient_bcc | jörg@relay.example | audit-jörg@far.example

relocated | gone@relayall.example | new@place.example
relocated | "gone q"@relayall.example | quoted@place.example
relocated | in ner@relayall.example | inner@place.example
relocated | @goneaway.example | nobody is left
relocated | goneloc | local@place.example
relocated | gone@far.example | far@place.example

sender_relayhost | hop@sender.example | [hop-row]
sender_relayhost | hop+own@sender.example | [hop-own-row]
sender_relayhost | dunno@hopping.example | DUNNO
sender_relayhost | @hopping.example | [hopping-row]:587
sender_relayhost | "hop q"@sender.example | [quoted-row]
sender_relayhost | hoploc | [hoploc-row]
sender_relayhost | "<>" | [null-sender-row]
sender_transport | tp@sender.example | tsender:tp-row
sender_transport | tp+own@sender.example | tsender:
sender_transport | @transporting.example | tsender:transporting-row
sender_transport | dunno@transporting.example | DUNNO
sender_transport | tploc | tsender:tploc-row
sender_transport | <> | tsender:null-row

generic | loc@local.example | public@sender.example
generic | loc+own@local.example | own@sender.example
generic | locgen | gen@sender.example
generic | @boxes.local.example | @outside.example
generic | "g q"@local.example | quoted@sender.example
generic | rcpt@sink.example | mapped@sink.example

tls_policy | [localhost]:SINK | encrypt
tls_policy | .2.3 | encrypt
tls_policy | 127.0.0.7 | none
tls_policy | .0.7 | encrypt
sasl_password | [127.0.0.1]:SINK | hop:hop-secret
sasl_password | 127.0.0.8 | host:host-secret
sasl_password | loc@local.example | loc:loc-secret
sasl_password | @boxes.local.example | boxes:boxes-secret
sasl_password | upper@local.example | upper:upper-secret

postscreen | 127.0.0.71 | permit
postscreen | 127.0.0.72 | reject
postscreen | 127.0.0.73 | dunno
postscreen | 127.0.0 | reject

# With the row of the list itself, one more value than expansion_limit allows: a temporary error, at whatever candidate.
relay_recipients | twice@relay.example | x
relay_recipients twice | twice@relay.example | x
transport | twice@route.example | tuser:never
transport twice | twice@route.example | tuser:never
recipient_access | twice@access.example | REJECT never
recipient_access twice | twice@access.example | REJECT never
recipient_canonical | twice@canon.example | never@relayall.example
recipient_canonical twice | twice@canon.example | never@relayall.example
sender_bcc | twice@sender.example | never@far.example
sender_bcc twice | twice@sender.example | never@far.example
relay_domains | twice.example | yes
relay_domains twice | twice.example | yes
mynetworks | 198.51.100.222 | ok
mynetworks twice | 198.51.100.222 | ok

mailbox_transport | boxed | tuser:boxed-row
mailbox_transport | boxed+own | tuser:never-asked
fallback_transport | fallen | tuser:fallen-row
)rows";

/// PostfixAdmin's way, in ViMbAdmin's tables.
constexpr const char* panel_rows = R"rows(
mbox.example | bob
mbox.example | bob2
mbox.example | kop
mbox.example | exact
mbox.example | catcher
mbox.example | "x y"
mbox.example | in ner
mbox.example | zed
mbox.example | jörg
mbox.example | owner-l
mbox.example | l-request
mbox.example | loc2
mbox.example | audit
mbox.example | ext+own
mboxall.example | some
müller.example | jörg
)rows";

constexpr const char* aliases = R"rows(
joe@alias.example | bob@mbox.example, carl@relay.example
joe+own@alias.example | exact@mbox.example
ann@alias.example | @mbox.example
self@alias.example | self@alias.example, kop@alias.example
kop@alias.example | kop@mbox.example
lp@alias.example | loc
q@alias.example | "x y"@mbox.example
quoted@alias.example | "a@b"@relay.example
"a b"@alias.example | bob@mbox.example
"a b+own"@alias.example | exact@mbox.example
in ner@alias.example | exact@mbox.example
backsl@alias.example | bob@mbox.example
chain1@alias.example | chain2@alias.example
chain2@alias.example | chain3+own@alias.example
chain3@alias.example | bob@mbox.example,chain1@alias.example
list@alias.example | bob@mbox.example,carl@relay.example,zoe@far.example
routed@alias.example | <@hop.example:bob@mbox.example>
percent@alias.example | bob%mbox.example
bang@alias.example | mbox.example!bob
names@alias.example | Full Name <bob@mbox.example> (a comment), carl@relay.example
blanks@alias.example | bob@mbox.example carl@relay.example
holes@alias.example | bob@mbox.example,,carl@relay.example
group@alias.example | friends: bob@mbox.example, carl@relay.example;
null@alias.example | <>
comment@alias.example | (nobody at all)
upper@alias.example | Bob@MBOX.Example
ünï@alias.example | jörg@mbox.example
owner-l@alias.example | owner-l@mbox.example
l-request@alias.example | l-request@mbox.example
l@alias.example | bob@mbox.example
owner@alias.example | exact@mbox.example
mailer@alias.example | exact@mbox.example
double@alias.example | exact@mbox.example
postmaster@alias.example | bob2@mbox.example
x%y@alias.example | bob@mbox.example
dotted@alias.example | bob@mbox.example.
literal@alias.example | bob@[192.0.2.99]
unicode@alias.example | jörg@müller.example
at@alias.example | @relayall.example, extra@mbox.example
zed@old.example | @mbox.example
@old.example | @mbox.example
@catch.example | catcher@mbox.example
known@catch.example | bob@mbox.example
self@catch.example | self@catch.example
jörg@bücher.example | jörg@mbox.example
@bücher.example | catcher@mbox.example
jörg@strasse.example | jörg@mbox.example
virtloc | loc2@mbox.example
"virt loc" | loc2@mbox.example
bob2@mbox.example | bob@mbox.example
carl@moved.example | bob2@mbox.example
@moved.example | catcher@mbox.example
alias.example | bare@mbox.example
catch.example | bare@mbox.example
moved.example | bare@mbox.example
moved | bare@mbox.example
)rows";

/// Calls `visit` with the columns of each line that is a row.
template <class Visit>
void for_each_row(const std::string& lines, Visit visit) {
  for (std::size_t begin = 0; begin < lines.size();) {
    const auto end = lines.find('\n', begin);
    const auto line = lines.substr(begin, end - begin);
    begin = end + 1;
    if (line.empty() || line.front() == '#') continue;
    std::vector<std::string> columns;
    for (std::size_t column = 0; column != std::string::npos;) {
      const auto bar = line.find(" | ", column);
      columns.push_back(line.substr(column, bar == std::string::npos ? bar : bar - column));
      column = bar == std::string::npos ? bar : bar + 3;
    }
    visit(columns);
  }
}

std::string literal(const std::string& text) {
  std::string out = "'";
  for (const char c : text) {
    if (c == '\'' || c == '\\') out += c;
    out += c;
  }
  return out + "'";
}

/// The rows as lists of literals, joined with commas.
std::string values(const std::string& lines, const std::string& more_columns = {}) {
  std::string all;
  for_each_row(lines, [&](const std::vector<std::string>& columns) {
    std::string row;
    for (const auto& column : columns) row += (row.empty() ? "" : ", ") + literal(column);
    all += (all.empty() ? "(" : ",\n(") + row + more_columns + ")";
  });
  return all;
}

}  // namespace

std::vector<TestedMap> tested_maps(bool with_star) {
  const std::string alias = "SELECT goto FROM alias WHERE address = '%s' AND active = 1";
  const std::string alias_domain =
      "SELECT alias.goto FROM alias JOIN mr_alias_domain ON mr_alias_domain.alias_domain = '%d' AND alias.address = "
      "CONCAT('%u', '@', mr_alias_domain.target_domain) WHERE alias.active = 1 AND mr_alias_domain.active = 1";
  const std::string catch_all =
      "SELECT alias.goto FROM alias JOIN mr_alias_domain ON mr_alias_domain.alias_domain = '%d' AND alias.address = "
      "CONCAT('@', mr_alias_domain.target_domain) WHERE alias.active = 1 AND mr_alias_domain.active = 1";
  const auto star =
      with_star ? "SELECT value FROM pair WHERE list IN ('transport', 'transport twice', 'star') AND name = '%s'"
                : pairs_of("transport");
  return {
      {"virtual_alias_maps", "virtual_alias_maps", {alias, alias_domain, catch_all}},
      {"virtual_alias_domains", "virtual_alias_domains", {pairs_of("alias_domains")}},
      {"virtual_mailbox_domains",
       "virtual_mailbox_domains",
       {"SELECT domain FROM domain WHERE domain = '%s' AND backupmx = 0 AND active = 1"}},
      {"virtual_mailbox_maps",
       "virtual_mailbox_maps",
       {"SELECT maildir FROM mailbox WHERE username = '%s' AND active = 1"}},
      {"mydestination", "mydestination", {pairs_of("mydestination")}},
      {"relay_domains", "relay_domains", {pairs_of("relay_domains")}},
      {"relay_recipient_maps", "relay_recipient_maps", {pairs_of("relay_recipients")}},
      {"local_recipient_maps", "local_recipient_maps", {pairs_of("local")}},
      {"transport_maps", "transport_maps", {star}},
      {"mynetworks", "mynetworks", {pairs_of("mynetworks")}},
      {"event_exceptions", "smtpd_client_event_limit_exceptions", {pairs_of("event_exceptions")}},
      {"xclient_hosts", "smtpd_authorized_xclient_hosts", {pairs_of("xclient_hosts")}},
      {"xforward_hosts", "smtpd_authorized_xforward_hosts", {pairs_of("xforward_hosts")}},
      {"client_access", "check_client_access", {pairs_of("client_access")}},
      {"reverse_access", "check_reverse_client_hostname_access", {pairs_of("reverse_access")}},
      {"helo_access", "check_helo_access", {pairs_of("helo_access")}},
      {"sender_access", "check_sender_access", {pairs_of("sender_access")}},
      {"recipient_access", "check_recipient_access", {pairs_of("recipient_access")}},
      {"etrn_access", "check_etrn_access", {pairs_of("etrn_access")}},
      {"fast_flush", "fast_flush_domains", {pairs_of("fast_flush")}},
      {"sasl_access", "check_sasl_access", {pairs_of("sasl_access")}},
      {"login_maps", "smtpd_sender_login_maps", {pairs_of("login")}},
      {"canonical", "canonical_maps", {pairs_of("canonical")}},
      {"sender_canonical", "sender_canonical_maps", {pairs_of("sender_canonical")}},
      {"recipient_canonical", "recipient_canonical_maps", {pairs_of("recipient_canonical")}},
      {"sender_bcc", "sender_bcc_maps", {pairs_of("sender_bcc")}},
      {"recipient_bcc", "recipient_bcc_maps", {pairs_of("recipient_bcc")}},
      {"relocated", "relocated_maps", {pairs_of("relocated")}},
      {"sender_relayhost", "sender_dependent_relayhost_maps", {pairs_of("sender_relayhost")}},
      {"sender_transport", "sender_dependent_default_transport_maps", {pairs_of("sender_transport")}},
      {"generic", "smtp_generic_maps", {pairs_of("generic")}},
      {"tls_policy", "smtp_tls_policy_maps", {pairs_of("tls_policy")}},
      {"sasl_password", "smtp_sasl_password_maps", {pairs_of("sasl_password")}},
      {"postscreen", "postscreen_access_list", {pairs_of("postscreen")}},
      {"mailbox_transport", "mailbox_transport_maps", {pairs_of("mailbox_transport")}},
      {"fallback_transport", "fallback_transport_maps", {pairs_of("fallback_transport")}},
  };
}

std::string rows(int sink_port) {
  std::string all = pairs;
  for (auto at = all.find("SINK"); at != std::string::npos; at = all.find("SINK"))
    all.replace(at, 4, std::to_string(sink_port));
  // Compared byte by byte: a wrongly folded key finds nothing.
  return "CREATE TABLE pair (list VARCHAR(32) NOT NULL, name VARCHAR(255) NOT NULL, value VARCHAR(255) NOT NULL, "
         "UNIQUE KEY (list, name)) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;\n"
         "INSERT INTO pair (list, name, value) VALUES " +
         values(all) +
         ";\n"
         "INSERT INTO domain (domain, created) VALUES ('mbox.example', NOW()), ('mboxall.example', NOW());\n"
         "INSERT INTO alias (address, goto, created) VALUES " +
         values(aliases, ", NOW()") +
         ";\n"
         "CREATE TEMPORARY TABLE panel (domain VARCHAR(255), localpart VARCHAR(255)) CHARACTER SET utf8mb4;\n"
         "INSERT INTO panel VALUES " +
         values(panel_rows) +
         ";\n"
         "INSERT INTO mailbox (username, password, local_part, maildir, active, created) SELECT CONCAT(localpart, '@', "
         "domain), '!', localpart, 'x', 1, NOW() FROM panel WHERE CONCAT(localpart, '@', domain) NOT IN (SELECT "
         "username FROM mailbox);\n"
         "INSERT INTO mailbox (username, password, local_part, maildir, active, created) VALUES ('@mboxall.example', "
         "'!', '', 'x', 1, NOW());\n"
         "INSERT INTO mr_alias_domain (alias_domain, target_domain) VALUES ('moved.example', 'alias.example'), "
         "('old.example', 'catch.example');\n";
}

std::vector<std::string> keys_of(const std::string& list) {
  std::vector<std::string> keys;
  if (list == "alias")
    for_each_row(aliases, [&](const auto& columns) { keys.push_back(columns[0]); });
  else if (list == "mailbox")
    for_each_row(panel_rows, [&](const auto& columns) { keys.push_back(columns[1] + "@" + columns[0]); });
  else
    for_each_row(pairs, [&](const auto& columns) {
      if (columns[0] == list) keys.push_back(columns[1]);
    });
  if (keys.empty()) throw std::runtime_error{"no rows in " + list};
  return keys;
}

std::vector<std::string> marks() {
  std::vector<std::string> all;
  for_each_row(pairs, [&](const auto& columns) {
    // These are told apart by the key that is found, not by its value; the star has a variant of its own.
    static const std::set<std::string> told_otherwise{"star", "login", "tls_policy", "sasl_password"};
    if (told_otherwise.contains(columns[0]) || columns[2].find("never") != std::string::npos) return;
    auto mark = columns[2];
    for (const std::string prefix : {"REJECT ", "REDIRECT ", "FILTER ", "BCC ", "450 4.7.8 ", "451 ", ":",
                                     "tuser:", "tdomain:", "tsender:", "error:5.7.9 ", "retry:4.7.9 "})
      if (mark.starts_with(prefix)) mark.erase(0, prefix.size());
    mark.erase(std::min(mark.find(','), mark.size()));
    static const std::set<std::string> everywhere{"",      "x", "yes",    "ok",     "own",    "OK",
                                                  "DUNNO", ":", "local:", "permit", "reject", "dunno"};
    if (!everywhere.contains(mark) && !mark.starts_with("@") && !mark.starts_with("smtpx:") &&
        !mark.starts_with("permit_"))
      all.push_back(mark);
  });
  return all;
}

std::string transports() {
  std::string services;
  for (const std::string name : {"tuser", "tdomain", "tstar", "tlocal", "tvirtual", "trelay", "tdefault", "tsender"})
    services += name + " unix - - n - - discard -o syslog_name=" + name + "\n";
  return services + "smtpx unix - - n - - smtp -o syslog_name=smtpx\n";
}

}  // namespace maproom::test::two_postfix
