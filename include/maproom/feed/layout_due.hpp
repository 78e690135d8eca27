#pragma once
// LayoutDue: when the tables' layout is to be read (again), and whether what is known of it holds. Pure: time is passed
// in.
//
// What a statement may have changed is no longer known until it has been read anew, and every change drops everything
// meanwhile. What rights or unlogged statements may have changed holds until something else has been read: what was to
// be seen before is still watched.

#include <chrono>

#include "maproom/core/clock.hpp"

namespace maproom::feed {

class LayoutDue {
 public:
  using Duration = Clock::duration;
  /// At rest it is read so often; of the time, at most one part in `rest_factor` goes into it.
  static constexpr std::chrono::seconds interval{15};
  static constexpr int rest_factor = 100;
  static constexpr std::chrono::seconds retry{5};

  /// Tables or columns may have changed: what is known does not hold for what comes now.
  void lost();
  /// What can be read may have changed.
  void rights_changed();

  [[nodiscard]] bool known() const noexcept { return known_; }
  [[nodiscard]] bool due(TimePoint now) const;

  void begin(TimePoint now);
  /// It has been read. false: tables may have changed meanwhile, so that it holds for nothing; once more, at once.
  [[nodiscard]] bool end(TimePoint now);
  /// It cannot be read. If rights may have changed, what is known no longer holds.
  void failed(TimePoint now);

 private:
  bool known_ = false;
  bool reading_ = false;
  bool lost_since_ = false;    ///< since the reading began
  bool rights_since_ = false;  ///< the same
  bool rights_ = false;        ///< may have changed since the last reading that is known
  TimePoint begun_{};
  TimePoint next_{};
};

}  // namespace maproom::feed
