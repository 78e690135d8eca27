#pragma once
// spawn: the only co_spawn outside tests. A coroutine that stands alone gets a name; an exception that escapes from it
// is a bug, is logged under that name, and the daemon lives on.

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <string>

namespace maproom {

void spawn(const boost::asio::any_io_executor& executor, std::string name, boost::asio::awaitable<void> coroutine);

}  // namespace maproom
