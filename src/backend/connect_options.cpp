#include "maproom/backend/connect_options.hpp"

#include <errmsg.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <boost/asio/ip/address.hpp>
#include <cerrno>
#include <cstring>
#include <memory>

#include "handshake.hpp"
#include "maproom/core/names.hpp"

namespace maproom::backend {
namespace asio = boost::asio;

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
  const auto addresses = co_await addresses_of(executor, host.host, deadline);
  if (!addresses) co_return addresses.error();
  for (const auto& address : *addresses) targets.push_back({address, {}, host.port});
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

namespace {

const char* optional(const std::string& text) { return text.empty() ? nullptr : text.c_str(); }

/// What both kinds of connections are told.
Result<void> set_common_options(MYSQL* mysql, const ConnectionSettings& s) {
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

}  // namespace

Result<void> set_options(MYSQL* mysql, const ConnectionSettings& s) {
  ::mysql_options(mysql, MYSQL_OPT_NONBLOCK, nullptr);
  ::mysql_options(mysql, MARIADB_OPT_IO_WAIT, reinterpret_cast<const void*>(&wait_in_handshake));
  return set_common_options(mysql, s);
}

std::string last_error(MYSQL* mysql) {
  std::string text = ::mysql_error(mysql);
  if (const auto at = text.rfind(", system error: "); at != std::string::npos && ::mysql_errno(mysql) == CR_SERVER_LOST)
    text.resize(at);
  return text + " (" + std::to_string(::mysql_errno(mysql)) + ")";
}

ConnectArguments::ConnectArguments(const ConnectionSettings& s)
    : user{optional(s.user)},
      password{s.option_file.empty() && s.option_group.empty() ? s.password.c_str() : optional(s.password)},
      database{optional(s.database)} {}

Result<MysqlHandle> connect_blocking(const ConnectionSettings& s, const Endpoint& host, std::size_t largest_packet,
                                     std::chrono::seconds patience) {
  MysqlHandle mysql{::mysql_init(nullptr)};
  if (!mysql) return fail(Errc::unavailable, "out of memory");
  if (auto set = set_common_options(mysql.get(), s); !set) return set.error();
  ::mysql_options(mysql.get(), MYSQL_OPT_MAX_ALLOWED_PACKET, &largest_packet);
  const auto limit = static_cast<unsigned>(patience.count());
  ::mysql_options(mysql.get(), MYSQL_OPT_CONNECT_TIMEOUT, &limit);
  const ConnectArguments arguments{s};
  const bool local = host.kind == Endpoint::Kind::unix_socket;
  // "localhost" goes with the path, or an option file's host would stand in its place.
  if (::mysql_real_connect(mysql.get(), local ? "localhost" : host.host.c_str(), arguments.user, arguments.password,
                           arguments.database, local ? 0 : host.port, local ? host.path.c_str() : nullptr,
                           CLIENT_MULTI_RESULTS) == nullptr)
    return fail(Errc::unavailable, "cannot connect to " + host.to_string() + (s.user.empty() ? "" : " as " + s.user) +
                                       ": " + last_error(mysql.get()));
  return mysql;
}

}  // namespace maproom::backend
