#pragma once
// Child processes of a test: servers that are stopped by the process id they were started with, and commands that are
// waited for. Also free ports, and waiting for a condition.

#include <sys/types.h>

#include <chrono>
#include <functional>
#include <map>
#include <string>
#include <vector>

namespace maproom::test {

/// Runs until stop() or destruction. Its output goes to `log`.
class Process {
 public:
  Process() = default;
  Process(const std::vector<std::string>& command, const std::string& log,
          const std::map<std::string, std::string>& environment = {}, const std::vector<int>& descriptors_from_3 = {});
  ~Process();
  Process(Process&& other) noexcept;
  Process& operator=(Process&& other) noexcept;

  [[nodiscard]] pid_t pid() const { return pid_; }
  [[nodiscard]] bool running();
  void signal(int number) const;
  /// SIGSTOP, and waits until every thread stands still: the signal alone lets one more answer through.
  void pause() const;
  /// Sends the signal and waits for the end; the exit status, or 128 + signal. Kills it after 20 s.
  int stop(int number);
  /// Waits for the end.
  int wait();

 private:
  pid_t pid_ = -1;
  int status_ = -1;
};

struct CommandResult {
  int status = -1;
  std::string out, err;
};

CommandResult run_command(const std::vector<std::string>& command, const std::string& input = {},
                          const std::map<std::string, std::string>& environment = {});

/// A loopback port that nobody listens on, and that no other test is given while this program runs.
int free_port();

/// Looks every few milliseconds; false: not within the limit.
bool wait_until(const std::function<bool()>& condition, std::chrono::seconds limit = std::chrono::seconds{20});

}  // namespace maproom::test
