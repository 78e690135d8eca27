#include "maproom/app/application.hpp"

#include <spdlog/spdlog.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <boost/asio/io_context.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <csignal>
#include <stdexcept>

#include "maproom/app/listening.hpp"
#include "maproom/app/registry.hpp"
#include "maproom/app/rights_warning.hpp"
#include "maproom/app/text_tables.hpp"
#include "maproom/backend/pool.hpp"
#include "maproom/backend/pool_names.hpp"
#include "maproom/backend/trial.hpp"
#include "maproom/core/clock.hpp"
#include "maproom/core/condition.hpp"
#include "maproom/core/deadline.hpp"
#include "maproom/core/log.hpp"
#include "maproom/core/quantity.hpp"
#include "maproom/core/spawn.hpp"
#include "maproom/feed/feed.hpp"
#include "maproom/net/pulse.hpp"
#include "maproom/ops/control.hpp"
#include "maproom/ops/systemd.hpp"

namespace maproom::app {
namespace asio = boost::asio;
namespace {

// After SIGTERM: a lookup ends by its deadline; a client that does not take its answer is not waited for longer.
constexpr std::chrono::seconds drain_limit{10};
constexpr std::chrono::milliseconds redis_head_start{250};
constexpr std::chrono::seconds text_head_start{3};
/// For a look at an account's rights. Where the change feed has an account of its own: for each step to it, between two
/// tries, and how many there are, for it is advice and nothing waits for it.
constexpr std::chrono::seconds rights_limit{1}, feed_rights_limit{2}, rights_interval{10};
constexpr int rights_tries = 30;
constexpr std::chrono::hours checkpoint_lifetime{24 * 7};
constexpr std::chrono::milliseconds text_interval{500};
/// On reload, for new settings of the database; nobody waits for it but who asked for the reload.
constexpr std::chrono::seconds trial_limit{3};

/// Within this a lookup of its own is answered, however often the service manager wants to hear of it.
constexpr std::chrono::seconds shortest_beat{1};
constexpr std::chrono::milliseconds after_no_beat{100};

/// MariaDB drops the older of two followers with one id, so it depends on host and process.
std::uint32_t derived_server_id() {
  std::array<char, 256> host{};
  ::gethostname(host.data(), host.size() - 1);
  const auto hash = std::hash<std::string>{}(std::string{host.data()} + ':' + std::to_string(::getpid()));
  return static_cast<std::uint32_t>(hash) | 0x80000000U;  // above the numbers that people choose
}

/// `others`: those that are no client's.
void raise_descriptor_limit(std::size_t connections, std::size_t others) {
  rlimit limit{};
  const rlim_t needed = connections + 2 * others;  // those that are there already, and as many that are reserved
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= needed) return;
  limit.rlim_cur = std::min(needed, limit.rlim_max);
  ::setrlimit(RLIMIT_NOFILE, &limit);
  if (limit.rlim_cur < needed)
    spdlog::warn("event=descriptors_few limit={} needed={} what=\"raise LimitNOFILE of the service\"", limit.rlim_cur,
                 needed);
}

}  // namespace

struct Application::State {
  explicit State(config::Config wanted)
      : config{std::move(wanted)},
        store{config.cache.memory},
        resolver{loop.get_executor(), store, nullptr, ledger},
        control{ops::ControlView{registry, resolver, store, redis, sessions, [this] { return named_pools(); },
                                 [this] { return feed_status(); }, [this] { return reload(); },
                                 [this](auto limit) { return pulse.beat(limit); }, Clock::now()}} {
    sessions.limit_memory(config.sessions_memory);
    use_redis();
    auto follow = to_follow(config);
    auto made = make_registry(config, pool_of(), file_of(), nullptr, follow ? &*follow : nullptr);
    if (!made) throw std::runtime_error{made.error().detail};
    registry = *made;
    use_feed(follow);
    listening.adopt();
    if (const auto errors = listening.use(config); !errors.empty()) throw std::runtime_error{errors};
    listening.report_unused();
  }

  // ---- pools and Redis -------------------------------------------------------------------------------------------

  PoolOf pool_of() {
    return [this](const backend::ConnectionSettings& settings) -> std::shared_ptr<backend::Backend> {
      for (const auto& [known, weak] : pools)
        if (known == settings)
          if (auto pool = weak.lock()) return pool;
      auto pool = std::make_shared<backend::Pool>(
          loop.get_executor(), settings,
          [this, hosts = settings.hosts](backend::Link& link) { return objection_to(link, hosts); },
          [this, settings](backend::Link& link) { return look_at_rights(link, settings); });
      pools.emplace_back(settings, pool);
      return pool;
    };
  }

  FileOf file_of() {
    return [this](const std::string& file, const Reading& reading) { return text_tables.of(file, reading); };
  }

  asio::awaitable<std::optional<std::string>> objection_to(backend::Link& link, std::vector<Endpoint> hosts) {
    if (!change_feed || hosts != config.mariadb.hosts) co_return std::nullopt;  // other servers, another history
    auto objection = co_await change_feed->objection_to(link);
    co_return objection;
  }

  std::vector<std::pair<std::string, const backend::Pool*>> named_pools() {
    std::vector<backend::ConnectionSettings> of;
    std::vector<const backend::Pool*> live;
    for (const auto& [settings, weak] : pools)
      if (const auto pool = weak.lock()) {
        of.push_back(settings);
        live.push_back(pool.get());
      }
    std::vector<std::pair<std::string, const backend::Pool*>> all;
    auto names = backend::pool_names(of);
    for (std::size_t i = 0; i < live.size(); ++i) all.emplace_back(std::move(names[i]), live[i]);
    return all;
  }

  /// For MariaDB, Redis, the change feed, the admin port and the control socket: 64 connections for each of the last
  /// two, and some for what listens.
  void reserve_descriptors() {
    constexpr std::size_t beside_pools = 256;
    std::size_t others = beside_pools;
    for (const auto& [settings, weak] : pools)
      if (!weak.expired()) others += settings.connections;
    descriptors.reserve(others);
    raise_descriptor_limit(max_connections, others);
  }

  void use_redis() {
    if (redis && redis_settings == config.redis) return;
    redis.reset();
    redis_settings = config.redis;
    if (config.redis) {
      redis = std::make_shared<cache::RedisTier>(loop.get_executor(), *config.redis);
      redis->start();
    }
    resolver.use_redis(redis);
  }

  // ---- the change feed -------------------------------------------------------------------------------------------

  std::optional<ToFollow> to_follow(const config::Config& wanted) {
    if (!wanted.feed.binlog) return std::nullopt;
    return ToFollow{ledger, {}};
  }

  static feed::FeedSettings feed_settings(const config::Config& wanted) {
    feed::FeedSettings settings{wanted.mariadb, wanted.feed.server_id};
    if (!wanted.feed.user.empty()) {
      settings.connection.user = wanted.feed.user;
      settings.connection.password = wanted.feed.password;
    }
    if (settings.server_id == 0) settings.server_id = derived_server_id();
    return settings;
  }

  void use_feed(std::optional<ToFollow>& follow) {
    const auto settings = follow ? std::optional{feed_settings(config)} : std::nullopt;
    if (change_feed && settings != feed_now) {
      change_feed->stop();
      resolver.use_follower(nullptr);
      change_feed.reset();
      ledger.end();
    }
    feed_now = settings;
    followed_pool.reset();
    if (!settings) return;
    // The pool that [mariadb] describes decides which host is followed; it is made here if no map has one.
    followed_pool = std::static_pointer_cast<backend::Pool>(pool_of()(config.mariadb));
    const bool fresh = change_feed == nullptr;
    if (fresh) {
      change_feed = std::make_unique<feed::Feed>(
          loop.get_executor(), ledger, *settings,
          [this](const backend::HostTrouble& trouble) {
            const auto pool = followed_pool;
            if (!pool) return std::size_t{0};  // a feed that is stopped asks once more
            pool->look_around(trouble);
            return pool->current_host();
          },
          notebook());
      resolver.use_follower(change_feed.get());
    }
    change_feed->watch(std::move(follow->definitions), config.cache.keys_memory);
    if (fresh && begun) change_feed->start();
  }

  std::optional<feed::FeedStatus> feed_status() {
    return change_feed ? std::optional{change_feed->status()} : std::nullopt;
  }

  feed::Notebook notebook() {
    feed::Notebook notebook;
    notebook.read = [this](std::string name) -> asio::awaitable<std::string> {
      const auto tier = redis;
      if (!tier) co_return std::string{};
      auto text = co_await tier->get_note(name);
      co_return text.value_or("");
    };
    notebook.write = [this](const std::string& name, const std::string& text) {
      if (redis) redis->put_note(name, text, checkpoint_lifetime);
    };
    return notebook;
  }

  /// The first answers after a restart are to come from Redis, not from the database: it has a moment to be there
  /// before the first connection is taken out of the backlog.
  asio::awaitable<void> begin() {
    if (redis) static_cast<void>(co_await redis->connected(Clock::now() + redis_head_start));
    // A text table written a moment ago is not believed yet; until it is, its lookups would be temporary errors.
    const auto settled = Clock::now() + text_head_start;
    while (!text_tables.all_read() && Clock::now() < settled && !stopping) {
      co_await sleep_for(std::chrono::milliseconds{50});  // what it waits for is the files' age
      text_tables.look();
    }
    if (stopping) co_return;
    begun = true;
    if (change_feed) change_feed->start();
    if (feed_now && feed_now->connection.user != config.mariadb.user)
      spawn(loop.get_executor(), "rights", look_at_the_feeds_rights(feed_now->connection));
    listening.begin();
    spawn_essential(loop.get_executor(), "proving", keep_proving());
    spawn_essential(loop.get_executor(), "text tables", keep_reading());
    spdlog::info("event=ready version={} file={} maps={} memory=\"{}\" redis={}", MAPROOM_VERSION, config.file,
                 registry->size(), format_bytes(config.cache.memory), redis ? "yes" : "no");
    ops::notify("READY=1");
  }

  /// Once for each account that a pool uses, by its first connection.
  asio::awaitable<void> look_at_rights(backend::Link& link, backend::ConnectionSettings settings) {
    const std::pair account{settings.hosts, settings.user};
    if (std::find(looked_at.begin(), looked_at.end(), account) != looked_at.end()) co_return;
    looked_at.push_back(account);
    const bool follows = feed_now && feed_now->connection.user == settings.user;
    co_await warn_of_rights(link, settings, follows, Clock::now() + rights_limit);
  }

  /// The feed's own account, which no pool uses: until its server answers, or for some minutes.
  asio::awaitable<void> look_at_the_feeds_rights(backend::ConnectionSettings settings) {
    for (int tries = 0; tries < rights_tries && !stopping; ++tries) {
      const bool seen = co_await warn_of_rights_of_feed(loop.get_executor(), settings, feed_rights_limit);
      if (seen || stopping) break;
      static_cast<void>(co_await stopped.wait_for(rights_interval));
    }
  }

  // ---- life ------------------------------------------------------------------------------------------------------

  /// Everything is tried before anything is changed. One after the other, since it waits for the database.
  asio::awaitable<ops::Reloaded> reload() {
    while (reloading) static_cast<void>(co_await turn_over.wait_until(TimePoint::max()));
    struct Turn {  // ends with an exception too
      bool& taken;
      Condition over;  // shares those who wait
      Turn(bool& flag, Condition condition) : taken{flag}, over{std::move(condition)} {
        taken = true;
        ops::notify_reloading();
      }
      ~Turn() {
        ops::notify("READY=1");
        taken = false;
        over.notify_all();
      }
      Turn(const Turn&) = delete;
      Turn& operator=(const Turn&) = delete;
    } const turn{reloading, turn_over};
    auto reloaded = co_await try_reload();
    const auto& errors = reloaded.errors;
    if (errors.empty()) {
      spdlog::info("event=reloaded file={} maps={}", config.file, registry->size());
    } else {
      for (std::size_t begin = 0; begin < errors.size();) {
        const auto end = std::min(errors.find('\n', begin), errors.size());
        spdlog::error("event=reload_refused what=\"{}\"", errors.substr(begin, end - begin));
        begin = end + 1;
      }
      spdlog::error("event=reload_refused what=\"the old configuration stays in force\"");
    }
    co_return reloaded;
  }

  /// What only a server can say of new settings: whether it lets us in. A refusal is an error; one who does not answer
  /// may be away just now, and its lookups wait as they would have waited before.
  asio::awaitable<ops::Reloaded> try_new_settings(const config::Config& next) {
    ops::Reloaded found;
    std::vector<std::pair<std::string, backend::ConnectionSettings>> wanted;
    for (const auto& map : next.maps)
      for (const auto& table : map.tables)
        if (table.text_file.empty()) wanted.emplace_back(table.origin + ": map " + map.name, table.connection);
    if (next.feed.binlog) wanted.emplace_back(next.file + ": [feed]", feed_settings(next).connection);
    std::vector<backend::ConnectionSettings> tried;
    if (config.feed.binlog) tried.push_back(feed_settings(config).connection);
    for (const auto& [settings, weak] : pools)
      if (!weak.expired()) tried.push_back(settings);
    const auto deadline = Clock::now() + trial_limit;
    for (const auto& [where, settings] : wanted) {
      if (std::find(tried.begin(), tried.end(), settings) != tried.end()) continue;
      tried.push_back(settings);
      const auto trial = co_await backend::try_settings(loop.get_executor(), settings, deadline);
      if (trial.admission == backend::Admission::let_in) continue;
      auto& text = trial.admission == backend::Admission::refused ? found.errors : found.warnings;
      text += (text.empty() ? "" : "\n") + where + ": " + trial.detail;
    }
    co_return found;
  }

  asio::awaitable<ops::Reloaded> try_reload() {
    auto next = config::read_config(config.file);
    if (!next) co_return ops::Reloaded{next.error().detail, {}};
    auto reloaded = co_await try_new_settings(*next);
    if (!reloaded.errors.empty()) co_return reloaded;
    if (stopping) co_return ops::Reloaded{"the daemon is stopping", {}};
    for (const auto& warning : next->warnings) reloaded.warnings += (reloaded.warnings.empty() ? "" : "\n") + warning;
    if (auto errors = use(std::move(*next)); !errors.empty()) co_return ops::Reloaded{std::move(errors), {}};
    for (std::size_t begin = 0; begin < reloaded.warnings.size();) {
      const auto end = std::min(reloaded.warnings.find('\n', begin), reloaded.warnings.size());
      spdlog::warn("event=config_warning what=\"{}\"", reloaded.warnings.substr(begin, end - begin));
      begin = end + 1;
    }
    co_return reloaded;
  }

  /// The errors, one a line; then nothing has changed.
  std::string use(config::Config next) {
    auto follow = to_follow(next);
    auto made = make_registry(next, pool_of(), file_of(), registry.get(), follow ? &*follow : nullptr);
    if (!made) return made.error().detail;
    if (auto errors = listening.use(next); !errors.empty()) return errors;
    config = std::move(next);
    registry = *made;
    max_connections = config.max_connections;
    sessions.limit_memory(config.sessions_memory);
    reserve_descriptors();
    store.resize(config.cache.memory);
    use_redis();
    use_feed(follow);
    set_up_log(config.log_level);
    std::erase_if(pools, [](const auto& each) { return each.second.expired(); });
    return {};
  }

  /// Client lists are proven at once and again before what the database said of them is too old.
  asio::awaitable<void> keep_proving() {
    while (!stopping) {
      const auto current = registry;
      for (const auto& [name, map] : *current) {
        const bool due = map->standing() != resolver::Trust::trusted ||
                         Clock::now() - map->proven >= map->map.freshness.negative_ttl;
        if (map->map.guarded() && due) co_await resolver.prove(map, Clock::now() + map->map.deadline);
      }
      if (stopping) break;
      static_cast<void>(co_await stopped.wait_for(std::chrono::seconds{1}));
    }
  }

  /// Text tables are read again when their files change.
  asio::awaitable<void> keep_reading() {
    while (!stopping) {
      text_tables.look();
      static_cast<void>(co_await stopped.wait_for(text_interval));
    }
  }

  /// An interval without an answer, and the service manager hears nothing; after two it starts another daemon. An
  /// answer that did not come is asked for again soon, or one failure would be an interval's.
  asio::awaitable<void> feed_watchdog(std::chrono::microseconds interval) {
    while (!stopping) {
      const auto asked = Clock::now();
      const bool alive = co_await pulse.beat(std::max<Clock::duration>(interval, shortest_beat));
      if (stopping) break;
      if (alive)
        ops::notify("WATCHDOG=1");
      else
        log_limited(LogLevel::error, "deaf", "", "what=\"a lookup of its own is not answered\"");
      static_cast<void>(co_await stopped.wait_until(alive ? asked + interval : Clock::now() + after_no_beat));
    }
  }

  asio::awaitable<void> reload_for_signal() { co_await reload(); }

  asio::awaitable<void> obey_signals() {
    asio::signal_set signals{loop, SIGTERM, SIGINT, SIGHUP};
    for (;;) {
      const int signal = co_await signals.async_wait(asio::use_awaitable);
      if (signal != SIGHUP) break;
      spawn_essential(loop.get_executor(), "reload", reload_for_signal());  // SIGTERM need not wait for it
    }
    co_await drain();
  }

  /// No new connections, no new requests; those under way get their answer. When all has come to its end the loop has
  /// nothing left and run() returns by itself.
  asio::awaitable<void> drain() {
    ops::notify("STOPPING=1");
    spdlog::info("event=stopping connections={}", sessions.size());
    stopping = true;
    listening.stop();
    sessions.drain();
    static_cast<void>(co_await sessions.emptied(Clock::now() + drain_limit));
    for (const auto& [settings, weak] : pools)
      if (const auto pool = weak.lock()) pool->stop();
    if (change_feed) change_feed->stop();
    redis.reset();
    resolver.use_redis(nullptr);
    listening.remove_socket_files();
    stopped.notify_all();
    pulse.stop();
    spdlog::info("event=stopped unfinished={}", sessions.size());
    sessions.stop();
  }

  config::Config config;
  asio::io_context loop{1};
  cache::Store store;
  std::optional<cache::RedisSettings> redis_settings;
  std::shared_ptr<cache::RedisTier> redis;
  feed::Ledger ledger;
  resolver::Resolver resolver;
  std::optional<feed::FeedSettings> feed_now;
  std::unique_ptr<feed::Feed> change_feed;
  std::vector<std::pair<backend::ConnectionSettings, std::weak_ptr<backend::Pool>>> pools;
  std::shared_ptr<backend::Pool> followed_pool;  ///< of [mariadb], while there is a feed
  TextTables text_tables;
  std::shared_ptr<const resolver::Registry> registry;
  std::size_t max_connections = config.max_connections;
  net::SessionSet sessions{loop.get_executor(), resolver, registry};
  net::Pulse pulse{loop.get_executor(), sessions};
  ops::Control control;
  net::Descriptors descriptors;
  Listening listening{loop.get_executor(), sessions, control, max_connections, descriptors};
  std::vector<std::pair<std::vector<Endpoint>, std::string>> looked_at;  ///< accounts: hosts and user
  bool begun = false;
  bool stopping = false;
  bool reloading = false;
  Condition stopped{loop.get_executor()};
  Condition turn_over{loop.get_executor()};  ///< a turn of reload() is over
};

Application::Application(config::Config config) : state_{std::make_unique<State>(std::move(config))} {}
Application::~Application() = default;

void Application::run() {
  auto& s = *state_;
  s.reserve_descriptors();
  s.sessions.start();
  spawn_essential(s.loop.get_executor(), "signals", s.obey_signals());
  spawn_essential(s.loop.get_executor(), "begin", s.begin());
  if (const auto interval = ops::watchdog_interval())
    spawn_essential(s.loop.get_executor(), "watchdog", s.feed_watchdog(*interval));
  s.loop.run();
}

}  // namespace maproom::app
