#pragma once
// The addresses of a host's name, without ever holding the loop or the process: getaddrinfo(3) can be neither bounded
// nor called back (a silent resolver takes 10 s and more), so it runs in a detached thread, one for each name at a
// time, and who waits for it waits up to a deadline. At the process' end it is left behind.

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <string>
#include <vector>

#include "maproom/core/clock.hpp"
#include "maproom/core/result.hpp"

namespace maproom {

/// As numbers, in the resolver's order, IPv4 and IPv6. Errors: timeout at the deadline; unavailable with the resolver's
/// words. From the thread of the loop only.
[[nodiscard]] boost::asio::awaitable<Result<std::vector<std::string>>> addresses_of(
    boost::asio::any_io_executor executor, std::string host, TimePoint deadline);

}  // namespace maproom
