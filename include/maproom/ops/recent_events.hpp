#pragma once
// RecentEvents: the last changes of state that the log told of, for the status page and `maproom top`. Only events that
// are known to hold no lookup's key and no server's text about one; they are named in its source.

#include <cstddef>
#include <deque>
#include <memory>
#include <string>
#include <string_view>

namespace maproom::ops {

struct RecentEvent {
  std::string time;   ///< of day, as the log writes it
  std::string level;  ///< "info", "warning", "error"
  std::string text;   ///< "NAME field=value ..."
};

class RecentEvents {
 public:
  static constexpr std::size_t most = 30;
  /// Listens to the log from now on, beside whatever writes it; until its end. The log has one thread.
  RecentEvents();
  ~RecentEvents();
  RecentEvents(const RecentEvents&) = delete;
  RecentEvents& operator=(const RecentEvents&) = delete;
  /// The oldest first.
  [[nodiscard]] const std::deque<RecentEvent>& all() const noexcept;

 private:
  struct Sink;
  std::shared_ptr<Sink> sink_;
};

}  // namespace maproom::ops
