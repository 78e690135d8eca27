#pragma once
// Stuck: does the stream end again and again at one place of the binlog, because nobody can read on there? Pure.
//
// Nobody reads on behind a damaged event, nor behind an incident (LOST_EVENTS), which the server writes when it knows
// that its binlog lacks something.

#include "maproom/feed/gtid.hpp"

namespace maproom::feed {

class Stuck {
 public:
  static constexpr int most = 3;

  /// The stream ended with an error that is none of the connection; the last that was read of it is `place`. true: the
  /// last `most` times were at the same place.
  [[nodiscard]] bool ended(const FilePlace& place) {
    count_ = place == place_ ? count_ + 1 : 1;
    place_ = place;
    if (count_ < most) return false;
    count_ = 0;
    return true;
  }

 private:
  FilePlace place_;
  int count_ = 0;
};

}  // namespace maproom::feed
