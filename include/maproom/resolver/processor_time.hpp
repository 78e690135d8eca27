#pragma once
// ProcessorTime: how much of the processor a lookup may take for the lines of one pattern table. It is this thread's
// time that counts: on a busy host a lookup waits for others, and that says nothing of the table.

#include <chrono>
#include <ctime>

#include "maproom/core/clock.hpp"
#include "maproom/resolver/served_table.hpp"

namespace maproom::resolver {

/// Each expression has a bound of its own (map/expression.hpp); this is the one of all lines together. Meanwhile
/// nothing else is answered.
inline constexpr std::chrono::milliseconds pattern_table_time{200};

/// A map::OutOfTime.
class ProcessorTime {
 public:
  explicit ProcessorTime(std::chrono::nanoseconds limit) : limit_{limit} {}

  [[nodiscard]] bool operator()() const {
    // The processor's time is no more than the clock's, which is cheaper to ask.
    return Clock::now() - begun_ > limit_ && used() - used_before_ > limit_;
  }

 private:
  [[nodiscard]] static std::chrono::nanoseconds used() {
    timespec time{};
    ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return std::chrono::seconds{time.tv_sec} + std::chrono::nanoseconds{time.tv_nsec};
  }
  std::chrono::nanoseconds limit_;
  TimePoint begun_ = Clock::now();
  std::chrono::nanoseconds used_before_ = used();
};

/// Of a lookup in this table, which is a file; those of other kinds need none.
[[nodiscard]] inline map::OutOfTime time_for(const ServedTable& table) {
  if (!table.is_pattern()) return {};
  return ProcessorTime{pattern_table_time};
}

}  // namespace maproom::resolver
