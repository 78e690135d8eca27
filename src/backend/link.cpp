#include "maproom/backend/link.hpp"

#include <errmsg.h>
#include <fcntl.h>
#include <mysql.h>
#include <mysqld_error.h>
#include <unistd.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <optional>
#include <vector>

#include "maproom/core/deadline.hpp"
#include "maproom/map/sql_quote.hpp"

namespace maproom::backend {
namespace asio = boost::asio;
using Clock = std::chrono::steady_clock;
namespace {

// One lookup's answer has 100,000 bytes at most on its way to Postfix; a result beyond these is a mistake in the query.
constexpr std::size_t max_result_bytes = 16ULL << 20;
constexpr std::size_t max_result_values = 100'000;

/// "Connection lost" in one of its forms, before any answer came.
bool says_dead(unsigned error) { return error == CR_SERVER_GONE_ERROR || error == CR_SERVER_LOST; }

/// libmariadb's own numbers (2000-2999 and 5000-5999) are about the connection; after these server errors it is of no
/// use either.
bool breaks(unsigned error) {
  return error < 1000 || (error >= 2000 && error < 3000) || (error >= 5000 && error < 6000) ||
         error == ER_SERVER_SHUTDOWN || error == ER_CONNECTION_KILLED || error == ER_NORMAL_SHUTDOWN;
}

struct FreeResult {
  void operator()(MYSQL_RES* result) const { ::mysql_free_result(result); }
};

}  // namespace

struct Link::State {
  explicit State(asio::any_io_executor ex) : executor{std::move(ex)} {}
  asio::any_io_executor executor;
  MYSQL* mysql = nullptr;
  std::optional<asio::posix::stream_descriptor> socket;  ///< libmariadb's descriptor: released, never closed
  bool broken = false;
  bool was_dead = false;
  bool ansi_quotes = false;
  std::string host;

  ~State() { shut(); }

  void shut() {
    if (socket) {
      socket->release();
      socket.reset();
    }
    if (mysql == nullptr) return;
    // mysql_close sends COM_QUIT on a blocking socket; a peer that hung must not hold us. A broken link says nothing.
    const auto descriptor = ::mysql_get_socket(mysql);
    if (descriptor != MARIADB_INVALID_SOCKET) {
      if (broken) ::mariadb_cancel(mysql);
      ::fcntl(descriptor, F_SETFL, ::fcntl(descriptor, F_GETFL) | O_NONBLOCK);
    }
    ::mysql_close(mysql);
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

  /// Drives a call that `start` left waiting for `wanted` events to its end. Past the deadline it is cancelled and
  /// driven on without waiting; the link is then broken. false: it had to be cancelled.
  template <class Continue>
  asio::awaitable<bool> run_to_completion(int wanted, Deadline deadline, Continue next) {
    bool in_time = true;
    while (wanted != 0) {
      int ready = MYSQL_WAIT_TIMEOUT;
      if (in_time && follow_socket()) {
        const auto left = deadline - Clock::now();
        std::optional<int> got;
        if (left > Clock::duration::zero()) {
          const auto waited = co_await within(left, wait_for(wanted));
          got = waited;
        }
        if (got) {
          ready = *got;
        } else {
          in_time = false;
        }
      } else {
        in_time = false;
      }
      if (!in_time) {
        broken = true;
        ::mariadb_cancel(mysql);  // shuts the socket down, so that the call finds its end
        ready = wanted & ~MYSQL_WAIT_TIMEOUT;
        if (ready == 0) ready = MYSQL_WAIT_READ;
      }
      wanted = next(ready);
    }
    co_return in_time;
  }

  Error failure(std::string_view what) {
    const unsigned number = ::mysql_errno(mysql);
    if (breaks(number)) broken = true;
    return fail(breaks(number) ? Errc::unavailable : Errc::query,
                std::string{what} + ": " + ::mysql_error(mysql) + " (" + std::to_string(number) + ")");
  }
};

Link::Link(asio::any_io_executor executor) : state_{std::make_unique<State>(std::move(executor))} {}
Link::~Link() = default;

bool Link::broken() const noexcept { return state_->broken || state_->mysql == nullptr; }
bool Link::was_dead() const noexcept { return state_->was_dead; }
const std::string& Link::host() const noexcept { return state_->host; }
void Link::close() { state_->shut(); }

map::SqlMode Link::sql_mode() const noexcept {
  unsigned status = 0;
  if (state_->mysql != nullptr) ::mariadb_get_infov(state_->mysql, MARIADB_CONNECTION_SERVER_STATUS, &status);
  // The server repeats this flag with each answer; ANSI_QUOTES has none and is read once.
  return {state_->ansi_quotes, (status & SERVER_STATUS_NO_BACKSLASH_ESCAPES) != 0};
}

namespace {

/// What libmariadb is to connect to: a path, or addresses (it would block in getaddrinfo).
struct Target {
  std::string address;  ///< empty: the socket
  std::string path;
  unsigned port = 0;
};

asio::awaitable<Result<std::vector<Target>>> targets_of(asio::any_io_executor executor, net::Endpoint host) {
  std::vector<Target> targets;
  if (host.kind == net::Endpoint::Kind::unix_socket) {
    targets.push_back({{}, host.path, 0});
    co_return targets;
  }
  boost::system::error_code error;
  const auto literal = asio::ip::make_address(host.host, error);
  if (!error) {
    targets.push_back({literal.to_string(), {}, host.port});
    co_return targets;
  }
  // getaddrinfo in Asio's own thread; it has time limits of its own, and no lookup waits for a connect beyond its
  // deadline.
  asio::ip::tcp::resolver resolver{executor};
  const auto found = co_await resolver.async_resolve(host.host, std::to_string(host.port),
                                                     asio::redirect_error(asio::use_awaitable, error));
  if (error) co_return fail(Errc::unavailable, "cannot resolve " + host.host + ": " + error.message());
  for (const auto& entry : found) targets.push_back({entry.endpoint().address().to_string(), {}, host.port});
  co_return targets;
}

void set_options(MYSQL* mysql, const ConnectionSettings& s, bool with_option_file) {
  ::mysql_options(mysql, MYSQL_OPT_NONBLOCK, nullptr);
  const unsigned off = 0;
  ::mysql_options(mysql, MYSQL_OPT_LOCAL_INFILE, &off);
  const my_bool no = 0;
  ::mysql_options(mysql, MYSQL_OPT_RECONNECT, &no);
  if (with_option_file) {
    if (!s.option_file.empty()) ::mysql_options(mysql, MYSQL_READ_DEFAULT_FILE, s.option_file.c_str());
    if (!s.option_group.empty()) ::mysql_options(mysql, MYSQL_READ_DEFAULT_GROUP, s.option_group.c_str());
  }
  // Quoting relies on a character set whose bytes below 0x80 are ASCII; connect() makes sure of it.
  ::mysql_options(mysql, MYSQL_SET_CHARSET_NAME, s.charset.c_str());
  const auto optional = [](const std::string& text) { return text.empty() ? nullptr : text.c_str(); };
  if (!s.tls_key_file.empty() || !s.tls_cert_file.empty() || !s.tls_ca_file.empty() || !s.tls_ca_path.empty() ||
      !s.tls_ciphers.empty())
    ::mysql_ssl_set(mysql, optional(s.tls_key_file), optional(s.tls_cert_file), optional(s.tls_ca_file),
                    optional(s.tls_ca_path), optional(s.tls_ciphers));
  if (s.tls_verify_cert) {
    const my_bool yes = 1;
    ::mysql_options(mysql, MYSQL_OPT_SSL_VERIFY_SERVER_CERT, &yes);
  }
}

}  // namespace

asio::awaitable<Result<void>> Link::connect(const ConnectionSettings& settings, const net::Endpoint& host,
                                            Deadline deadline) {
  auto& s = *state_;
  s.host = host.to_string();
  auto targets = co_await targets_of(s.executor, host);
  if (!targets) co_return targets.error();
  Error last = fail(Errc::unavailable, s.host + ": no address");
  for (const auto& target : *targets) {
    s.shut();
    s.broken = false;
    s.mysql = ::mysql_init(nullptr);
    if (s.mysql == nullptr) co_return fail(Errc::unavailable, "out of memory");
    set_options(s.mysql, settings, !settings.option_group.empty() || !settings.option_file.empty());
    const auto optional = [](const std::string& text) { return text.empty() ? nullptr : text.c_str(); };
    MYSQL* connected = nullptr;
    const int wanted = ::mysql_real_connect_start(
        &connected, s.mysql, optional(target.address), optional(settings.user), optional(settings.password),
        optional(settings.database), target.port, optional(target.path), CLIENT_MULTI_RESULTS);
    auto proceed = [&s, &connected](int ready) { return ::mysql_real_connect_cont(&connected, s.mysql, ready); };
    const bool in_time = co_await s.run_to_completion(wanted, deadline, proceed);
    if (connected != nullptr && in_time) {
      s.follow_socket();
      // The library reads option files after the options that were set above, and a server may ignore the client's
      // character set (skip-character-set-client-handshake): only SET NAMES decides. In gbk and its like a key's last
      // byte would swallow the backslash of our quoting, and the key could change the statement.
      std::string names = "SET NAMES '";
      map::append_sql_quoted(names, settings.charset, '\'', {.no_backslash_escapes = true});
      names += "', SESSION tx_isolation = 'READ-COMMITTED', SESSION autocommit = 1";
      auto set = co_await query(names, deadline);
      // The statement has no result set; present is false then, which is no error here.
      if (!set) co_return fail(set.error().code, s.host + ": " + set.error().detail);
      auto mode = co_await query("SELECT @@SESSION.sql_mode", deadline);
      if (!mode) co_return fail(mode.error().code, s.host + ": " + mode.error().detail);
      if (mode->rows.size() != 1 || !mode->rows[0][0])
        co_return fail(Errc::bad_data, s.host + ": the server does not tell its sql_mode");
      s.ansi_quotes = mode->rows[0][0]->find("ANSI_QUOTES") != std::string::npos;
      co_return Result<void>{};
    }
    last = in_time ? s.failure("cannot connect to " + s.host)
                   : fail(Errc::timeout, "cannot connect to " + s.host + ": no answer in time");
    last.code = in_time ? Errc::unavailable : Errc::timeout;
    s.broken = true;
    if (!in_time) break;
  }
  co_return last;
}

asio::awaitable<Result<map::ResultSet>> Link::query(const std::string& statement, Deadline deadline) {
  auto& s = *state_;
  s.was_dead = false;
  int failed = 0;
  int wanted = ::mysql_real_query_start(&failed, s.mysql, statement.data(), statement.size());
  auto proceed_query = [&s, &failed](int ready) { return ::mysql_real_query_cont(&failed, s.mysql, ready); };
  bool in_time = co_await s.run_to_completion(wanted, deadline, proceed_query);
  if (!in_time) co_return fail(Errc::timeout, s.host + ": no answer in time");
  if (failed != 0) {
    s.was_dead = says_dead(::mysql_errno(s.mysql));
    co_return s.failure("query failed on " + s.host);
  }

  map::ResultSet set;
  set.present = false;
  bool second = false;
  bool more_than_one = false;
  std::size_t bytes = 0;
  std::size_t values = 0;
  for (;;) {
    if (::mysql_field_count(s.mysql) > 0) {
      MYSQL_RES* raw = nullptr;
      wanted = ::mysql_store_result_start(&raw, s.mysql);
      auto proceed_store = [&s, &raw](int ready) { return ::mysql_store_result_cont(&raw, s.mysql, ready); };
      in_time = co_await s.run_to_completion(wanted, deadline, proceed_store);
      const std::unique_ptr<MYSQL_RES, FreeResult> result{raw};
      if (!in_time) co_return fail(Errc::timeout, s.host + ": no answer in time");
      if (!result) co_return s.failure("query failed on " + s.host);
      if (set.present) second = true;
      set.present = true;
      const unsigned columns = ::mysql_num_fields(result.get());
      while (MYSQL_ROW row = ::mysql_fetch_row(result.get())) {
        const unsigned long* lengths = ::mysql_fetch_lengths(result.get());
        auto& out = set.rows.emplace_back();
        out.reserve(columns);
        for (unsigned i = 0; i < columns; ++i) {
          if (row[i] == nullptr)
            out.emplace_back(std::nullopt);
          else
            out.emplace_back(std::string{row[i], lengths[i]});
          bytes += lengths[i];
          ++values;
        }
        if (bytes > max_result_bytes || values > max_result_values) {
          s.broken = true;
          co_return fail(Errc::bad_data, "the query's result is larger than any answer can be");
        }
      }
    }
    if (!::mysql_more_results(s.mysql)) break;
    more_than_one = true;
    wanted = ::mysql_next_result_start(&failed, s.mysql);
    auto proceed_next = [&s, &failed](int ready) { return ::mysql_next_result_cont(&failed, s.mysql, ready); };
    in_time = co_await s.run_to_completion(wanted, deadline, proceed_next);
    if (!in_time) co_return fail(Errc::timeout, s.host + ": no answer in time");
    if (failed > 0) co_return s.failure("query failed on " + s.host);
    if (failed < 0) break;
  }
  // A procedure may have changed the session (autocommit, sql_mode, a transaction left open): it is not used again.
  if (more_than_one) s.broken = true;
  if (second) co_return fail(Errc::bad_data, "the procedure returned more than one result set");
  co_return set;
}

}  // namespace maproom::backend
