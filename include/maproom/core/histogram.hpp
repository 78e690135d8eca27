#pragma once
// Histogram: how long things took, in fixed buckets from 10 us to 5 s, for Prometheus and for people. Pure. To count
// one is a few comparisons and three additions: it allocates nothing and asks no clock.

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>

namespace maproom {

class Histogram {
 public:
  using Duration = std::chrono::nanoseconds;
  /// The longest that each bucket counts, ascending; one more counts what is longer than all.
  static constexpr std::array<std::chrono::microseconds, 18> bounds{
      std::chrono::microseconds{10},        std::chrono::microseconds{25},
      std::chrono::microseconds{50},        std::chrono::microseconds{100},
      std::chrono::microseconds{250},       std::chrono::microseconds{500},
      std::chrono::microseconds{1'000},     std::chrono::microseconds{2'500},
      std::chrono::microseconds{5'000},     std::chrono::microseconds{10'000},
      std::chrono::microseconds{25'000},    std::chrono::microseconds{50'000},
      std::chrono::microseconds{100'000},   std::chrono::microseconds{250'000},
      std::chrono::microseconds{500'000},   std::chrono::seconds{1},
      std::chrono::microseconds{2'500'000}, std::chrono::seconds{5}};

  void observe(Duration took) noexcept {
    took = std::max(took, Duration{});
    std::size_t bucket = 0;
    while (bucket < bounds.size() && took > bounds[bucket]) ++bucket;
    ++counts_[bucket];
    sum_ += took;
  }

  /// Of this bucket alone, not of those below it.
  [[nodiscard]] std::uint64_t in(std::size_t bucket) const noexcept { return counts_[bucket]; }
  [[nodiscard]] std::uint64_t count() const noexcept {
    std::uint64_t all = 0;
    for (const auto each : counts_) all += each;
    return all;
  }
  [[nodiscard]] Duration sum() const noexcept { return sum_; }

  /// At least `share` (0 to 1) of all took no longer than this bound; 5 s also where they took longer. Zero: none yet.
  [[nodiscard]] std::chrono::microseconds quantile(double share) const noexcept {
    const auto all = count();
    if (all == 0) return {};
    std::uint64_t so_far = 0;
    for (std::size_t bucket = 0; bucket < bounds.size(); ++bucket) {
      so_far += counts_[bucket];
      if (static_cast<double>(so_far) >= share * static_cast<double>(all)) return bounds[bucket];
    }
    return bounds.back();
  }

  Histogram& operator+=(const Histogram& other) noexcept {
    for (std::size_t bucket = 0; bucket < counts_.size(); ++bucket) counts_[bucket] += other.counts_[bucket];
    sum_ += other.sum_;
    return *this;
  }

 private:
  std::array<std::uint64_t, bounds.size() + 1> counts_{};
  Duration sum_{};
};

}  // namespace maproom
