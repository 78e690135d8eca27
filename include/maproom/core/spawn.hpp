#pragma once
// spawn: the only co_spawn outside tests. A coroutine that stands alone gets a name; an exception that escapes from it
// is a bug and is logged under that name (event=bug).
//
// spawn: the daemon lives on without it; for work that ends and is begun anew (a lookup, a connection).
// spawn_essential: without it the daemon would be deaf while it says that it is well: the process ends, with
// exit_of_a_bug, and the service manager starts another one.
// contain: for a session of somebody's, which alone ends.

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <exception>
#include <string>

namespace maproom {

/// EX_SOFTWARE of sysexits(3).
inline constexpr int exit_of_a_bug = 70;

void spawn(const boost::asio::any_io_executor& executor, std::string name, boost::asio::awaitable<void> coroutine);
void spawn_essential(const boost::asio::any_io_executor& executor, std::string name,
                     boost::asio::awaitable<void> coroutine);

/// false: it threw, which has been logged.
[[nodiscard]] boost::asio::awaitable<bool> contain(std::string name, boost::asio::awaitable<void> coroutine);
/// The same for what is no coroutine: to be called where the exception was caught.
void log_contained(const std::string& name, const std::exception_ptr& error) noexcept;

}  // namespace maproom
