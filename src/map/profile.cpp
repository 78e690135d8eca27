#include "maproom/map/profile.hpp"

#include <algorithm>
#include <array>

#include "maproom/core/fold.hpp"

namespace maproom::map {
namespace {

/// One name and what it means. `style_of`: the name that parent_domain_matches_subdomains has to hold for plain
/// parents; empty where no parents are asked.
struct Meaning {
  std::string_view name;
  ProfileKind kind;
  WrongNotFound wrong;
  std::string_view style_of = {};
  std::string_view propagation_class = {};
};

constexpr std::string_view access_maps = "smtpd_access_maps";
constexpr std::string_view never_plain = "(no parameter)";

// The profiles' own names come first, then Postfix's parameters as docs/postfix-lookups.md section 5 has them, group by
// group.
using Wrong = WrongNotFound;

constexpr auto meanings = std::to_array<Meaning>({
    {"exact", ProfileKind::exact, Wrong::rejects},
    {"address", ProfileKind::address, Wrong::rejects},
    {"address-x", ProfileKind::address_x, Wrong::rejects, {}, "virtual"},
    {"access-mail", ProfileKind::access_mail, Wrong::passes, access_maps},
    {"access-host", ProfileKind::access_host, Wrong::passes, access_maps},
    {"access-name", ProfileKind::access_name, Wrong::passes, access_maps},
    {"transport", ProfileKind::transport, Wrong::misroutes, "transport_maps"},
    {"domain-tree", ProfileKind::domain_tree, Wrong::distrusts, "relay_domains"},
    {"client-list", ProfileKind::client_list, Wrong::distrusts, "mynetworks"},

    // Domain lists. The first three are string lists, which know no parents.
    {"virtual_alias_domains", ProfileKind::exact, Wrong::distrusts},
    {"virtual_mailbox_domains", ProfileKind::exact, Wrong::distrusts},
    {"mydestination", ProfileKind::exact, Wrong::distrusts},
    {"relay_domains", ProfileKind::domain_tree, Wrong::distrusts, "relay_domains"},
    {"fast_flush_domains", ProfileKind::domain_tree, Wrong::harmless, "fast_flush_domains"},

    // Rewriting and recipients.
    {"virtual_alias_maps", ProfileKind::address_x, Wrong::misroutes, {}, "virtual"},
    {"canonical_maps", ProfileKind::address_x, Wrong::misroutes, {}, "canonical"},
    {"sender_canonical_maps", ProfileKind::address_x, Wrong::misroutes, {}, "canonical"},
    {"recipient_canonical_maps", ProfileKind::address_x, Wrong::misroutes, {}, "canonical"},
    {"smtp_generic_maps", ProfileKind::address_x, Wrong::misroutes, {}, "generic"},
    {"lmtp_generic_maps", ProfileKind::address_x, Wrong::misroutes, {}, "generic"},
    {"virtual_mailbox_maps", ProfileKind::address, Wrong::rejects},
    {"relay_recipient_maps", ProfileKind::address, Wrong::rejects},
    {"local_recipient_maps", ProfileKind::address, Wrong::rejects},
    {"relocated_maps", ProfileKind::address, Wrong::harmless},
    {"recipient_bcc_maps", ProfileKind::address, Wrong::misroutes},
    {"sender_bcc_maps", ProfileKind::address, Wrong::misroutes},
    {"smtpd_sender_login_maps", ProfileKind::address, Wrong::opens},

    // Routing. trivial-rewrite(8) looks up the parent style of "transport_maps" for both of its contexts.
    {"transport_maps", ProfileKind::transport, Wrong::misroutes, "transport_maps"},
    {"address_verify_transport_maps", ProfileKind::transport, Wrong::misroutes, "transport_maps"},
    {"sender_dependent_relayhost_maps", ProfileKind::address, Wrong::misroutes},
    {"address_verify_sender_dependent_relayhost_maps", ProfileKind::address, Wrong::misroutes},
    {"sender_dependent_default_transport_maps", ProfileKind::address, Wrong::misroutes},
    {"address_verify_sender_dependent_default_transport_maps", ProfileKind::address, Wrong::misroutes},

    // Lists of clients, by name and by address.
    {"mynetworks", ProfileKind::client_list, Wrong::distrusts, "mynetworks"},
    {"smtpd_client_event_limit_exceptions", ProfileKind::client_list, Wrong::harmless,
     "smtpd_client_event_limit_exceptions"},
    {"permit_mx_backup_networks", ProfileKind::client_list, Wrong::distrusts, "permit_mx_backup_networks"},
    {"qmqpd_authorized_clients", ProfileKind::client_list, Wrong::distrusts, "qmqpd_authorized_clients"},
    {"debug_peer_list", ProfileKind::client_list, Wrong::harmless, "debug_peer_list"},
    // smtpd(8) does not look these two up in parent_domain_matches_subdomains: always dotted.
    {"smtpd_authorized_xclient_hosts", ProfileKind::client_list, Wrong::distrusts, never_plain},
    {"smtpd_authorized_xforward_hosts", ProfileKind::client_list, Wrong::distrusts, never_plain},

    {"smtpd_authorized_verp_clients", ProfileKind::client_list, Wrong::distrusts, never_plain},
    {"smtpd_sasl_exceptions_networks", ProfileKind::client_list, Wrong::harmless, never_plain},
    {"smtpd_forbid_bare_newline_exclusions", ProfileKind::client_list, Wrong::distrusts, "mynetworks"},

    // Access maps.
    {"check_client_access", ProfileKind::access_host, Wrong::passes, access_maps},
    {"check_client_a_access", ProfileKind::access_host, Wrong::passes, access_maps},
    {"check_client_mx_access", ProfileKind::access_host, Wrong::passes, access_maps},
    {"check_client_ns_access", ProfileKind::access_host, Wrong::passes, access_maps},
    {"check_reverse_client_hostname_access", ProfileKind::access_host, Wrong::passes, access_maps},
    {"check_reverse_client_hostname_a_access", ProfileKind::access_host, Wrong::passes, access_maps},
    {"check_reverse_client_hostname_mx_access", ProfileKind::access_host, Wrong::passes, access_maps},
    {"check_reverse_client_hostname_ns_access", ProfileKind::access_host, Wrong::passes, access_maps},
    {"check_helo_access", ProfileKind::access_name, Wrong::passes, access_maps},
    {"check_helo_a_access", ProfileKind::access_host, Wrong::passes, access_maps},
    {"check_helo_mx_access", ProfileKind::access_host, Wrong::passes, access_maps},
    {"check_helo_ns_access", ProfileKind::access_host, Wrong::passes, access_maps},
    {"check_sender_access", ProfileKind::access_mail, Wrong::passes, access_maps},
    {"check_sender_a_access", ProfileKind::access_host, Wrong::passes, access_maps},
    {"check_sender_mx_access", ProfileKind::access_host, Wrong::passes, access_maps},
    {"check_sender_ns_access", ProfileKind::access_host, Wrong::passes, access_maps},
    {"check_recipient_access", ProfileKind::access_mail, Wrong::passes, access_maps},
    {"check_recipient_a_access", ProfileKind::access_host, Wrong::passes, access_maps},
    {"check_recipient_mx_access", ProfileKind::access_host, Wrong::passes, access_maps},
    {"check_recipient_ns_access", ProfileKind::access_host, Wrong::passes, access_maps},
    {"check_etrn_access", ProfileKind::access_name, Wrong::passes, access_maps},
    {"check_ccert_access", ProfileKind::exact, Wrong::passes},
    {"check_sasl_access", ProfileKind::exact, Wrong::passes},

    // Others. Passwords are asked by sender (an address) and by host or next hop, which have no '@' and so no parts.
    {"smtp_tls_policy_maps", ProfileKind::exact, Wrong::passes},
    {"lmtp_tls_policy_maps", ProfileKind::exact, Wrong::passes},
    {"smtp_sasl_password_maps", ProfileKind::address, Wrong::distrusts},
    {"lmtp_sasl_password_maps", ProfileKind::address, Wrong::distrusts},
    {"relay_clientcerts", ProfileKind::exact, Wrong::distrusts},
    {"postscreen_access_list", ProfileKind::exact, Wrong::passes},
    {"postscreen_dnsbl_reply_map", ProfileKind::exact, Wrong::harmless},
    {"rbl_reply_maps", ProfileKind::exact, Wrong::harmless},
    // Asked the address of the client, or of the server that mail goes to, as a whole.
    {"smtpd_milter_maps", ProfileKind::exact, Wrong::passes},
    {"smtpd_discard_ehlo_keyword_address_maps", ProfileKind::exact, Wrong::harmless},
    {"postscreen_discard_ehlo_keyword_address_maps", ProfileKind::exact, Wrong::harmless},
    {"smtp_discard_ehlo_keyword_address_maps", ProfileKind::exact, Wrong::harmless},
    {"lmtp_discard_lhlo_keyword_address_maps", ProfileKind::exact, Wrong::harmless},
    {"smtp_pix_workaround_maps", ProfileKind::exact, Wrong::harmless},
    {"lmtp_pix_workaround_maps", ProfileKind::exact, Wrong::harmless},
    {"mailbox_transport_maps", ProfileKind::exact,
     Wrong::misroutes},  // local(8) asks these two by user name, and trusts any table
    {"fallback_transport_maps", ProfileKind::exact, Wrong::misroutes},
});

struct Refusal {
  std::string_view name;
  std::string_view reason;
};

constexpr std::string_view by_local =
    "local(8) refuses tcp: and socketmap: tables for it (security sensitive); keep it in a hash: or lmdb: table";
constexpr std::string_view by_virtual =
    "virtual(8) refuses tcp: and socketmap: tables for it (security sensitive); deliver with lmtp(8) instead";
constexpr std::string_view whole_lines =
    "Postfix asks it whole lines of a message, which need a table of patterns (pcre: or regexp:), not a database";
constexpr std::string_view cache =
    "Postfix writes to it, and tcp: and socketmap: tables are read-only (use lmdb:, btree: or memcache:)";

constexpr std::string_view replies =
    "Postfix asks it whole replies, commands or answers of the DNS, which need a table of patterns (pcre: or regexp:), "
    "not "
    "a database";
constexpr std::string_view by_anybody =
    "programs that any user of the host starts (postdrop(1), postqueue(1)) ask it about users of this host; keep it in "
    "a "
    "table of this host";
constexpr std::string_view mechanisms =
    "it is asked names of SASL mechanisms, of which there are a dozen: write them into main.cf";

constexpr auto refusals = std::to_array<Refusal>({
    {"alias_maps", by_local},
    {"alias_database", by_local},
    {"mailbox_command_maps", by_local},
    {"virtual_uid_maps", by_virtual},
    {"virtual_gid_maps", by_virtual},
    {"header_checks", whole_lines},
    {"mime_header_checks", whole_lines},
    {"nested_header_checks", whole_lines},
    {"body_checks", whole_lines},
    {"milter_header_checks", whole_lines},
    {"smtp_header_checks", whole_lines},
    {"smtp_mime_header_checks", whole_lines},
    {"smtp_nested_header_checks", whole_lines},
    {"smtp_body_checks", whole_lines},
    {"lmtp_header_checks", whole_lines},
    {"lmtp_mime_header_checks", whole_lines},
    {"lmtp_nested_header_checks", whole_lines},
    {"lmtp_body_checks", whole_lines},
    {"smtp_reply_filter", replies},
    {"lmtp_reply_filter", replies},
    {"smtp_dns_reply_filter", replies},
    {"lmtp_dns_reply_filter", replies},
    {"smtpd_dns_reply_filter", replies},
    {"smtpd_command_filter", replies},
    {"postscreen_command_filter", replies},
    {"smtpd_reject_footer_maps", replies},
    {"postscreen_reject_footer_maps", replies},
    {"default_delivery_status_filter", replies},
    {"smtp_delivery_status_filter", replies},
    {"lmtp_delivery_status_filter", replies},
    {"local_delivery_status_filter", replies},
    {"pipe_delivery_status_filter", replies},
    {"virtual_delivery_status_filter", replies},
    {"local_login_sender_maps", by_anybody},
    {"authorized_submit_users", by_anybody},
    {"authorized_flush_users", by_anybody},
    {"authorized_mailq_users", by_anybody},
    {"smtp_sasl_mechanism_filter", mechanisms},
    {"lmtp_sasl_mechanism_filter", mechanisms},
    {"smtpd_sasl_mechanism_filter", mechanisms},
    {"tls_server_sni_maps",
     "its values are private keys and chains, read from files when postmap -F makes the table, and no row of a "
     "database "
     "holds them in that form"},
    {"tlsproxy_client_policy_maps", "tlsproxy(8) is told the policy by smtp(8), which asks smtp_tls_policy_maps"},
    {"masquerade_domains", "Postfix takes names of domains alone there, and asks no table"},
    {"local_header_rewrite_clients",
     "it holds restrictions (check_address_map), which only say whose headers are completed; write networks there"},
    {"virtual_mailbox_limit_maps",
     "it is no parameter of Postfix's but of a patch of virtual(8) for quotas; deliver with lmtp(8), which asks the "
     "server "
     "that knows them"},
    {"postscreen_cache_map", cache},
    {"address_verify_map", cache},
    {"smtp_tls_session_cache_database", cache},
    {"lmtp_tls_session_cache_database", cache},
    {"smtpd_tls_session_cache_database", cache},
    {"smtp_sasl_auth_cache_name", cache},
    {"lmtp_sasl_auth_cache_name", cache},
});

ParentStyle parent_style(std::string_view name, const PostfixSettings& settings) {
  if (name.empty()) return ParentStyle::plain;
  const auto& plain = settings.parent_domain_matches_subdomains;
  const bool listed = std::any_of(plain.begin(), plain.end(),
                                  [&](std::string_view entry) { return equals_ignoring_ascii_case(entry, name); });
  return listed ? ParentStyle::plain : ParentStyle::dotted;
}

const Meaning* find_meaning(std::string_view name) {
  const auto* const found =
      std::find_if(meanings.begin(), meanings.end(), [&](const Meaning& m) { return m.name == name; });
  return found == meanings.end() ? nullptr : found;
}

}  // namespace

std::optional<Profile> profile_of(std::string_view parameter, const PostfixSettings& settings) {
  const auto* const found = find_meaning(parameter);
  if (found == nullptr) return std::nullopt;
  return Profile{found->kind, parent_style(found->style_of, settings), std::string{found->propagation_class}};
}

std::optional<std::string_view> refused_parameter(std::string_view parameter) {
  const auto found =
      std::find_if(refusals.begin(), refusals.end(), [&](const Refusal& refusal) { return refusal.name == parameter; });
  if (found == refusals.end()) return std::nullopt;
  return found->reason;
}

std::vector<std::string> known_parameters() {
  std::vector<std::string> names;
  for (const auto& meaning : meanings) names.emplace_back(meaning.name);
  std::sort(names.begin(), names.end());
  return names;
}

KeySet default_key_set(std::string_view parameter) {
  constexpr auto listed = std::to_array<std::string_view>(
      {"virtual_alias_domains", "virtual_mailbox_domains", "mydestination", "relay_domains", "fast_flush_domains",
       "transport_maps", "address_verify_transport_maps", "smtp_tls_policy_maps", "lmtp_tls_policy_maps"});
  if (std::find(listed.begin(), listed.end(), parameter) != listed.end()) return KeySet::keys;
  const auto* const meaning = find_meaning(parameter);
  if (meaning == nullptr) return KeySet::none;
  return meaning->kind == ProfileKind::client_list ? KeySet::keys : KeySet::fitting;
}

WrongNotFound wrong_not_found(std::string_view parameter) {
  const auto* const meaning = find_meaning(parameter);
  return meaning == nullptr ? WrongNotFound::rejects : meaning->wrong;
}

bool holds_passwords(std::string_view parameter) { return parameter.ends_with("_sasl_password_maps"); }

std::string_view to_string(ProfileKind kind) {
  switch (kind) {
    case ProfileKind::exact:
      return "exact";
    case ProfileKind::address:
      return "address";
    case ProfileKind::address_x:
      return "address-x";
    case ProfileKind::access_mail:
      return "access-mail";
    case ProfileKind::access_host:
      return "access-host";
    case ProfileKind::access_name:
      return "access-name";
    case ProfileKind::transport:
      return "transport";
    case ProfileKind::domain_tree:
      return "domain-tree";
    case ProfileKind::client_list:
      return "client-list";
  }
  return "exact";
}

std::string_view to_string(KeySet set) {
  switch (set) {
    case KeySet::none:
      return "none";
    case KeySet::domains:
      return "domains";
    case KeySet::keys:
      return "keys";
    case KeySet::fitting:
      return "fitting";
  }
  return "none";
}

std::string_view to_string(WrongNotFound cost) {
  switch (cost) {
    case WrongNotFound::harmless:
      return "harmless";
    case WrongNotFound::misroutes:
      return "misroutes";
    case WrongNotFound::distrusts:
      return "distrusts";
    case WrongNotFound::passes:
      return "passes";
    case WrongNotFound::opens:
      return "opens";
    case WrongNotFound::rejects:
      return "rejects";
  }
  return "rejects";
}

}  // namespace maproom::map
