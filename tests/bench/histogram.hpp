#pragma once
// Latencies in buckets that grow with the value: 64 to each power of two, so that a percentile is right within 2 %.

#include <array>
#include <bit>
#include <chrono>
#include <cstdint>

namespace maproom::bench {

inline constexpr unsigned sub_bits = 6;
inline constexpr std::uint64_t subs = 1U << sub_bits;

constexpr std::size_t bucket_of(std::uint64_t value) noexcept {
  if (value < subs) return value;
  const auto shift = static_cast<unsigned>(std::bit_width(value)) - sub_bits - 1;
  return (shift + 1) * subs + (value >> shift) - subs;
}
constexpr std::uint64_t upper_edge(std::size_t bucket) noexcept {
  if (bucket < subs) return bucket;
  const auto shift = bucket / subs - 1;
  return ((bucket % subs + subs + 1) << shift) - 1;
}
static_assert(upper_edge(bucket_of(63)) == 63 && upper_edge(bucket_of(64)) == 64 &&
              upper_edge(bucket_of(1000)) >= 1000);
static_assert(upper_edge(bucket_of(1'000'000)) >= 1'000'000 && upper_edge(bucket_of(1'000'000)) < 1'020'000);

class Histogram {
 public:
  void add(std::chrono::nanoseconds latency) noexcept {
    const auto value = static_cast<std::uint64_t>(latency.count() < 0 ? 0 : latency.count());
    ++buckets_[bucket_of(value)];
    ++count_;
    if (value > max_) max_ = value;
  }

  [[nodiscard]] std::uint64_t count() const noexcept { return count_; }
  [[nodiscard]] double max_us() const noexcept { return static_cast<double>(max_) / 1000.0; }

  /// The upper edge of the bucket that holds the given share (0 to 1) of the values.
  [[nodiscard]] double percentile_us(double share) const noexcept {
    const auto wanted = share * static_cast<double>(count_);
    std::uint64_t seen = 0;
    for (std::size_t i = 0; i < buckets_.size(); ++i) {
      seen += buckets_[i];
      if (seen > 0 && static_cast<double>(seen) >= wanted) return static_cast<double>(upper_edge(i)) / 1000.0;
    }
    return 0;
  }

 private:
  std::array<std::uint64_t, (64 - sub_bits + 1) * subs> buckets_{};
  std::uint64_t count_ = 0;
  std::uint64_t max_ = 0;
};

}  // namespace maproom::bench
