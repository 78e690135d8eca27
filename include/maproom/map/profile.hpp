#pragma once
// Profile: which keys one request stands for. Postfix sends only whole, unfolded keys to tcp: and
// socketmap: tables; the profile of a map's Postfix parameter says which candidates its own fixed tables
// would have been asked, in which order (docs/postfix-lookups.md section 4).

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "maproom/map/postfix_settings.hpp"

namespace maproom::map {

enum class ProfileKind {
  exact,
  address,
  address_x,  ///< as address, external form only, with extension propagation
  access_mail,
  access_host,
  access_name,
  transport,
  domain_tree,
  client_list,
};

enum class ParentStyle { plain, dotted };  ///< a.b.c -> b.c -> c, or a.b.c -> .b.c -> .c

struct Profile {
  ProfileKind kind = ProfileKind::exact;
  ParentStyle parents = ParentStyle::plain;
  /// address_x: the word of propagate_unmatched_extensions ("virtual", "canonical", "generic").
  std::string propagation_class;
  friend bool operator==(const Profile&, const Profile&) = default;
};

/// The profile of a Postfix parameter ("virtual_alias_maps", "check_sender_access", ...) or of a profile's
/// own name ("exact", "address", "address-x", ...); nullopt if it is neither, or one that refuses tcp: tables
/// (see refused_parameter). The parent style follows parent_domain_matches_subdomains.
[[nodiscard]] std::optional<Profile> profile_of(std::string_view parameter, const PostfixSettings& settings);

/// Why Postfix would refuse a tcp:/socketmap: table (or Maproom does not serve it) for this parameter, as one
/// sentence for a person ("alias_maps": local(8) refuses ...); nullopt when nothing speaks against it.
[[nodiscard]] std::optional<std::string_view> refused_parameter(std::string_view parameter);

/// Every name profile_of accepts, sorted: for error messages and --help.
[[nodiscard]] std::vector<std::string> known_parameters();

/// What is known of all keys that a map's tables have a row for.
enum class KeySet : std::uint8_t {
  none,
  domains,  ///< of each key what stands behind its '@'
  keys,
  fitting,  ///< keys, if all such sets together fit into [cache] keys_memory; else domains
};
/// Unless the configuration says otherwise. `keys` of the few that every message needs "not found" of, for clients and
/// domains never seen before (client lists, domain lists, transports, TLS policies); `fitting` of all others, whose
/// absence a message may have to wait for while the database is away.
[[nodiscard]] KeySet default_key_set(std::string_view parameter);
/// What it costs if a map says "not found" of a key that has a row (docs/postfix-lookups.md, "What a wrong ..."). It
/// decides for how long the daemon goes on saying what the map said when the database went away.
enum class WrongNotFound : std::uint8_t {
  harmless,   ///< a note, a hint or a check is left out
  misroutes,  ///< mail goes to another place, or under another address, than the row says
  distrusts,  ///< a domain, a client, or this host is taken for a stranger, who may not relay
  passes,     ///< a rule (of an access list, a TLS policy) is passed by; what is configured behind it decides
  opens,      ///< somebody may use a sender address that is another one's
  rejects,    ///< mail to a recipient, or of a sender, is refused for good
};
/// Profiles' own names count as `rejects` where they may serve recipients, since what they serve is not known.
[[nodiscard]] WrongNotFound wrong_not_found(std::string_view parameter);
/// true: "not found" from before an outage is only said as far as `stale_negative_limit` allows it. Of the others each
/// message needs it, for clients, senders and domains never seen before, and it is said up to `stale_limit`.
[[nodiscard]] constexpr bool waits_in_outage(WrongNotFound cost) {
  return cost == WrongNotFound::rejects || cost == WrongNotFound::opens;
}

/// Its values are passwords (smtp_sasl_password_maps), which only this host may ask for.
[[nodiscard]] bool holds_passwords(std::string_view parameter);

[[nodiscard]] std::string_view to_string(ProfileKind kind);
[[nodiscard]] std::string_view to_string(KeySet set);
[[nodiscard]] std::string_view to_string(WrongNotFound cost);

}  // namespace maproom::map
