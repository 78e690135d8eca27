#pragma once
// The daemon itself, as a service manager would run it: configuration in a temporary folder, readiness by
// NOTIFY_SOCKET.

#include <map>
#include <string>

#include "support/process.hpp"
#include "support/temp_dir.hpp"

namespace maproom::test {

/// A port for each map, handed out once.
class Ports {
 public:
  int operator[](const std::string& name);

 private:
  std::map<std::string, int> ports_;
};

class Daemon {
 public:
  Daemon();
  ~Daemon();
  Daemon(const Daemon&) = delete;
  Daemon& operator=(const Daemon&) = delete;

  /// Writes the configuration; the control socket is added.
  void configure(const std::string& toml);
  /// Starts it and waits until it says READY=1; throws with its log if it ends instead.
  void start(const std::map<std::string, std::string>& environment = {},
             const std::vector<int>& descriptors_from_3 = {});
  /// SIGTERM; the exit status.
  int stop();
  void kill();
  void signal(int number) const { process_.signal(number); }

  [[nodiscard]] std::string config() const { return dir_.path("maproom.toml"); }
  [[nodiscard]] std::string log() const { return read_text(dir_.path("log")); }
  /// How many lines of the log hold all of the words.
  [[nodiscard]] std::size_t log_lines(const std::vector<std::string>& words) const;
  [[nodiscard]] std::string path(const std::string& name) const { return dir_.path(name); }
  /// `maproom COMMAND... --config FILE`.
  [[nodiscard]] CommandResult run(std::vector<std::string> command) const;
  /// A number of `status --json`, of one map: found, memory, redis, database ...
  [[nodiscard]] std::uint64_t counter(const std::string& map, const std::string& name) const;
  [[nodiscard]] pid_t pid() const { return process_.pid(); }
  [[nodiscard]] bool running() { return process_.running(); }
  /// What the service manager was told, newest last.
  [[nodiscard]] std::string notifications();

 private:
  TempDir dir_;
  Process process_;
  int notify_ = -1;
  std::string notified_;
};

}  // namespace maproom::test
