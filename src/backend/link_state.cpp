#include "maproom/backend/link_state.hpp"

#include <algorithm>

namespace maproom::backend {

std::optional<std::size_t> LinkState::host_to_try(TimePoint now) const {
  for (std::size_t i = 0; i < hosts_.size(); ++i)
    if (hosts_[i].back_off.count() == 0) return i;
  for (std::size_t i = 0; i < hosts_.size(); ++i)
    if (hosts_[i].retry_at <= now) return i;
  return std::nullopt;
}

std::optional<std::size_t> LinkState::better_host(std::size_t current, TimePoint now) const {
  for (std::size_t i = 0; i < current; ++i)
    if (hosts_[i].back_off.count() == 0 || now - hosts_[i].failed_at >= return_interval) return i;
  return std::nullopt;
}

LinkState::TimePoint LinkState::next_try() const {
  auto first = TimePoint::max();
  for (const auto& host : hosts_) first = std::min(first, host.retry_at);
  return first;
}

bool LinkState::all_down() const {
  return std::all_of(hosts_.begin(), hosts_.end(), [](const Host& host) { return host.back_off.count() != 0; });
}

void LinkState::connected(std::size_t host) {
  hosts_[host] = {};
  last_error_.clear();
}

void LinkState::failed(std::size_t host, TimePoint now, std::string why) {
  auto& h = hosts_[host];
  h.back_off = h.back_off.count() == 0 ? first_back_off : std::min(h.back_off * 2, longest_back_off);
  h.retry_at = now + h.back_off;
  h.failed_at = now;
  last_error_ = std::move(why);
}

}  // namespace maproom::backend
