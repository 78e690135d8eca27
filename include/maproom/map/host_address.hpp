#pragma once
// What smtpd(8) takes for an IP address when it checks a name in an access map. Pure.
//
// This is looser than parse_ip_address: "010.0.0.1" and "1:2:3" count, "0.1.2.3" does not. It decides which keys
// an access map is asked, so it has to be Postfix's own notion (valid_hostaddr(3)), mistakes included. Where trust is
// decided (mynetworks), parse_ip_address decides.

#include <string_view>

namespace maproom::map {

[[nodiscard]] bool is_host_address(std::string_view text) noexcept;

}  // namespace maproom::map
