#pragma once
// The Host header of a request to the admin port. A page of somebody else's, in a browser on this host or in its
// network, can make its own name point to this address (DNS rebinding) and would then read what is answered here; but
// its requests bear that name. So a request is answered if it names an address, which no page can choose, localhost, or
// a name that the operator has given. Pure.

#include <string>
#include <string_view>
#include <vector>

namespace maproom::ops {

/// `host`: the header's value, with or without a port. `names`: without ports; case and a dot at the end do not count.
[[nodiscard]] bool host_allowed(std::string_view host, const std::vector<std::string>& names);

}  // namespace maproom::ops
