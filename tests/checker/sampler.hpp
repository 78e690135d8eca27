#pragma once
// Sampler: writes down all along what processes hold: memory, descriptors, SQL connections. It looks from outside.

#include <array>
#include <atomic>
#include <chrono>
#include <fstream>
#include <string>
#include <thread>

#include "checker/world.hpp"

namespace maproom::checker {

class Sampler {
 public:
  /// Every `interval` a line for each daemon into a CSV file, which is made; until it is destroyed.
  Sampler(const World& world, const std::string& file, milliseconds interval);
  ~Sampler();
  Sampler(const Sampler&) = delete;
  Sampler& operator=(const Sampler&) = delete;

 private:
  void run();
  void sample(std::size_t daemon, double seconds);
  const World& world_;
  std::ofstream file_;
  milliseconds interval_;
  std::atomic<bool> stop_{false};
  std::thread thread_;
};

}  // namespace maproom::checker
