#pragma once
// The clock of everything that has an age or a deadline: monotonic, so that nobody who sets the time of day can make an
// answer young again. Pure code never asks it; a TimePoint is passed in.

#include <chrono>

namespace maproom {

using Clock = std::chrono::steady_clock;
using TimePoint = Clock::time_point;

}  // namespace maproom
