#pragma once
// Round: writers that change the world's database and readers that ask its daemons, while faults run; and what came of
// it.

#include <functional>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "checker/faults.hpp"
#include "checker/history.hpp"
#include "checker/reader.hpp"
#include "checker/world.hpp"
#include "checker/writer.hpp"

namespace maproom::checker {

/// How much they do.
struct Load {
  milliseconds longest_pause{15};  ///< of a writer, between two changes
  unsigned rarer = 1;              ///< the quick readers' pauses are so many times as long
};

class Round {
 public:
  /// Writes the rows that the histories begin with; the tables hold nothing else of theirs.
  Round(World& world, std::mt19937& random, const Load& load);
  /// Until then. Empty, or why it could not go on.
  [[nodiscard]] std::string run(Faults& faults, Time end, const std::function<void(const std::string&)>& told);
  [[nodiscard]] std::map<int, const History*> histories() const;
  [[nodiscard]] const std::vector<std::unique_ptr<Reader>>& readers() const { return readers_; }

 private:
  std::vector<std::unique_ptr<Writer>> writers_;
  std::vector<std::unique_ptr<Reader>> readers_;
  std::map<int, History> unchanged_;
};

}  // namespace maproom::checker
