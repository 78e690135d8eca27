#pragma once
// World: a MariaDB, a Redis, and two daemons that share it, each behind gates of its own.

#include <array>
#include <chrono>
#include <string>

#include "checker/gate.hpp"
#include "integration/feed_world.hpp"

namespace maproom::checker {

using std::chrono::milliseconds;

// The daemons' settings.
constexpr milliseconds positive_ttl{1500}, negative_ttl{1000}, stale_limit{3000};

class World {
 public:
  World();
  void start_daemons();
  [[nodiscard]] bool wait_healthy();
  [[nodiscard]] std::string logs() const;

  test::PrivateMariadb mariadb;
  test::PrivateRedis redis;
  std::array<Gate, 2> sql_gates{Gate{mariadb.port()}, Gate{mariadb.port()}};
  std::array<Gate, 2> redis_gates{Gate{redis.port()}, Gate{redis.port()}};
  std::array<test::Ports, 2> ports;
  std::array<test::Daemon, 2> daemons;

 private:
  void configure(std::size_t daemon);
  [[nodiscard]] bool healthy(std::size_t daemon) const;
};

}  // namespace maproom::checker
