#include "integration/same_answer/contest.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <filesystem>
#include <stdexcept>
#include <thread>

#include "integration/same_answer/corpus.hpp"
#include "maproom/map/map.hpp"
#include "maproom/proto/limits.hpp"
#include "maproom/proto/percent.hpp"
#include "support/wire.hpp"

namespace maproom::test {
namespace {

constexpr std::size_t max_reported = 20;

/// Where an answer may differ from that of mysql:, and why. Nothing else may.
struct Exception {
  const char* reason;
  bool (*holds)(const std::string& key, const Judged& mysql, const Judged& ours, bool tcp);
};

bool too_long_for_tcp(const Judged& judged) {
  return judged.kind == Judged::Kind::found && proto::quoted_size(judged.text) + 5 > proto::postfix_tcp_reply_max;
}

constexpr std::array exceptions{
    Exception{"a tcp: reply has 4096 bytes; a longer value is a temporary error, never cut",
              [](const std::string&, const Judged& mysql, const Judged& ours, bool tcp) {
                return tcp && too_long_for_tcp(mysql) && ours.kind == Judged::Kind::error;
              }},
    Exception{"a socketmap: reply has 100000 bytes",
              [](const std::string&, const Judged& mysql, const Judged& ours, bool tcp) {
                return !tcp && ours.kind == Judged::Kind::error && mysql.kind == Judged::Kind::found &&
                       mysql.text.size() + 3 > proto::postfix_socketmap_reply_max;
              }},
    Exception{"a key above 10000 bytes is not found: no address is as long, and Postfix 3.12 does so for socketmap:",
              [](const std::string& key, const Judged&, const Judged& ours, bool) {
                return key.size() > map::max_key_bytes && ours.kind == Judged::Kind::not_found;
              }},
};

/// How often each exception was needed.
std::array<std::atomic<std::size_t>, exceptions.size()> used{};

bool same(const std::string& key, const Judged& mysql, const Judged& ours, bool tcp) {
  if (mysql == ours) return true;
  for (std::size_t i = 0; i < exceptions.size(); ++i) {
    if (!exceptions[i].holds(key, mysql, ours, tcp)) continue;
    ++used[i];
    return true;
  }
  return false;
}

std::string shown(const Judged& judged) {
  switch (judged.kind) {
    case Judged::Kind::found:
      return "found \"" + escaped(judged.text) + "\"";
    case Judged::Kind::not_found:
      return "not found";
    case Judged::Kind::error:
      break;
  }
  return "error: " + escaped(judged.text);
}

std::string quoted_list(const std::vector<std::string>& texts) {
  std::string list;
  for (const auto& text : texts) list += (list.empty() ? "\"" : ", \"") + text + "\"";
  return list;
}

Keys mysql_tables(const std::vector<std::string>& paths) {
  Keys tables;
  for (const auto& path : paths) tables.push_back("mysql:" + path);
  return tables;
}

/// Which keys Postfix's tcp: and socketmap: are asked: each error is a process of its own, so where mysql: and the
/// daemon's own word agree about it, one will do.
std::vector<std::size_t> fewer_errors(const std::vector<Judged>& mysql, const std::vector<Judged>& cold) {
  std::vector<std::size_t> asked;
  std::size_t errors = 0;
  for (std::size_t i = 0; i < mysql.size(); ++i)
    if (mysql[i] != cold[i] || cold[i].kind != Judged::Kind::error || ++errors <= 1) asked.push_back(i);
  return asked;
}

}  // namespace

std::vector<std::string> needless_exceptions() {
  std::vector<std::string> reasons;
  for (std::size_t i = 0; i < used.size(); ++i)
    if (used[i] == 0) reasons.emplace_back(exceptions[i].reason);
  return reasons;
}

void Contest::add(const std::string& file, const std::vector<std::string>& texts, Keys keys) {
  const auto number = entrants_.size();
  const auto name = "map" + std::to_string(number);
  std::vector<std::string> paths;
  for (const auto& text : texts) paths.push_back(write(name + "-" + std::to_string(paths.size()) + ".cf", text));
  entrants_.push_back({number, file, std::move(paths), name, free_port(), std::move(keys)});
}

void Contest::start() {
  daemon_.configure(configuration(entrants_));
  daemon_.start();
}

CommandResult Contest::check(const std::string& text) const {
  const auto path = write("checked.cf", text);
  Daemon other;
  other.configure(configuration({{0, "", {path}, "checked", free_port(), {}}}));
  return other.run({"check"});
}

Judged Contest::ask_mysql(const std::string& text, const std::string& key) const {
  return judge_.ask({"mysql:" + write("asked.cf", text)}, {key}, {error()}).front();
}

void Contest::run() {
  std::atomic<std::size_t> next = 0;
  const auto work = [&] {
    for (std::size_t i = next++; i < entrants_.size(); i = next++) {
      try {
        compare(entrants_[i]);
      } catch (const std::exception& error) {
        report(entrants_[i].file + ": " + error.what());
      }
    }
  };
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) threads.emplace_back(work);
  for (auto& thread : threads) thread.join();
  for (const auto& failure : failures_) ADD_FAILURE() << failure;
  if (failures_.size() >= max_reported) ADD_FAILURE() << "... and perhaps more: the rest was not asked";
}

std::string Contest::summary() const {
  std::size_t keys = 0;
  for (const auto& each : entrants_) keys += each.keys.size();
  return std::to_string(entrants_.size()) + " maps, " + std::to_string(keys) +
         " keys: " + std::to_string(count(Judged::Kind::found)) + " found, " +
         std::to_string(count(Judged::Kind::not_found)) + " not found, " + std::to_string(count(Judged::Kind::error)) +
         " errors";
}

/// Postfix waits for up to three seconds until a file is no longer new; this one is an hour old.
std::string Contest::write(const std::string& name, const std::string& text) const {
  auto path = folder_.write(name, text);
  std::filesystem::last_write_time(path, std::filesystem::file_time_type::clock::now() - std::chrono::hours{1});
  return path;
}

std::string Contest::configuration(const std::vector<Entrant>& entrants) const {
  std::string text = std::string{"[postfix]\nsmtputf8_enable = "} + (smtputf8_enable_ ? "true" : "false") +
                     "\n[socketmap]\nlisten = [\"unix:" + daemon_.path("socketmap") + "\"]\n";
  for (const auto& each : entrants)
    text += "[maps." + each.map + "]\nparameter = \"exact\"\nlisten = \"inet:127.0.0.1:" + std::to_string(each.port) +
            "\"\nmysql_table = [" + quoted_list(each.paths) + "]\n";
  return text;
}

/// The daemon's word, from the database, without Postfix between. Each error is a process of its own for mysql:, so
/// where the daemon tells many of one map, those after the first ones are taken out of the map's keys.
std::vector<Judged> Contest::ask_daemon(Entrant& entrant) const {
  Wire wire{daemon_.path("socketmap")};
  std::vector<Judged> answers;
  Keys keys;
  std::size_t errors = 0;
  for (auto& key : entrant.keys) {
    const auto reply = wire.ask_socketmap(entrant.map, key);
    if (reply.empty()) throw std::runtime_error{"the daemon closed the connection at key " + escaped(key)};
    if (reply.starts_with("OK "))
      answers.push_back(found(reply.substr(3)));
    else if (reply == "NOTFOUND ")
      answers.push_back(not_found());
    else if (++errors <= (effort_ == Effort::thorough ? 15U : 8U))
      answers.push_back({Judged::Kind::error, reply});
    else
      continue;
    keys.push_back(std::move(key));
  }
  entrant.keys = std::move(keys);
  return answers;
}

/// The daemon's word where Postfix is not asked.
std::vector<Judged> Contest::ask_some(const std::string& table, const Entrant& entrant, const std::vector<Judged>& cold,
                                      const std::vector<std::size_t>& asked) const {
  Keys keys;
  std::vector<Judged> hints;
  for (const auto i : asked) {
    keys.push_back(entrant.keys[i]);
    hints.push_back(table.starts_with("tcp:") && too_long_for_tcp(cold[i]) ? error() : cold[i]);
  }
  auto some = judge_.ask({table}, keys, hints);
  auto all = cold;
  for (std::size_t i = 0; i < asked.size(); ++i) all[asked[i]] = std::move(some[i]);
  return all;
}

void Contest::compare(Entrant& entrant) {
  if (enough()) return;
  const auto cold = ask_daemon(entrant);
  const auto mysql = judge_.ask(mysql_tables(entrant.paths), entrant.keys, cold);
  const auto asked = fewer_errors(mysql, cold);
  const auto ask_tcp = [&] { return ask_some("tcp:127.0.0.1:" + std::to_string(entrant.port), entrant, cold, asked); };
  const auto ask_socketmap = [&] {
    return ask_some("socketmap:unix:" + daemon_.path("socketmap") + ":" + entrant.map, entrant, cold, asked);
  };
  const bool all = effort_ == Effort::thorough;
  const auto tcp = all || entrant.number % 2 == 0 ? ask_tcp() : cold;
  const auto socketmap = all || entrant.number % 2 != 0 ? ask_socketmap() : cold;
  std::array<std::size_t, 3> counts{};
  for (std::size_t i = 0; i < entrant.keys.size(); ++i) {
    const auto& key = entrant.keys[i];
    ++counts[static_cast<std::size_t>(mysql[i].kind)];
    if (same(key, mysql[i], cold[i], false) && same(key, mysql[i], tcp[i], true) &&
        same(key, mysql[i], socketmap[i], false))
      continue;
    report(entrant.file + ", smtputf8_enable = " + (smtputf8_enable_ ? "yes" : "no") + ", key \"" + escaped(key) +
           "\"\n  mysql:      " + shown(mysql[i]) + "\n  daemon:     " + shown(cold[i]) +
           "\n  tcp:        " + shown(tcp[i]) + "\n  socketmap:  " + shown(socketmap[i]));
  }
  // A map that answers nothing, or only errors, is a slip of the corpus, and would agree about anything.
  if (all) expect_promised(entrant, counts, mysql.front());
  const std::lock_guard lock{mutex_};
  for (std::size_t i = 0; i < counts.size(); ++i) counts_[i] += counts[i];
}

/// "error-..." has errors, "nothing-..." finds nothing, all others find something.
void Contest::expect_promised(const Entrant& entrant, const std::array<std::size_t, 3>& counts, const Judged& first) {
  const auto wanted = entrant.file.find("/error") != std::string::npos     ? Judged::Kind::error
                      : entrant.file.find("/nothing") != std::string::npos ? Judged::Kind::not_found
                                                                           : Judged::Kind::found;
  if (counts[static_cast<std::size_t>(wanted)] == 0)
    report(entrant.file + ": no key has the answer that its name promises; mysql: says " + shown(first) +
           " to the first");
}

bool Contest::enough() {
  const std::lock_guard lock{mutex_};
  return failures_.size() >= max_reported;
}

void Contest::report(const std::string& what) {
  const std::lock_guard lock{mutex_};
  if (failures_.size() < max_reported) failures_.push_back(what);
}

}  // namespace maproom::test
