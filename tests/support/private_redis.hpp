#pragma once
// A Redis of the test's own: on a Unix socket and a free loopback port, without persistence.

#include <string>
#include <vector>

#include "support/process.hpp"
#include "support/temp_dir.hpp"

namespace maproom::test {

class PrivateRedis {
 public:
  explicit PrivateRedis(std::vector<std::string> options = {}, bool started = true);
  ~PrivateRedis();
  PrivateRedis(const PrivateRedis&) = delete;
  PrivateRedis& operator=(const PrivateRedis&) = delete;

  void start();
  void stop();
  void pause() const;
  void resume() const;
  [[nodiscard]] std::string socket() const { return dir_.path("redis.sock"); }
  [[nodiscard]] int port() const { return port_; }
  /// redis-cli's output, without the last line end.
  std::string command(const std::vector<std::string>& words) const;

 private:
  TempDir dir_;
  int port_;
  std::vector<std::string> options_;
  Process process_;
};

}  // namespace maproom::test
