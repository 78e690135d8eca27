#pragma once
// Pulse: does the daemon answer? A lookup of its own, asked and answered as a client's: over a socket, through a
// Session, its protocol and the resolver, by the quick way (memory) and by the slow one (a coroutine). What says "well"
// to the service manager and on /healthz asks here, since a timer also turns in a daemon that answers nobody.
//
// Its map needs neither database nor Redis nor configuration: one text table with one line, and one that is never read,
// whose answer is a temporary error; that is an answer too, as in an outage. The socket pair is opened once and kept,
// so that a daemon without descriptors left has a pulse. It counts neither as a connection nor as a lookup.

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

#include "maproom/core/condition.hpp"
#include "maproom/net/session_set.hpp"
#include "maproom/proto/tcp_table.hpp"

namespace maproom::net {

class Pulse {
 public:
  /// Opens the sockets; throws std::system_error if there are none. Outlived by `sessions`; lives until the loop ends.
  Pulse(boost::asio::any_io_executor executor, SessionSet& sessions);
  ~Pulse();
  Pulse(const Pulse&) = delete;
  Pulse& operator=(const Pulse&) = delete;

  /// true: answered within `limit`. Whoever comes while it is under way waits for the same answer; one that came to
  /// nothing is not asked again, but waited for.
  [[nodiscard]] boost::asio::awaitable<bool> beat(std::chrono::steady_clock::duration limit);
  /// Ends what is under way, with false.
  void stop();

 private:
  void open();
  [[nodiscard]] bool ask();
  boost::asio::awaitable<void> hear();

  boost::asio::any_io_executor executor_;
  SessionSet& sessions_;
  proto::TcpTableCodec codec_;
  std::shared_ptr<resolver::ServedMap> map_;
  boost::asio::posix::stream_descriptor client_;
  Condition heard_;
  std::uint64_t answered_ = 0;
  bool asked_ = false;
  bool stopped_ = false;
};

}  // namespace maproom::net
