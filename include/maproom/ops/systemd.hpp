#pragma once
// What the service manager and the daemon say to each other: sd_notify(3), sd_listen_fds(3) and the watchdog, without
// libsystemd: two environment variables and one datagram.

#include <chrono>
#include <optional>
#include <string_view>
#include <vector>

namespace maproom::ops {

/// "READY=1", "STOPPING=1", ... to NOTIFY_SOCKET; nothing happens where there is none.
void notify(std::string_view state);
/// RELOADING=1 with the time stamp that Type=notify-reload wants.
void notify_reloading();
/// The listening sockets handed over (LISTEN_FDS, if LISTEN_PID is this process), close-on-exec; the variables are
/// taken out of the environment, so that a second call gives none.
[[nodiscard]] std::vector<int> take_listen_descriptors();
/// How often to send WATCHDOG=1 (half of WATCHDOG_USEC); nullopt: no watchdog.
[[nodiscard]] std::optional<std::chrono::microseconds> watchdog_interval();

}  // namespace maproom::ops
