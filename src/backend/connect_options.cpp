#include "maproom/backend/connect_options.hpp"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <boost/asio/ip/address.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <cerrno>
#include <cstring>
#include <memory>

#include "handshake.hpp"
#include "maproom/core/spawn.hpp"

namespace maproom::backend {
namespace asio = boost::asio;
using boost::asio::ip::tcp;
namespace {

/// One getaddrinfo, which Asio runs in a thread of its own and nobody can call back. Who waits for it looks at the
/// timer; it is left to come to its end alone.
struct Resolution {
  Resolution(const asio::any_io_executor& executor, Deadline deadline) : resolver{executor}, done{executor, deadline} {}
  tcp::resolver resolver;
  asio::steady_timer done;
  bool ended = false;
  boost::system::error_code error;
  tcp::resolver::results_type found;
};

asio::awaitable<void> resolve(std::shared_ptr<Resolution> self, std::string host, std::string port) {
  self->found =
      co_await self->resolver.async_resolve(host, port, asio::redirect_error(asio::use_awaitable, self->error));
  self->ended = true;
  self->done.cancel();
}

}  // namespace

asio::awaitable<Result<std::vector<Target>>> targets_of(asio::any_io_executor executor, Endpoint host,
                                                        Deadline deadline) {
  std::vector<Target> targets;
  if (host.kind == Endpoint::Kind::unix_socket) {
    targets.push_back({{}, host.path, 0});
    co_return targets;
  }
  boost::system::error_code error;
  const auto literal = asio::ip::make_address(host.host, error);
  if (!error) {
    targets.push_back({literal.to_string(), {}, host.port});
    co_return targets;
  }
  const auto resolution = std::make_shared<Resolution>(executor, deadline);
  spawn(executor, "resolve", resolve(resolution, host.host, std::to_string(host.port)));
  if (!resolution->ended) co_await resolution->done.async_wait(asio::redirect_error(asio::use_awaitable, error));
  if (!resolution->ended) co_return fail(Errc::timeout, "cannot resolve " + host.host + ": no answer in time");
  if (resolution->error)
    co_return fail(Errc::unavailable, "cannot resolve " + host.host + ": " + resolution->error.message());
  for (const auto& entry : resolution->found)
    targets.push_back({entry.endpoint().address().to_string(), {}, host.port});
  co_return targets;
}

void limit_silence(int descriptor) {
  const int on = 1;
  const int second = 1;
  const unsigned limit_ms = 2000;
  // Each fails for Unix sockets, which know no silence.
  static_cast<void>(::setsockopt(descriptor, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on));
  static_cast<void>(::setsockopt(descriptor, IPPROTO_TCP, TCP_KEEPIDLE, &second, sizeof second));
  static_cast<void>(::setsockopt(descriptor, IPPROTO_TCP, TCP_KEEPINTVL, &second, sizeof second));
  static_cast<void>(::setsockopt(descriptor, IPPROTO_TCP, TCP_USER_TIMEOUT, &limit_ms, sizeof limit_ms));
}

Result<void> set_options(MYSQL* mysql, const ConnectionSettings& s) {
  ::mysql_options(mysql, MYSQL_OPT_NONBLOCK, nullptr);
  ::mysql_options(mysql, MARIADB_OPT_IO_WAIT, reinterpret_cast<const void*>(&wait_in_handshake));
  return set_blocking_options(mysql, s);
}

Result<void> set_blocking_options(MYSQL* mysql, const ConnectionSettings& s) {
  const unsigned seconds = 1;  // also the socket's own limit in a TLS handshake that began before we could step in
  ::mysql_options(mysql, MYSQL_OPT_CONNECT_TIMEOUT, &seconds);
  const unsigned off = 0;
  ::mysql_options(mysql, MYSQL_OPT_LOCAL_INFILE, &off);
  const my_bool no = 0;
  ::mysql_options(mysql, MYSQL_OPT_RECONNECT, &no);
  const std::size_t packet = max_result_bytes;
  ::mysql_options(mysql, MYSQL_OPT_MAX_ALLOWED_PACKET, &packet);
  ::mysql_options(mysql, MYSQL_SET_CHARSET_NAME, s.charset.c_str());
  // libmariadb reads these while it connects, and what they say wins over the options here (not over the arguments of
  // the connect). What must hold, the link sees to afterwards.
  if (!s.option_file.empty()) {
    if (::access(s.option_file.c_str(), R_OK) != 0)
      return fail(Errc::unavailable, "option_file " + s.option_file + ": " + std::strerror(errno));
    ::mysql_options(mysql, MYSQL_READ_DEFAULT_FILE, s.option_file.c_str());
  }
  if (!s.option_group.empty()) ::mysql_options(mysql, MYSQL_READ_DEFAULT_GROUP, s.option_group.c_str());
  const auto optional = [](const std::string& text) { return text.empty() ? nullptr : text.c_str(); };
  if (!s.tls_key_file.empty() || !s.tls_cert_file.empty() || !s.tls_ca_file.empty() || !s.tls_ca_path.empty() ||
      !s.tls_ciphers.empty())
    ::mysql_ssl_set(mysql, optional(s.tls_key_file), optional(s.tls_cert_file), optional(s.tls_ca_file),
                    optional(s.tls_ca_path), optional(s.tls_ciphers));
  if (s.tls_verify_cert) {
    const my_bool yes = 1;
    ::mysql_options(mysql, MYSQL_OPT_SSL_VERIFY_SERVER_CERT, &yes);
  }
  return {};
}

}  // namespace maproom::backend
