#include "checker/entrance.hpp"

#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <filesystem>
#include <sstream>
#include <tuple>

#include "support/temp_dir.hpp"

namespace maproom::checker {
namespace {
namespace fs = std::filesystem;

/// "socket:[INODE]" of the socket that is bound to this port and connected to that one, as /proc tells; empty: gone.
std::string socket_between(int from, int to) {
  const auto in_hex = [](int port) {
    std::ostringstream text;
    text << std::hex << std::uppercase << (0x10000 + port);
    return ":" + text.str().substr(1);
  };
  std::istringstream lines{test::read_text("/proc/net/tcp")};
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words{line};
    std::string number, local, remote, skipped, inode;
    words >> number >> local >> remote;
    if (!local.ends_with(in_hex(from)) || !remote.ends_with(in_hex(to))) continue;
    for (int i = 0; i < 6; ++i) words >> skipped;
    words >> inode;
    return "socket:[" + inode + "]";
  }
  return {};
}

bool holds(const fs::path& process, const std::string& socket) {
  std::error_code error;
  for (fs::directory_iterator each{process / "fd", error}, end; !error && each != end; each.increment(error)) {
    std::error_code gone;
    if (fs::read_symlink(each->path(), gone) == socket) return true;
  }
  return false;
}

}  // namespace

Entrance::Entrance(std::array<Side, 2> sides) : sides_{std::move(sides)} {
  std::tie(listening_, port_) = listen_on_loopback();
  thread_ = std::thread{[this] { run(); }};
}

Entrance::~Entrance() {
  stop_ = true;
  thread_.join();
  ::close(listening_);
}

void Entrance::run() {
  while (!stop_) {
    pollfd polled{listening_, POLLIN, 0};
    if (::poll(&polled, 1, 20) <= 0) continue;
    const int client = ::accept4(listening_, nullptr, nullptr, SOCK_CLOEXEC);
    if (client < 0) continue;
    if (auto* const gate = gate_of(client))
      gate->take(client);
    else
      ::close(client);
  }
}

/// Null: whoever came has gone.
Gate* Entrance::gate_of(int client) const {
  sockaddr_in peer{};
  socklen_t size = sizeof peer;
  if (::getpeername(client, reinterpret_cast<sockaddr*>(&peer), &size) != 0) return nullptr;
  const auto socket = socket_between(ntohs(peer.sin_port), port_);
  if (socket.empty()) return nullptr;
  std::error_code error;
  for (fs::directory_iterator process{"/proc", error}, end; !error && process != end; process.increment(error)) {
    const auto line = test::read_text(process->path() / "cmdline");
    for (const auto& side : sides_)
      if (line.find(side.word) != std::string::npos && holds(process->path(), socket)) return &side.gate;
  }
  return nullptr;
}

}  // namespace maproom::checker
