#include "checker/gate.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <deque>
#include <list>
#include <stdexcept>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

namespace maproom::checker {
namespace {

using Clock = std::chrono::steady_clock;
using namespace std::chrono_literals;
constexpr int look_ms = 5;
constexpr auto lateness = 700ms;
/// Longer than what the server says between two groups.
constexpr ssize_t long_piece = 2000;

sockaddr_in loopback(int port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

bool send_all(int to, std::string_view data) {
  while (!data.empty()) {
    const auto n = ::send(to, data.data(), data.size(), MSG_NOSIGNAL);
    if (n <= 0) return false;
    data.remove_prefix(static_cast<std::size_t>(n));
  }
  return true;
}

struct Pair {
  int client, server;
  bool feeds = false;    ///< a link of the feed's
  bool streams = false;  ///< which carries the binlog
  bool lossy = false;    ///< something was lost: it can only be closed
  bool gone = false;     ///< the client is; what it said may still be on its way
  bool ended = false;
  struct Piece {
    Clock::time_point due;
    std::string data;
  };
  std::deque<Piece> to_server{}, to_client{};  ///< on their way
};

/// A client's packet: three bytes of length, a number, the command.
void recognize(Pair& pair, std::string_view said) {
  constexpr char binlog_dump = 0x12;
  if (said.size() > 4 && said[3] == 0 && said[4] == binlog_dump) pair.feeds = pair.streams = true;
  for (const std::string_view word : {"@@global.", "CONSISTENT SNAPSHOT", "MASTER STATUS"})
    if (said.find(word) != std::string_view::npos) pair.feeds = true;
}

/// Pieces whose time has come.
void deliver(Pair& pair) {
  for (const auto& [pieces, to] : {std::pair{&pair.to_server, pair.server}, std::pair{&pair.to_client, pair.client}})
    for (; !pieces->empty() && pieces->front().due <= Clock::now(); pieces->pop_front())
      if (!(pair.gone && to == pair.client) && !send_all(to, pieces->front().data)) pair.ended = true;
  if (pair.gone && pair.to_server.empty()) pair.ended = true;
}

}  // namespace

std::pair<int, int> listen_on_loopback() {
  const int listening = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  auto address = loopback(0);
  socklen_t size = sizeof address;
  if (::bind(listening, reinterpret_cast<sockaddr*>(&address), size) != 0 || ::listen(listening, 64) != 0 ||
      ::getsockname(listening, reinterpret_cast<sockaddr*>(&address), &size) != 0)
    throw std::runtime_error{"a gate cannot listen"};
  return {listening, ntohs(address.sin_port)};
}

Gate::Gate(int server_port, Entry entry) : server_port_{server_port} {
  if (entry == Entry::own) std::tie(listening_, port_) = listen_on_loopback();
  thread_ = std::thread{[this] { run(); }};
}

Gate::~Gate() {
  stop_ = true;
  thread_.join();
  if (listening_ >= 0) ::close(listening_);
  for (const int client : given_) ::close(client);
}

void Gate::take(int client) {
  const std::lock_guard lock{mutex_};
  given_.push_back(client);
}

int Gate::next_client() {
  if (listening_ >= 0) {
    pollfd polled{listening_, POLLIN, 0};
    return ::poll(&polled, 1, 0) > 0 ? ::accept4(listening_, nullptr, nullptr, SOCK_CLOEXEC) : -1;
  }
  const std::lock_guard lock{mutex_};
  if (given_.empty()) return -1;
  const int client = given_.front();
  given_.pop_front();
  return client;
}

void Gate::run() {
  std::list<Pair> pairs;
  std::array<char, 65536> buffer{};
  const auto way_of = [this](const Pair& pair) { return pair.feeds ? feed_.load() : pool_.load(); };
  // The server's side, then the client's.
  const auto carry = [&](Pair& pair, bool from_server) {
    const auto way = way_of(pair);
    const auto n = ::recv(from_server ? pair.server : pair.client, buffer.data(), buffer.size(), MSG_DONTWAIT);
    if (n <= 0) {
      (from_server ? pair.ended : pair.gone) = true;
      return;
    }
    std::string_view data{buffer.data(), static_cast<std::size_t>(n)};
    if (!from_server) recognize(pair, data);
    if (way == Way::slow) std::this_thread::sleep_for(20ms);
    if ((way == Way::half_open && from_server) || (way == Way::deaf && !from_server)) {
      pair.lossy = true;
      return;
    }
    if (from_server && pair.gone) return;
    if (from_server && pair.streams && n > long_piece && cut_within_.exchange(false)) {
      static_cast<void>(send_all(pair.client, data.substr(0, data.size() / 2)));
      pair.ended = true;
      return;
    }
    auto& late = from_server ? pair.to_client : pair.to_server;
    if (way == Way::late || !late.empty())
      late.push_back({Clock::now() + lateness, std::string{data}});
    else if (pair.lossy || !send_all(from_server ? pair.client : pair.server, data))
      pair.ended = true;
  };
  while (!stop_) {
    std::vector<pollfd> polled{{listening_, POLLIN, 0}};
    std::vector<std::pair<Pair*, bool>> asked;
    for (auto& pair : pairs) {
      const auto way = way_of(pair);
      if (way != Way::open) felt_ = true;
      if (way == Way::cut) pair.ended = true;
      if (way == Way::cut || way == Way::stalled) continue;
      if (way != Way::held) {
        polled.push_back({pair.server, POLLIN, 0});
        asked.emplace_back(&pair, true);
      }
      if (pair.gone) continue;
      polled.push_back({pair.client, POLLIN, 0});
      asked.emplace_back(&pair, false);
    }
    ::poll(polled.data(), polled.size(), look_ms);
    for (std::size_t i = 0; i < asked.size(); ++i)
      if (auto& [pair, from_server] = asked[i];
          !pair->ended && (polled[i + 1].revents & (POLLIN | POLLHUP | POLLERR)) != 0)
        carry(*pair, from_server);
    for (auto pair = pairs.begin(); pair != pairs.end();) {
      deliver(*pair);
      if (!pair->ended) {
        ++pair;
        continue;
      }
      ::close(pair->client);
      ::close(pair->server);
      pair = pairs.erase(pair);
    }
    // Whose link it will be shows later; while all stand still none is taken.
    const auto way = pool_.load() == feed_.load() ? pool_.load() : Way::open;
    if (way == Way::stalled) continue;
    const int client = next_client();
    if (client < 0) continue;
    const int server = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const auto address = loopback(server_port_);
    const int on = 1;
    ::setsockopt(client, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    ::setsockopt(server, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (way == Way::cut || ::connect(server, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
      ::close(client);
      ::close(server);
    } else {
      pairs.push_back({client, server});
    }
  }
  for (const auto& pair : pairs) {
    ::close(pair.client);
    ::close(pair.server);
  }
}

}  // namespace maproom::checker
