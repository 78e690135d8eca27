#pragma once
// A row's value read as a list of RFC 822 addresses, with everything Postfix accepts in one (docs/postfix-lookups.md,
// 4.1). Pure; used by propagation only.
//
// There is no syntax error: what makes no sense as an address is still handed on as one, as Postfix does. An empty
// list means that the value holds no address at all.

#include <string>
#include <string_view>
#include <vector>

#include "maproom/map/postfix_settings.hpp"

namespace maproom::map {

struct ListedAddress {
  std::string internal;     ///< canonical internal form; empty for the null address
  bool has_domain = false;  ///< false: a bare localpart (an '@' in it belongs to it); Postfix will add $myorigin
  friend bool operator==(const ListedAddress&, const ListedAddress&) = default;
};

/// The addresses in order, without comments, display names and source routes, and with host!user and user%host
/// turned into user@host where the settings say so.
[[nodiscard]] std::vector<ListedAddress> parse_address_list(std::string_view text, const PostfixSettings& settings);

}  // namespace maproom::map
