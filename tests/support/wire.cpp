#include "support/wire.hpp"

#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <stdexcept>
#include <utility>

namespace maproom::test {
namespace {

void connect_or_throw(int descriptor, const sockaddr* address, socklen_t length) {
  const timeval limit{20, 0};
  ::setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  if (::connect(descriptor, address, length) == 0) return;
  ::close(descriptor);
  throw std::runtime_error{"nobody listens"};
}

}  // namespace

Wire::Wire(int port) : descriptor_{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)} {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  connect_or_throw(descriptor_, reinterpret_cast<sockaddr*>(&address), sizeof address);
}

Wire::Wire(const std::string& path) : descriptor_{::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)} {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  path.copy(address.sun_path, sizeof address.sun_path - 1);
  connect_or_throw(descriptor_, reinterpret_cast<sockaddr*>(&address), sizeof address);
}

Wire::Wire(Wire&& other) noexcept
    : descriptor_{std::exchange(other.descriptor_, -1)}, buffer_{std::move(other.buffer_)} {}

Wire::~Wire() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

void Wire::send(std::string_view bytes) {
  while (!bytes.empty()) {
    const auto n = ::send(descriptor_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (n <= 0) throw std::runtime_error{"the daemon closed the connection"};
    bytes.remove_prefix(static_cast<std::size_t>(n));
  }
}

bool Wire::more() {
  std::array<char, 65536> chunk{};
  ssize_t n = 0;
  do {
    n = ::recv(descriptor_, chunk.data(), chunk.size(), 0);
  } while (n < 0 && errno == EINTR);
  if (n < 0 && errno == EAGAIN) throw std::runtime_error{"no answer within 20 s"};
  if (n <= 0) return false;
  buffer_.append(chunk.data(), static_cast<std::size_t>(n));
  return true;
}

std::string Wire::line() {
  for (;;) {
    if (const auto end = buffer_.find('\n'); end != std::string::npos) {
      auto text = buffer_.substr(0, end + 1);
      buffer_.erase(0, end + 1);
      return text;
    }
    if (!more()) return {};
  }
}

std::string Wire::netstring() {
  for (;;) {
    if (const auto colon = buffer_.find(':'); colon != std::string::npos) {
      const auto size = std::stoul(buffer_.substr(0, colon));
      if (buffer_.size() >= colon + size + 2) {
        if (buffer_[colon + 1 + size] != ',') throw std::runtime_error{"no netstring: " + buffer_.substr(0, 100)};
        auto payload = buffer_.substr(colon + 1, size);
        buffer_.erase(0, colon + size + 2);
        return payload;
      }
    }
    if (!more()) return {};
  }
}

std::string Wire::ask_tcp(const std::string& quoted_key) {
  send("get " + quoted_key + "\n");
  return line();
}

std::string Wire::ask_socketmap(const std::string& map, const std::string& key) {
  const auto payload = map + " " + key;
  send(std::to_string(payload.size()) + ":" + payload + ",");
  return netstring();
}

bool Wire::readable_within(std::chrono::milliseconds limit) const {
  if (!buffer_.empty()) return true;
  pollfd one{descriptor_, POLLIN, 0};
  return ::poll(&one, 1, static_cast<int>(limit.count())) > 0;
}

}  // namespace maproom::test
