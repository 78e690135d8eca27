#include "maproom/backend/link_state.hpp"

#include <algorithm>
#include <utility>

#include "maproom/core/clock.hpp"

namespace maproom::backend {

std::optional<std::size_t> LinkState::host_to_try(TimePoint now) const {
  for (std::size_t i = 0; i < hosts_.size(); ++i)
    if (!is_failing(i)) return i;
  for (std::size_t i = 0; i < hosts_.size(); ++i)
    if (hosts_[i].attempts == 0 && hosts_[i].retry_at <= now) return i;
  return std::nullopt;
}

std::optional<std::size_t> LinkState::host_to_win_back(TimePoint now) const {
  for (std::size_t i = 0; i < hosts_.size(); ++i) {
    if (!is_failing(i)) return std::nullopt;  // the first that serves; what follows is no better
    const bool later_serves = !all_down();
    if (later_serves && now - hosts_[i].failed_at >= return_interval) return i;
  }
  return std::nullopt;
}

bool LinkState::has_better(std::size_t host) const {
  for (std::size_t i = 0; i < host; ++i)
    if (!is_failing(i)) return true;
  return false;
}

TimePoint LinkState::next_try() const {
  auto first = TimePoint::max();
  for (const auto& host : hosts_)
    if (host.attempts == 0) first = std::min(first, host.retry_at);
  return first;
}

bool LinkState::all_down() const {
  return std::all_of(hosts_.begin(), hosts_.end(), [](const Host& host) { return host.failing; });
}

void LinkState::connected(std::size_t host) {
  auto& h = hosts_[host];
  --h.attempts;
  h.failing = false;
  h.error.clear();
}

void LinkState::not_connected(std::size_t host, TimePoint begun, TimePoint now, std::string why) {
  --hosts_[host].attempts;
  failed(host, begun, now, std::move(why));
}

void LinkState::failed(std::size_t host, TimePoint begun, TimePoint now, std::string why) {
  auto& h = hosts_[host];
  h.error = std::move(why);
  // One of several that began side by side while all was well is no further failure.
  const bool known = h.failing && begun < h.failed_at;
  h.failed_at = now;
  if (known) return;
  h.failing = true;
  h.back_off = h.back_off.count() == 0 ? first_back_off : std::min(h.back_off * 2, longest_back_off);
  h.retry_at = std::max(begun + h.back_off, now + first_back_off);
}

void LinkState::answered(std::size_t host) {
  if (!hosts_[host].failing) hosts_[host].back_off = {};
}

const std::string& LinkState::last_error() const {
  static const std::string none;
  const auto latest = std::max_element(hosts_.begin(), hosts_.end(), [](const Host& a, const Host& b) {
    return std::pair{!a.error.empty(), a.failed_at} < std::pair{!b.error.empty(), b.failed_at};
  });
  return latest == hosts_.end() ? none : latest->error;
}

}  // namespace maproom::backend
