#pragma once
// Entrance: one TCP port for both daemons, behind which each of them has a gate of its own. Daemons use each other's
// entries in Redis only if they name the same hosts; and what breaks one's links must leave the other's alone.

#include <array>
#include <atomic>
#include <string>
#include <thread>

#include "checker/gate.hpp"

namespace maproom::checker {

class Entrance {
 public:
  struct Side {
    Gate& gate;
    std::string word;  ///< of the daemon's command line, and of no other's
  };
  explicit Entrance(std::array<Side, 2> sides);
  ~Entrance();
  Entrance(const Entrance&) = delete;
  Entrance& operator=(const Entrance&) = delete;
  [[nodiscard]] int port() const { return port_; }

 private:
  void run();
  [[nodiscard]] Gate* gate_of(int client) const;
  const std::array<Side, 2> sides_;
  int listening_ = -1;
  int port_ = 0;
  std::atomic<bool> stop_{false};
  std::thread thread_;
};

}  // namespace maproom::checker
