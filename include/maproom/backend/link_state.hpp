#pragma once
// LinkState: which host to try next, and when: the whole connecting policy of a pool. Pure: time is passed in.
//
// Hosts are tried in order. One that fails is left alone for a back-off that doubles from 50 ms to 500 ms, so that
// recovery comes well within a second of the database's return, while an outage costs one attempt at a time for each
// host. The back-off counts from the attempt's beginning: one that had to be given up after half a second (the packets
// get lost) is followed by the next almost at once. It ends with an answer to a query, not with a connection, since a
// server may take connections and drop them. When every host is in back-off the pool fails its lookups at once instead
// of letting them queue.

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "maproom/core/clock.hpp"

namespace maproom::backend {

class LinkState {
 public:
  static constexpr std::chrono::milliseconds first_back_off{50};
  static constexpr std::chrono::milliseconds longest_back_off{500};
  /// While a later host serves, an earlier one that failed is tried again this often.
  static constexpr std::chrono::seconds return_interval{5};

  explicit LinkState(std::size_t hosts) : hosts_(hosts) {}

  /// Where a new connection goes: the first host, in order, that is not failing, else the first whose back-off has
  /// passed; nullopt: all are in back-off.
  [[nodiscard]] std::optional<std::size_t> host_to_try(TimePoint now) const;
  /// While a later host serves: an earlier one that failed and was last tried a return_interval ago.
  [[nodiscard]] std::optional<std::size_t> host_to_win_back(TimePoint now) const;
  /// Is a host before this one not failing? Connections to this one are then given up as they come back.
  [[nodiscard]] bool has_better(std::size_t host) const;
  /// When the next host may be tried, if none may now; max: each is being tried.
  [[nodiscard]] TimePoint next_try() const;
  /// No host has been reached since each last failed, nor is any untried: lookups need not wait for a connection.
  [[nodiscard]] bool all_down() const;

  /// An attempt begins, and ends: connected() or not_connected(). A host that is failing has one at a time.
  void trying(std::size_t host) { ++hosts_[host].attempts; }
  void connected(std::size_t host);
  void not_connected(std::size_t host, TimePoint begun, TimePoint now, std::string why);
  /// A connection that there was shows that the host serves nobody.
  void failed(std::size_t host, TimePoint now, std::string why) { failed(host, now, now, std::move(why)); }
  /// It has answered a query: its next failure begins with the shortest back-off.
  void answered(std::size_t host);
  [[nodiscard]] bool is_failing(std::size_t host) const { return hosts_[host].failing; }
  /// The latest failure of a host that is failing still, for people; empty while all is well.
  [[nodiscard]] const std::string& last_error() const;

 private:
  void failed(std::size_t host, TimePoint begun, TimePoint now, std::string why);
  struct Host {
    bool failing = false;
    int attempts = 0;                       ///< under way
    std::chrono::milliseconds back_off{0};  ///< the last one
    TimePoint retry_at{};
    TimePoint failed_at{};
    std::string error;
  };
  std::vector<Host> hosts_;
};

}  // namespace maproom::backend
