#pragma once
// Reader: asks one daemon without end, and keeps every answer with its times for the judge.

#include <atomic>
#include <random>
#include <string>
#include <vector>

#include "checker/history.hpp"

namespace maproom::checker {

struct Read {
  int group;
  int daemon;
  std::string map;
  Answer answer;
};

class Reader {
 public:
  Reader(int daemon, std::vector<std::pair<std::string, int>> ports_of_maps, unsigned seed, int groups);
  void run(const std::atomic<bool>& stop);
  [[nodiscard]] const std::vector<Read>& reads() const { return reads_; }
  /// When temporary errors came.
  [[nodiscard]] const std::vector<Time>& errors() const { return errors_; }

 private:
  int daemon_;
  std::vector<std::pair<std::string, int>> ports_;
  std::mt19937 random_;
  int groups_;
  std::vector<Read> reads_;
  std::vector<Time> errors_;
};

}  // namespace maproom::checker
