#pragma once
// TrackedKeys: the complete set of a table definition's keys, or of their domains, kept exact by the change feed. Pure.
//
// It is loaded from one snapshot of the database. Every key that a change may touch from before that snapshot on is
// added, whatever the change did to it: so the set always holds at least the keys that are there. Nothing is ever taken
// out; a later load, from a later snapshot, replaces it. A change whose keys are not known ends it. When it was read is
// for whoever uses it: a change that nobody could see (sql_log_bin=0) must not be denied for ever.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "maproom/core/clock.hpp"
#include "maproom/keyset/network_keys.hpp"
#include "maproom/keyset/text_keys.hpp"

namespace maproom::keyset {

using Keys = std::variant<TextKeys, NetworkKeys>;

class TrackedKeys {
 public:
  /// A row with this key may have come, gone or changed.
  void touch(std::string_view key);
  /// Anything may have changed.
  void lose();

  /// A load begins: what is touched from now on will be in its set too.
  void begin_load(TimePoint now);
  /// false: something unclear has happened since begin_load(), or the load was begun anew.
  [[nodiscard]] bool loading() const noexcept { return loading_; }
  /// What was read between; used only if still loading().
  void end_load(Keys keys);
  void give_up_load() { loading_ = false; }

  [[nodiscard]] bool complete() const noexcept { return keys_.has_value(); }
  /// When the reading of what it holds began. Only while complete().
  [[nodiscard]] TimePoint read_at() const noexcept { return read_at_; }
  /// It lacks the key, and was not as old as `ttl` at that time.
  [[nodiscard]] bool lacks(std::string_view key, TimePoint at, std::chrono::milliseconds ttl) const {
    return at - read_at_ < ttl && lacks(key);
  }
  /// true: no row can have this key. Only while complete().
  [[nodiscard]] bool lacks(std::string_view key) const;
  /// true: it has this very key (or cannot tell), not only one of its domain.
  [[nodiscard]] bool lists(std::string_view key) const;
  /// Keys were touched since it was loaded, so it may hold more than there are.
  [[nodiscard]] bool worn() const noexcept { return worn_; }
  /// What it holds of each text. Only while complete().
  [[nodiscard]] Of of() const;
  [[nodiscard]] std::size_t size() const;
  [[nodiscard]] std::size_t bytes() const;

 private:
  std::optional<Keys> keys_;
  bool loading_ = false;
  bool worn_ = false;
  TimePoint read_at_{};
  TimePoint loading_since_{};
  std::vector<std::string> touched_;  ///< while loading
};

}  // namespace maproom::keyset
