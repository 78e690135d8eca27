#pragma once
// Gate: a TCP port of ours in front of a server's, whose links can be cut, stalled, slowed or left half open.

#include <atomic>
#include <cstdint>
#include <thread>

namespace maproom::checker {

enum class Way : std::uint8_t {
  open,
  slow,       ///< every piece of data waits 20 ms
  stalled,    ///< nothing goes either way
  half_open,  ///< what the server says is lost, and the link stands
  cut,        ///< links are closed, and new ones at once
};

class Gate {
 public:
  explicit Gate(int server_port);
  ~Gate();
  Gate(const Gate&) = delete;
  Gate& operator=(const Gate&) = delete;
  [[nodiscard]] int port() const { return port_; }
  void set(Way way) { way_ = way; }

 private:
  void run();
  int server_port_;
  int listening_ = -1;
  int port_ = 0;
  std::atomic<Way> way_{Way::open};
  std::atomic<bool> stop_{false};
  std::thread thread_;
};

}  // namespace maproom::checker
