// bench_freshness: from a commit to its being seen, what an outage answers, how fast it is over, and what following the
// binlog costs MariaDB. scripts/figures builds and runs it; docs/performance.md holds what it said.

#include <mysql.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <atomic>
#include <fstream>
#include <iostream>
#include <optional>
#include <sstream>
#include <thread>

#include "bench/histogram.hpp"
#include "integration/feed_world.hpp"
#include "support/wire.hpp"

namespace maproom::bench {
namespace {

using Clock = std::chrono::steady_clock;
using namespace std::chrono_literals;
using test::Followed;
using test::PrivateMariadb;
using test::PrivateRedis;
using test::Wire;

/// A connection that waits: the writer's.
class Sql {
 public:
  explicit Sql(const PrivateMariadb& server) : mysql_{::mysql_init(nullptr)} {
    if (::mysql_real_connect(mysql_, nullptr, "root", nullptr, "mail", 0, server.socket().c_str(), 0) == nullptr)
      throw std::runtime_error{::mysql_error(mysql_)};
  }
  ~Sql() { ::mysql_close(mysql_); }
  Sql(const Sql&) = delete;
  Sql& operator=(const Sql&) = delete;
  void run(const std::string& statement) {
    if (::mysql_real_query(mysql_, statement.data(), statement.size()) != 0)
      throw std::runtime_error{::mysql_error(mysql_)};
  }

 private:
  MYSQL* mysql_;
};

double cpu_seconds(pid_t pid) {
  std::ifstream stat{"/proc/" + std::to_string(pid) + "/stat"};
  std::string text;
  std::getline(stat, text);
  std::istringstream fields{text.substr(text.rfind(')') + 2)};
  std::string skipped;
  for (int i = 0; i < 11; ++i) fields >> skipped;
  double user = 0;
  double system = 0;
  fields >> user >> system;
  return (user + system) / static_cast<double>(::sysconf(_SC_CLK_TCK));
}

/// 10,000 lookups a second of keys that are cached, on one connection, a hundred every ten milliseconds.
class Load {
 public:
  explicit Load(int port) : thread_{[this, port] { run(port); }} {}
  ~Load() {
    stop_ = true;
    thread_.join();
  }
  Load(const Load&) = delete;
  Load& operator=(const Load&) = delete;

 private:
  void run(int port) {
    Wire wire{port};
    std::string requests;
    for (int i = 0; i < 100; ++i) requests += i % 2 == 0 ? "get joe@d.example\n" : "get ann@d.example\n";
    for (auto next = Clock::now(); !stop_; next += 10ms) {
      wire.send(requests);
      for (int i = 0; i < 100; ++i)
        if (wire.line().substr(0, 4) != "200 ") throw std::runtime_error{"a wrong answer under load"};
      std::this_thread::sleep_until(next);
    }
  }
  std::atomic<bool> stop_{false};
  std::thread thread_;
};

const std::string long_lives = "positive_ttl = \"1 h\"\nnegative_ttl = \"1 h\"";

/// A daemon with a map of recipients and, by complete key sets, one of domains and one of networks.
std::unique_ptr<Followed> daemon_on(const PrivateMariadb& mariadb, const PrivateRedis* redis, test::Ports& ports,
                                    const std::string& cache = long_lives) {
  const auto listen = [&](const std::string& map) {
    return "[maps." + map + "]\nlisten = \"inet:127.0.0.1:" + std::to_string(ports[map]) + "\"\n";
  };
  std::string maps = listen("virtual_mailbox_domains") + "query = \"SELECT 1 FROM domain WHERE domain = '%s'\"\n";
  maps += listen("mynetworks") + "query = \"SELECT 'OK' FROM network WHERE address = '%s'\"\n";
  auto daemon = std::make_unique<Followed>(
      Followed::Wish{.mariadb = mariadb, .redis = redis, .cache = cache, .maps = std::move(maps)});
  daemon->start();
  return daemon;
}

void make_database(const PrivateMariadb& mariadb) {
  test::make_followed_database(mariadb);
  mariadb.sql(
      "CREATE TABLE domain (domain VARCHAR(255) PRIMARY KEY) ENGINE=InnoDB; INSERT INTO domain VALUES ('d.example'); "
      "CREATE TABLE network (address VARCHAR(64) PRIMARY KEY) ENGINE=InnoDB; INSERT INTO network VALUES ('192.0.2.1')",
      "mail");
}

void row(const std::string& name, const Histogram& h) {
  std::printf("| %s | %llu | %.1f | %.1f | %.1f |\n", name.c_str(), static_cast<unsigned long long>(h.count()),
              h.percentile_us(0.5) / 1000, h.percentile_us(0.99) / 1000, h.max_us() / 1000);
  std::fflush(stdout);
}

/// From the return of a commit to the first answer that shows it, for a key whose "not found" was cached.
void measure_visible(const std::string& name, const PrivateMariadb& mariadb, const std::vector<int>& ports,
                     int changes) {
  Sql sql{mariadb};
  std::vector<std::unique_ptr<Wire>> wires;
  for (const int port : ports) wires.push_back(std::make_unique<Wire>(port));
  Histogram histogram;
  static int serial = 0;
  for (int i = 0; i < changes; ++i) {
    const auto key = "n" + std::to_string(++serial) + "@d.example";
    for (const auto& wire : wires)
      if (wire->ask_tcp(key).substr(0, 4) != "500 ") throw std::runtime_error{"not \"not found\""};
    sql.run("INSERT INTO mailbox (username, maildir) VALUES ('" + key + "', 'm/')");
    const auto committed = Clock::now();
    // In turn, until the last daemon has it.
    for (const auto& wire : wires)
      while (wire->ask_tcp(key).substr(0, 4) != "200 ")
        if (Clock::now() - committed > 10s) throw std::runtime_error{"a change was not seen within 10 s"};
    histogram.add(Clock::now() - committed);
  }
  row(name, histogram);
}

struct Kinds {
  std::uint64_t found = 0, absent = 0, temporary = 0;
  std::chrono::nanoseconds slowest{};
};

void measure_outage(PrivateMariadb& mariadb, int seconds) {
  test::Ports ports;
  auto daemon = daemon_on(mariadb, nullptr, ports, "positive_ttl = \"2 s\"\nnegative_ttl = \"2 s\"");
  const int boxes = daemon->ports["mailboxes"];
  struct Question {
    std::string what;
    std::unique_ptr<Wire> wire;
    std::function<std::string(int)> key;
    Kinds kinds;
  };
  std::vector<Question> questions;
  const auto ask_about = [&](std::string what, int port, std::function<std::string(int)> key) {
    questions.push_back({std::move(what), std::make_unique<Wire>(port), std::move(key), {}});
  };
  ask_about("a known mailbox", boxes, [](int) { return "joe@d.example"; });
  ask_about("a mailbox nobody has asked for", boxes, [](int) { return "jorg@d.example"; });
  ask_about("an unknown recipient", boxes, [](int i) { return "u" + std::to_string(i) + "@d.example"; });
  ask_about("our domain", ports["virtual_mailbox_domains"], [](int) { return "d.example"; });
  ask_about("a foreign domain, new each time", ports["virtual_mailbox_domains"],
            [](int i) { return "f" + std::to_string(i) + ".example"; });
  ask_about("a foreign client, new each time", ports["mynetworks"],
            [](int i) { return "203.0." + std::to_string(i / 250 % 250) + "." + std::to_string(i % 250); });
  Wire{boxes}.ask_tcp("joe@d.example");
  Wire{ports["virtual_mailbox_domains"]}.ask_tcp("d.example");
  const auto complete = [&] {
    const auto text = daemon->daemon.run({"status"}).out;
    return text.find("all 1 keys known") != std::string::npos;
  };
  if (!test::wait_until(complete)) throw std::runtime_error{"no key sets: " + daemon->daemon.log()};
  mariadb.stop();
  std::this_thread::sleep_for(3s);
  const auto end = Clock::now() + std::chrono::seconds{seconds};
  for (int i = 0; Clock::now() < end; ++i) {
    for (auto& question : questions) {
      const auto begun = Clock::now();
      const auto answer = question.wire->ask_tcp(question.key(i));
      question.kinds.slowest = std::max<std::chrono::nanoseconds>(question.kinds.slowest, Clock::now() - begun);
      ++(answer[0] == '2' ? question.kinds.found : answer[0] == '5' ? question.kinds.absent : question.kinds.temporary);
    }
    std::this_thread::sleep_for(5ms);
  }
  std::printf(
      "\nAn outage of %d s, times to live of 2 s:\n\n| asked for | found | not found | temporary error | slowest "
      "|\n|---|---|---|---|---|\n",
      seconds);
  for (const auto& question : questions)
    std::printf("| %s | %llu | %llu | %llu | %.1f ms |\n", question.what.c_str(),
                static_cast<unsigned long long>(question.kinds.found),
                static_cast<unsigned long long>(question.kinds.absent),
                static_cast<unsigned long long>(question.kinds.temporary),
                static_cast<double>(question.kinds.slowest.count()) / 1e6);
  // Recovery: from the first connection that the server takes to the first answer that needs it.
  std::atomic<bool> up{false};
  Clock::time_point back;
  std::thread watcher{[&] {
    for (;; std::this_thread::sleep_for(1ms)) {
      try {
        Sql{mariadb}.run("DO 1");
        back = Clock::now();
        up = true;
        return;
      } catch (const std::runtime_error&) {
      }
    }
  }};
  std::thread starter{[&] { mariadb.start(); }};
  Wire wire{boxes};
  for (int i = 0; wire.ask_tcp("r" + std::to_string(i) + "@d.example").substr(0, 4) != "500 "; ++i)
    std::this_thread::sleep_for(1ms);
  const auto answered = Clock::now();
  watcher.join();
  starter.join();
  std::printf("\nRecovery: an unknown recipient is \"not found\" again %.0f ms after MariaDB takes connections",
              std::chrono::duration<double, std::milli>(answered - back).count());
  if (!test::wait_until([&] { return daemon->healthy(); })) throw std::runtime_error{"the feed does not come back"};
  std::printf("; the feed is healthy after %.0f ms.\n",
              std::chrono::duration<double, std::milli>(Clock::now() - back).count());
}

/// Writes as fast as one client can, with so many followers; processor time of MariaDB for each.
void measure_cost(const PrivateMariadb& mariadb, int writes) {
  std::printf(
      "\nWhat following costs MariaDB, %d single-row commits each:\n\n| followers | commits/s | processor time of "
      "mariadbd a commit | while nothing changes |\n|---|---|---|---|\n",
      writes);
  std::vector<std::unique_ptr<Followed>> daemons;
  std::vector<std::unique_ptr<test::Ports>> ports;
  static int serial = 0;
  for (int followers = 0; followers <= 2; ++followers) {
    Sql sql{mariadb};
    const auto before = cpu_seconds(mariadb.pid());
    const auto begun = Clock::now();
    for (int i = 0; i < writes; ++i)
      sql.run("INSERT INTO mailbox (username, maildir) VALUES ('c" + std::to_string(++serial) + "@d.example', 'm/')");
    const std::chrono::duration<double> took = Clock::now() - begun;
    const auto used = cpu_seconds(mariadb.pid()) - before;
    std::this_thread::sleep_for(1s);
    const auto idle_before = cpu_seconds(mariadb.pid());
    std::this_thread::sleep_for(5s);
    std::printf("| %d | %.0f | %.0f us | %.2f %% of a processor |\n", followers, writes / took.count(),
                used * 1e6 / writes, (cpu_seconds(mariadb.pid()) - idle_before) / 5 * 100);
    std::fflush(stdout);
    ports.push_back(std::make_unique<test::Ports>());
    daemons.push_back(daemon_on(mariadb, nullptr, *ports.back()));
  }
}

int run(int changes, int outage, int writes) {
  auto options = test::binlog_options();
  PrivateMariadb mariadb{options};
  const PrivateRedis redis;
  make_database(mariadb);
  std::printf("From commit to visible, milliseconds:\n\n| | changes | p50 | p99 | max |\n|---|---|---|---|---|\n");
  {
    test::Ports first_ports;
    test::Ports second_ports;
    auto first = daemon_on(mariadb, &redis, first_ports);
    const int one = first->ports["mailboxes"];
    measure_visible("1 daemon, idle", mariadb, {one}, changes);
    {
      const Load load{one};
      measure_visible("1 daemon, 10,000 lookups/s", mariadb, {one}, changes);
    }
    auto second = daemon_on(mariadb, &redis, second_ports);
    const int two = second->ports["mailboxes"];
    measure_visible("2 daemons, idle: the later one", mariadb, {one, two}, changes);
    const Load load{one};
    const Load other{two};
    measure_visible("2 daemons, 10,000 lookups/s each: the later one", mariadb, {one, two}, changes);
  }
  measure_cost(mariadb, writes);
  measure_outage(mariadb, outage);
  return 0;
}

}  // namespace
}  // namespace maproom::bench

int main(int argc, char** argv) {
  CLI::App app{"Freshness and outage figures of maproom"};
  int changes = 1000;
  int outage = 60;
  int writes = 5000;
  app.add_option("--changes", changes, "of each case (default 1000)");
  app.add_option("--outage", outage, "seconds (default 60)");
  app.add_option("--writes", writes, "of each case (default 5000)");
  CLI11_PARSE(app, argc, argv);
  try {
    return maproom::bench::run(changes, outage, writes);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "bench_freshness: %s\n", error.what());
    return 1;
  }
}
