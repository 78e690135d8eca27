#include "maproom/backend/pool.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <cctype>
#include <deque>
#include <vector>

#include "maproom/backend/error_streak.hpp"
#include "maproom/backend/link.hpp"
#include "maproom/backend/link_state.hpp"
#include "maproom/backend/statement.hpp"
#include "maproom/core/clock.hpp"
#include "maproom/core/condition.hpp"
#include "maproom/core/spawn.hpp"

namespace maproom::backend {
namespace asio = boost::asio;
namespace {

// Connecting goes on beside the lookups, which have their own deadlines; a host that accepts and is silent is given up.
constexpr std::chrono::seconds connect_limit{2};
// Each waiter is a lookup of a Postfix process; more than this is a flood, and an error now is better than one later.
constexpr std::size_t max_waiters = 20'000;

/// A connection, the host it goes to and since when it has been idle.
struct Seat {
  std::unique_ptr<Link> link;
  std::size_t host = 0;
  Clock::time_point idle_since{};
};

/// May it be a locking read? (FOR UPDATE, LOCK IN SHARE MODE.)
bool locks(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(), [](unsigned char c) { return std::tolower(c); });
  return text.find("share") != std::string::npos || text.find("update") != std::string::npos;
}

/// A lookup that waits for a seat.
struct Waiter {
  Waiter(const asio::any_io_executor& executor, Deadline end) : given{executor}, deadline{end} {}
  Condition given;
  Deadline deadline;
  std::optional<Seat> seat;
  std::optional<Error> error;
};

}  // namespace

struct Pool::State : std::enable_shared_from_this<Pool::State> {
  State(asio::any_io_executor ex, ConnectionSettings s, Objection o, Meeting m)
      : executor{std::move(ex)},
        settings{std::move(s)},
        objection{std::move(o)},
        first_meeting{std::move(m)},
        hosts{settings.hosts.size()},
        upkeep_due{executor} {}

  asio::any_io_executor executor;
  ConnectionSettings settings;
  Objection objection;
  Meeting first_meeting;  ///< none, once it has been
  LinkState hosts;
  ErrorStreak streak;  ///< of queries, whichever host they went to
  std::string cut;     ///< why links that can be made are of no use; one query at a time is tried until one is answered
  std::vector<Seat> idle;  ///< the last used at the end
  std::deque<std::shared_ptr<Waiter>> waiters;
  std::size_t seats = 0;  ///< idle and busy
  std::size_t connecting = 0;
  bool stopped = false;
  bool upkeep_running = false;
  bool winning_back = false;
  bool told_down = false;  ///< the log
  Condition upkeep_due;
  PoolCounters counters;
  std::size_t last_host = 0;
  Clock::time_point last_answered = Clock::now();

  // ---- taking and giving back ------------------------------------------------------------------------------------

  asio::awaitable<Result<Seat>> acquire(Deadline deadline) {
    if (stopped) co_return fail(Errc::unavailable, "shutting down");
    while (!idle.empty()) {
      Seat seat = std::move(idle.back());
      idle.pop_back();
      if (seat.link->alive()) co_return seat;
      --seats;  // closed by the server while it stood idle
    }
    if (seats == 0 && hosts.all_down()) co_return down();
    if (!cut.empty() && seats + connecting > 0) co_return fail(Errc::unavailable, cut);
    if (waiters.size() >= max_waiters) co_return fail(Errc::overload, "too many lookups wait for the database");
    const auto begun = Clock::now();
    auto waiter = std::make_shared<Waiter>(executor, deadline);
    waiters.push_back(waiter);
    connect_if_wanted();
    if (!waiter->seat && !waiter->error) static_cast<void>(co_await waiter->given.wait_until(deadline));
    counters.waits.observe(Clock::now() - begun);
    if (waiter->seat) co_return std::move(*waiter->seat);
    if (waiter->error) co_return *waiter->error;
    std::erase(waiters, waiter);
    const auto& trouble = hosts.last_error();
    co_return fail(Errc::timeout, "no database connection in time" + (trouble.empty() ? "" : "; " + trouble));
  }

  void give_back(Seat seat) {
    win_back();
    if (stopped || seat.link->broken() || hosts.has_better(seat.host)) {
      discard(std::move(seat));
      return;
    }
    while (!waiters.empty()) {
      const auto waiter = waiters.front();
      waiters.pop_front();
      // One whose deadline has just passed is on its way out, and must not take the seat with it.
      if (waiter->deadline <= Clock::now()) continue;
      waiter->seat = std::move(seat);
      waiter->given.notify_all();
      return;
    }
    seat.idle_since = Clock::now();
    idle.push_back(std::move(seat));
    keep_up();
  }

  void discard(Seat seat) {
    seat.link.reset();
    --seats;
    refuse_waiters_if_down();
    connect_if_wanted();
  }

  /// The server hangs or has restarted: what stands idle is as dead as what was just used.
  void discard_idle() {
    seats -= idle.size();
    idle.clear();
  }

  [[nodiscard]] Error down() const { return fail(Errc::unavailable, hosts.last_error()); }

  // ---- connecting ------------------------------------------------------------------------------------------------

  void connect_if_wanted() {
    if (stopped) return;
    const std::size_t most = cut.empty() ? settings.connections : 1;
    while (connecting < waiters.size() && seats + connecting < most) {
      const auto host = hosts.host_to_try(Clock::now());
      if (!host) break;
      start_connect(*host);
    }
    if (hosts.all_down()) keep_up();
  }

  void start_connect(std::size_t host) {
    ++connecting;
    hosts.trying(host);
    spawn(executor, "connect", connect(shared_from_this(), host));
  }

  static asio::awaitable<void> connect(std::shared_ptr<State> self, std::size_t host) {
    Seat seat{std::make_unique<Link>(self->executor), host, {}};
    const auto begun = Clock::now();
    auto connected = co_await seat.link->connect(self->settings, self->settings.hosts[host], begun + connect_limit);
    if (connected && self->first_meeting) {
      const auto meet = std::exchange(self->first_meeting, {});
      co_await meet(*seat.link);
      // That was for advice, and says nothing of the host.
      if (seat.link->broken())
        connected =
            co_await seat.link->connect(self->settings, self->settings.hosts[host], Clock::now() + connect_limit);
    }
    --self->connecting;
    if (self->stopped) co_return;
    if (connected) {
      self->reached(seat);
      ++self->seats;
      self->give_back(std::move(seat));
      co_return;
    }
    self->not_reached(host, connected.error().detail, begun);
    self->connect_if_wanted();
    self->keep_up();
  }

  void reached(const Seat& seat) {
    ++counters.connects;
    counters.host = seat.link->host();
    last_host = seat.host;
    if (hosts.is_failing(seat.host) && cut.empty())
      spdlog::warn("event=database_up host={} database={}", seat.link->host(), settings.database);
    hosts.connected(seat.host);
    if (cut.empty()) told_down = false;
  }

  /// `begun`: of the attempt; none: it is a connection that there was that tells so.
  void not_reached(std::size_t host, const std::string& why, std::optional<Clock::time_point> begun = {}) {
    ++counters.errors;
    const bool new_trouble = hosts.last_error() != why && cut != why;
    if (begun)
      hosts.not_connected(host, *begun, Clock::now(), why);
    else
      hosts.failed(host, Clock::now(), why);
    if (new_trouble)
      spdlog::error("event=database_down host={} database={} what=\"{}\"", settings.hosts[host].to_string(),
                    settings.database, why);
    refuse_waiters_if_down();
  }

  /// What became of a query that was sent.
  void judge(const Seat& seat, const std::optional<Error>& error) {
    if (!error) {
      hosts.answered(seat.host);
      last_answered = Clock::now();
      if (streak.lasts())
        spdlog::warn("event=database_answers host={} database={}", seat.link->host(), settings.database);
      streak.answered();
      cut.clear();
      told_down = false;
      return;
    }
    ++counters.errors;
    if (error->code == Errc::bad_data) return;
    const bool lasted = streak.lasts();
    streak.failed(Clock::now());
    if (streak.lasts() && !lasted)
      spdlog::error("event=database_fails host={} database={} what=\"every query fails: {}\"", seat.link->host(),
                    settings.database, error->detail);
    // It can be connected to, and that is no use: the link is lost each time, or the queries hang.
    const bool is_cut = streak.lasts() && seat.link->broken();
    if (is_cut || seat.link->host_is_out()) not_reached(seat.host, error->detail);
    if (is_cut) cut = error->detail;
  }

  void refuse_waiters_if_down() {
    if (seats != 0 || !hosts.all_down()) return;
    if (!std::exchange(told_down, true))
      spdlog::error(
          "event=all_databases_down database={} what=\"answers come from the caches, or are temporary errors\"",
          settings.database);
    for (const auto& waiter : std::exchange(waiters, {})) {
      waiter->error = down();
      waiter->given.notify_all();
    }
  }

  // ---- back to an earlier host -------------------------------------------------------------------------------------

  /// While a later host serves, an earlier one is tried beside it, so that no lookup waits for a host that is away.
  /// This is one connection more, to another server, and only for a moment.
  void win_back() {
    if (stopped || winning_back) return;
    const auto host = hosts.host_to_win_back(Clock::now());
    if (!host) return;
    winning_back = true;
    hosts.trying(*host);
    spawn(executor, "win back", win_back_from(shared_from_this(), *host));
  }

  static asio::awaitable<void> win_back_from(std::shared_ptr<State> self, std::size_t host) {
    Seat seat{std::make_unique<Link>(self->executor), host, {}};
    const auto begun = Clock::now();
    auto connected = co_await seat.link->connect(self->settings, self->settings.hosts[host], begun + connect_limit);
    std::optional<std::string> why;
    if (!connected)
      why = connected.error().detail;
    else if (self->objection)
      why = co_await self->objection(*seat.link);
    self->winning_back = false;
    if (self->stopped) co_return;
    if (why) {
      self->not_reached(host, *why, begun);
      co_return;
    }
    self->reached(seat);
    // Idle links to later hosts make room; busy ones are given up as they come back.
    self->seats -= std::erase_if(self->idle, [&self](const Seat& s) { return self->hosts.has_better(s.host); });
    if (self->seats + self->connecting >= self->settings.connections) co_return;
    ++self->seats;
    self->give_back(std::move(seat));
  }

  void look_around(const HostTrouble& trouble) {
    if (stopped) return;
    const bool lost = trouble.kind != HostTrouble::Kind::none;
    const bool out = trouble.kind == HostTrouble::Kind::serves_nobody;
    if (lost)
      seats -= std::erase_if(
          idle, [&](const Seat& seat) { return (out && seat.host == trouble.host) || !seat.link->alive(); });
    // The next one is tried at once, and not this one first.
    if (out && !hosts.is_failing(trouble.host)) not_reached(trouble.host, trouble.what);
    if (lost && seats + connecting == 0)
      if (const auto host = hosts.host_to_try(Clock::now())) start_connect(*host);
    if (hosts.all_down()) keep_up();
    win_back();
  }

  // ---- upkeep: probing while all is down, closing what is idle -----------------------------------------------------

  void keep_up() {
    if (stopped) return;
    if (upkeep_running) {
      // It may be asleep until the oldest idle link is due, which is no time to wait when everything has just gone
      // down.
      if (hosts.all_down()) upkeep_due.notify_all();
      return;
    }
    upkeep_running = true;
    spawn_essential(executor, "upkeep", upkeep(shared_from_this()));
  }

  static asio::awaitable<void> upkeep(std::shared_ptr<State> self) {
    while (!self->stopped) {
      const auto now = Clock::now();
      auto due = now;
      if (self->hosts.all_down() && self->seats == 0) {
        while (self->connecting < self->settings.connections) {
          const auto host = self->hosts.host_to_try(now);
          if (!host) break;
          self->start_connect(*host);
        }
        due = std::clamp(self->hosts.next_try(), now + LinkState::first_back_off, now + connect_limit);
      } else if (!self->idle.empty()) {
        const auto& oldest = self->idle.front();
        if (now - oldest.idle_since >= self->settings.idle_interval) {
          self->idle.erase(self->idle.begin());
          --self->seats;
          continue;
        }
        due = oldest.idle_since + self->settings.idle_interval;
      } else {
        break;
      }
      static_cast<void>(co_await self->upkeep_due.wait_until(due));
    }
    self->upkeep_running = false;
  }

  void stop() {
    if (stopped) return;
    stopped = true;
    discard_idle();
    for (const auto& waiter : std::exchange(waiters, {})) {
      waiter->error = fail(Errc::unavailable, "shutting down");
      waiter->given.notify_all();
    }
    upkeep_due.notify_all();
  }
};

Pool::Pool(asio::any_io_executor executor, ConnectionSettings settings, Objection objection, Meeting first_meeting)
    : state_{std::make_shared<State>(std::move(executor), std::move(settings), std::move(objection),
                                     std::move(first_meeting))} {}
Pool::~Pool() { stop(); }
void Pool::stop() { state_->stop(); }
void Pool::look_around(const HostTrouble& trouble) { state_->look_around(trouble); }
bool Pool::known_down() const { return (state_->seats == 0 && state_->hosts.all_down()) || state_->streak.lasts(); }
Clock::time_point Pool::last_answered() const { return state_->last_answered; }
std::size_t Pool::current_host() const { return state_->last_host; }

PoolCounters Pool::counters() const {
  auto counters = state_->counters;
  counters.open = state_->seats;
  counters.busy = state_->seats - state_->idle.size();
  counters.waiting = state_->waiters.size();
  counters.known_down = known_down();
  counters.last_error = state_->hosts.last_error();
  return counters;
}

asio::awaitable<Result<Fetched>> Pool::fetch(const query::QueryTemplate& query, const std::string& key,
                                             Deadline deadline) {
  const auto state = state_;  // a reload may let go of the pool meanwhile
  for (bool first = true;; first = false) {
    auto seat = co_await state->acquire(deadline);
    if (!seat) co_return seat.error();
    auto& link = *seat->link;
    auto statement = query.bind(key, link.sql_mode());
    if (!statement) {
      state->give_back(std::move(*seat));
      co_return statement.error();
    }
    ++state->counters.queries;
    auto rows = co_await link.query(*statement, deadline);
    std::string host = link.host();
    std::string server = link.server();
    state->judge(*seat, rows ? std::nullopt : std::optional{rows.error()});
    if (rows) {
      state->give_back(std::move(*seat));
      co_return Fetched{std::move(*rows), std::move(*statement), std::move(host), std::move(server)};
    }
    const bool again = link.may_repeat() && first;
    if (link.broken() && rows.error().code != Errc::bad_data) state->discard_idle();
    state->give_back(std::move(*seat));
    if (!again) co_return rows.error();
  }
}

asio::awaitable<Result<std::vector<Fetched>>> Pool::fetch_as_one(const std::vector<Asked>& questions,
                                                                 Deadline deadline) {
  const auto state = state_;  // a reload may let go of the pool meanwhile
  auto seat = co_await state->acquire(deadline);
  if (!seat) co_return seat.error();
  auto& link = *seat->link;
  std::vector<Fetched> answers;
  std::optional<Error> error;
  const auto run = [&](const std::string& statement) -> asio::awaitable<Result<query::ResultSet>> {
    auto rows = co_await link.command(statement, deadline);
    if (!rows) error = rows.error();
    co_return rows;
  };
  // The level is for the next transaction alone.
  const std::string level = "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ";
  const std::string begin = "START TRANSACTION WITH CONSISTENT SNAPSHOT";
  const std::string end = "ROLLBACK";
  static_cast<void>(co_await run(level));
  if (!error) static_cast<void>(co_await run(begin));
  for (std::size_t i = 0; !error && i < questions.size(); ++i) {
    auto statement = questions[i].query.bind(questions[i].key, link.sql_mode());
    if (statement && !only_reads(*statement)) statement = fail(Errc::invalid, "it may change what it reads");
    if (statement && locks(*statement)) statement = fail(Errc::invalid, "it reads the latest rows, not a snapshot's");
    if (!statement) {
      error = statement.error();
      break;
    }
    ++state->counters.queries;
    auto rows = co_await run(*statement);
    if (rows) answers.push_back({std::move(*rows), std::move(*statement), link.host(), link.server()});
  }
  const auto what = error;
  error.reset();
  // A link within a transaction would read one frozen snapshot for ever.
  if (!link.broken()) static_cast<void>(co_await run(end));
  if (error || (what && what->code == Errc::timeout)) link.close();
  state->judge(*seat, what);
  state->give_back(std::move(*seat));
  if (what) co_return *what;
  co_return answers;
}

}  // namespace maproom::backend
