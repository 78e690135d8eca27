#include "maproom/map/profile.hpp"

#include <algorithm>
#include <array>

namespace maproom::map {
namespace {

struct Known {
  std::string_view parameter;
  ProfileKind kind;
  /// address_x: the class; else the name that parent_domain_matches_subdomains would hold (empty: the style is dotted).
  std::string_view detail = {};
};

constexpr std::string_view access = "smtpd_access_maps";

constexpr auto known = std::to_array<Known>({
    // domain lists
    {"virtual_alias_domains", ProfileKind::exact},
    {"virtual_mailbox_domains", ProfileKind::exact},
    {"mydestination", ProfileKind::exact},
    {"relay_domains", ProfileKind::domain_tree, "relay_domains"},
    {"fast_flush_domains", ProfileKind::domain_tree, "fast_flush_domains"},
    // rewriting and recipients
    {"virtual_alias_maps", ProfileKind::address_x, "virtual"},
    {"canonical_maps", ProfileKind::address_x, "canonical"},
    {"sender_canonical_maps", ProfileKind::address_x, "canonical"},
    {"recipient_canonical_maps", ProfileKind::address_x, "canonical"},
    {"smtp_generic_maps", ProfileKind::address_x, "generic"},
    {"lmtp_generic_maps", ProfileKind::address_x, "generic"},
    {"virtual_mailbox_maps", ProfileKind::address},
    {"relay_recipient_maps", ProfileKind::address},
    {"local_recipient_maps", ProfileKind::address},
    {"relocated_maps", ProfileKind::address},
    {"recipient_bcc_maps", ProfileKind::address},
    {"sender_bcc_maps", ProfileKind::address},
    {"smtpd_sender_login_maps", ProfileKind::address},
    // routing
    {"transport_maps", ProfileKind::transport, "transport_maps"},
    {"address_verify_transport_maps", ProfileKind::transport, "transport_maps"},
    {"sender_dependent_relayhost_maps", ProfileKind::address},
    {"sender_dependent_default_transport_maps", ProfileKind::address},
    {"address_verify_sender_dependent_relayhost_maps", ProfileKind::address},
    {"address_verify_sender_dependent_default_transport_maps", ProfileKind::address},
    // clients
    {"mynetworks", ProfileKind::client_list, "mynetworks"},
    {"smtpd_client_event_limit_exceptions", ProfileKind::client_list, "smtpd_client_event_limit_exceptions"},
    {"permit_mx_backup_networks", ProfileKind::client_list, "permit_mx_backup_networks"},
    {"qmqpd_authorized_clients", ProfileKind::client_list, "qmqpd_authorized_clients"},
    {"debug_peer_list", ProfileKind::client_list, "debug_peer_list"},
    {"smtpd_authorized_xclient_hosts", ProfileKind::client_list, "smtpd_authorized_xclient_hosts"},
    {"smtpd_authorized_xforward_hosts", ProfileKind::client_list, "smtpd_authorized_xforward_hosts"},
    // access
    {"check_client_access", ProfileKind::access_host, access},
    {"check_reverse_client_hostname_access", ProfileKind::access_host, access},
    {"check_client_mx_access", ProfileKind::access_host, access},
    {"check_client_ns_access", ProfileKind::access_host, access},
    {"check_client_a_access", ProfileKind::access_host, access},
    {"check_reverse_client_hostname_mx_access", ProfileKind::access_host, access},
    {"check_reverse_client_hostname_ns_access", ProfileKind::access_host, access},
    {"check_reverse_client_hostname_a_access", ProfileKind::access_host, access},
    {"check_helo_mx_access", ProfileKind::access_host, access},
    {"check_helo_ns_access", ProfileKind::access_host, access},
    {"check_helo_a_access", ProfileKind::access_host, access},
    {"check_sender_mx_access", ProfileKind::access_host, access},
    {"check_sender_ns_access", ProfileKind::access_host, access},
    {"check_sender_a_access", ProfileKind::access_host, access},
    {"check_recipient_mx_access", ProfileKind::access_host, access},
    {"check_recipient_ns_access", ProfileKind::access_host, access},
    {"check_recipient_a_access", ProfileKind::access_host, access},
    {"check_helo_access", ProfileKind::access_name, access},
    {"check_etrn_access", ProfileKind::access_name, access},
    {"check_sender_access", ProfileKind::access_mail, access},
    {"check_recipient_access", ProfileKind::access_mail, access},
    {"check_ccert_access", ProfileKind::exact},
    {"check_sasl_access", ProfileKind::exact},
    // others
    {"smtp_tls_policy_maps", ProfileKind::exact},
    {"lmtp_tls_policy_maps", ProfileKind::exact},
    {"smtp_sasl_password_maps", ProfileKind::address},
    {"lmtp_sasl_password_maps", ProfileKind::address},
    {"relay_clientcerts", ProfileKind::exact},
    {"postscreen_access_list", ProfileKind::exact},
    {"postscreen_dnsbl_reply_map", ProfileKind::exact},
    {"rbl_reply_maps", ProfileKind::exact},
    // the profiles' own names
    {"exact", ProfileKind::exact},
    {"address", ProfileKind::address},
    {"address-x", ProfileKind::address_x, "virtual"},
    {"access-mail", ProfileKind::access_mail, access},
    {"access-host", ProfileKind::access_host, access},
    {"access-name", ProfileKind::access_name, access},
    {"transport", ProfileKind::transport, "transport_maps"},
    {"domain-tree", ProfileKind::domain_tree, "relay_domains"},
    {"client-list", ProfileKind::client_list, "mynetworks"},
});

struct Refused {
  std::string_view parameter, why;
};

constexpr std::string_view local_refuses =
    "local(8) refuses tcp: and socketmap: tables for it (security sensitive); keep it in a hash: or lmdb: table";
constexpr std::string_view virtual_refuses =
    "virtual(8) refuses tcp: and socketmap: tables for it (security sensitive); deliver with lmtp instead";
constexpr std::string_view needs_writing = "Postfix writes to this table; tcp: and socketmap: tables are read-only";
constexpr std::string_view is_pattern = "it is asked with whole header or body lines; use a regexp: or pcre: table";

constexpr auto refused = std::to_array<Refused>({
    {"alias_maps", local_refuses},
    {"alias_database", local_refuses},
    {"mailbox_command_maps", local_refuses},
    {"mailbox_transport_maps", local_refuses},
    {"fallback_transport_maps", local_refuses},
    {"virtual_uid_maps", virtual_refuses},
    {"virtual_gid_maps", virtual_refuses},
    {"postscreen_cache_map", needs_writing},
    {"address_verify_map", needs_writing},
    {"smtpd_tls_session_cache_database", needs_writing},
    {"smtp_tls_session_cache_database", needs_writing},
    {"lmtp_tls_session_cache_database", needs_writing},
    {"header_checks", is_pattern},
    {"mime_header_checks", is_pattern},
    {"nested_header_checks", is_pattern},
    {"body_checks", is_pattern},
    {"milter_header_checks", is_pattern},
    {"smtp_header_checks", is_pattern},
    {"smtp_body_checks", is_pattern},
});

}  // namespace

std::optional<Profile> profile_of(std::string_view parameter, const PostfixSettings& settings) {
  const auto* const found =
      std::find_if(known.begin(), known.end(), [&](const Known& k) { return k.parameter == parameter; });
  if (found == known.end()) return std::nullopt;
  Profile profile;
  profile.kind = found->kind;
  if (found->kind == ProfileKind::address_x) {
    profile.propagation_class = found->detail;
  } else if (!found->detail.empty()) {
    const auto& list = settings.parent_domain_matches_subdomains;
    const bool plain = std::find(list.begin(), list.end(), found->detail) != list.end();
    profile.parents = plain ? ParentStyle::plain : ParentStyle::dotted;
  }
  return profile;
}

std::optional<std::string_view> refused_parameter(std::string_view parameter) {
  for (const auto& [name, why] : refused)
    if (name == parameter) return why;
  return std::nullopt;
}

std::vector<std::string> known_parameters() {
  std::vector<std::string> names;
  for (const auto& each : known) names.emplace_back(each.parameter);
  std::sort(names.begin(), names.end());
  return names;
}

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
  return "";
}

}  // namespace maproom::map
