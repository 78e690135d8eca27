#pragma once
// Reading a list of RFC 822 addresses as leniently as Postfix's tok822_parse(3) does: commas, missing commas, empty
// elements, nested comments, display names with <address>, groups, quoted localparts, bare localparts. Pure.

#include <string>
#include <string_view>
#include <vector>

namespace maproom::map {

/// The addresses in internal form, in order. Whatever is no address (comments, display names, group names) is left out.
[[nodiscard]] std::vector<std::string> parse_address_list(std::string_view text);

}  // namespace maproom::map
