#pragma once
// RecentPeak: the greatest of what was seen of late: within the last one to two minutes. Pure. So a gauge made of it
// shows a peak to whoever looks once a minute, and goes back to zero by itself.

#include <algorithm>
#include <chrono>

#include "maproom/core/clock.hpp"

namespace maproom {

class RecentPeak {
 public:
  static constexpr std::chrono::minutes window{1};

  void observe(TimePoint now, Clock::duration value) noexcept {
    turn(now);
    current_ = std::max(current_, value);
  }
  [[nodiscard]] Clock::duration at(TimePoint now) const noexcept {
    auto copy = *this;
    copy.turn(now);
    return std::max(copy.current_, copy.before_);
  }

 private:
  void turn(TimePoint now) noexcept {
    if (now < begun_ + window) return;
    before_ = now < begun_ + 2 * window ? current_ : Clock::duration{};
    current_ = {};
    begun_ = now;
  }
  TimePoint begun_{};
  Clock::duration current_{}, before_{};
};

}  // namespace maproom
