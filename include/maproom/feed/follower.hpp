#pragma once
// Follower: what the resolver asks of whoever follows the database's changes, beside the ledger: questions that need
// the server. An interface, so that the resolver's rules can be tested without one.

#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <cstdint>
#include <string>

namespace maproom::feed {

/// What an answer from some server is worth.
enum class Source : std::uint8_t {
  followed,  ///< the feed follows this server; or there is no feed, and the age alone counts
  other,     ///< it may lack what was already seen: its values are given, and not stored; its "not found" is an error
};

class Follower {
 public:
  virtual ~Follower() = default;
  /// `server`: backend::Fetched::server.
  [[nodiscard]] virtual Source source(const std::string& server) const = 0;
  /// Asks the server how far it is, and waits until all of that has been dispatched. false: not within the deadline, or
  /// the feed is not healthy.
  [[nodiscard]] virtual boost::asio::awaitable<bool> reach_now(std::chrono::steady_clock::time_point deadline) = 0;
};

}  // namespace maproom::feed
