#include "checker/gate.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <stdexcept>
#include <vector>

namespace maproom::checker {
namespace {

constexpr int look_ms = 5;

sockaddr_in loopback(int port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

struct Pair {
  int client, server;
  bool lossy = false;  ///< something was lost: it can only be closed
};

bool send_all(int to, const char* data, ssize_t size) {
  while (size > 0) {
    const auto n = ::send(to, data, static_cast<std::size_t>(size), MSG_NOSIGNAL);
    if (n <= 0) return false;
    data += n;
    size -= n;
  }
  return true;
}

}  // namespace

Gate::Gate(int server_port) : server_port_{server_port}, listening_{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)} {
  auto address = loopback(0);
  socklen_t size = sizeof address;
  if (::bind(listening_, reinterpret_cast<sockaddr*>(&address), size) != 0 || ::listen(listening_, 64) != 0 ||
      ::getsockname(listening_, reinterpret_cast<sockaddr*>(&address), &size) != 0)
    throw std::runtime_error{"a gate cannot listen"};
  port_ = ntohs(address.sin_port);
  thread_ = std::thread{[this] { run(); }};
}

Gate::~Gate() {
  stop_ = true;
  thread_.join();
  ::close(listening_);
}

void Gate::run() {
  std::vector<Pair> pairs;
  std::array<char, 65536> buffer{};
  const auto close_pair = [](const Pair& pair) {
    ::close(pair.client);
    ::close(pair.server);
  };
  while (!stop_) {
    const auto way = way_.load();
    std::vector<pollfd> polled{{listening_, POLLIN, 0}};
    if (way != Way::stalled)
      for (const auto& pair : pairs) {
        polled.push_back({pair.client, POLLIN, 0});
        polled.push_back({pair.server, POLLIN, 0});
      }
    if (way == Way::cut) {
      for (const auto& pair : pairs) close_pair(pair);
      pairs.clear();
      polled.resize(1);
    }
    ::poll(polled.data(), polled.size(), look_ms);
    const auto count = (polled.size() - 1) / 2;
    std::vector<bool> ended(count);
    for (std::size_t i = 0; i < count; ++i)
      for (const bool from_server : {false, true}) {
        if ((polled[1 + 2 * i + (from_server ? 1 : 0)].revents & (POLLIN | POLLHUP | POLLERR)) == 0) continue;
        auto& pair = pairs[i];
        const auto n = ::recv(from_server ? pair.server : pair.client, buffer.data(), buffer.size(), MSG_DONTWAIT);
        if (n <= 0) {
          ended[i] = true;
          continue;
        }
        if (way == Way::slow) std::this_thread::sleep_for(std::chrono::milliseconds{20});
        if (way == Way::half_open && from_server) {
          pair.lossy = true;
          continue;
        }
        if (pair.lossy || !send_all(from_server ? pair.client : pair.server, buffer.data(), n)) ended[i] = true;
      }
    for (std::size_t i = count; i-- > 0;)
      if (ended[i]) {
        close_pair(pairs[i]);
        pairs.erase(pairs.begin() + static_cast<std::ptrdiff_t>(i));
      }
    if ((polled[0].revents & POLLIN) == 0 || way == Way::stalled) continue;
    const int client = ::accept4(listening_, nullptr, nullptr, SOCK_CLOEXEC);
    if (client < 0) continue;
    const int server = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const auto address = loopback(server_port_);
    const int on = 1;
    ::setsockopt(client, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    ::setsockopt(server, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (way == Way::cut || ::connect(server, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
      close_pair({client, server});
    else
      pairs.push_back({client, server});
  }
  for (const auto& pair : pairs) close_pair(pair);
}

}  // namespace maproom::checker
