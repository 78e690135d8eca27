#include "maproom/backend/link_state.hpp"

#include <algorithm>
#include <utility>

namespace maproom::backend {

std::optional<std::size_t> LinkState::host_to_try(TimePoint now) const {
  for (std::size_t i = 0; i < hosts_.size(); ++i)
    if (!is_failing(i)) return i;
  for (std::size_t i = 0; i < hosts_.size(); ++i)
    if (hosts_[i].retry_at <= now) return i;
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

LinkState::TimePoint LinkState::next_try() const {
  auto first = TimePoint::max();
  for (const auto& host : hosts_) first = std::min(first, host.retry_at);
  return first;
}

bool LinkState::all_down() const {
  return std::all_of(hosts_.begin(), hosts_.end(), [](const Host& host) { return host.back_off.count() != 0; });
}

void LinkState::connected(std::size_t host) { hosts_[host] = {}; }

void LinkState::failed(std::size_t host, TimePoint now, std::string why) {
  auto& h = hosts_[host];
  h.back_off = h.back_off.count() == 0 ? first_back_off : std::min(h.back_off * 2, longest_back_off);
  h.retry_at = now + h.back_off;
  h.failed_at = now;
  h.error = std::move(why);
}

const std::string& LinkState::last_error() const {
  static const std::string none;
  const auto latest = std::max_element(hosts_.begin(), hosts_.end(), [](const Host& a, const Host& b) {
    return std::pair{!a.error.empty(), a.failed_at} < std::pair{!b.error.empty(), b.failed_at};
  });
  return latest == hosts_.end() ? none : latest->error;
}

}  // namespace maproom::backend
