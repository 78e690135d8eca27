#pragma once
// Profile: which keys one request stands for. Postfix sends only whole, unfolded keys to tcp: and
// socketmap: tables; the profile of a map's Postfix parameter says which candidates its own fixed tables
// would have been asked, in which order (postfix-lookups section 4).

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
enum class KeySet : std::uint8_t { none, domains, keys };
/// Unless the configuration says otherwise. `keys` of the few that every message needs "not found" of, for clients and
/// domains never seen before (client lists, domain lists, transports, TLS policies); `domains` of those that are asked
/// addresses, most of which are at domains that are not ours.
[[nodiscard]] KeySet default_key_set(std::string_view parameter);
/// "Not found" may reject a recipient: it is never said from before the database went away, unless the configuration
/// allows it. Profiles' own names count too, since what they serve is not known.
[[nodiscard]] bool is_recipient_map(std::string_view parameter);

/// Its values are passwords (smtp_sasl_password_maps), which only this host may ask for.
[[nodiscard]] bool holds_passwords(std::string_view parameter);

[[nodiscard]] std::string_view to_string(ProfileKind kind);
[[nodiscard]] std::string_view to_string(KeySet set);

}  // namespace maproom::map
