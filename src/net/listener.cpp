#include "maproom/net/listener.hpp"

#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <spdlog/spdlog.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <cerrno>
#include <cstring>
#include <memory>

#include "maproom/core/deadline.hpp"
#include "maproom/core/log.hpp"

namespace maproom::net {
namespace asio = boost::asio;
namespace {

/// For what only time mends: sessions, descriptors or memory that others hold.
constexpr std::chrono::milliseconds pause{100};

std::string system_message(int error) { return std::generic_category().message(error); }

/// Closes what was opened so far when a later address fails.
struct Opened {
  std::vector<int> all;
  ~Opened() {
    for (const int descriptor : all) ::close(descriptor);
  }
};

Result<int> open_one(int family, const sockaddr* address, socklen_t length, const std::string& name) {
  const int descriptor = ::socket(family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (descriptor < 0) return fail(Errc::unavailable, "cannot open a socket for " + name + ": " + system_message(errno));
  const int on = 1;
  if (family != AF_UNIX) ::setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (family == AF_INET6) ::setsockopt(descriptor, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on);
  if (::bind(descriptor, address, length) != 0 || ::listen(descriptor, SOMAXCONN) != 0) {
    const int error = errno;
    ::close(descriptor);
    return fail(Errc::unavailable, "cannot listen on " + name + ": " + system_message(error));
  }
  return descriptor;
}

Result<std::vector<int>> open_unix(const Endpoint& endpoint, unsigned mode) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  endpoint.path.copy(address.sun_path, sizeof address.sun_path - 1);
  const auto* generic = reinterpret_cast<const sockaddr*>(&address);
  // Left behind by a process that died, or in use? Only a connect tells.
  struct stat status {};
  if (::lstat(endpoint.path.c_str(), &status) == 0) {
    if (!S_ISSOCK(status.st_mode))
      return fail(Errc::unavailable, "cannot listen on " + endpoint.to_string() + ": the path exists and is no socket");
    const int probe = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const bool alive = probe >= 0 && ::connect(probe, generic, sizeof address) == 0;
    if (probe >= 0) ::close(probe);
    if (alive)
      return fail(Errc::unavailable, "cannot listen on " + endpoint.to_string() + ": another process answers there");
    ::unlink(endpoint.path.c_str());
  }
  const auto descriptor = open_one(AF_UNIX, generic, sizeof address, endpoint.to_string());
  if (!descriptor) return descriptor.error();
  if (::chmod(endpoint.path.c_str(), static_cast<mode_t>(mode)) != 0) {
    const int error = errno;
    ::close(*descriptor);
    return fail(Errc::unavailable, "cannot set the mode of " + endpoint.path + ": " + system_message(error));
  }
  return std::vector<int>{*descriptor};
}

}  // namespace

Result<std::vector<int>> open_listeners(const Endpoint& endpoint, unsigned mode) {
  if (endpoint.kind == Endpoint::Kind::unix_socket) return open_unix(endpoint, mode);
  addrinfo hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_PASSIVE | AI_NUMERICSERV;
  addrinfo* found = nullptr;
  const int error = ::getaddrinfo(endpoint.host.c_str(), std::to_string(endpoint.port).c_str(), &hints, &found);
  if (error != 0)
    return fail(Errc::unavailable, "cannot listen on " + endpoint.to_string() + ": " + ::gai_strerror(error));
  const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> guard{found, &::freeaddrinfo};
  Opened opened;
  for (const auto* each = found; each != nullptr; each = each->ai_next) {
    const auto descriptor = open_one(each->ai_family, each->ai_addr, each->ai_addrlen, endpoint.to_string());
    if (!descriptor) return descriptor.error();
    opened.all.push_back(*descriptor);
  }
  return std::exchange(opened.all, {});
}

Result<Endpoint> endpoint_of(int descriptor) {
  sockaddr_storage storage{};
  socklen_t length = sizeof storage;
  if (::getsockname(descriptor, reinterpret_cast<sockaddr*>(&storage), &length) != 0)
    return fail(Errc::invalid, "descriptor " + std::to_string(descriptor) + " is no socket: " + system_message(errno));
  int listening = 0;
  socklen_t size = sizeof listening;
  if (::getsockopt(descriptor, SOL_SOCKET, SO_ACCEPTCONN, &listening, &size) != 0 || listening == 0)
    return fail(Errc::invalid, "descriptor " + std::to_string(descriptor) + " is not listening");
  if (storage.ss_family == AF_UNIX) {
    const auto* address = reinterpret_cast<const sockaddr_un*>(&storage);
    return Endpoint{Endpoint::Kind::unix_socket, {}, 0, std::string{address->sun_path}};
  }
  std::array<char, NI_MAXHOST> host{};
  std::array<char, NI_MAXSERV> port{};
  if (::getnameinfo(reinterpret_cast<sockaddr*>(&storage), length, host.data(), host.size(), port.data(), port.size(),
                    NI_NUMERICHOST | NI_NUMERICSERV) != 0)
    return fail(Errc::invalid, "descriptor " + std::to_string(descriptor) + " has an address of an unknown kind");
  return Endpoint{Endpoint::Kind::inet, host.data(), static_cast<std::uint16_t>(std::stoi(port.data())), {}};
}

asio::generic::stream_protocol protocol_of(int descriptor) {
  int family = AF_INET;
  socklen_t size = sizeof family;
  ::getsockopt(descriptor, SOL_SOCKET, SO_DOMAIN, &family, &size);
  return {family, family == AF_UNIX ? 0 : static_cast<int>(IPPROTO_TCP)};
}

Listener::Listener(asio::any_io_executor executor, int descriptor, const proto::Codec& codec, std::string map,
                   Door door, SessionSet& sessions, const std::size_t& max_connections, const Descriptors& descriptors)
    : executor_{executor},
      acceptor_{executor, protocol_of(descriptor), descriptor},
      codec_{codec},
      map_{std::move(map)},
      door_{door},
      sessions_{sessions},
      max_connections_{max_connections},
      descriptors_{descriptors} {}

void Listener::stop() {
  stopped_ = true;
  boost::system::error_code ignored;
  acceptor_.close(ignored);
}

asio::awaitable<void> Listener::run() {
  while (!stopped_) {
    boost::system::error_code error;
    if (sessions_.size() >= max_connections_) {
      log_limited(LogLevel::warning, "connections_full", "",
                  "connections=" + std::to_string(max_connections_) +
                      " what=\"new ones wait in the backlog; raise server.max_connections\"");
      co_await sleep_for(pause);
      continue;
    }
    if (!descriptors_.spare()) {
      log_limited(LogLevel::error, "descriptors_reserved", "",
                  "connections=" + std::to_string(sessions_.size()) +
                      " what=\"new ones wait in the backlog; the last descriptors are for MariaDB, Redis and the "
                      "administrator; raise the service's LimitNOFILE\"");
      co_await sleep_for(pause);
      continue;
    }
    auto socket = co_await acceptor_.async_accept(asio::redirect_error(asio::use_awaitable, error));
    if (error) {
      if (stopped_) break;
      if (error == boost::system::errc::too_many_files_open ||
          error == boost::system::errc::too_many_files_open_in_system ||
          error == boost::system::errc::no_buffer_space || error == boost::system::errc::not_enough_memory) {
        log_limited(LogLevel::error, "accept_failed", "",
                    "what=\"" + error.message() + "; raise the service's LimitNOFILE\"");
        co_await sleep_for(pause);
      }
      continue;  // any other error is the connection's own (it went away before it was accepted)
    }
    const int on = 1;  // fails on a Unix socket, where it means nothing
    ::setsockopt(socket.native_handle(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    sessions_.add(socket.release(), codec_, map_, door_);
  }
}

}  // namespace maproom::net
