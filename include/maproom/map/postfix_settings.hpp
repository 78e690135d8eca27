#pragma once
// PostfixSettings: the main.cf parameters that decide which keys Postfix's own tables would have been
// asked. Each member bears main.cf's name and default (postconf(5), Postfix 3.7); `maproom import`
// copies them, `maproom doctor` compares them. Plain values, swapped whole on reload.

#include <string>
#include <vector>

namespace maproom::map {

struct PostfixSettings {
  /// A set of characters, not a string: "+-" splits at the first of either.
  std::string recipient_delimiter;
  /// Full Unicode case folding of keys that are not ASCII; else only A-Z change.
  bool smtputf8_enable = true;
  /// owner-* and *-request are not split when the set holds '-' (postconf(5) owner_request_special).
  bool owner_request_special = true;
  std::string double_bounce_sender = "double-bounce";
  /// "$myorigin" and "$mydestination" as names: what counts as local (docs/postfix-lookups.md, 3.6).
  std::string myorigin;
  std::vector<std::string> mydestination;
  /// IP addresses (no brackets) of this Postfix: an address literal of them is local.
  std::vector<std::string> inet_interfaces;
  std::vector<std::string> proxy_interfaces;
  std::vector<std::string> propagate_unmatched_extensions{"canonical", "virtual"};
  std::vector<std::string> parent_domain_matches_subdomains{
      "debug_peer_list",          "fast_flush_domains", "mynetworks",       "permit_mx_backup_networks",
      "qmqpd_authorized_clients", "relay_domains",      "smtpd_access_maps"};
  bool swap_bangpath = true;
  bool allow_percent_hack = true;

  friend bool operator==(const PostfixSettings&, const PostfixSettings&) = default;
};

}  // namespace maproom::map
