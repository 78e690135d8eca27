#pragma once
// What an import knows of Postfix's parameters beyond their lookup profiles (postconf(5), Postfix 3.7). Pure.

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

namespace maproom::imports {

/// The usual maps, whose ports follow each other from the base port (10040) on; everything else gets the next free one
/// from first_free_offset on.
inline constexpr auto usual_maps = std::to_array<std::string_view>(
    {"virtual_mailbox_domains", "virtual_alias_maps", "transport_maps", "mynetworks", "virtual_mailbox_maps",
     "relay_domains", "relay_recipient_maps", "smtp_tls_policy_maps"});
inline constexpr int socketmap_offset = 8;
inline constexpr int admin_offset = 9;
inline constexpr int first_free_offset = 10;

/// A parameter that is not set is another one, by default (postconf(5)). In an order in which that one comes first.
struct Follower {
  std::string_view parameter, reference;
  [[nodiscard]] std::string_view follows() const { return reference.substr(1); }
};
inline constexpr auto followers = std::to_array<Follower>({
    {"relay_domains", "$mydestination"},  // with compatibility_level below 2
    {"fast_flush_domains", "$relay_domains"},
    {"virtual_alias_domains", "$virtual_alias_maps"},
    {"virtual_mailbox_domains", "$virtual_mailbox_maps"},
    {"smtpd_client_event_limit_exceptions", "$mynetworks"},
    {"smtpd_forbid_bare_newline_exclusions", "$mynetworks"},
    {"address_verify_transport_maps", "$transport_maps"},
    {"address_verify_sender_dependent_relayhost_maps", "$sender_dependent_relayhost_maps"},
    {"address_verify_sender_dependent_default_transport_maps", "$sender_dependent_default_transport_maps"},
});

/// Lists in which a table is one word among names, networks and files of names.
inline constexpr auto name_lists = std::to_array<std::string_view>(
    {"virtual_alias_domains", "virtual_mailbox_domains", "mydestination", "relay_domains", "fast_flush_domains",
     "mynetworks", "smtpd_client_event_limit_exceptions", "permit_mx_backup_networks", "qmqpd_authorized_clients",
     "debug_peer_list", "smtpd_authorized_xclient_hosts", "smtpd_authorized_xforward_hosts", "postscreen_access_list",
     "smtpd_authorized_verp_clients", "smtpd_sasl_exceptions_networks", "smtpd_forbid_bare_newline_exclusions"});

/// smtpd(8)'s lists, and what a table without a check_..._access before it means there (smtpd_check.c).
inline constexpr auto restriction_lists = std::to_array<std::pair<std::string_view, std::string_view>>(
    {{"smtpd_client_restrictions", "check_client_access"},
     {"smtpd_helo_restrictions", "check_helo_access"},
     {"smtpd_sender_restrictions", "check_sender_access"},
     {"smtpd_relay_restrictions", "check_recipient_access"},
     {"smtpd_recipient_restrictions", "check_recipient_access"},
     {"smtpd_data_restrictions", ""},
     {"smtpd_end_of_data_restrictions", ""},
     {"smtpd_etrn_restrictions", "check_etrn_access"}});

/// postconf -d proxy_read_maps of Postfix 3.7.
inline constexpr std::string_view usual_proxy_read_maps =
    "$local_recipient_maps $mydestination $virtual_alias_maps $virtual_alias_domains $virtual_mailbox_maps "
    "$virtual_mailbox_domains $relay_recipient_maps $relay_domains $canonical_maps $sender_canonical_maps "
    "$recipient_canonical_maps $relocated_maps $transport_maps $mynetworks $smtpd_sender_login_maps $sender_bcc_maps "
    "$recipient_bcc_maps $smtp_generic_maps $lmtp_generic_maps $alias_maps $smtpd_client_restrictions "
    "$smtpd_helo_restrictions $smtpd_sender_restrictions $smtpd_relay_restrictions $smtpd_recipient_restrictions "
    "$address_verify_sender_dependent_default_transport_maps $address_verify_sender_dependent_relayhost_maps "
    "$address_verify_transport_maps $fallback_transport_maps $lmtp_discard_lhlo_keyword_address_maps "
    "$lmtp_pix_workaround_maps $lmtp_sasl_password_maps $lmtp_tls_policy_maps $mailbox_command_maps "
    "$mailbox_transport_maps $postscreen_discard_ehlo_keyword_address_maps $rbl_reply_maps "
    "$sender_dependent_default_transport_maps $sender_dependent_relayhost_maps $smtp_discard_ehlo_keyword_address_maps "
    "$smtp_pix_workaround_maps $smtp_sasl_password_maps $smtp_tls_policy_maps $smtpd_discard_ehlo_keyword_address_maps "
    "$smtpd_milter_maps $virtual_gid_maps $virtual_uid_maps $local_login_sender_maps $postscreen_reject_footer_maps "
    "$smtpd_reject_footer_maps $tls_server_sni_maps $tlsproxy_client_policy_maps $default_delivery_status_filter "
    "$lmtp_delivery_status_filter $lmtp_dns_reply_filter $lmtp_reply_filter $local_delivery_status_filter "
    "$pipe_delivery_status_filter $postscreen_command_filter $smtp_delivery_status_filter $smtp_dns_reply_filter "
    "$smtp_reply_filter $smtpd_command_filter $smtpd_dns_reply_filter $virtual_delivery_status_filter $body_checks "
    "$header_checks $lmtp_body_checks $lmtp_header_checks $lmtp_mime_header_checks $lmtp_nested_header_checks "
    "$milter_header_checks $mime_header_checks $nested_header_checks $smtp_body_checks $smtp_header_checks "
    "$smtp_mime_header_checks $smtp_nested_header_checks";

/// What proxymap(8) may open: these lists name tables, and nobody asks them.
[[nodiscard]] constexpr bool is_proxy_list(std::string_view name) {
  return name == "proxy_read_maps" || name == "proxy_write_maps";
}

template <class Range>
[[nodiscard]] bool contains(const Range& range, std::string_view name) {
  return std::find(range.begin(), range.end(), name) != range.end();
}

}  // namespace maproom::imports
