#pragma once
// World: one MariaDB, or a primary and its replica (GTID), a Redis, and two daemons that share it, each behind gates of
// its own. Both daemons name the same addresses, so that each uses the other's entries in Redis; of two servers the
// first address leads each daemon to another one.

#include <array>
#include <chrono>
#include <memory>
#include <shared_mutex>
#include <string>

#include "checker/entrance.hpp"
#include "checker/gate.hpp"
#include "integration/feed_world.hpp"

namespace maproom::checker {

using std::chrono::milliseconds;

// The daemons' settings.
constexpr milliseconds positive_ttl{1500}, negative_ttl{1000}, stale_limit{3000};

enum class Servers : std::uint8_t { one, two };

class World {
 public:
  explicit World(Servers servers);
  void start_daemons();
  /// Writes its configuration; `more`: further sections. A running daemon sees it after a reload.
  void configure(std::size_t daemon, const std::string& more = {});
  [[nodiscard]] bool wait_healthy();
  /// The ends of the daemons' logs.
  [[nodiscard]] std::string logs() const;
  /// Where the writers write.
  [[nodiscard]] test::PrivateMariadb& primary() { return exchanged_ ? *second_ : first_; }
  [[nodiscard]] test::PrivateMariadb& replica() { return exchanged_ ? first_ : *second_; }
  [[nodiscard]] bool has_replica() const { return second_ != nullptr; }
  /// Throws if the replica has given up.
  void demand_replication();
  /// Until the replica has what the primary has.
  void catch_up();
  /// The replica, which has caught up, becomes the primary; the other one, which may be away, its replica with
  /// follow(). Nobody writes meanwhile: `writing` is held.
  void promote();
  void follow();

  /// Where the daemons connect to MariaDB.
  [[nodiscard]] int entrance() const { return entrance_.port(); }

  /// Whoever writes holds it shared, and asks again who the primary is.
  std::shared_mutex writing;

 private:
  test::PrivateMariadb first_;
  std::unique_ptr<test::PrivateMariadb> second_;
  bool exchanged_ = false;

 public:
  test::PrivateRedis redis;
  /// Of each daemon, to the server that it names first, and to the other one.
  std::array<Gate, 2> sql_gates, other_sql_gates;
  std::array<Gate, 2> redis_gates{Gate{redis.port()}, Gate{redis.port()}};
  std::array<test::Ports, 2> ports;
  std::array<test::Daemon, 2> daemons;

 private:
  Entrance entrance_, other_entrance_;
  [[nodiscard]] bool healthy(std::size_t daemon) const;
};

}  // namespace maproom::checker
