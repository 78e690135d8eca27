#pragma once
// Session: one Postfix connection: bytes in, request, resolver, bytes out. Serves tcp_table and socketmap alike; only
// the codec differs. One answer for each request, in order, one request at a time.
//
// An idle session waits for ever (Postfix keeps a tcp: connection for the life of its process and notices a closed one
// only at the next lookup, with a second's delay) and holds no buffer. Only a request once begun, or a reply that the
// client does not take, has a time limit.

#include <boost/asio/awaitable.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <cstdint>
#include <memory>
#include <string>
#include <unordered_set>

#include "maproom/proto/codec.hpp"
#include "maproom/resolver/resolver.hpp"

namespace maproom::net {

using Socket = boost::asio::generic::stream_protocol::socket;

class Session;

/// What every session shares. The owner (app::Application) outlives all sessions.
struct SessionContext {
  resolver::Resolver& resolver;
  const std::shared_ptr<const resolver::Registry>& registry;  ///< the current one; swapped on reload
  std::unordered_set<Session*> sessions{};                    ///< all that live, for the drain
  std::uint64_t requests = 0;
  std::uint64_t protocol_errors = 0;
};

class Session {
 public:
  /// `map`: the map of a tcp: port; empty on a socketmap listener, where each request names its own.
  Session(Socket socket, const proto::Codec& codec, std::string map, SessionContext& context);
  ~Session();
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  /// Until the client closes, breaks the protocol, or drain().
  boost::asio::awaitable<void> run();
  /// No further requests: an idle session ends now, a busy one after its answer.
  void drain();
  /// Ends now, whatever is under way: a client that does not take its answer.
  void abort();

 private:
  [[nodiscard]] boost::asio::awaitable<bool> serve(std::string_view input);
  [[nodiscard]] boost::asio::awaitable<bool> flush();
  [[nodiscard]] boost::asio::awaitable<bool> wait(Socket::wait_type what);
  [[nodiscard]] boost::asio::awaitable<bool> wait_within_limit(Socket::wait_type what);
  void reply(const resolver::ServedMap& map, const Answer& answer);

  Socket socket_;
  const proto::Codec& codec_;
  std::string map_;
  SessionContext& context_;
  std::string pending_;       ///< an unfinished request's bytes
  std::size_t searched_ = 0;  ///< of those, looked at already
  std::string output_;
  bool busy_ = false;
  bool draining_ = false;
};

}  // namespace maproom::net
