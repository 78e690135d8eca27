#pragma once
// SessionSet: all connections from Postfix, and one epoll set for those that wait for a request.
//
// A cached answer costs one recv and one send and nothing else: sessions wait in an epoll set of their own, which Asio
// watches as one descriptor, so that a batch of requests is served for each turn of the loop. (A coroutine and an Asio
// socket for each session cost 40 % more processor time a lookup; docs/performance.md.) What cannot be answered from
// memory goes on in a coroutine, outside the set. An idle session holds no buffer and no coroutine.

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>

#include "maproom/core/condition.hpp"
#include "maproom/proto/codec.hpp"
#include "maproom/resolver/resolver.hpp"

namespace maproom::net {

class Session;

/// Maps of passwords are asked on sockets of their own, and nothing else is there: whoever gets in at one door must not
/// be handed what is behind another.
enum class Door : bool { usual, passwords };

class SessionSet {
 public:
  /// All outlive the set; `registry` is the current one, swapped on reload.
  SessionSet(boost::asio::any_io_executor executor, resolver::Resolver& resolver,
             const std::shared_ptr<const resolver::Registry>& registry);
  ~SessionSet();
  SessionSet(const SessionSet&) = delete;
  SessionSet& operator=(const SessionSet&) = delete;

  void start();
  /// Takes over `descriptor`. `map`: the map of a tcp: port; empty for socketmap, where each request names its own.
  void add(int descriptor, const proto::Codec& codec, const std::string& map, Door door = Door::usual);
  /// One of the daemon's own, about this map; it does not count as a connection, nor what it asks as a request.
  void add_own(int descriptor, const proto::Codec& codec, std::shared_ptr<resolver::ServedMap> map);
  /// Of clients.
  [[nodiscard]] std::size_t size() const noexcept { return sessions_.size() - own_; }

  /// Of what all sessions together hold of their clients' unfinished requests and of answers that were not taken: where
  /// it is more, those that hold most come to their end. A session of Postfix's holds nothing between two lookups.
  void limit_memory(std::uint64_t bytes) noexcept { memory_limit_ = bytes; }
  [[nodiscard]] std::uint64_t holds() const noexcept { return holds_; }

  /// Ends every session that came in at this door, whatever is under way.
  void end_all(Door door);
  /// No further requests: idle sessions end now, busy ones after their answer.
  void drain();
  /// After drain(): waits for the last of them, `end` at the latest; whether none is left.
  [[nodiscard]] boost::asio::awaitable<bool> emptied(TimePoint end);
  /// Ends every session, whatever is under way, and the set's own coroutines.
  void stop();

  std::uint64_t requests = 0;
  std::uint64_t protocol_errors = 0;
  std::uint64_t unknown_maps = 0;  ///< requests for maps that are not configured

 private:
  friend class Session;
  boost::asio::awaitable<void> wait_for_requests();
  boost::asio::awaitable<void> end_the_slow();
  void watch(Session& session);
  void unwatch(Session& session);
  void remove(Session& session);
  /// A session held `before` bytes, and holds `now`.
  void hold(std::size_t before, std::size_t now);
  void take(std::unique_ptr<Session> session);
  /// Null: no such map behind this door.
  [[nodiscard]] std::shared_ptr<resolver::ServedMap> find(std::string_view map, Door door) const;

  boost::asio::any_io_executor executor_;
  resolver::Resolver& resolver_;
  const std::shared_ptr<const resolver::Registry>& registry_;
  boost::asio::posix::stream_descriptor epoll_;
  Condition changed_;  ///< stopped, or drained to the last
  std::unordered_map<Session*, std::unique_ptr<Session>> sessions_;
  std::uint64_t holds_ = 0;
  std::uint64_t memory_limit_ = 64ULL << 20;
  std::size_t own_ = 0;  ///< of them, the daemon's own
  std::string output_;   ///< replies on their way out: one session at a time, one thread
  bool draining_ = false;
  bool stopped_ = false;
};

}  // namespace maproom::net
