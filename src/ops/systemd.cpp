#include "maproom/ops/systemd.hpp"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>
#include <ctime>
#include <string>

namespace maproom::ops {
namespace {

std::optional<long long> number_in(const char* variable) {
  const char* text = std::getenv(variable);
  if (text == nullptr) return std::nullopt;
  char* end = nullptr;
  const long long value = std::strtoll(text, &end, 10);
  if (end == text || *end != '\0') return std::nullopt;
  return value;
}

}  // namespace

void notify(std::string_view state) {
  const char* path = std::getenv("NOTIFY_SOCKET");
  if (path == nullptr || (path[0] != '/' && path[0] != '@')) return;
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  const auto length = std::strlen(path);
  if (length >= sizeof address.sun_path) return;
  std::memcpy(address.sun_path, path, length);
  if (path[0] == '@') address.sun_path[0] = '\0';  // an abstract socket
  // Kept, so that a daemon without descriptors left can still say that it is well.
  static int descriptor = -1;
  if (descriptor < 0) {
    descriptor = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (descriptor < 0) return;
    // Whoever does not read holds up nothing for longer.
    const timeval longest{.tv_sec = 1, .tv_usec = 0};
    ::setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &longest, sizeof longest);
  }
  // One heartbeat among many is not worth waiting for whoever does not read.
  const int flags = MSG_NOSIGNAL | (state == "WATCHDOG=1" ? MSG_DONTWAIT : 0);
  ::sendto(descriptor, state.data(), state.size(), flags, reinterpret_cast<const sockaddr*>(&address),
           static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + length));
}

void notify_reloading() {
  timespec now{};
  ::clock_gettime(CLOCK_MONOTONIC, &now);
  notify("RELOADING=1\nMONOTONIC_USEC=" + std::to_string(now.tv_sec * 1'000'000LL + now.tv_nsec / 1000));
}

std::vector<int> take_listen_descriptors() {
  constexpr int first = 3;  // SD_LISTEN_FDS_START
  std::vector<int> descriptors;
  const auto process = number_in("LISTEN_PID");
  const auto count = number_in("LISTEN_FDS");
  if (process && *process == ::getpid() && count && *count > 0 && *count < 4096) {
    for (int descriptor = first; descriptor < first + *count; ++descriptor) {
      ::fcntl(descriptor, F_SETFD, FD_CLOEXEC);
      ::fcntl(descriptor, F_SETFL, ::fcntl(descriptor, F_GETFL) | O_NONBLOCK);
      descriptors.push_back(descriptor);
    }
  }
  for (const char* variable : {"LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES"}) ::unsetenv(variable);
  return descriptors;
}

std::optional<std::chrono::microseconds> watchdog_interval() {
  const auto microseconds = number_in("WATCHDOG_USEC");
  const auto process = number_in("WATCHDOG_PID");
  if (!microseconds || *microseconds <= 0 || (process && *process != ::getpid())) return std::nullopt;
  return std::chrono::microseconds{*microseconds / 2};
}

}  // namespace maproom::ops
