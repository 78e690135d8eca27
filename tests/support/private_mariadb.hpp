#pragma once
// A MariaDB of the test's own: in a temporary folder, on a Unix socket and a free loopback port, with real accounts.

#include <cstdint>
#include <string>

#include "support/process.hpp"
#include "support/temp_dir.hpp"

namespace maproom::test {

class PrivateMariadb {
 public:
  /// Installs and starts it; waits until it answers. `options` are further ones for mariadbd, `first_start` those of
  /// this start alone.
  explicit PrivateMariadb(std::vector<std::string> options = {}, const std::vector<std::string>& first_start = {});
  ~PrivateMariadb();
  PrivateMariadb(const PrivateMariadb&) = delete;
  PrivateMariadb& operator=(const PrivateMariadb&) = delete;

  void start(const std::vector<std::string>& once = {});
  void stop();  ///< in an orderly way
  /// While it is stopped: what a person does with the server off the network and without its binlog.
  void without_serving(const std::string& statements) const;
  void kill();         ///< at once
  void pause() const;  ///< SIGSTOP: it accepts and is silent
  void resume() const;

  [[nodiscard]] std::string socket() const { return dir_.path("data/my.sock"); }
  [[nodiscard]] int port() const { return port_; }
  [[nodiscard]] pid_t pid() const { return process_.pid(); }
  /// As root; throws with the server's message on an error. Returns the rows, columns separated by tabs.
  std::string sql(const std::string& statements, const std::string& database = "") const;
  /// How many SELECTs the server has run for others since it started.
  [[nodiscard]] std::uint64_t selects() const;
  /// A fresh database with sql/ applied by `maproom migrate`, the sample world, and a read-only user maproom
  /// ("secret").
  void make_sample_database(const std::string& name = "mail") const;
  [[nodiscard]] std::string log() const { return read_text(dir_.path("log")); }

 private:
  TempDir dir_;
  int port_;
  std::vector<std::string> options_;
  Process process_;
};

}  // namespace maproom::test
