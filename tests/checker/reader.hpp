#pragma once
// Reader: asks one daemon without end, and keeps every answer with its times for the judge.

#include <atomic>
#include <functional>
#include <random>
#include <string>
#include <vector>

#include "checker/history.hpp"

namespace maproom::checker {

/// What a daemon said.
struct Reply {
  enum class Kind { found, not_found, temporary } kind;
  std::string text;   ///< the value, or why there is none
  std::string trace;  ///< how it came to it, as /query tells; empty where the question was a plain lookup
};
/// Throws std::runtime_error when the connection broke.
using Ask = std::function<Reply(const std::string& map, const std::string& key)>;
/// By tcp_table, one connection for each map, as Postfix asks.
[[nodiscard]] Ask by_wire(std::vector<std::pair<std::string, int>> ports_of_maps);
/// By the control socket: slower, and with the trace.
[[nodiscard]] Ask by_control(std::string socket);

struct Read {
  int group;
  unsigned daemon;
  std::string map;
  Answer answer;
  std::string trace;
};

class Reader {
 public:
  struct Pace {
    std::chrono::microseconds least, most;  ///< between two questions
  };
  /// Either everything, or the same few keys that change often: so that many wait for one answer.
  enum class Taste : std::uint8_t { all, hot };
  Reader(unsigned daemon, Ask ask, Pace pace, Taste taste, unsigned seed);
  void run(const std::atomic<bool>& stop);
  [[nodiscard]] const std::vector<Read>& reads() const { return reads_; }
  struct Failure {
    unsigned daemon;
    Time called, returned;
    std::string why;  ///< empty: the connection broke
  };
  [[nodiscard]] const std::vector<Failure>& failures() const { return failures_; }

 private:
  unsigned daemon_;
  Ask ask_;
  Pace pace_;
  Taste taste_;
  std::mt19937 random_;
  std::vector<Read> reads_;
  std::vector<Failure> failures_;
};

}  // namespace maproom::checker
