#include "load.hpp"

#include <poll.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>

#include "socket.hpp"

namespace maproom::bench {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

constexpr milliseconds answer_limit{10'000};

struct Connection {
  Socket socket;
  std::size_t lookup = 0;
  Clock::time_point asked;
  std::string received;  // only of a reply that came in pieces
};

int remaining_ms(Clock::time_point until) {
  const auto left = std::chrono::ceil<milliseconds>(until - Clock::now()).count();
  return static_cast<int>(std::clamp<std::int64_t>(left, 0, 3'600'000));
}

/// What a person reads of a lookup: the request without the line's end.
std::string described(const Lookup& lookup, std::string_view got) {
  const auto request = std::string_view{lookup.request};
  return "asked \"" + std::string{request.substr(0, request.find('\n'))} + "\", expected \"" +
         (lookup.value.empty() ? "not found" : lookup.value) + "\", got \"" +
         std::string{got.substr(0, std::min(got.find('\n'), got.size()))} + "\"";
}

bool send_whole(const Socket& socket, std::string_view bytes) {
  // A request is far smaller than a socket's buffer, which is empty, since one lookup is under way at a time.
  return ::send(socket.fd(), bytes.data(), bytes.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(bytes.size());
}

Result<void> ask_once(const Target& target, const Socket& socket, const Lookup& lookup) {
  if (!send_whole(socket, lookup.request)) return fail(Errc::unavailable, described(lookup, "cannot send"));
  const auto limit = Clock::now() + answer_limit;
  std::string received;
  std::array<char, 4096> piece;
  for (;;) {
    pollfd ready{socket.fd(), POLLIN, 0};
    if (::poll(&ready, 1, remaining_ms(limit)) <= 0) return fail(Errc::timeout, described(lookup, "no answer"));
    const auto got = ::recv(socket.fd(), piece.data(), piece.size(), 0);
    if (got <= 0) return fail(Errc::unavailable, described(lookup, "connection ended"));
    received.append(piece.data(), static_cast<std::size_t>(got));
    switch (judge(target.protocol, received, lookup)) {
      case Verdict::incomplete:
        continue;
      case Verdict::right:
        return {};
      default:
        return fail(Errc::bad_data, described(lookup, received));
    }
  }
}

class Load {
 public:
  Load(const Target& target, std::size_t connections) : target_{target}, connections_(connections) {}

  Result<Outcome> run(milliseconds duration) {
    if (!epoll_.is_open()) return fail(Errc::unavailable, "no epoll");
    for (std::size_t i = 0; i < connections_.size(); ++i)
      if (auto opened = open(i); !opened) return opened.error();
    const auto begin = Clock::now();
    const auto end = begin + duration;
    now_ = begin;
    for (auto& connection : connections_)
      if (!ask(connection)) note_broken(connection, "cannot send");
    std::array<epoll_event, 512> events;
    while (now_ < end && outcome_.broken <= connections_.size() + 100) {
      const int ready = ::epoll_wait(epoll_.fd(), events.data(), static_cast<int>(events.size()), remaining_ms(end));
      now_ = Clock::now();
      for (int i = 0; i < ready; ++i) take_bytes(events[static_cast<std::size_t>(i)].data.u64);
    }
    outcome_.seconds = std::chrono::duration<double>(now_ - begin).count();
    for (const auto& connection : connections_)
      outcome_.unanswered += connection.socket.is_open() && now_ - connection.asked > std::chrono::seconds{1} ? 1U : 0U;
    return std::move(outcome_);
  }

 private:
  Result<void> open(std::size_t index) {
    auto socket = connect_to(target_.endpoint);
    if (!socket) return socket.error();
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.u64 = index;
    if (::epoll_ctl(epoll_.fd(), EPOLL_CTL_ADD, socket->fd(), &event) != 0)
      return fail(Errc::unavailable, std::strerror(errno));
    connections_[index].socket = std::move(*socket);
    connections_[index].received.clear();
    return {};
  }

  bool ask(Connection& connection) {
    connection.lookup = next_lookup_++ % target_.lookups.size();
    connection.asked = now_;
    return send_whole(connection.socket, target_.lookups[connection.lookup].request);
  }

  void take_bytes(std::size_t index) {
    auto& connection = connections_[index];
    const auto& lookup = target_.lookups[connection.lookup];
    const auto got = ::recv(connection.socket.fd(), piece_.data(), piece_.size(), 0);
    if (got < 0 && errno == EAGAIN) return;
    if (got <= 0) return reopen(index, "connection ended");
    std::string_view received{piece_.data(), static_cast<std::size_t>(got)};
    if (!connection.received.empty()) received = connection.received.append(received);
    const auto verdict = judge(target_.protocol, received, lookup);
    if (verdict == Verdict::incomplete) {
      if (connection.received.empty()) connection.received = received;
      return;
    }
    if (verdict == Verdict::violation) return reopen(index, received);
    now_ = Clock::now();
    if (verdict == Verdict::right) outcome_.latencies.add(now_ - connection.asked);
    if (verdict == Verdict::wrong) note(outcome_.wrong, lookup, received);
    if (verdict == Verdict::temporary) note(outcome_.temporary, lookup, received);
    connection.received.clear();
    if (!ask(connection)) reopen(index, "cannot send");
  }

  /// As Postfix does: a new connection at once. One that cannot be had stays away.
  void reopen(std::size_t index, std::string_view why) {
    auto& connection = connections_[index];
    note_broken(connection, why);
    if (const auto opened = open(index); !opened || !ask(connection)) note_broken(connection, "no new connection");
  }

  void note_broken(Connection& connection, std::string_view why) {
    note(outcome_.broken, target_.lookups[connection.lookup], why);
    connection.socket = Socket{};
  }

  void note(std::uint64_t& counter, const Lookup& lookup, std::string_view what) {
    ++counter;
    if (outcome_.example.empty()) outcome_.example = described(lookup, what);
  }

  const Target& target_;
  std::vector<Connection> connections_;
  Socket epoll_{::epoll_create1(EPOLL_CLOEXEC)};
  std::array<char, 128 * 1024> piece_{};
  std::size_t next_lookup_ = 0;
  Clock::time_point now_;
  Outcome outcome_;
};

}  // namespace

Result<void> ask_each_once(const Target& target) {
  const auto socket = connect_to(target.endpoint);
  if (!socket) return socket.error();
  for (const auto& lookup : target.lookups)
    if (auto asked = ask_once(target, *socket, lookup); !asked) return asked;
  return {};
}

Result<Outcome> run_load(const Target& target, std::size_t connections, milliseconds duration) {
  return Load{target, connections}.run(duration);
}

Result<std::size_t> hold_idle(const Target& target, std::size_t connections, milliseconds duration) {
  std::vector<pollfd> held;
  std::vector<Socket> sockets;
  for (std::size_t i = 0; i < connections; ++i) {
    auto socket = connect_to(target.endpoint);
    if (!socket) return socket.error();
    if (!target.lookups.empty())
      if (const auto asked = ask_once(target, *socket, target.lookups[i % target.lookups.size()]); !asked)
        return asked.error();
    held.push_back({socket->fd(), POLLIN, 0});
    sockets.push_back(std::move(*socket));
  }
  std::printf("holding %zu idle connections\n", connections);
  std::fflush(stdout);
  for (const auto end = Clock::now() + duration; Clock::now() < end;) {
    ::poll(held.data(), held.size(), remaining_ms(end));
    // One that was closed is counted once: a negative descriptor is passed over.
    for (auto& one : held)
      if (one.fd >= 0 && one.revents != 0) one.fd = -1;
  }
  return static_cast<std::size_t>(
      std::count_if(held.begin(), held.end(), [](const pollfd& one) { return one.fd < 0; }));
}

}  // namespace maproom::bench
