#include "handshake.hpp"

#include <poll.h>

#include <algorithm>
#include <cerrno>
#include <chrono>

namespace maproom::backend {
namespace {

// The loop stands still meanwhile, so it is no longer than a healthy server on a distant network needs.
constexpr std::chrono::milliseconds longest_wait{500};

thread_local Deadline current{};  ///< the epoch: nobody may wait

}  // namespace

HandshakeScope::HandshakeScope(Deadline deadline) { current = deadline; }
HandshakeScope::~HandshakeScope() { current = {}; }

int wait_in_handshake(my_socket socket, my_bool is_read, int) {
  const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(current - std::chrono::steady_clock::now());
  const auto limit = std::clamp(left, std::chrono::milliseconds{0}, longest_wait);
  pollfd wanted{socket, static_cast<short>(is_read != 0 ? POLLIN : POLLOUT), 0};
  int ready = 0;
  do {
    ready = ::poll(&wanted, 1, static_cast<int>(limit.count()));
  } while (ready < 0 && errno == EINTR);
  if (ready == 0) errno = ETIMEDOUT;
  return ready;
}

}  // namespace maproom::backend
