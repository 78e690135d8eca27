#include "checker/faults.hpp"

#include <algorithm>
#include <csignal>
#include <mutex>
#include <stdexcept>
#include <thread>

#include "support/stopped_thread.hpp"

namespace maproom::checker {
using Clock = std::chrono::steady_clock;
using namespace std::chrono_literals;
namespace {

/// So long after a fault its traces may be seen.
constexpr milliseconds aftermath{4000};
constexpr unsigned both = 3;

void rest(unsigned number, int least, int most) {
  std::this_thread::sleep_for(milliseconds{least + static_cast<int>(number) % (most - least)});
}

}  // namespace

Faults::Faults(World& world, unsigned seed, const Manner& manner) : world_{world}, random_{seed}, manner_{manner} {
  of_servers();
  of_gates();
  if (world.has_replica())
    of_replication();
  else
    of_the_binlog();  // a replica may need what is purged
  of_redis();
  of_daemons();
  const auto& names = manner_.names;
  for (const auto& name : names)
    if (name != "none" &&
        std::none_of(all_.begin(), all_.end(), [&](const Fault& fault) { return fault.name == name; })) {
      std::string known;
      for (const auto& fault : all_) known += " " + fault.name;
      throw std::runtime_error{"no fault is called " + name + "; there are:" + known};
    }
  if (!names.empty())
    std::erase_if(all_,
                  [&](const Fault& fault) { return std::find(names.begin(), names.end(), fault.name) == names.end(); });
}

void Faults::add_gates(const std::string& name, Takes takes, std::array<Gate, 2>& gates, Way way, Links links,
                       int longest) {
  add(name, takes, [this, &gates, way, links, longest](unsigned n) {
    auto& gate = gates[n % 2];
    gate.set(way, links);
    rest(n / 2, 100, longest);
    gate.set(Way::open);
    felt_ = gate.felt();
    return 1U << (n % 2);
  });
}

void Faults::of_servers() {
  add("mariadb-kill", Takes::database, [this](unsigned n) {
    world_.primary().kill();
    rest(n, 1, 1500);
    world_.primary().start();
    return both;
  });
  add("mariadb-stop", Takes::database, [this](unsigned n) {
    world_.primary().pause();
    rest(n, 100, 2500);
    world_.primary().resume();
    return both;
  });
  for (auto& fault : all_) fault.lags = true;  // a replica must connect again
  if (world_.has_replica()) return;
  // A commit is in the binlog, and waits for a replica (there is none) before it can be seen.
  add("semi-sync", Takes::nothing, [this](unsigned n) {
    world_.primary().sql(
        "SET GLOBAL rpl_semi_sync_master_timeout = 60000, GLOBAL rpl_semi_sync_master_wait_point = AFTER_SYNC, GLOBAL "
        "rpl_semi_sync_master_enabled = 1");
    rest(n, 300, 2500);
    world_.primary().sql("SET GLOBAL rpl_semi_sync_master_enabled = 0");
    return both;
  });
}

void Faults::of_replication() {
  const auto lagging = [this](std::string name, Takes takes, Run run) {
    all_.push_back({std::move(name), takes, std::move(run), true});
  };
  lagging("replica-lag", Takes::nothing, [this](unsigned n) {
    world_.replica().sql("STOP SLAVE SQL_THREAD");
    rest(n, 100, 3000);
    world_.replica().sql("START SLAVE SQL_THREAD");
    return both;
  });
  lagging("replica-kill", Takes::database, [this](unsigned n) {
    world_.replica().kill();
    rest(n, 1, 1500);
    world_.replica().start();
    return both;
  });
  lagging("replica-stop", Takes::database, [this](unsigned n) {
    world_.replica().pause();
    rest(n, 100, 2500);
    world_.replica().resume();
    return both;
  });
  // A commit is in the binlog, and waits for the replica, which is stopped, before it can be seen.
  lagging("semi-sync", Takes::database, [this](unsigned n) {
    auto& primary = world_.primary();
    auto& replica = world_.replica();
    replica.sql("SET GLOBAL rpl_semi_sync_slave_enabled = 1; STOP SLAVE; START SLAVE");
    primary.sql(
        "SET GLOBAL rpl_semi_sync_master_timeout = 60000, GLOBAL rpl_semi_sync_master_wait_point = AFTER_SYNC, GLOBAL "
        "rpl_semi_sync_master_enabled = 1");
    replica.pause();
    rest(n, 300, 2500);
    replica.resume();
    primary.sql("SET GLOBAL rpl_semi_sync_master_enabled = 0");
    replica.sql("SET GLOBAL rpl_semi_sync_slave_enabled = 0; STOP SLAVE; START SLAVE");
    return both;
  });
  add("switch-over", Takes::database, [this](unsigned) {
    const std::unique_lock nobody_writes{world_.writing};
    world_.catch_up();
    world_.promote();
    world_.follow();
    return both;
  });
  lagging("fail-over", Takes::database, [this](unsigned n) {
    auto& lost = world_.primary();
    {
      const std::unique_lock nobody_writes{world_.writing};
      // What XA COMMIT has done may stand in InnoDB's log unwritten, and then locks its rows after the crash; the next
      // ordinary commit writes it.
      lost.sql("REPLACE INTO mail.filler VALUES (0, '')");
      world_.catch_up();
      lost.kill();
      world_.promote();
    }
    rest(n, 100, 2000);
    lost.start();
    world_.follow();
    return both;
  });
}

void Faults::of_gates() {
  for (const auto& [name, way] :
       {std::pair{"cut", Way::cut}, std::pair{"stalled", Way::stalled}, std::pair{"half-open", Way::half_open},
        std::pair{"deaf", Way::deaf}, std::pair{"late", Way::late}, std::pair{"slow", Way::slow}}) {
    // To be late or slow takes the proofs of life away, or makes queries fail, when it adds up.
    add_gates(std::string{"sql-"} + name, Takes::database, world_.sql_gates, way, Links::all, 2500);
    add_gates(std::string{"feed-"} + name, Takes::feed, world_.sql_gates, way, Links::feed, 5000);
    add_gates(std::string{"pool-"} + name, Takes::nothing, world_.sql_gates, way, Links::pool, 2500);
    add_gates(std::string{"redis-"} + name, Takes::nothing, world_.redis_gates, way, Links::all, 2500);
  }
  add_gates("pool-held", Takes::nothing, world_.sql_gates, Way::held, Links::pool, 4000);
  add("feed-cut-within-a-group", Takes::feed, [this](unsigned n) {
    auto& gate = world_.sql_gates[n % 2];
    gate.cut_within_a_group(true);
    for (int i = 0; i < 500 && !gate.has_cut(); ++i) std::this_thread::sleep_for(10ms);
    felt_ = gate.has_cut();
    gate.cut_within_a_group(false);
    return 1U << (n % 2);
  });
}

void Faults::of_the_binlog() {
  const auto purge = [this] {
    world_.primary().sql("FLUSH BINARY LOGS");
    const auto status = world_.primary().sql("SHOW MASTER STATUS");
    world_.primary().sql("PURGE BINARY LOGS TO '" + status.substr(0, status.find('\t')) + "'");
  };
  add("binlog-rotate", Takes::nothing, [this](unsigned) {
    world_.primary().sql("FLUSH BINARY LOGS");
    return both;
  });
  add("binlog-purge", Takes::feed, [purge](unsigned) {
    purge();
    return both;
  });
  add("binlog-reset", Takes::feed, [this](unsigned) {
    world_.primary().sql("RESET MASTER");
    return both;
  });
  add("restart-after-purge", Takes::feed, [this, purge](unsigned n) {
    auto& daemon = world_.daemons[victim(n)];
    daemon.kill();
    purge();
    rest(n / 2, 1, 800);
    daemon.start();
    return both;
  });
  add("columns-change", Takes::feed, [this](unsigned n) {
    world_.primary().sql(n % 2 == 0 ? "ALTER TABLE mail.alias MODIFY goto LONGTEXT FIRST"
                                    : "ALTER TABLE mail.alias MODIFY goto LONGTEXT AFTER address");
    return both;
  });
}

void Faults::of_redis() {
  auto& redis = world_.redis;
  add("redis-kill", Takes::nothing, [&redis](unsigned n) {
    redis.stop();
    rest(n, 1, 1500);
    redis.start();
    return both;
  });
  add("redis-stop", Takes::nothing, [&redis](unsigned n) {
    redis.pause();
    rest(n, 100, 1500);
    redis.resume();
    return both;
  });
  add("redis-flush", Takes::nothing, [&redis](unsigned) {
    redis.command({"FLUSHALL"});
    return both;
  });
  add("redis-garbage", Takes::nothing, [&redis](unsigned n) {
    redis.command({"EVAL", R"(
for i, key in ipairs(redis.call('KEYS', '*')) do
  if (i + ARGV[1]) % 3 == 0 then redis.call('SET', key, 'garbage' .. ARGV[1]) end
end
return 1)",
                   "0", std::to_string(n % 3)});
    return both;
  });
  // Entries with the times they have left, as they were a moment ago.
  add("redis-older", Takes::nothing, [&redis](unsigned n) {
    redis.command({"EVAL", R"(
for _, key in ipairs(redis.call('KEYS', '*')) do
  redis.call('COPY', key, 'old ' .. key)
end
return 1)",
                   "0"});
    rest(n, 500, 4000);
    redis.command({"EVAL", R"(
for _, key in ipairs(redis.call('KEYS', 'old *')) do
  redis.call('RENAME', key, string.sub(key, 5))
end
return 1)",
                   "0"});
    return both;
  });
  add("redis-old-dump", Takes::nothing, [&redis](unsigned n) {
    redis.command({"SAVE"});
    rest(n, 500, 4000);
    redis.stop();
    redis.start();
    return both;
  });
}

void Faults::of_daemons() {
  add("daemon-kill", Takes::feed, [this](unsigned n) {
    auto& daemon = world_.daemons[victim(n)];
    daemon.kill();
    rest(n / 2, 1, 1500);
    daemon.start();
    return 1U << victim(n);
  });
  add("daemon-stop", Takes::feed, [this](unsigned n) {
    auto& daemon = world_.daemons[n % 2];
    daemon.signal(SIGSTOP);
    rest(n / 2, 100, 2500);
    daemon.signal(SIGCONT);
    return 1U << (n % 2);
  });
  for (const char* thread : {"maproom", "binlog"})
    add(std::string{thread} + "-thread-stop", Takes::feed, [this, thread](unsigned n) {
      try {
        const test::StoppedThread stopped{world_.daemons[n % 2].pid(), thread};
        rest(n / 2, 100, 2500);
      } catch (const std::runtime_error&) {
        felt_ = false;  // the stream is just being made anew
      }
      return 1U << (n % 2);
    });
}

std::vector<std::string> Faults::names() const {
  std::vector<std::string> names;
  for (const auto& fault : all_) names.push_back(fault.name);
  return names;
}

void Faults::run(Time end, const std::function<void(const std::string&)>& told) {
  while (Clock::now() < end) {
    const bool calm = random_() % 5 == 0;
    const auto pause =
        milliseconds{300 + static_cast<int>(random_() % 2500)} + (calm ? aftermath : 0ms) + manner_.calmer;
    const auto which = random_();
    const auto number = static_cast<unsigned>(random_() & 0xffffff);
    if (Clock::now() + pause >= end || all_.empty()) {
      std::this_thread::sleep_until(end);
      break;
    }
    std::this_thread::sleep_for(pause);
    const auto& fault = all_[which % all_.size()];
    told(fault.name);
    const auto begun = Clock::now();
    felt_ = true;
    const auto daemons = fault.run(number);
    if (world_.has_replica()) world_.demand_replication();
    windows_.push_back({begun, Clock::now(), fault.name, fault.takes, daemons, fault.lags, felt_});
  }
}

unsigned Faults::Window::silences() const {
  return name.starts_with("daemon-") || name.starts_with("maproom-thread") || name == "restart-after-purge" ? daemons
                                                                                                            : 0;
}

Takes Faults::taken(unsigned daemon, Time from, Time to) const {
  auto worst = Takes::nothing;
  for (const auto& window : windows_)
    if ((window.daemons >> daemon & 1) != 0 && from <= window.end + aftermath && to >= window.begin)
      worst = std::max(worst, window.takes);
  return worst;
}

milliseconds Faults::lag(Time from, Time to) const {
  if (!world_.has_replica()) return 0ms;
  constexpr auto usual = 500ms;
  constexpr auto after_trouble = 2500ms;  // it tries once a second to connect again
  milliseconds lag = usual;
  for (const auto& window : windows_)
    if (window.lags && from <= window.end + aftermath && to >= window.begin)
      lag = std::max(lag, std::chrono::duration_cast<milliseconds>(window.end - window.begin) + after_trouble);
  return lag;
}

bool Faults::excuse_errors(Time from, Time to) const {
  return std::any_of(windows_.begin(), windows_.end(), [&](const Window& window) {
    const bool harmless =
        window.name.starts_with("redis-") || window.name == "binlog-rotate" || window.name.starts_with("admin-");
    return !harmless && from <= window.end + aftermath && to >= window.begin;
  });
}

bool Faults::was_within(Time from, Time to) const {
  return std::any_of(windows_.begin(), windows_.end(),
                     [&](const Window& window) { return from >= window.begin && to <= window.end; });
}

std::string Faults::near(Time from, Time to) const {
  std::string text;
  for (const auto& window : windows_)
    if (from <= window.end + aftermath && to >= window.begin)
      text += " " + window.name + "@" +
              std::to_string(std::chrono::duration_cast<milliseconds>(window.begin - from).count());
  return text;
}

}  // namespace maproom::checker
