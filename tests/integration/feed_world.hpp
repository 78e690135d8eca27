#pragma once
// A MariaDB that writes a row binlog, and daemons that follow it.

#include <string>

#include "support/daemon.hpp"
#include "support/postmap.hpp"
#include "support/private_mariadb.hpp"
#include "support/private_redis.hpp"

namespace maproom::test {

/// mariadbd's options for a binlog that can be followed, as conf/mariadb-binlog.cnf sets them.
[[nodiscard]] std::vector<std::string> binlog_options(int server_id = 1);

/// A daemon with two maps over a small database of its own: `mailboxes` (virtual_mailbox_maps: one simple query) and
/// `aliases` (virtual_alias_maps), that follows the binlog.
class Followed {
 public:
  struct Wish {
    const PrivateMariadb& mariadb;
    const PrivateRedis* redis = nullptr;
    std::string cache = {};     ///< lines of [cache]; without keys_memory the key sets hold domains
    std::string feed = {};      ///< further lines of [feed]
    std::string maps = {};      ///< further [maps.*] sections
    std::string hosts = {};     ///< instead of the server's socket
    std::string user = {};      ///< instead of maproom
    std::string database = {};  ///< instead of mail
  };
  explicit Followed(const Wish& wish);
  /// Starts it and waits until the feed is healthy.
  void start();
  void start_only() { daemon.start(); }
  [[nodiscard]] bool healthy() const;
  [[nodiscard]] bool wait_healthy() const;
  /// status --json, the feed's part.
  [[nodiscard]] std::string feed(const std::string& name) const;
  [[nodiscard]] Judged ask(const std::string& map, const std::string& key);
  [[nodiscard]] std::uint64_t from_database(const std::string& map) const { return daemon.counter(map, "database"); }

  Daemon daemon;
  Ports ports;

 private:
  Postmap postmap_;
};

/// Its value with the line's end, or "none"; `name` with its labels.
[[nodiscard]] std::string metric(const Daemon& daemon, const std::string& name);

/// The database behind it, filled; a user "maproom" ("secret") with the feed's rights.
void make_followed_database(const PrivateMariadb& mariadb);

}  // namespace maproom::test
