#include "socket.hpp"

#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <cerrno>
#include <cstring>

namespace maproom::bench {
namespace {

struct Address {
  sockaddr_storage bytes{};
  socklen_t size = 0;
};

Result<Address> address_of(const Endpoint& endpoint) {
  Address address;
  if (endpoint.kind == Endpoint::Kind::unix_socket) {
    sockaddr_un name{};
    if (endpoint.path.size() >= sizeof name.sun_path) return fail(Errc::invalid, endpoint.path + ": path is too long");
    name.sun_family = AF_UNIX;
    endpoint.path.copy(name.sun_path, sizeof name.sun_path - 1);
    std::memcpy(&address.bytes, &name, sizeof name);
    address.size = sizeof name;
    return address;
  }
  addrinfo hints{};
  hints.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV;
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  const int error = ::getaddrinfo(endpoint.host.c_str(), std::to_string(endpoint.port).c_str(), &hints, &found);
  if (error != 0) return fail(Errc::invalid, endpoint.to_string() + ": " + ::gai_strerror(error));
  std::memcpy(&address.bytes, found->ai_addr, found->ai_addrlen);
  address.size = found->ai_addrlen;
  ::freeaddrinfo(found);
  return address;
}

}  // namespace

Result<Socket> connect_to(const Endpoint& endpoint) {
  const auto address = address_of(endpoint);
  if (!address) return address.error();
  const auto failed = [&] { return fail(Errc::unavailable, endpoint.to_string() + ": " + std::strerror(errno)); };
  Socket socket{::socket(address->bytes.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0)};
  if (!socket.is_open()) return failed();
  // The limit of a send is the limit of a connect too.
  const timeval limit{5, 0};
  ::setsockopt(socket.fd(), SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
  const auto* name = reinterpret_cast<const sockaddr*>(&address->bytes);
  if (::connect(socket.fd(), name, address->size) != 0) return failed();
  const int on = 1;
  if (endpoint.kind == Endpoint::Kind::inet) ::setsockopt(socket.fd(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  if (::fcntl(socket.fd(), F_SETFL, O_NONBLOCK) != 0) return failed();
  return socket;
}

std::size_t raise_file_limit() {
  rlimit files{};
  if (::getrlimit(RLIMIT_NOFILE, &files) != 0) return 0;
  files.rlim_cur = files.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &files);
  return files.rlim_cur;
}

}  // namespace maproom::bench
