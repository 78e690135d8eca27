// maproom_checker: the proof that the cache is never wrong. Writers change a real MariaDB, readers ask two daemons that
// share one Redis, a seeded schedule breaks things; every answer is judged afterwards against what was committed when.
// At the end, after quiet, every answer that memory and Redis would still give is held against the table.
//
// docs/architecture.md, "The checker", says what counts as right. The same seed gives the same schedule.

#include <CLI/CLI.hpp>
#include <csignal>
#include <filesystem>
#include <functional>
#include <iostream>
#include <nlohmann/json.hpp>

#include "checker/gate.hpp"
#include "checker/reader.hpp"
#include "checker/writer.hpp"
#include "integration/feed_world.hpp"
#include "support/wire.hpp"

namespace maproom::checker {
namespace {

using Clock = std::chrono::steady_clock;
using namespace std::chrono_literals;
using std::chrono::milliseconds;
using test::Daemon;
using test::PrivateMariadb;
using test::PrivateRedis;

constexpr int groups = 24;
constexpr int writers = 2;
constexpr int readers_each = 2;
// The daemons' settings, and what follows from them.
constexpr milliseconds positive_ttl{1500}, negative_ttl{1000}, stale_limit{3000};
/// The feed may be taken for healthy for a second after its last proof; and this machine may be slow.
constexpr milliseconds healthy_bound{1000 + 500};
constexpr milliseconds absent_bound{std::max(healthy_bound, negative_ttl + 500ms)};
constexpr milliseconds found_bound{stale_limit + 500ms};
/// So long after a fault its traces may be seen.
constexpr milliseconds aftermath{6000};

struct Options {
  unsigned seed = 1;
  int seconds = 60;
  std::vector<std::string> faults;  ///< empty: all; "none"
  bool verbose = false;
};

struct Fault {
  std::string name;
  std::function<void(unsigned)> run;  ///< takes a random number; returns when all is whole again
};

class Checker {
 public:
  explicit Checker(Options options) : options_{std::move(options)}, random_{options_.seed} {
    test::make_followed_database(mariadb_);
    mariadb_.sql("DELETE FROM mail.alias");
    for (int i = 0; i < 2; ++i) configure(i);
  }

  int run() {
    std::printf("seed %u, %d s\n", options_.seed, options_.seconds);
    std::fflush(stdout);
    std::vector<std::unique_ptr<Writer>> writing;
    for (int w = 0; w < writers; ++w) {
      std::vector<int> own;
      for (int g = w; g < groups; g += writers) own.push_back(g);
      writing.push_back(std::make_unique<Writer>(mariadb_.socket(), random_(), own));
    }
    std::vector<std::unique_ptr<Reader>> reading;
    for (int d = 0; d < 2; ++d)
      for (int r = 0; r < readers_each; ++r)
        reading.push_back(std::make_unique<Reader>(
            d,
            std::vector<std::pair<std::string, int>>{{"aliases", ports_[d]["aliases"]}, {"keyed", ports_[d]["keyed"]}},
            random_(), groups));
    for (auto& daemon : daemons_) daemon.start();
    if (!wait_healthy()) return trouble("the feeds do not become healthy");
    std::atomic<bool> stop{false};
    std::vector<std::string> died(writing.size());  // one place for each thread
    std::vector<std::thread> threads;
    for (std::size_t i = 0; i < writing.size(); ++i)
      threads.emplace_back([&, i] {
        try {
          writing[i]->run(stop);
        } catch (const std::exception& error) {
          died[i] = error.what();
        }
      });
    for (auto& reader : reading) threads.emplace_back([&] { reader->run(stop); });
    disturb(Clock::now() + std::chrono::seconds{options_.seconds});
    stop = true;
    for (auto& thread : threads) thread.join();
    for (const auto& why : died)
      if (!why.empty()) return trouble(why);

    std::map<int, const History*> histories;
    for (const auto& writer : writing)
      for (const auto& [group, history] : writer->histories()) histories[group] = &history;
    const auto wrong = judge_all(histories, reading);
    const auto stale = look_for_what_is_stale_for_ever();
    std::printf("%s\n", wrong + stale == 0 ? "all answers were right" : "WRONG");
    return wrong + stale == 0 ? 0 : 1;
  }

 private:
  int trouble(const std::string& what) {
    std::printf("TROUBLE: %s\n", what.c_str());
    for (auto& daemon : daemons_) std::printf("%s\n", daemon.log().c_str());
    return 2;
  }

  void configure(int i) {
    const auto map = [&](const std::string& name, const std::string& more, const std::string& tail) {
      return "[maps." + name +
             "]\nparameter = \"virtual_alias_maps\"\nlisten = \"inet:127.0.0.1:" + std::to_string(ports_[i][name]) +
             "\"\n" + more + "query = \"SELECT goto FROM alias WHERE address = '%s' AND active = 1" + tail + "\"\n";
    };
    const auto ms = [](milliseconds m) { return "\"" + std::to_string(m.count()) + " ms\"\n"; };
    daemons_[i].configure(
        "[mariadb]\nhosts = [\"inet:127.0.0.1:" + std::to_string(sql_gates_[i].port()) +
        "\"]\npassword = \"secret\"\n[redis]\nserver = \"inet:127.0.0.1:" + std::to_string(redis_gates_[i].port()) +
        "\"\n[cache]\npositive_ttl = " + ms(positive_ttl) + "negative_ttl = " + ms(negative_ttl) +
        "stale_limit = " + ms(stale_limit) + "[feed]\nbinlog = true\n" + map("aliases", "", "") +
        map("keyed", "complete_keys = true\n", " LIMIT 1"));
  }

  bool healthy(int i) {
    const auto status = nlohmann::json::parse(daemons_[i].run({"status", "--json"}).out, nullptr, false);
    return status.is_object() && status["feed"]["healthy"] == true && status["feed"]["layout_known"] == true;
  }
  bool wait_healthy() {
    return test::wait_until([&] { return healthy(0) && healthy(1); }, 40s);
  }

  // ---- faults ----------------------------------------------------------------------------------------------------

  static void rest(unsigned number, int least, int most) {
    std::this_thread::sleep_for(milliseconds{least + static_cast<int>(number) % (most - least)});
  }

  void gate_fault(std::vector<Fault>& all, const std::string& name, std::array<Gate, 2>& gates, Way way) {
    all.push_back({name, [&gates, way](unsigned n) {
                     auto& gate = gates[n % 2];
                     gate.set(way);
                     rest(n / 2, 100, 2500);
                     gate.set(Way::open);
                   }});
  }

  std::vector<Fault> all_faults() {
    std::vector<Fault> all;
    all.push_back({"mariadb-kill", [this](unsigned n) {
                     mariadb_.kill();
                     rest(n, 1, 1500);
                     mariadb_.start();
                   }});
    all.push_back({"mariadb-stop", [this](unsigned n) {
                     mariadb_.pause();
                     rest(n, 100, 2500);
                     mariadb_.resume();
                   }});
    all.push_back({"redis-kill", [this](unsigned n) {
                     redis_.stop();
                     rest(n, 1, 1500);
                     redis_.start();
                   }});
    all.push_back({"redis-stop", [this](unsigned n) {
                     redis_.pause();
                     rest(n, 100, 1500);
                     redis_.resume();
                   }});
    all.push_back({"daemon-kill", [this](unsigned n) {
                     auto& daemon = daemons_[n % 2];
                     daemon.kill();
                     rest(n / 2, 1, 1500);
                     daemon.start();
                   }});
    all.push_back({"daemon-stop", [this](unsigned n) {
                     auto& daemon = daemons_[n % 2];
                     daemon.signal(SIGSTOP);
                     rest(n / 2, 100, 2500);
                     daemon.signal(SIGCONT);
                   }});
    for (const auto& [name, way] : {std::pair{"cut", Way::cut}, std::pair{"stalled", Way::stalled},
                                    std::pair{"slow", Way::slow}, std::pair{"half-open", Way::half_open}}) {
      gate_fault(all, std::string{"sql-"} + name, sql_gates_, way);
      gate_fault(all, std::string{"redis-"} + name, redis_gates_, way);
    }
    all.push_back({"binlog-rotate", [this](unsigned) { mariadb_.sql("FLUSH BINARY LOGS"); }});
    all.push_back({"binlog-purge", [this](unsigned) {
                     mariadb_.sql("FLUSH BINARY LOGS; SET @now = NOW(); PURGE BINARY LOGS BEFORE NOW()");
                   }});
    all.push_back({"binlog-reset", [this](unsigned) { mariadb_.sql("RESET MASTER"); }});
    all.push_back({"restart-after-purge", [this](unsigned n) {
                     auto& daemon = daemons_[n % 2];
                     daemon.kill();
                     mariadb_.sql("FLUSH BINARY LOGS; PURGE BINARY LOGS BEFORE NOW()");
                     rest(n / 2, 1, 800);
                     daemon.start();
                   }});
    all.push_back({"columns-change", [this](unsigned n) {
                     mariadb_.sql(n % 2 == 0 ? "ALTER TABLE mail.alias MODIFY goto LONGTEXT FIRST"
                                             : "ALTER TABLE mail.alias MODIFY goto LONGTEXT AFTER address");
                   }});
    all.push_back({"redis-flush", [this](unsigned) { redis_.command({"FLUSHALL"}); }});
    all.push_back({"redis-garbage", [this](unsigned n) {
                     std::string keys = redis_.command({"KEYS", "*"});
                     for (std::string::size_type at = 0, end = 0; at < keys.size(); at = end + 1) {
                       end = std::min(keys.find('\n', at), keys.size());
                       if (random_garbage_() % 3 == 0)
                         redis_.command({"SET", keys.substr(at, end - at), "garbage" + std::to_string(n)});
                     }
                   }});
    all.push_back({"redis-old-dump", [this](unsigned n) {
                     keep_what_redis_holds();
                     rest(n, 500, 4000);
                     bring_back_what_redis_held();
                   }});
    return all;
  }

  /// What Redis holds, with the times left, as a dump taken now would bring it back later.
  void keep_what_redis_holds() const {
    redis_.command({"EVAL", R"(
local all = {}
for _, key in ipairs(redis.call('KEYS', '*')) do
  redis.call('COPY', key, 'old ' .. key)
end
return #all)",
                    "0"});
  }
  void bring_back_what_redis_held() const {
    redis_.command({"EVAL", R"(
for _, key in ipairs(redis.call('KEYS', 'old *')) do
  redis.call('RENAME', key, string.sub(key, 5))
end
return 1)",
                    "0"});
  }

  void disturb(Time end) {
    auto all = all_faults();
    if (!options_.faults.empty())
      std::erase_if(all, [&](const Fault& fault) {
        return std::find(options_.faults.begin(), options_.faults.end(), fault.name) == options_.faults.end();
      });
    while (Clock::now() < end) {
      const auto pause = milliseconds{300 + static_cast<int>(random_() % 3000)};
      const auto which = random_();
      const auto number = random_() & 0xffffff;
      if (Clock::now() + pause >= end || all.empty()) {
        std::this_thread::sleep_until(end);
        break;
      }
      std::this_thread::sleep_for(pause);
      const auto& fault = all[which % all.size()];
      const auto begun = Clock::now();
      fault.run(static_cast<unsigned>(number));
      faults_.push_back({begun, Clock::now(), fault.name});
      if (options_.verbose) {
        std::printf("%s\n", fault.name.c_str());
        std::fflush(stdout);
      }
    }
  }

  // ---- judging ---------------------------------------------------------------------------------------------------

  struct Window {
    Time begin, end;
    std::string name;
  };
  [[nodiscard]] bool disturbed(Time from, Time to) const {
    return std::any_of(faults_.begin(), faults_.end(),
                       [&](const Window& fault) { return from <= fault.end + aftermath && to >= fault.begin; });
  }

  std::size_t judge_all(const std::map<int, const History*>& histories,
                        const std::vector<std::unique_ptr<Reader>>& readers) {
    std::size_t found = 0;
    std::size_t absent = 0;
    std::size_t errors = 0;
    std::size_t errors_in_peace = 0;
    std::size_t wrong = 0;
    std::size_t commits = 0;
    for (const auto& [group, history] : histories) commits += history->commits.size();
    for (const auto& reader : readers) {
      errors += reader->errors().size();
      for (const auto time : reader->errors()) errors_in_peace += disturbed(time, time) ? 0 : 1;
      for (const auto& read : reader->reads()) {
        ++(read.answer.value ? found : absent);
        const bool peace = !disturbed(read.answer.called, read.answer.returned);
        const auto bound = peace ? healthy_bound : read.answer.value ? found_bound : absent_bound;
        const auto verdict = judge(*histories.at(read.group), read.answer, bound);
        if (verdict == Verdict::right) continue;
        if (++wrong > 10) continue;
        std::string near;
        for (const auto& fault : faults_)
          if (read.answer.called <= fault.end + aftermath && read.answer.returned >= fault.begin)
            near += " " + fault.name + "@" +
                    std::to_string(std::chrono::duration_cast<milliseconds>(fault.begin - read.answer.called).count());
        std::printf("%s: daemon %d, map %s, bound %lld ms, %s\n    faults:%s\n",
                    verdict == Verdict::too_old ? "TOO OLD" : "NEVER TRUE", read.daemon, read.map.c_str(),
                    static_cast<long long>(bound.count()), around(*histories.at(read.group), read.answer).c_str(),
                    near.c_str());
      }
    }
    std::printf(
        "%zu commits, %zu faults, %zu found, %zu not found, %zu temporary errors (%zu of them without a fault near), "
        "%zu wrong\n",
        commits, faults_.size(), found, absent, errors, errors_in_peace, wrong);
    if (errors_in_peace * 1000 > found + absent) {
      std::printf("TOO MANY ERRORS without a fault\n");
      ++wrong;
    }
    return wrong;
  }

  std::size_t compare(const State& table, const std::string& when) {
    std::size_t wrong = 0;
    for (int i = 0; i < 2; ++i)
      for (const char* map : {"aliases", "keyed"}) {
        test::Wire wire{ports_[i][map]};
        for (int group = 0; group < groups; ++group) {
          const auto keys = keys_of_group(group);
          for (const auto& key : {keys[0], keys[1]}) {
            const auto line = wire.ask_tcp(key);
            const auto expected = answer_of(table, {key, keys[2]});
            const bool right = expected ? line == "200 " + *expected + "\n" : line.substr(0, 4) == "500 ";
            if (right || ++wrong > 10) continue;
            std::printf("STALE FOR EVER, %s: daemon %d, map %s, %s: %s, and the table says %s\n", when.c_str(), i, map,
                        key.c_str(), line.c_str(), expected ? expected->c_str() : "not found");
          }
        }
      }
    return wrong;
  }

  std::size_t look_for_what_is_stale_for_ever() {
    if (!wait_healthy()) return static_cast<std::size_t>(trouble("the feeds do not become healthy at the end"));
    std::this_thread::sleep_for(healthy_bound);
    State table;
    auto rows = mariadb_.sql("SELECT address, goto FROM mail.alias WHERE active = 1");
    for (std::string::size_type at = 0, end = 0; at < rows.size(); at = end + 1) {
      end = rows.find('\n', at);
      const auto tab = rows.find('\t', at);
      table[rows.substr(at, tab - at)] = rows.substr(tab + 1, end - tab - 1);
    }
    auto wrong = compare(table, "in memory");
    for (auto& daemon : daemons_) {
      daemon.kill();
      daemon.start();
    }
    if (!wait_healthy()) return static_cast<std::size_t>(trouble("the feeds do not become healthy after a restart"));
    wrong += compare(table, "in Redis");
    return wrong;
  }

  Options options_;
  std::mt19937 random_;
  std::mt19937 random_garbage_{7};
  PrivateMariadb mariadb_{[] {
    auto options = test::binlog_options();
    for (const char* more : {"--sync-binlog=1", "--innodb-flush-log-at-trx-commit=1", "--innodb-lock-wait-timeout=3"})
      options.emplace_back(more);
    return options;
  }()};
  PrivateRedis redis_;
  std::array<Gate, 2> sql_gates_{Gate{mariadb_.port()}, Gate{mariadb_.port()}};
  std::array<Gate, 2> redis_gates_{Gate{redis_.port()}, Gate{redis_.port()}};
  std::array<test::Ports, 2> ports_;
  std::array<Daemon, 2> daemons_;
  std::vector<Window> faults_;
};

}  // namespace
}  // namespace maproom::checker

int main(int argc, char** argv) {
  CLI::App app{"Looks for wrong answers of maproom's cache while everything around it breaks"};
  maproom::checker::Options options;
  app.add_option("--seed", options.seed, "of everything that is random (default 1)");
  app.add_option("--seconds", options.seconds, "of writing and reading (default 60)");
  app.add_option("--faults", options.faults, "only these; \"none\": no faults (default: all)")->delimiter(',');
  app.add_flag("--verbose", options.verbose, "tell each fault");
  CLI11_PARSE(app, argc, argv);
  try {
    return maproom::checker::Checker{options}.run();
  } catch (const std::exception& error) {
    std::fprintf(stderr, "maproom_checker: %s\n", error.what());
    return 2;
  }
}
