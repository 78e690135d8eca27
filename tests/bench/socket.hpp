#pragma once
// Client sockets for the load generator: connected, not blocking, closed when they go out of scope.

#include <unistd.h>

#include <string>
#include <string_view>
#include <utility>

#include "maproom/core/endpoint.hpp"
#include "maproom/core/result.hpp"

namespace maproom::bench {

class Socket {
 public:
  Socket() = default;
  explicit Socket(int fd) noexcept : fd_{fd} {}
  Socket(Socket&& other) noexcept : fd_{std::exchange(other.fd_, -1)} {}
  Socket& operator=(Socket&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~Socket() {
    if (fd_ >= 0) ::close(fd_);
  }
  [[nodiscard]] int fd() const noexcept { return fd_; }
  [[nodiscard]] bool is_open() const noexcept { return fd_ >= 0; }

 private:
  int fd_ = -1;
};

/// Waits five seconds at most. The host has to be an address.
[[nodiscard]] Result<Socket> connect_to(const Endpoint& endpoint);

/// Raises the limit of open files as far as the system lets us, and says how far that is.
std::size_t raise_file_limit();

}  // namespace maproom::bench
