#include "maproom/feed/feed.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <deque>
#include <limits>
#include <map>

#include "layout.hpp"
#include "maproom/backend/link.hpp"
#include "maproom/core/clock.hpp"
#include "maproom/core/condition.hpp"
#include "maproom/core/log.hpp"
#include "maproom/core/mark.hpp"
#include "maproom/core/spawn.hpp"
#include "maproom/feed/binlog_stream.hpp"
#include "maproom/feed/checkpoint.hpp"
#include "maproom/feed/key_loader.hpp"
#include "maproom/feed/layout_due.hpp"
#include "maproom/feed/server_check.hpp"
#include "maproom/feed/server_facts.hpp"
#include "maproom/feed/stuck.hpp"

namespace maproom::feed {
namespace asio = boost::asio;
using std::chrono::milliseconds;
namespace {

constexpr milliseconds beat_interval{250};
constexpr milliseconds most_patience{50};
constexpr milliseconds command_limit{1000};
constexpr std::chrono::seconds connect_limit{2};
constexpr milliseconds retry_interval{200};
constexpr std::chrono::seconds stall_limit{3};
constexpr std::chrono::seconds unusable_interval{10};
constexpr std::chrono::seconds silent_interval{3};
constexpr std::chrono::seconds look_interval{1};
constexpr std::chrono::seconds checkpoint_interval{60};
constexpr std::chrono::minutes checkpoint_spacing{5};
constexpr std::size_t most_prepared = 1000;
const std::string checkpoints_name = "feed/checkpoints";  // NOLINT: read only

/// A lookup that waits until the feed has come to the present.
struct Waiter {
  explicit Waiter(const asio::any_io_executor& executor) : done{executor} {}
  Condition done;
  std::optional<Position> needed;  ///< none: the server has not been asked yet
  bool reached = false;
};

bool told_all() { return spdlog::should_log(spdlog::level::debug); }

}  // namespace

struct Feed::State : std::enable_shared_from_this<State> {
  State(asio::any_io_executor ex, Ledger& l, FeedSettings s, HostOf h, Notebook n)
      : executor{std::move(ex)},
        ledger{l},
        settings{std::move(s)},
        host_of{std::move(h)},
        notebook{std::move(n)},
        loader{executor, ledger},
        woken_up{executor} {}

  asio::any_io_executor executor;
  Ledger& ledger;
  const FeedSettings settings;
  const HostOf host_of;
  const Notebook notebook;
  KeyLoader loader;
  std::vector<Watched> watched;
  bool stopped = false;
  std::string state = "connecting";
  std::string logged;  ///< the last state that the log was told
  bool was_healthy = false;
  FeedStatus counts;

  // The stream, and where it stands.
  std::shared_ptr<BinlogStream> stream;
  std::uint64_t stream_number = 0;  ///< what an earlier one says is of no interest
  std::optional<StreamEnd> stream_end;
  struct Start {
    FilePlace place;
    std::optional<Position> position;  ///< that was seen there; none: whatever it is
    std::optional<FileEntered> file;   ///< as it was when the place was noted
    bool resumes = false;              ///< within the era
  };
  Start start;
  Clock::time_point last_item{};  ///< when the stream last said something
  bool entered = false;           ///< the stream has shown the file that it began with
  bool mismatched = false;        ///< which was not the expected one
  std::string server;             ///< of the era
  ClusterPlace cluster;           ///< of that server, as far as it was seen to have come
  std::string caught_up;          ///< another one that was found to have all that was seen there
  std::string control_id;         ///< server_id of the server that the beat asks
  std::size_t host_now = 0;
  backend::HostTrouble host_trouble;                    ///< with that host
  FileEntered file;                                     ///< current
  FilePlace place;                                      ///< the end of the last group
  FileEntered place_file;                               ///< the file of `place`
  std::map<std::string, std::vector<Change>> prepared;  ///< XA transactions that may yet become visible
  std::deque<std::pair<Mark, FilePlace>> ends;          ///< groups that are not known to be visible
  struct Arrival {
    Mark mark;
    Clock::time_point at;
  };
  std::deque<Arrival> arrivals;
  Mark waited_for = 0;  ///< the oldest change that was not visible at the last beat
  milliseconds patience{1};

  // Proofs of life.
  struct Probe {
    Clock::time_point sent;
    Position position;
  };
  std::deque<Probe> probes;
  std::vector<std::shared_ptr<Waiter>> waiters;
  Condition woken_up;
  bool woken = false;

  // The layout of the tables.
  LayoutDue layout;
  bool want_again = true;  ///< key sets: there are other definitions

  Clock::time_point look_due{};       ///< at the server's variables, again
  std::vector<std::string> warnings;  ///< that the log was told
  Stuck stuck;

  Checkpoints checkpoints;
  bool checkpoints_read = false;
  Clock::time_point checkpoint_due{};
  Clock::time_point checkpoint_kept{};

  // ---- telling ---------------------------------------------------------------------------------------------------

  void say(const std::string& now, bool trouble) {
    state = now;
    if (logged == now) return;
    logged = now;
    if (trouble)
      spdlog::warn("event=feed_away what=\"{}\" then=\"answers are bounded by their times to live\"", now);
    else
      spdlog::info("event=feed_following server=\"{}\" position={}", server, ledger.position().to_string());
  }

  void break_history(const std::string& why) {
    if (!ledger.following()) return;
    spdlog::warn("event=feed_gap what=\"{}\" then=\"what is cached counts as suspect\"", why);
    ledger.end();
    prepared.clear();
    ends.clear();
    arrivals.clear();
    layout.lost();
  }

  void look_at_health() {
    const bool healthy = ledger.healthy(Clock::now());
    if (healthy == was_healthy) return;
    was_healthy = healthy;
    if (healthy)
      spdlog::info("event=feed_healthy position={}", ledger.position().to_string());
    else
      spdlog::warn(
          "event=feed_stalled what=\"no proof for {} ms that every change is seen\" then=\"answers are bounded "
          "by their times to live\"",
          Ledger::alive_limit.count());
  }

  // ---- waiting ---------------------------------------------------------------------------------------------------

  void wake() {
    woken = true;
    woken_up.notify_all();
  }

  asio::awaitable<void> rest(Clock::duration time) {
    if (!woken) static_cast<void>(co_await woken_up.wait_for(time));
    woken = false;
  }

  /// Until the next beat. A change is visible within milliseconds as a rule; where it is not (a semi-synchronous
  /// replica that does not answer), asking a thousand times a second would not help.
  Clock::duration pause() {
    if (ends.empty()) return beat_interval;
    const auto waits_for = ends.front().first;
    patience = waits_for == waited_for ? std::min(patience * 2, most_patience) : milliseconds{1};
    waited_for = waits_for;
    return patience;
  }

  // ---- the life of the feed --------------------------------------------------------------------------------------

  static asio::awaitable<void> run(std::shared_ptr<State> self) {
    while (!self->stopped) {
      const auto pause = co_await self->session();
      co_await self->end_stream();
      self->look_at_health();
      ++self->counts.reconnects;
      const auto until = Clock::now() + pause;
      while (!self->stopped && Clock::now() < until) {
        co_await self->rest(std::min<Clock::duration>(until - Clock::now(), beat_interval));
        self->look_at_health();
      }
    }
  }

  /// Tells of the trouble, too; that a host serves nobody once.
  [[nodiscard]] std::size_t current_host() {
    const auto trouble = host_trouble;
    if (host_trouble.kind == backend::HostTrouble::Kind::serves_nobody)
      host_trouble.kind = backend::HostTrouble::Kind::unreachable;
    return host_of(trouble) % settings.connection.hosts.size();
  }

  /// One connection to one server, until something breaks. Returns how long to wait before the next.
  asio::awaitable<Clock::duration> session() {
    const auto host = current_host();
    backend::Link link{executor};
    auto connected =
        co_await link.connect(settings.connection, settings.connection.hosts[host], Clock::now() + connect_limit);
    using Trouble = backend::HostTrouble::Kind;
    host_trouble = {connected ? Trouble::none : Trouble::unreachable, host, {}};
    if (!connected) {
      note_trouble(link, connected.error().detail);
      say(connected.error().detail, true);
      co_return retry_interval;
    }
    host_now = host;
    control_id = link.server().substr(0, link.server().find('/'));
    const auto deadline = Clock::now() + command_limit;
    if (is_another(link)) {
      const auto objection = co_await objection_to(link);
      if (objection) {
        note_trouble(link, *objection);
        say(*objection, true);
        co_return beat_interval;
      }
      caught_up = link.server();
      break_history("another server: " + link.server());
    }
    auto checked = co_await check_server(link, deadline);
    if (!checked) {
      note_trouble(link, checked.error().detail);
      if (refuse(checked.error())) co_return unusable_interval;
      // Whoever waits within the server for another's commit stays there when we are gone: not too many of those.
      co_return checked.error().code == Errc::timeout ? Clock::duration{silent_interval}
                                                      : Clock::duration{retry_interval};
    }
    // Before the stream, so that what it repeats is understood.
    if (!layout.known() && layout.due(Clock::now())) co_await learn_layout(host);
    const bool streaming = co_await begin_stream(link, host, *checked);
    if (!streaming)
      co_return stream_end && stream_end->denied ? Clock::duration{unusable_interval} : Clock::duration{retry_interval};
    warn_of(checked->warnings);
    look_due = Clock::now() + look_interval;
    say("following", false);
    while (!stopped && !stream_end && current_host() == host) {
      if (layout.due(Clock::now())) {
        layout.begin(Clock::now());
        spawn(executor, "feed layout", read_on(shared_from_this(), host));
      }
      // While commits wait for a semi-synchronous replica, SHOW MASTER STATUS may wait with them.
      const bool one_waits = !arrivals.empty() && Clock::now() - arrivals.front().at > most_patience;
      if (Clock::now() >= look_due && !one_waits) {
        const auto again = co_await check_server(link, Clock::now() + command_limit);
        if (!again) {
          note_trouble(link, again.error().detail);
          co_return refuse(again.error()) ? Clock::duration{unusable_interval} : Clock::duration{retry_interval};
        }
        warn_of(again->warnings);
        cluster = again->cluster;
        look_due = Clock::now() + look_interval;
      }
      const bool beaten = co_await beat(link);
      if (!beaten) {
        note_trouble(link, state);
        co_return retry_interval;
      }
      look_at_health();
      save_checkpoint();
      if (layout.known()) loader.look(host, server);
      co_await rest(pause());
    }
    if (stream_end && !stopped) end_session(*stream_end);
    co_return retry_interval;
  }

  /// The pool looks for another host while this one is left alone for a moment.
  void note_trouble(const backend::Link& link, const std::string& what) {
    if (!link.host_is_out()) return;
    host_trouble.kind = backend::HostTrouble::Kind::serves_nobody;
    host_trouble.what = what;
    static_cast<void>(current_host());
  }

  void end_session(const StreamEnd& end) {
    if (!end.unreadable) {
      say(end.what, true);
      if (end.refused) break_history(end.what);
      return;
    }
    if (!stuck.ended(place)) return;
    if (!ledger.following()) say(end.what, true);
    // What stands there may have changed anything, and what stands behind it comes from here no more.
    break_history("the binlog cannot be read on from " + place.file + ":" + std::to_string(place.offset) + ": " +
                  end.what);
    forget_checkpoints();
  }

  /// From none of them what made an end of the history could be gone past.
  void forget_checkpoints() {
    checkpoints.forget(server);
    notebook.write(checkpoints_name, checkpoints.to_string());
  }

  /// Says why the server cannot be followed now. true: nor later, until someone changes it.
  bool refuse(const Error& error) {
    const bool lasting = error.code == Errc::invalid;
    if (lasting) break_history(error.detail);
    say((lasting ? "not usable: " : "") + error.detail, true);
    return lasting;
  }

  void warn_of(const std::vector<std::string>& now) {
    for (const auto& warning : now)
      if (std::find(warnings.begin(), warnings.end(), warning) == warnings.end())
        spdlog::warn("event=feed_careless what=\"{}\"", warning);
    warnings = now;
  }

  [[nodiscard]] bool is_another(const backend::Link& link) const { return !server.empty() && link.server() != server; }

  /// After a break too: what was seen stays seen.
  asio::awaitable<std::optional<std::string>> objection_to(backend::Link& link) const {
    if (!is_another(link)) co_return std::nullopt;
    // On a Galera node this SELECT waits until it has what the cluster has committed (see Link). Each node may number
    // it differently.
    const std::string query = "SELECT @@global.gtid_current_pos";
    auto rows = co_await link.command(query, Clock::now() + command_limit);
    if (!rows) co_return rows.error().detail;
    if (link.of_cluster() && !cluster.cluster.empty()) {
      const std::string ask_cluster = cluster_query();
      auto told = co_await link.command(ask_cluster, Clock::now() + command_limit);
      if (!told) co_return told.error().detail;
      const auto there = cluster_place_of(*told);
      if (there.cluster == cluster.cluster && there.committed >= cluster.committed) co_return std::nullopt;
    }
    const auto position = rows->rows.size() == 1 && !rows->rows[0].empty()
                              ? Position::parse(rows->rows[0][0].value_or(""))
                              : std::nullopt;
    if (!position) co_return link.host() + ": it does not tell its position";
    const auto& seen = ledger.confirmed_position();
    if (position->covers(seen)) co_return std::nullopt;
    co_return link.host() + " has not caught up: it is at " + position->to_string() + ", and " + seen.to_string() +
        " was already seen";
  }

  // ---- the stream ------------------------------------------------------------------------------------------------

  /// Starts at the best place: where it was; else the oldest checkpoint that the server has; else now. A place is known
  /// by its GTID position, too.
  asio::awaitable<bool> begin_stream(backend::Link& link, std::size_t host, const ServerCheck& checked) {
    std::vector<Start> starts;
    if (ledger.following()) {
      starts.push_back({place, ledger.position(), place_file, true});
    } else {
      server = link.server();
      cluster = checked.cluster;
      prepared.clear();
      if (!checkpoints_read) {
        checkpoints = Checkpoints::parse(co_await notebook.read(checkpoints_name));
        checkpoints_read = true;
      }
      for (auto& checkpoint : checkpoints.of(server))
        starts.push_back({checkpoint.place, checkpoint.position, checkpoint.file, false});
    }
    starts.push_back({checked.place, std::nullopt, std::nullopt, false});
    for (auto& each : starts) {
      if (each.resumes != ledger.following()) break_history("the place in the binlog is gone");
      if (each.place.offset > std::numeric_limits<std::uint32_t>::max()) {  // COM_BINLOG_DUMP has 32 bits for it
        say(each.place.file + " is larger than 4 GiB; FLUSH BINARY LOGS", true);
        continue;
      }
      auto there = co_await position_at(link, each.place);
      if (!there) {
        say(there.error().detail, true);
        co_return false;
      }
      // The same file name and place may belong to another history.
      if (!*there || (each.position && **there != *each.position)) continue;
      start = std::move(each);
      start.position = std::move(**there);
      entered = mismatched = false;
      stream_end.reset();
      const auto number = ++stream_number;
      last_item = Clock::now();
      stream = std::make_shared<BinlogStream>(
          executor, StreamWish{settings.connection, settings.connection.hosts[host], settings.server_id, start.place},
          [weak = weak_from_this(), number](std::vector<Item> items) {
            if (const auto self = weak.lock(); self && self->stream_number == number) self->take(std::move(items));
          },
          [weak = weak_from_this(), number](StreamEnd end) {
            if (const auto self = weak.lock(); self && self->stream_number == number) {
              self->stream_end = std::move(end);
              self->wake();
            }
          });
      while (!entered && !mismatched && !stream_end && !stopped) co_await rest(command_limit);
      if (entered) co_return true;
      const bool gone = mismatched || (stream_end && stream_end->refused);
      if (stream_end && stream_end->unreadable)
        end_session(*stream_end);
      else if (stream_end)
        say((stream_end->denied ? grant_hint(settings.connection.user) + ": " : "") + stream_end->what, true);
      const auto end = stream_end;
      co_await end_stream();
      stream_end = end;
      if (!gone || stopped) co_return false;
    }
    co_return false;
  }

  asio::awaitable<void> end_stream() {
    if (stream) stream->stop();
    while (stream && !stream_end) co_await rest(command_limit);
    stream.reset();
    stream_end.reset();
  }

  void take(std::vector<Item> items) {
    last_item = Clock::now();
    for (auto& item : items) {
      if (mismatched) return;
      if (auto* entered_file = std::get_if<FileEntered>(&item))
        enter(std::move(*entered_file));
      else
        dispatch(std::get<Group>(std::move(item)));
    }
    settle();
    wake();
  }

  void enter(FileEntered next) {
    file = std::move(next);
    if (entered) {
      if (file.at_start) {
        // What became of the data meanwhile is in no binlog: commits that the engine lost in a crash and the binlog has
        // (innodb_flush_log_at_trx_commit other than 1, MyISAM), an XA COMMIT undone, a start with --skip-log-bin, a
        // folder restored from a backup.
        break_history("the server was started anew");
        begin_history(ledger.position());
      } else {
        ledger.enter_file(file);
      }
      return;
    }
    if (start.file && *start.file != file) {
      mismatched = true;
      return;
    }
    // Behind one name may stand several servers: the place of one's snapshot says nothing about the other's binlog.
    if (std::to_string(file.server) != control_id) {
      mismatched = true;
      say(settings.connection.hosts[host_now].to_string() + ": two connections came to two servers (server_id " +
              control_id + " and " + std::to_string(file.server) +
              "); name each host by itself, or FLUSH BINARY LOGS where server_id was changed",
          true);
      return;
    }
    entered = true;
    caught_up.clear();
    if (start.resumes) {
      ledger.enter_file(file);
      return;
    }
    place = start.place;
    place_file = file;
    begin_history(*start.position);
  }

  void begin_history(Position from) {
    ledger.begin(std::move(from), file);
    ++counts.eras;
    ends.assign(1, {ledger.dispatched(), place});
    arrivals.clear();
    probes.clear();
  }

  void dispatch(Group group) {
    const auto mark = ledger.dispatch(group.gtid);
    ++counts.groups;
    place = group.end;
    place_file = file;
    ends.emplace_back(mark, group.end);
    arrivals.push_back({mark, Clock::now()});
    if (group.layout_changed) layout.lost();
    if (group.rights_changed) rights_changed();
    if (told_all()) spdlog::debug("event=feed_change change={} position={}", mark, ledger.position().to_string());
    for (const auto& change : group.changes) drop(change);
    end_of_xa(group);
  }

  /// A view or a routine runs with its DEFINER's rights, and may say "nothing" where it has none.
  void rights_changed() {
    layout.rights_changed();
    for (const auto& each : watched)
      if (each.watch.anything) ledger.drop_table(*each.definition.table);
  }

  /// Rows of an XA transaction are in the binlog when it is prepared, and to be seen when it is committed.
  void end_of_xa(Group& group) {
    if (group.xa == Group::Xa::prepared) {
      if (group.xid.empty() || prepared.size() >= most_prepared) return;  // unknown at its end, which drops everything
      prepared[group.xid] = std::move(group.changes);
    } else if (group.xa != Group::Xa::none) {
      const auto known = prepared.extract(group.xid);
      if (group.xa == Group::Xa::rolled_back) return;
      if (known.empty())
        ledger.drop_all();
      else
        for (const auto& change : known.mapped()) drop(change);
    }
  }

  void drop(const Change& change) {
    if (change.what == Change::What::everything) {
      spdlog::debug("event=feed_drop change={} what=everything why=\"{}\"", ledger.dispatched(), change.why);
      ledger.drop_all();
      return;
    }
    for (const auto& each : watched) {
      auto& table = *each.definition.table;
      const auto effect = layout.known() ? effect_of(each.watch, change) : Effect{true, {}};
      // What the set is read from may be less than what the query reads.
      const auto listed = !layout.known()            ? Effect{true, {}}
                          : each.of_listing.anything ? effect
                                                     : effect_of(each.of_listing, change);
      if (effect.all) {
        spdlog::debug("event=feed_drop change={} what=table table=\"{}\"", ledger.dispatched(), each.definition.origin);
        ledger.drop_table(table, !listed.all);
      } else {
        for (const auto& key : effect.keys) {
          if (told_all())
            spdlog::debug("event=feed_drop change={} what=key table=\"{}\" key={}", ledger.dispatched(),
                          each.definition.origin, keyset::is_plain_key(key) ? key : "?");
          ledger.drop_key(table, key);
        }
        if (listed.all) table.set.lose();
      }
      for (const auto& key : listed.keys) table.set.touch(key);
    }
  }

  // ---- the server's word -------------------------------------------------------------------------------------------

  asio::awaitable<std::optional<Position>> position_of(backend::Link& link, std::string query,
                                                       backend::Deadline deadline) {
    auto rows = co_await link.command(query, deadline);
    if (!rows || rows->rows.size() != 1 || rows->rows[0].empty()) {
      say(rows ? "the server does not tell its position" : rows.error().detail, true);
      co_return std::nullopt;
    }
    co_return Position::parse(rows->rows[0][0].value_or(""));
  }

  /// Asks how far the server is, and what is visible there. false: the connection is of no use.
  asio::awaitable<bool> beat(backend::Link& link) {
    const auto sent = Clock::now();
    const auto seen = ledger.position();
    std::vector<std::shared_ptr<Waiter>> asking;
    for (const auto& waiter : waiters)
      if (!waiter->needed) asking.push_back(waiter);
    auto position = co_await position_of(link, "SELECT @@global.gtid_binlog_pos", sent + command_limit);
    if (!position) co_return false;
    if (ledger.following() && !position->covers(seen)) {
      break_history("the server's binlog has begun anew: it is at \"" + position->to_string() + "\", and " +
                    seen.to_string() + " was already seen");
      // Numbers that went back (a binlog that is played back) stand behind each of them.
      forget_checkpoints();
      co_return false;
    }
    if (!probes.empty() && sent - std::max(last_item, probes.front().sent) > stall_limit) {
      say("the stream of changes is silent, and the server is at " + position->to_string(), true);
      co_return false;
    }
    for (const auto& waiter : asking) waiter->needed = *position;
    probes.push_back({sent, std::move(*position)});
    if (probes.size() > 64) probes.pop_front();
    settle();
    if (ends.empty()) co_return true;
    auto snapshot = co_await snapshot_place(link, Clock::now() + command_limit);
    if (!snapshot) {
      say(snapshot.error().detail, true);
      co_return false;
    }
    std::optional<Mark> visible;
    while (!ends.empty() && at_or_behind(*snapshot, ends.front().second)) {
      visible = ends.front().first;
      ends.pop_front();
    }
    if (visible) {
      spdlog::debug("event=feed_visible change={}", *visible);
      ledger.confirm(*visible);
      while (!arrivals.empty() && arrivals.front().mark <= *visible) {
        counts.lag = std::chrono::duration_cast<std::chrono::microseconds>(Clock::now() - arrivals.front().at);
        arrivals.pop_front();
      }
    }
    co_return true;
  }

  void settle() {
    const auto& here = ledger.position();
    while (!probes.empty() && here.covers(probes.front().position)) {
      ledger.prove(probes.front().sent);
      probes.pop_front();
    }
    std::erase_if(waiters, [&](const std::shared_ptr<Waiter>& waiter) {
      if (!waiter->needed || !here.covers(*waiter->needed)) return false;
      waiter->reached = true;
      waiter->done.notify_all();
      return true;
    });
  }

  // ---- the layout ------------------------------------------------------------------------------------------------

  /// It holds for every group that is dispatched from here on. Those that stand in the binlog before a statement which
  /// changed the layout are read wrongly; but that statement, behind them, drops everything.
  asio::awaitable<void> learn_layout(std::size_t host) {
    layout.begin(Clock::now());
    co_await read_on(shared_from_this(), host);
  }

  /// Beside the beats, which must not wait for a large information_schema.
  static asio::awaitable<void> read_on(std::shared_ptr<State> self, std::size_t host) {
    ++self->counts.schema_reads;
    std::vector<Definition> definitions;
    for (const auto& each : self->watched) definitions.push_back(each.definition);
    auto& layout = self->layout;
    struct Attempt {  // one that an exception ends is followed by another one too
      LayoutDue& layout;
      bool ended = false;
      ~Attempt() {
        if (!ended) layout.failed(Clock::now());
      }
    } attempt{layout};
    auto read = co_await read_layout(self->executor, std::move(definitions), host);
    attempt.ended = true;
    if (self->stopped) co_return;
    if (!read) {
      layout.failed(Clock::now());
      log_limited(LogLevel::warning, "feed_layout_unknown", {},
                  "what=\"" + read.error().detail + "\" then=\"" +
                      (layout.known() ? "what was read before holds" : "every change drops all answers") + "\"");
      co_return;
    }
    if (host != self->host_now) layout.lost();
    if (layout.end(Clock::now())) self->use(std::move(*read));
    self->wake();
  }

  /// What is watched otherwise than before may have changed unseen until now: its answers are asked anew.
  void use(std::vector<Watched> now) {
    bool changed = std::exchange(want_again, false);
    for (std::size_t i = 0; i < now.size(); ++i) {  // the same definitions, in the same order
      auto& each = now[i];
      const auto& before = watched[i];
      auto& table = *each.definition.table;
      if (before.read) {
        each.watch = with_what_was_seen(std::move(each.watch), before.watch);
        each.of_listing = with_what_was_seen(std::move(each.of_listing), before.of_listing);
        if (each.watch == before.watch && each.of_listing == before.of_listing && each.derived == before.derived &&
            each.no_listing == before.no_listing)
          continue;
        const auto mark = ledger.forget(table);
        spdlog::debug("event=feed_drop change={} what=table table=\"{}\" why=\"it reads something else now\"", mark,
                      each.definition.origin);
        if (ledger.following()) ends.emplace_back(mark, place);
      }
      changed = true;
      table.long_lived = each.watch.timeless;
      if (!each.watch.why.empty() && !(before.read && each.watch.why == before.watch.why))
        spdlog::info("event=feed_watch table=\"{}\" what=\"{}\" then=\"{}\"", each.definition.origin, each.watch.why,
                     each.watch.anything ? "any change drops its answers; plain times to live" : "plain times to live");
    }
    watched = std::move(now);
    if (changed) loader.want(key_listings_of(watched));
  }

  // ---- checkpoints -----------------------------------------------------------------------------------------------

  void save_checkpoint() {
    const auto now = Clock::now();
    if (now < checkpoint_due || !ledger.healthy(now) || !checkpoints_read) return;
    checkpoint_due = now + checkpoint_interval;
    const bool first = checkpoint_kept == Clock::time_point{};
    const bool replace = !first && now - checkpoint_kept < checkpoint_spacing;
    if (!replace) checkpoint_kept = now;
    checkpoints.add({server, place_file, place, ledger.position()}, replace);
    notebook.write(checkpoints_name, checkpoints.to_string());
  }

  void stop() {
    stopped = true;
    loader.stop();
    if (stream) stream->stop();
    for (const auto& waiter : std::exchange(waiters, {})) waiter->done.notify_all();
    wake();
  }
};

Feed::Feed(asio::any_io_executor executor, Ledger& ledger, FeedSettings settings, HostOf host, Notebook notebook)
    : state_{std::make_shared<State>(std::move(executor), ledger, std::move(settings), std::move(host),
                                     std::move(notebook))} {}
Feed::~Feed() { stop(); }
void Feed::start() { spawn(state_->executor, "feed", State::run(state_)); }
void Feed::stop() { state_->stop(); }

void Feed::watch(std::vector<Definition> definitions, std::uint64_t keys_memory) {
  auto& s = *state_;
  s.loader.allow(keys_memory);
  std::vector<Watched> next;
  for (auto& definition : definitions) {
    const auto before = std::find_if(s.watched.begin(), s.watched.end(), [&](const Watched& old) {
      return old.definition.table == definition.table && old.definition.listing == definition.listing;
    });
    if (before != s.watched.end()) {
      next.push_back(*before);
      next.back().definition = std::move(definition);
    } else {
      // Its changes went by unseen until now, and entries from an earlier time as a map may still be there.
      s.ledger.drop_table(*definition.table);
      next.push_back({std::move(definition)});
    }
  }
  s.watched = std::move(next);
  s.want_again = true;
  s.layout.lost();  // a reading under way was for others
  s.wake();
}

Source Feed::source(const std::string& server) const {
  const auto& s = *state_;
  return s.server.empty() || server == s.server || server == s.caught_up ? Source::followed : Source::other;
}

asio::awaitable<bool> Feed::reach_now(std::chrono::steady_clock::time_point deadline) {
  const auto state = state_;
  if (state->stopped || !state->ledger.following()) co_return false;
  const auto waiter = std::make_shared<Waiter>(state->executor);
  state->waiters.push_back(waiter);
  state->wake();
  static_cast<void>(co_await waiter->done.wait_until(std::min(deadline, Clock::now() + Ledger::alive_limit)));
  std::erase(state->waiters, waiter);
  co_return waiter->reached;
}

asio::awaitable<std::optional<std::string>> Feed::objection_to(backend::Link& link) const {
  const auto state = state_;  // a reload may make another feed meanwhile
  auto objection = co_await state->objection_to(link);
  co_return objection;
}

FeedStatus Feed::status() const {
  const auto& s = *state_;
  auto status = s.counts;
  status.state = s.state;
  status.server = s.server;
  status.position = s.ledger.position().to_string();
  status.confirmed = s.ledger.confirmed_position().to_string();
  const auto now = Clock::now();
  if (!s.arrivals.empty())
    status.lag =
        std::max(status.lag, std::chrono::duration_cast<std::chrono::microseconds>(now - s.arrivals.front().at));
  status.healthy = s.ledger.healthy(now);
  status.layout_known = s.layout.known();
  status.proven_ago = s.ledger.proven() == TimePoint{}
                          ? milliseconds{-1}
                          : std::chrono::duration_cast<milliseconds>(now - s.ledger.proven());
  return status;
}

}  // namespace maproom::feed
