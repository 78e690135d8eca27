#pragma once
// Where Postfix takes no value that is made of parts of the key ($1 of a regexp: or pcre: table), since a stranger's
// address would then choose where mail goes. Pure.

#include <string_view>

namespace maproom::map {

/// false: Postfix opens the tables of this parameter with DICT_FLAG_NO_REGSUB, and skips such lines
/// (trivial-rewrite/transport.c, trivial-rewrite.c; local/mailbox.c, unknown.c). Also for a profile's own name.
[[nodiscard]] constexpr bool may_substitute(std::string_view parameter) {
  return parameter != "transport" && !parameter.ends_with("transport_maps") &&
         !parameter.ends_with("sender_dependent_relayhost_maps");
}

inline constexpr std::string_view why_no_substitution =
    "makes values of parts of the key ($1): Postfix skips such lines in this parameter, where a stranger's address "
    "would choose the way; take them out";

}  // namespace maproom::map
