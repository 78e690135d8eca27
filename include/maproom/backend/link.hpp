#pragma once
// Link: one connection to MariaDB through libmariadb's non-blocking API on Asio. The _start/_cont pairs stand in
// link.cpp and nowhere else.
//
// The text protocol with statements as Postfix sends them. A link sets autocommit, READ COMMITTED and its character
// set, lets a Galera node wait for what its cluster has committed before it reads (wsrep_sync_wait), and knows the
// server's sql_mode, which decides how literals are quoted. Every call ends by its deadline: it is cancelled
// (mariadb_cancel) and driven to its end, since a suspended call owns a stack of its own; the link is then broken.
// Server errors leave a link usable, client errors break it. What a CALL did to the session is undone before the link
// is used again.

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "maproom/backend/backend.hpp"
#include "maproom/backend/connection_settings.hpp"

namespace maproom::backend {

class Link {
 public:
  explicit Link(boost::asio::any_io_executor executor);
  ~Link();
  Link(const Link&) = delete;
  Link& operator=(const Link&) = delete;

  /// Names are resolved by Asio; every address of the host is tried.
  [[nodiscard]] boost::asio::awaitable<Result<void>> connect(const ConnectionSettings& settings, const Endpoint& host,
                                                             Deadline deadline);
  /// One statement, one result set.
  [[nodiscard]] boost::asio::awaitable<Result<query::ResultSet>> query(const std::string& statement, Deadline deadline);
  /// The same, and what it does to the session stays done: for a link that one owner keeps to itself.
  [[nodiscard]] boost::asio::awaitable<Result<query::ResultSet>> command(const std::string& statement,
                                                                         Deadline deadline);

  /// Hands over row by row however many there are, and lets others have their turn meanwhile. `limit` is for the wait
  /// for each row; an error of `on_row` ends it and breaks the link.
  struct ListedRow {
    std::vector<std::optional<std::string_view>> values;  ///< valid during the call
    bool first_is_text = false;                           ///< its column is of characters, not of numbers or bytes
  };
  using OnRow = std::function<Result<void>(const ListedRow&)>;
  [[nodiscard]] boost::asio::awaitable<Result<void>> list(const std::string& statement, std::chrono::milliseconds limit,
                                                          OnRow on_row);

  [[nodiscard]] bool broken() const noexcept;
  /// For a link that stood idle: false when the server has closed it meanwhile. Costs one system call.
  [[nodiscard]] bool alive() const noexcept;
  /// The last query failed with its connection and may be asked again on a fresh one: it was not sent, or the server
  /// refused to run it, or it is a plain read. Never so for a CALL that the server may have begun.
  [[nodiscard]] bool may_repeat() const noexcept;
  /// The last statement failed because this server serves nobody now (a Galera node outside its cluster, or behind it
  /// for too long, a shutdown).
  [[nodiscard]] bool host_is_out() const noexcept;
  /// The last connect failed for a reason that no waiting mends: the server knows no such user, password or database,
  /// or the option file cannot be read.
  [[nodiscard]] bool refuses_us() const noexcept;
  /// The server is a node of a Galera cluster.
  [[nodiscard]] bool of_cluster() const noexcept;
  [[nodiscard]] query::SqlMode sql_mode() const noexcept;
  [[nodiscard]] const std::string& host() const noexcept;
  /// Which server this is, whatever address led to it: server_id, host name, port and data directory.
  [[nodiscard]] const std::string& server() const noexcept;

  /// Says goodbye if it can do so without waiting; never blocks.
  void close();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace maproom::backend
