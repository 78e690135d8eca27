#include "maproom/backend/link.hpp"

#include <errmsg.h>
#include <fcntl.h>
#include <mysql.h>
#include <mysqld_error.h>
#include <sys/socket.h>

#include <algorithm>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <cerrno>
#include <cstring>
#include <optional>
#include <utility>
#include <vector>

#include "handshake.hpp"
#include "maproom/backend/connect_options.hpp"
#include "maproom/backend/statement.hpp"
#include "maproom/core/clock.hpp"
#include "maproom/core/deadline.hpp"
#include "maproom/query/sql_quote.hpp"

namespace maproom::backend {
namespace asio = boost::asio;
namespace {

constexpr std::size_t rows_a_turn = 500;
// To become connected and ready takes seven round trips, within two seconds (Pool). So a host that does not take the
// connection in half a second will not do; and a packet that got lost is sent anew by the next attempt sooner than by
// the kernel (after 1, 3 and 7 s), when the network is back.
constexpr std::chrono::milliseconds reach_limit{500};

bool is_being_reached(int descriptor) {
  sockaddr_storage peer{};
  socklen_t size = sizeof peer;
  return ::getpeername(descriptor, reinterpret_cast<sockaddr*>(&peer), &size) != 0 && errno == ENOTCONN;
}

/// The server is up and serves nobody: a Galera node without its cluster answers every statement with "unknown command"
/// (WSREP has not yet prepared node for application use), one that shuts down says so.
bool says_out(unsigned error) {
  return error == ER_UNKNOWN_COM_ERROR || error == ER_SERVER_SHUTDOWN || error == ER_NORMAL_SHUTDOWN;
}

/// libmariadb's own numbers (2000-2999 and 5000-5999) are about the connection; after these server errors it is of no
/// use either.
bool breaks(unsigned error) {
  return error < 1000 || (error >= 2000 && error < 3000) || (error >= 5000 && error < 6000) || says_out(error) ||
         error == ER_CONNECTION_KILLED;
}

/// The server answers, and will not have us: only a person can mend that.
bool refuses(unsigned error) {
  return error == ER_ACCESS_DENIED_ERROR || error == ER_ACCESS_DENIED_NO_PASSWORD_ERROR ||
         error == ER_DBACCESS_DENIED_ERROR || error == ER_BAD_DB_ERROR || error == ER_HOST_NOT_PRIVILEGED ||
         error == ER_MUST_CHANGE_PASSWORD || error == ER_MUST_CHANGE_PASSWORD_LOGIN ||
         error == ER_ACCOUNT_HAS_BEEN_LOCKED;
}

/// A Galera node could not learn within its time what the cluster has committed (Galera manual, wsrep_sync_wait): it is
/// cut off, or lags.
bool tells_lag(unsigned error) { return error == ER_LOCK_WAIT_TIMEOUT; }

/// The server cannot compare with this very key: the column's character set does not hold it, or a pattern is made of
/// it. That says nothing of the server, and anybody could ask for such keys.
bool is_the_keys(unsigned error) {
  return error == ER_CANT_AGGREGATE_2COLLATIONS || error == ER_CANT_AGGREGATE_3COLLATIONS ||
         error == ER_CANT_AGGREGATE_NCOLLATIONS || error == ER_REGEXP_ERROR || error == ER_INVALID_CHARACTER_STRING ||
         error == ER_CANNOT_CONVERT_CHARACTER;
}

}  // namespace

struct Link::State {
  explicit State(asio::any_io_executor ex) : executor{std::move(ex)} {}
  asio::any_io_executor executor;
  MYSQL* mysql = nullptr;
  std::optional<asio::posix::stream_descriptor> socket;  ///< libmariadb's descriptor: released, never closed
  bool suspended = false;                                ///< a call of libmariadb's stands half way on its own stack
  bool broken = false;
  bool may_repeat = false;
  bool host_is_out = false;
  bool refuses_us = false;
  bool galera = false;  ///< a node of a cluster
  bool ansi_quotes = false;
  std::string host;
  std::string server;
  std::string charset;

  ~State() { shut(); }

  void shut() {
    if (socket) {
      socket->release();
      socket.reset();
    }
    if (mysql == nullptr) return;
    // COM_QUIT and TLS's goodbye could wait for a peer that hangs. A broken link says nothing; a whole one says it if
    // the socket takes it at once.
    if (broken || suspended) ::mariadb_cancel(mysql);
    if (suspended) {
      ::mysql_close(mysql);  // its stack goes with it; there is no way back into the call
    } else {
      int wanted = ::mysql_close_start(mysql);
      while (wanted != 0) {
        ::mariadb_cancel(mysql);
        wanted = ::mysql_close_cont(mysql, wanted & ~MYSQL_WAIT_TIMEOUT);
      }
    }
    mysql = nullptr;
  }

  /// The descriptor that libmariadb has now (it changes while a connect tries).
  bool follow_socket() {
    const auto descriptor = ::mysql_get_socket(mysql);
    if (descriptor == MARIADB_INVALID_SOCKET) return false;
    if (socket && socket->native_handle() == descriptor) return true;
    if (socket) socket->release();
    socket.emplace(executor, descriptor);
    return true;
  }

  /// libmariadb closes its descriptor when a call fails. Ours must let go of it in the same breath: a new link may get
  /// the same number, and would then be taken out of the loop in its place.
  void let_go_of_closed_socket() {
    if (!socket || ::mysql_get_socket(mysql) == socket->native_handle()) return;
    socket->release();
    socket.reset();
  }

  /// libmariadb leaves the descriptor blocking and relies on flags of recv, which TLS does not use.
  void make_non_blocking() {
    const auto descriptor = ::mysql_get_socket(mysql);
    if (descriptor != MARIADB_INVALID_SOCKET) ::fcntl(descriptor, F_SETFL, ::fcntl(descriptor, F_GETFL) | O_NONBLOCK);
  }

  asio::awaitable<int> wait_readable() {
    boost::system::error_code error;
    co_await socket->async_wait(asio::posix::stream_descriptor::wait_read,
                                asio::redirect_error(asio::use_awaitable, error));
    co_return error ? MYSQL_WAIT_TIMEOUT : MYSQL_WAIT_READ;
  }
  asio::awaitable<int> wait_writable() {
    boost::system::error_code error;
    co_await socket->async_wait(asio::posix::stream_descriptor::wait_write,
                                asio::redirect_error(asio::use_awaitable, error));
    co_return error ? MYSQL_WAIT_TIMEOUT : MYSQL_WAIT_WRITE;
  }
  asio::awaitable<int> wait_for(int wanted) {
    using namespace asio::experimental::awaitable_operators;
    const bool read = (wanted & (MYSQL_WAIT_READ | MYSQL_WAIT_EXCEPT)) != 0;
    const bool write = (wanted & MYSQL_WAIT_WRITE) != 0;
    if (read && write) {
      auto first = co_await (wait_readable() || wait_writable());
      co_return first.index() == 0 ? std::get<0>(first) : std::get<1>(first);
    }
    if (write) {
      const int got = co_await wait_writable();
      co_return got;
    }
    const int got = co_await wait_readable();
    co_return got;
  }

  /// Drives a call that its _start left waiting for `wanted` events to its end; `next` is its _cont. Past the deadline
  /// it is cancelled and driven on without waiting; the link is then broken. false: it had to be cancelled.
  template <class Continue>
  asio::awaitable<bool> run_to_completion(int wanted, Deadline deadline, Continue next) {
    bool in_time = true;
    let_go_of_closed_socket();
    while (wanted != 0) {
      int ready = 0;
      if (in_time && follow_socket()) {
        auto limit = deadline - Clock::now();
        bool own_limit = false;  // libmariadb's, from an option file: it ends the call with an error of its own
        if ((wanted & MYSQL_WAIT_TIMEOUT) != 0) {
          auto own = std::chrono::milliseconds{::mysql_get_timeout_value_ms(mysql)};
          if (is_being_reached(socket->native_handle())) own = std::min(own, reach_limit);
          own_limit = own < limit;
          if (own_limit) limit = own;
        }
        std::optional<int> got;
        if (limit > Clock::duration::zero()) {
          suspended = true;
          got = co_await within(limit, wait_for(wanted));
          suspended = false;
        }
        if (got)
          ready = *got;
        else if (own_limit)
          ready = MYSQL_WAIT_TIMEOUT;
      }
      if (ready == 0) {
        in_time = false;
        broken = true;
        ::mariadb_cancel(mysql);  // shuts the socket down, so that the call finds its end
        ready = (wanted & ~MYSQL_WAIT_TIMEOUT) != 0 ? wanted & ~MYSQL_WAIT_TIMEOUT : MYSQL_WAIT_READ;
      }
      wanted = next(ready);
      let_go_of_closed_socket();
    }
    co_return in_time;
  }

  Error failure(std::string_view what) {
    const unsigned number = ::mysql_errno(mysql);
    Errc code = is_the_keys(number) ? Errc::bad_data : Errc::query;
    host_is_out = says_out(number) || (galera && tells_lag(number));
    if (breaks(number) || host_is_out) {
      broken = true;
      code = number == CR_NET_PACKET_TOO_LARGE ? Errc::bad_data : Errc::unavailable;
    }
    return fail(code, std::string{what} + ": " + last_error(mysql));
  }
  Error late() const { return fail(Errc::timeout, host + ": no answer in time"); }

  asio::awaitable<Result<void>> connect_to(const Target& target, const ConnectionSettings& settings, std::string name,
                                           Deadline deadline);
  asio::awaitable<Result<void>> prepare_session(Deadline deadline);
  asio::awaitable<Result<query::ResultSet>> run(const std::string& statement, Deadline deadline);
  asio::awaitable<Result<void>> read_rows(query::ResultSet& set, std::size_t& bytes, std::size_t& values,
                                          Deadline deadline);
  /// Null at the end.
  asio::awaitable<Result<MYSQL_ROW>> next_row(MYSQL_RES* result, Deadline deadline);
  asio::awaitable<void> restore_session(Deadline deadline);
  /// Freeing a result reads what is left of it. Nothing is left, or the link is cancelled and the read ends at once.
  struct FreeResult {
    State& state;
    void operator()(MYSQL_RES* result) const {
      if (state.suspended) ::mariadb_cancel(state.mysql);
      ::mysql_free_result(result);
    }
  };
  [[nodiscard]] unsigned server_status() const {
    unsigned status = 0;
    if (mysql != nullptr) ::mariadb_get_infov(mysql, MARIADB_CONNECTION_SERVER_STATUS, &status);
    return status;
  }
};

Link::Link(asio::any_io_executor executor) : state_{std::make_unique<State>(std::move(executor))} {}
Link::~Link() = default;

bool Link::broken() const noexcept { return state_->broken || state_->mysql == nullptr; }
bool Link::may_repeat() const noexcept { return state_->may_repeat; }
bool Link::host_is_out() const noexcept { return state_->host_is_out; }
bool Link::refuses_us() const noexcept { return state_->refuses_us; }
bool Link::of_cluster() const noexcept { return state_->galera; }
const std::string& Link::host() const noexcept { return state_->host; }
const std::string& Link::server() const noexcept { return state_->server; }
void Link::close() { state_->shut(); }

bool Link::alive() const noexcept {
  if (broken()) return false;
  // An idle server has nothing to say, except that it is going: end of file, or an error packet before it.
  char byte = 0;
  const auto got = ::recv(::mysql_get_socket(state_->mysql), &byte, 1, MSG_PEEK | MSG_DONTWAIT);
  return got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR);
}

query::SqlMode Link::sql_mode() const noexcept {
  // The server repeats this flag with each answer; ANSI_QUOTES has none and is read once.
  return {state_->ansi_quotes, (state_->server_status() & SERVER_STATUS_NO_BACKSLASH_ESCAPES) != 0};
}

// ---- connecting ----------------------------------------------------------------------------------------------------

asio::awaitable<Result<void>> Link::connect(const ConnectionSettings& settings, const Endpoint& host,
                                            Deadline deadline) {
  auto& s = *state_;
  s.host = host.to_string();
  s.charset = settings.charset;
  auto targets = co_await targets_of(s.executor, host, deadline);
  if (!targets) co_return targets.error();
  Error last = fail(Errc::unavailable, "cannot connect to " + s.host + ": the name has no address");
  for (const auto& target : *targets) {
    auto connected = co_await s.connect_to(target, settings, host.host, deadline);
    if (connected) co_return connected;
    s.broken = true;
    last = connected.error();
    if (last.code == Errc::timeout) break;
  }
  co_return last;
}

asio::awaitable<Result<void>> Link::State::connect_to(const Target& target, const ConnectionSettings& settings,
                                                      std::string name, Deadline deadline) {
  shut();
  broken = false;
  mysql = ::mysql_init(nullptr);
  if (mysql == nullptr) co_return fail(Errc::unavailable, "out of memory");
  refuses_us = false;
  if (auto set = set_options(mysql, settings); !set) {
    refuses_us = true;
    co_return set.error();
  }
  const ConnectArguments arguments{settings};
  // "localhost" goes with the path, or an option file's host would stand in its place.
  // libmariadb resolves what it is told to connect to at once, and later compares the same bytes, which are ours, with
  // the server's certificate. So they are the address first and the name, which a certificate bears, as soon as the
  // connect is under way. Should that not be in time the comparison fails, and never the other way round.
  std::string whom = target.address.empty() ? "localhost" : target.address;
  whom.resize(std::max(whom.size(), name.size()) + 1);
  MYSQL* connected = nullptr;
  const int wanted = ::mysql_real_connect_start(
      &connected, mysql, whom.c_str(), arguments.user, arguments.password, arguments.database, target.port,
      target.path.empty() ? nullptr : target.path.c_str(), CLIENT_MULTI_RESULTS);
  if (!target.address.empty()) std::memcpy(whom.data(), name.c_str(), name.size() + 1);
  auto proceed = [this, &connected, deadline](int ready) {
    make_non_blocking();
    const HandshakeScope scope{deadline};
    return ::mysql_real_connect_cont(&connected, mysql, ready);
  };
  const bool in_time = co_await run_to_completion(wanted, deadline, proceed);
  if (!in_time) co_return fail(Errc::timeout, "cannot connect to " + host + ": no answer in time");
  if (connected == nullptr) {
    auto error = failure("cannot connect to " + host);
    error.code = Errc::unavailable;
    refuses_us = refuses(::mysql_errno(mysql));
    co_return error;
  }
  make_non_blocking();
  limit_silence(::mysql_get_socket(mysql));
  if ((mysql->client_flag & CLIENT_MULTI_STATEMENTS) != 0) {  // an option file's doing
    int failed = 0;
    const int waiting = ::mysql_set_server_option_start(&failed, mysql, MYSQL_OPTION_MULTI_STATEMENTS_OFF);
    auto proceed_set = [this, &failed](int ready) { return ::mysql_set_server_option_cont(&failed, mysql, ready); };
    const bool set_in_time = co_await run_to_completion(waiting, deadline, proceed_set);
    if (!set_in_time) co_return late();
    if (failed != 0) co_return failure("cannot prepare " + host);
  }
  auto prepared = co_await prepare_session(deadline);
  co_return prepared;
}

asio::awaitable<Result<void>> Link::State::prepare_session(Deadline deadline) {
  // The library reads option files after its options were set, and a server may ignore the client's character set
  // (skip-character-set-client-handshake): only SET NAMES decides. In gbk and its like a key's last byte would swallow
  // the backslash of our quoting, and the key could change the statement.
  std::string names = "SET NAMES '";
  query::append_sql_quoted(names, charset, '\'', {.no_backslash_escapes = true});
  names += "', SESSION autocommit = 1";
  auto set = co_await run(names, deadline);
  if (!set) co_return set.error();
  const std::string isolation = "SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED";
  auto isolated = co_await run(isolation, deadline);
  if (!isolated) co_return isolated.error();
  // A Galera node applies what the others commit a moment later, or not at all while it is cut off and does not know it
  // yet. With this it waits, before it reads, for what the whole cluster has committed by now (Galera manual,
  // wsrep_sync_wait); 1 is for SELECT and for the start of a transaction.
  // With wsrep_dirty_reads it would not wait, and answer while it is cut off.
  const std::string in_step = "SET SESSION wsrep_sync_wait = 1, SESSION wsrep_dirty_reads = OFF";
  auto stepped = co_await run(in_step, deadline);
  if (!stepped && (broken || ::mysql_errno(mysql) != ER_UNKNOWN_SYSTEM_VARIABLE)) co_return stepped.error();
  // A cached result may be one that the engine no longer gives. Built without the cache, the server knows no such
  // variable.
  const std::string uncached = "SET SESSION query_cache_type = OFF";
  auto off = co_await run(uncached, deadline);
  if (!off && (broken || ::mysql_errno(mysql) != ER_UNKNOWN_SYSTEM_VARIABLE)) co_return off.error();
  const std::string sql_mode =
      "SELECT @@SESSION.sql_mode, CONCAT_WS('/', @@server_id, @@hostname, @@port, @@datadir), " +
      std::string{stepped ? "@@GLOBAL.wsrep_on" : "0"};
  galera = stepped.has_value();  // until it says that it is none: this SELECT is the first that may wait
  auto mode = co_await run(sql_mode, deadline);
  if (!mode) co_return mode.error();
  if (mode->rows.size() != 1 || !mode->rows[0][0])
    co_return fail(Errc::bad_data, host + ": the server does not tell its sql_mode");
  server = mode->rows[0][1].value_or("");
  galera = mode->rows[0][2].value_or("0") == "1";
  ansi_quotes = mode->rows[0][0]->find("ANSI_QUOTES") != std::string::npos;
  co_return Result<void>{};
}

asio::awaitable<void> Link::State::restore_session(Deadline deadline) {
  int failed = 0;
  const int wanted = ::mysql_reset_connection_start(&failed, mysql);
  auto proceed = [this, &failed](int ready) { return ::mysql_reset_connection_cont(&failed, mysql, ready); };
  const bool in_time = co_await run_to_completion(wanted, deadline, proceed);
  if (!in_time || failed != 0) {
    broken = true;
    co_return;
  }
  auto prepared = co_await prepare_session(deadline);
  if (!prepared) broken = true;
}

// ---- asking --------------------------------------------------------------------------------------------------------

asio::awaitable<Result<query::ResultSet>> Link::query(const std::string& statement, Deadline deadline) {
  auto& s = *state_;
  s.may_repeat = false;
  const bool reads = only_reads(statement);
  auto rows = co_await s.run(statement, deadline);
  if (!rows && rows.error().code == Errc::unavailable) {
    const unsigned number = ::mysql_errno(s.mysql);
    const bool not_run = number == CR_SERVER_GONE_ERROR || says_out(number);
    s.may_repeat = not_run || (reads && (number == CR_SERVER_LOST || s.host_is_out));
  }
  // Whatever a procedure did to the session would be inherited by later lookups; with autocommit off they would read
  // one frozen snapshot for ever.
  const unsigned status = s.server_status();
  const bool changed = (status & SERVER_STATUS_AUTOCOMMIT) == 0 || (status & SERVER_STATUS_IN_TRANS) != 0;
  if (!s.broken && (!reads || changed)) co_await s.restore_session(deadline);
  co_return rows;
}

asio::awaitable<Result<query::ResultSet>> Link::command(const std::string& statement, Deadline deadline) {
  auto rows = co_await state_->run(statement, deadline);
  co_return rows;
}

asio::awaitable<Result<query::ResultSet>> Link::State::run(const std::string& statement, Deadline deadline) {
  host_is_out = false;
  int failed = 0;
  int wanted = ::mysql_real_query_start(&failed, mysql, statement.data(), statement.size());
  auto proceed_query = [this, &failed](int ready) { return ::mysql_real_query_cont(&failed, mysql, ready); };
  bool in_time = co_await run_to_completion(wanted, deadline, proceed_query);
  if (!in_time) co_return late();
  if (failed != 0) co_return failure("query failed on " + host);

  query::ResultSet set;
  set.present = false;
  bool second = false;
  std::size_t bytes = 0;
  std::size_t values = 0;
  for (;;) {
    if (::mysql_field_count(mysql) > 0) {
      second = set.present;
      set.present = true;
      auto read = co_await read_rows(set, bytes, values, deadline);
      if (!read) co_return read.error();
    }
    if (!::mysql_more_results(mysql)) break;
    wanted = ::mysql_next_result_start(&failed, mysql);
    auto proceed_next = [this, &failed](int ready) { return ::mysql_next_result_cont(&failed, mysql, ready); };
    in_time = co_await run_to_completion(wanted, deadline, proceed_next);
    if (!in_time) co_return late();
    if (failed > 0) co_return failure("query failed on " + host);
    if (failed < 0) break;
  }
  if (second) co_return fail(Errc::bad_data, "the procedure returned more than one result set; expected one");
  co_return set;
}

asio::awaitable<Result<void>> Link::list(const std::string& statement, std::chrono::milliseconds limit, OnRow on_row) {
  auto& s = *state_;
  int failed = 0;
  const int wanted = ::mysql_real_query_start(&failed, s.mysql, statement.data(), statement.size());
  auto proceed = [&s, &failed](int ready) { return ::mysql_real_query_cont(&failed, s.mysql, ready); };
  const bool in_time = co_await s.run_to_completion(wanted, Clock::now() + limit, proceed);
  if (!in_time) co_return s.late();
  if (failed != 0) co_return s.failure("query failed on " + s.host);
  const std::unique_ptr<MYSQL_RES, State::FreeResult> result{::mysql_use_result(s.mysql), State::FreeResult{s}};
  if (!result) co_return fail(Errc::bad_data, "the statement lists nothing");
  const unsigned columns = ::mysql_num_fields(result.get());
  constexpr unsigned binary_charset = 63;
  ListedRow listed;
  listed.values.resize(columns);
  listed.first_is_text = ::mysql_fetch_field_direct(result.get(), 0)->charsetnr != binary_charset;
  for (std::size_t count = 1;; ++count) {
    auto row = co_await s.next_row(result.get(), Clock::now() + limit);
    if (!row) co_return row.error();
    if (*row == nullptr) break;
    const unsigned long* lengths = ::mysql_fetch_lengths(result.get());
    for (unsigned i = 0; i < columns; ++i) {
      listed.values[i].reset();
      if ((*row)[i] != nullptr) listed.values[i] = std::string_view{(*row)[i], lengths[i]};
    }
    if (auto taken = on_row(listed); !taken) {
      s.broken = true;
      ::mariadb_cancel(s.mysql);  // or freeing the result would read all the rest
      co_return taken;
    }
    if (count % rows_a_turn == 0) co_await asio::post(s.executor, asio::use_awaitable);
  }
  co_return Result<void>{};
}

asio::awaitable<Result<MYSQL_ROW>> Link::State::next_row(MYSQL_RES* result, Deadline deadline) {
  MYSQL_ROW row = nullptr;
  const int wanted = ::mysql_fetch_row_start(&row, result);
  auto proceed = [&row, result](int ready) { return ::mysql_fetch_row_cont(&row, result, ready); };
  const bool in_time = co_await run_to_completion(wanted, deadline, proceed);
  if (!in_time) co_return late();
  if (row == nullptr && ::mysql_errno(mysql) != 0) co_return failure("query failed on " + host);
  co_return row;
}

asio::awaitable<Result<void>> Link::State::read_rows(query::ResultSet& set, std::size_t& bytes, std::size_t& values,
                                                     Deadline deadline) {
  // Row by row, so that a query without its WHERE cannot fill the memory.
  const std::unique_ptr<MYSQL_RES, FreeResult> result{::mysql_use_result(mysql), FreeResult{*this}};
  if (!result) co_return failure("query failed on " + host);
  const unsigned columns = ::mysql_num_fields(result.get());
  for (;;) {
    auto next = co_await next_row(result.get(), deadline);
    if (!next) co_return next.error();
    const MYSQL_ROW row = *next;
    if (row == nullptr) break;
    const unsigned long* lengths = ::mysql_fetch_lengths(result.get());
    auto& out = set.rows.emplace_back();
    out.reserve(columns);
    for (unsigned i = 0; i < columns; ++i) {
      if (row[i] == nullptr)
        out.emplace_back(std::nullopt);
      else
        out.emplace_back(std::string{row[i], lengths[i]});
      bytes += lengths[i];
    }
    values += columns;
    if (bytes > max_result_bytes || values > max_result_values) {
      broken = true;
      ::mariadb_cancel(mysql);  // or freeing the result would read all the rest
      co_return fail(Errc::bad_data, "the query's result is larger than any answer can be");
    }
  }
  co_return Result<void>{};
}

}  // namespace maproom::backend
