#include "maproom/feed/layout_due.hpp"

#include <algorithm>

namespace maproom::feed {

void LayoutDue::lost() {
  known_ = false;
  lost_since_ = true;
  if (!reading_) next_ = {};
}

void LayoutDue::rights_changed() {
  rights_ = rights_since_ = true;
  if (!reading_) next_ = {};
}

bool LayoutDue::due(TimePoint now) const { return !reading_ && now >= next_; }

void LayoutDue::begin(TimePoint now) {
  reading_ = true;
  lost_since_ = rights_since_ = false;
  begun_ = now;
}

bool LayoutDue::end(TimePoint now) {
  reading_ = false;
  next_ = {};
  if (lost_since_) return false;
  known_ = true;
  rights_ = rights_since_;
  if (!rights_) next_ = now + std::max<Duration>(interval, (now - begun_) * rest_factor);
  return true;
}

void LayoutDue::failed(TimePoint now) {
  reading_ = false;
  if (rights_) known_ = false;
  next_ = now + retry;
}

}  // namespace maproom::feed
