#pragma once
// What libmariadb is told before it connects: addresses in place of names, the options of ConnectionSettings, and the
// arguments of the connect itself. Whoever does not run in the loop's thread connects here; the pool's links
// (backend/link.hpp) drive the same call without blocking.

#include <mysql.h>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "maproom/backend/backend.hpp"
#include "maproom/backend/connection_settings.hpp"

namespace maproom::backend {

/// A path, or one address of a host: libmariadb would resolve a name with a blocking getaddrinfo.
struct Target {
  std::string address;  ///< empty: the path
  std::string path;
  unsigned port = 0;
};

/// The addresses of `host`, in the resolver's order. Ends by `deadline` even if the name servers do not answer.
[[nodiscard]] boost::asio::awaitable<Result<std::vector<Target>>> targets_of(boost::asio::any_io_executor executor,
                                                                             Endpoint host, Deadline deadline);

/// Error: the option file cannot be read, which libmariadb would pass over in silence.
[[nodiscard]] Result<void> set_options(MYSQL* mysql, const ConnectionSettings& settings);

struct CloseMysql {
  void operator()(MYSQL* mysql) const noexcept { ::mysql_close(mysql); }
};
/// Closing one of these waits for the peer's goodbye, or for the kernel to give it up.
using MysqlHandle = std::unique_ptr<MYSQL, CloseMysql>;

/// Arguments of mysql_real_connect(). nullptr where the settings say nothing: then an option file may, or the library's
/// default counts. A password is nullptr only where there may be an option file: of no password at all libmariadb would
/// make MYSQL_PWD of the environment. `settings` outlives it.
struct ConnectArguments {
  explicit ConnectArguments(const ConnectionSettings& settings);
  const char* user;
  const char* password;
  const char* database;
};
/// Connects with blocking calls; for a thread that may wait: `patience` for each step of the connect. `settings.hosts`
/// does not count. Packets of more than `largest_packet` bytes end the connection.
[[nodiscard]] Result<MysqlHandle> connect_blocking(const ConnectionSettings& settings, const Endpoint& host,
                                                   std::size_t largest_packet, std::chrono::seconds patience);

/// What libmariadb says of its last error, "text (number)". Without the "system error: N" that it appends to a lost
/// connection: N is whatever errno was left behind, changes from one attempt to the next, and would make one outage
/// look like many.
[[nodiscard]] std::string last_error(MYSQL* mysql);

/// A peer whose kernel acknowledges nothing for two seconds is gone, and the connection ends with an error; it is asked
/// each second when there is nothing to say. Without that a network that loses all packets would be noticed after
/// minutes. A server that computes for long, or is stopped, has a kernel that answers. Nothing for Unix sockets.
void limit_silence(int descriptor);

/// The statement's result is not read beyond these; one answer to Postfix has 100,000 bytes at most.
constexpr std::size_t max_result_bytes = 16ULL << 20;
constexpr std::size_t max_result_values = 100'000;

}  // namespace maproom::backend
