#pragma once
// A daemon in front of the sample data, for tests that look at its sockets and its life rather than at its answers.

#include <string>

#include "integration/sample_world.hpp"

namespace maproom::test {

class World {
 public:
  /// `more`: further sections; "PORT(x)" in them becomes a free port, see port(). It runs after start().
  explicit World(const std::string& more = {});

  /// Starts the daemon and waits until its client lists are proven, so that it asks nothing more by itself.
  void start(const std::map<std::string, std::string>& environment = {}, const std::vector<int>& descriptors = {});
  /// Writes another configuration; a running daemon sees it after a reload.
  void configure(const std::string& more = {});

  [[nodiscard]] int port(const std::string& map) { return ports_[map]; }
  [[nodiscard]] int socketmap_port() { return ports_["socketmap"]; }
  [[nodiscard]] std::string socketmap_path() const { return daemon.path("socketmap"); }
  /// What real postmap -q says over the map's own port.
  [[nodiscard]] Judged ask(const std::string& map, const std::string& key) {
    return postmap_.query(key, table_of(map, "tcp", ports_, socketmap_path()));
  }
  [[nodiscard]] const PrivateMariadb& mariadb() const { return shared_mariadb(); }
  /// How many queries the database was asked while `work` ran.
  template <class Work>
  [[nodiscard]] std::uint64_t queries_during(const Work& work) const {
    const auto before = mariadb().selects();
    work();
    return mariadb().selects() - before;
  }

  Daemon daemon;

 private:
  Ports ports_;
  Postmap postmap_;
};

}  // namespace maproom::test
