#pragma once
// Pool: a bounded number of links to one set of hosts, shared by all maps with the same connection settings. Implements
// Backend.
//
// Never more than `connections` SQL connections, whatever the load. A lookup waits for a link no longer than its own
// deadline. Hosts are used in their order: an earlier one that comes back is taken again as soon as there is no
// objection to it (a former primary that lacks what was seen since). While every host is known to be down lookups fail
// at once, and one attempt at a time finds out when one returns. A query whose connection dies is asked once more on a
// fresh one if that can do no harm: it was not sent, the server refused to run it, or it only reads. A CALL that the
// server may have begun is never repeated.

#include <boost/asio/any_io_executor.hpp>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "maproom/backend/backend.hpp"
#include "maproom/backend/connection_settings.hpp"
#include "maproom/backend/host_trouble.hpp"
#include "maproom/core/histogram.hpp"

namespace maproom::backend {

struct PoolCounters {
  std::uint64_t queries = 0, errors = 0, connects = 0;
  std::size_t open = 0, busy = 0, waiting = 0;
  Histogram waits;          ///< of lookups that found no connection idle: until they had one, or gave up
  bool known_down = false;  ///< see Backend::known_down()
  std::string host;         ///< the last one that was connected to
  std::string last_error;   ///< of connecting; empty while all is well
};

class Link;

class Pool : public Backend {
 public:
  /// Why an earlier host that can be reached again shall not be used yet; nullopt: it may be. Ends within a second or
  /// so.
  using Objection = std::function<boost::asio::awaitable<std::optional<std::string>>(Link&)>;

  /// Called with the pool's first connection, once, before a lookup gets it. Ends within a second or so.
  using Meeting = std::function<boost::asio::awaitable<void>(Link&)>;

  /// Without an objection every host that can be reached is as good as another.
  Pool(boost::asio::any_io_executor executor, ConnectionSettings settings, Objection objection = {},
       Meeting first_meeting = {});
  ~Pool() override;  ///< as stop()
  Pool(const Pool&) = delete;
  Pool& operator=(const Pool&) = delete;

  [[nodiscard]] boost::asio::awaitable<Result<Fetched>> fetch(const query::QueryTemplate& query, const std::string& key,
                                                              Deadline deadline) override;
  [[nodiscard]] boost::asio::awaitable<Result<std::vector<Fetched>>> fetch_as_one(const std::vector<Asked>& questions,
                                                                                  Deadline deadline) override;
  [[nodiscard]] bool known_down() const override;
  [[nodiscard]] std::chrono::steady_clock::time_point last_answered() const override;
  /// Waiting lookups end with an error, links close when their query ends; nothing is connected again.
  void stop();
  [[nodiscard]] PoolCounters counters() const;
  /// Looks for the way back to an earlier host, and, if there is trouble with the one in use, for any: as lookups make
  /// it do, for times when all of them are answered from the caches.
  void look_around(const HostTrouble& trouble);
  /// The host that was last connected to, in the order of the settings.
  [[nodiscard]] std::size_t current_host() const;

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace maproom::backend
