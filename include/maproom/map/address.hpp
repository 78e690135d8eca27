#pragma once
// Mail addresses in their two forms, and their parts (postfix-lookups 3.2, 3.5, 3.6). Pure.
//
// Internal form is unquoted (john smith@x.example), external form is quoted as RFC 822 wants ("john smith"@x.example).
// The rules are those of Postfix's quote_822_local(3), split_addr(3) and resolve_local(3).

#include <optional>
#include <string>
#include <string_view>

#include "maproom/map/postfix_settings.hpp"

namespace maproom::map {

/// Internal to external: the localpart is quoted if it must be; a leading source route ("@hop:") is left alone.
[[nodiscard]] std::string to_external(std::string_view internal);
[[nodiscard]] std::string to_internal(std::string_view external);
/// Is this text what to_external makes of its own internal form?
[[nodiscard]] bool is_external(std::string_view text);

struct Extension {
  std::string user;  ///< internal form, original case
  std::string text;  ///< with its delimiter, original case
};
/// Splits an internal-form localpart at the first character of recipient_delimiter; nullopt: no extension.
[[nodiscard]] std::optional<Extension> split_extension(std::string_view localpart, const PostfixSettings& settings);

/// myorigin, mydestination, or an address literal of this host.
[[nodiscard]] bool is_local_domain(std::string_view domain, const PostfixSettings& settings);

}  // namespace maproom::map
