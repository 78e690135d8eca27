#pragma once
// Session: one connection: bytes in, request, resolver, bytes out. Serves tcp_table and socketmap alike; only the codec
// differs. One answer for each request, in order, one request at a time.
//
// An idle session waits for ever: Postfix keeps a tcp: connection for the life of its process and notices a closed one
// only at the next lookup, with a second's delay. Only a request once begun, or a reply that the client does not take,
// has a time limit.

#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <memory>
#include <string>
#include <string_view>

#include "maproom/net/session_set.hpp"

namespace maproom::net {

class Session {
 public:
  Session(int descriptor, const proto::Codec& codec, std::string map, Door door, SessionSet& set);
  /// Of the daemon's own, about this map; see Pulse.
  Session(int descriptor, const proto::Codec& codec, std::shared_ptr<resolver::ServedMap> own, SessionSet& set);
  ~Session();
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  /// There is something to read. May end the session (and destroy it).
  void on_readable();
  [[nodiscard]] int descriptor() const noexcept { return descriptor_; }
  [[nodiscard]] bool busy() const noexcept { return busy_; }
  [[nodiscard]] bool own() const noexcept { return own_ != nullptr; }
  [[nodiscard]] Door door() const noexcept { return door_; }
  /// A request was begun before `then` and has not been completed.
  [[nodiscard]] bool stuck_since(std::chrono::steady_clock::time_point then) const noexcept {
    return !busy_ && !pending_.empty() && pending_since_ < then;
  }
  /// The client sees the end; whatever waits for it comes to its end.
  void hang_up() const;
  /// Bytes of the client's and for the client, as they were when the session last came to rest.
  [[nodiscard]] std::size_t holds() const noexcept { return holds_; }
  /// For the sake of the others: hangs up, and lets go of what it can.
  void give_up();

 private:
  enum class Progress {
    need_more,
    close,
    slow,   ///< slow_map_ and slow_key_ hold a request that cannot be answered yet, and pending_ what came behind it
    pause,  ///< others have their turn, or the client has to take what it asked for; pending_ holds the rest
  };
  /// Answers what memory can answer. `input`: all of pending_, or what has just been read where that is empty.
  [[nodiscard]] Progress serve(std::string_view input, std::string& out);
  /// Into pending_ goes what was not served of `input`; nothing is copied that is there already.
  void keep(std::string_view rest);
  void come_to_rest(const std::string& out);
  void reply(const resolver::ServedMap& map, const Answer& answer, std::string& out) const;
  /// What the socket takes now; what it does not take stays in `out`. false: the connection is over.
  [[nodiscard]] bool send_now(std::string& out) const;
  [[nodiscard]] boost::asio::awaitable<bool> send_all(std::string& out);
  /// The way through Redis and the database, and everything behind it in the pipeline, until there is nothing to wait
  /// for. go_on() contains it: an exception ends this session alone.
  static boost::asio::awaitable<void> go_on(Session& self, Progress progress, std::string out);
  static boost::asio::awaitable<void> go_slowly(Session& self, Progress progress, std::string out);

  int descriptor_;
  const proto::Codec& codec_;
  std::string map_;
  Door door_ = Door::usual;
  std::shared_ptr<resolver::ServedMap> own_;  ///< null: of a client
  SessionSet& set_;
  std::string pending_;       ///< an unfinished request's bytes
  std::size_t searched_ = 0;  ///< of those, looked at already
  std::size_t dropped_ = 0;   ///< bytes of the request that the codec has taken out
  std::size_t holds_ = 0;
  bool given_up_ = false;
  std::chrono::steady_clock::time_point pending_since_;
  std::shared_ptr<resolver::ServedMap> slow_map_;
  std::string slow_key_;
  bool busy_ = false;
};

}  // namespace maproom::net
