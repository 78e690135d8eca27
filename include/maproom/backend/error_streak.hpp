#pragma once
// ErrorStreak: has every query failed for a while? Pure: time is passed in.
//
// A server may take connections and yet serve nothing: each query ends in an error (a right revoked, a table that is
// broken), in a link that is cut, in silence. One failure says little: the lookup gets its temporary error. When no
// query has been answered for a second, and three or more have failed, the database counts as away.

#include <chrono>

#include "maproom/core/clock.hpp"

namespace maproom::backend {

class ErrorStreak {
 public:
  static constexpr int least_failures = 3;
  static constexpr std::chrono::seconds least_time{1};
  /// What failed so long ago says nothing of now.
  static constexpr std::chrono::minutes longest_gap{5};

  void answered() { failures_ = 0; }
  void failed(TimePoint now) {
    if (now - last_ > longest_gap) failures_ = 0;
    if (failures_++ == 0) first_ = now;
    last_ = now;
  }
  [[nodiscard]] bool lasts() const { return failures_ >= least_failures && last_ - first_ >= least_time; }

 private:
  int failures_ = 0;
  TimePoint first_{}, last_{};
};

}  // namespace maproom::backend
