// The promise of "the outcome that mysql: would have had", held against mysql: itself: the same files, keys and rows,
// asked through Postfix's mysql: client and through Postfix's tcp: and socketmap: clients of a running daemon.

#include <gtest/gtest.h>

#include <atomic>
#include <filesystem>
#include <mutex>
#include <random>
#include <set>
#include <thread>

#include "integration/same_answer/corpus.hpp"
#include "integration/same_answer/judge.hpp"
#include "integration/same_answer/odd_files.hpp"
#include "integration/same_answer/random_maps.hpp"
#include "integration/sample_world.hpp"
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

bool same(const std::string& key, const Judged& mysql, const Judged& ours, bool tcp) {
  if (mysql == ours) return true;
  return std::any_of(exceptions.begin(), exceptions.end(),
                     [&](const Exception& each) { return each.holds(key, mysql, ours, tcp); });
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

/// The databases of all layouts, once.
const std::vector<Layout>& corpus() {
  static const auto all = [] {
    auto layouts = read_corpus();
    auto& server = shared_mariadb();
    for (const char* host : {"localhost", "127.0.0.1"})
      server.sql("CREATE USER reader@'" + std::string{host} +
                 "' IDENTIFIED BY 'secret'; GRANT SELECT, EXECUTE ON *.* TO reader@'" + host + "'");
    for (const auto& layout : layouts) {
      server.sql("CREATE DATABASE " + layout.name + " CHARACTER SET utf8mb4");
      server.sql(layout.schema, layout.name);
    }
    return layouts;
  }();
  return all;
}

std::string connection(const std::string& database) {
  return "hosts = unix:" + shared_mariadb().socket() + "\nuser = reader\npassword = secret\ndbname = " + database +
         "\n";
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

/// Brief: Postfix's tcp: for one map and its socketmap: for the next. The daemon's own word counts for every map.
enum class Effort { thorough, brief };

/// A daemon with one map for each file, and the same files for mysql:.
class Contest {
 public:
  Contest(bool smtputf8_enable, Effort effort)
      : smtputf8_enable_{smtputf8_enable}, effort_{effort}, judge_{smtputf8_enable} {}

  /// `file`: what failures name; `texts`: whole mysql_table(5) files, in the order of the map.
  void add(const std::string& file, const std::vector<std::string>& texts, Keys keys) {
    const auto number = entrants_.size();
    const auto name = "map" + std::to_string(number);
    std::vector<std::string> paths;
    for (const auto& text : texts) paths.push_back(write(name + "-" + std::to_string(paths.size()) + ".cf", text));
    entrants_.push_back({number, file, std::move(paths), name, free_port(), std::move(keys)});
  }
  void start() {
    daemon_.configure(configuration(entrants_));
    daemon_.start();
  }
  /// What `maproom check` says to a file.
  CommandResult check(const std::string& text) {
    const auto path = write("checked.cf", text);
    Daemon other;
    other.configure(configuration({{0, "", {path}, "checked", free_port(), {}}}));
    return other.run({"check"});
  }
  Judged ask_mysql(const std::string& text, const std::string& key) const {
    return judge_.ask({"mysql:" + write("asked.cf", text)}, {key}, {error()}).front();
  }
  /// Asks everything of everybody and tells each difference.
  void run() {
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
  [[nodiscard]] std::string summary() const {
    std::size_t keys = 0;
    for (const auto& each : entrants_) keys += each.keys.size();
    return std::to_string(entrants_.size()) + " maps, " + std::to_string(keys) +
           " keys: " + std::to_string(count(Judged::Kind::found)) + " found, " +
           std::to_string(count(Judged::Kind::not_found)) + " not found, " +
           std::to_string(count(Judged::Kind::error)) + " errors";
  }
  [[nodiscard]] std::size_t count(Judged::Kind kind) const { return counts_[static_cast<std::size_t>(kind)]; }

 private:
  struct Entrant {
    std::size_t number;
    std::string file;
    std::vector<std::string> paths;
    std::string map;
    int port;
    Keys keys;
  };

  /// Postfix waits for up to three seconds until a file is no longer new; this one is an hour old.
  std::string write(const std::string& name, const std::string& text) const {
    auto path = folder_.write(name, text);
    std::filesystem::last_write_time(path, std::filesystem::file_time_type::clock::now() - std::chrono::hours{1});
    return path;
  }

  std::string configuration(const std::vector<Entrant>& entrants) const {
    std::string text = std::string{"[postfix]\nsmtputf8_enable = "} + (smtputf8_enable_ ? "true" : "false") +
                       "\n[socketmap]\nlisten = [\"unix:" + daemon_.path("socketmap") + "\"]\n";
    for (const auto& each : entrants)
      text += "[maps." + each.map + "]\nparameter = \"exact\"\nlisten = \"inet:127.0.0.1:" + std::to_string(each.port) +
              "\"\nmysql_table = [" + quoted_list(each.paths) + "]\n";
    return text;
  }

  /// The daemon's word, from the database, without Postfix between. Each error is a process of its own for mysql:, so
  /// where the daemon tells many of one map, those after the first ones are taken out of the map's keys.
  std::vector<Judged> ask_daemon(Entrant& entrant) const {
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
      else if (++errors <= (effort_ == Effort::thorough ? 30U : 8U))
        answers.push_back({Judged::Kind::error, reply});
      else
        continue;
      keys.push_back(std::move(key));
    }
    entrant.keys = std::move(keys);
    return answers;
  }

  /// Which keys Postfix's tcp: and socketmap: are asked: each error is a process of its own, so where mysql: and the
  /// daemon's own word agree about it, one will do.
  static std::vector<std::size_t> fewer_errors(const std::vector<Judged>& mysql, const std::vector<Judged>& cold) {
    std::vector<std::size_t> asked;
    std::size_t errors = 0;
    for (std::size_t i = 0; i < mysql.size(); ++i)
      if (mysql[i] != cold[i] || cold[i].kind != Judged::Kind::error || ++errors <= 1) asked.push_back(i);
    return asked;
  }
  /// The daemon's word where Postfix is not asked.
  std::vector<Judged> ask_some(const std::string& table, const Entrant& entrant, const std::vector<Judged>& cold,
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

  void compare(Entrant& entrant) {
    if (enough()) return;
    const auto cold = ask_daemon(entrant);
    const auto mysql = judge_.ask(mysql_tables(entrant.paths), entrant.keys, cold);
    const auto asked = fewer_errors(mysql, cold);
    const auto ask_tcp = [&] {
      return ask_some("tcp:127.0.0.1:" + std::to_string(entrant.port), entrant, cold, asked);
    };
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
  void expect_promised(const Entrant& entrant, const std::array<std::size_t, 3>& counts, const Judged& first) {
    const auto wanted = entrant.file.find("/error") != std::string::npos     ? Judged::Kind::error
                        : entrant.file.find("/nothing") != std::string::npos ? Judged::Kind::not_found
                                                                             : Judged::Kind::found;
    if (counts[static_cast<std::size_t>(wanted)] == 0)
      report(entrant.file + ": no key has the answer that its name promises; mysql: says " + shown(first) +
             " to the first");
  }

  bool enough() {
    const std::lock_guard lock{mutex_};
    return failures_.size() >= max_reported;
  }
  void report(const std::string& what) {
    const std::lock_guard lock{mutex_};
    if (failures_.size() < max_reported) failures_.push_back(what);
  }

  bool smtputf8_enable_;
  Effort effort_;
  Judge judge_;
  TempDir folder_;
  Daemon daemon_;
  std::vector<Entrant> entrants_;
  std::mutex mutex_;
  std::vector<std::string> failures_;
  std::array<std::size_t, 3> counts_{};
};

/// Half of the keys that are asked of every map, the other half for the next map, and for some one that no line can
/// hold: such a key is a process of its own for everybody who is asked.
Keys some_common_keys(std::size_t map) {
  static const auto all = common_keys();
  static const Keys with_line_ends{"a\nb@hosted.example",   "\n",
                                   "anna@hosted.example\n", "anna\n@hosted.example\r\n",
                                   "\nanna@hosted.example", "'\n\\"};
  Keys keys;
  if (map % 3 == 0) keys.push_back(with_line_ends[map / 3 % with_line_ends.size()]);
  for (std::size_t i = map % 2; i < all.size(); i += 2) keys.push_back(all[i]);
  return keys;
}

/// Single: without the maps that have a " in their query.
enum class Quotes { all, single };

/// All layouts, or those named. `shift`: another choice of the common keys.
void add_layouts(Contest& contest, std::size_t variants, std::size_t shift, const std::set<std::string>& only = {},
                 Quotes quotes = Quotes::all) {
  for (const auto& layout : corpus()) {
    if (!only.empty() && !only.contains(layout.name)) continue;
    auto keys = layout.keys;
    add_keys(keys, variants_of(layout.keys, variants, layout.name));
    for (const auto& map : layout.maps) {
      if (map.text.find('"') != std::string::npos && quotes == Quotes::single) continue;
      auto all = keys;
      add_keys(all, some_common_keys(shift++));
      contest.add(map.name, {connection(layout.name) + map.text}, all);
    }
  }
}

TEST(SameAnswer, ToEveryMapOfTheCorpus) {
  Contest contest{true, Effort::thorough};
  add_layouts(contest, 3, 0);
  contest.start();
  contest.run();
  std::cout << contest.summary() << '\n';
  EXPECT_GT(contest.count(Judged::Kind::found), 5000U);
  EXPECT_GT(contest.count(Judged::Kind::not_found), 10000U);
  EXPECT_GT(contest.count(Judged::Kind::error), 300U);
}

TEST(SameAnswer, WithoutSmtputf8) {
  Contest contest{false, Effort::brief};
  // Those whose answers depend on folding or on bytes that are not UTF-8; the rest would only say the same again.
  add_layouts(
      contest, 1, 1,
      {"collations", "formats", "ispmail", "literals", "postfixadmin", "tutorial", "types", "vimbadmin", "vmail"});
  contest.start();
  contest.run();
  std::cout << contest.summary() << '\n';
  EXPECT_GT(contest.count(Judged::Kind::found), 3000U);
  EXPECT_GT(contest.count(Judged::Kind::error), 300U);
}

/// Several tables of one map: for each key, the first that finds it; an error before that is the map's.
TEST(SameAnswer, ToSeveralTablesInOrder) {
  std::mt19937_64 random{3};
  Contest contest{true, Effort::brief};
  for (const auto& layout : corpus()) {
    for (int times = 0; times < 2; ++times) {
      std::string names;
      std::vector<std::string> texts;
      for (int i = 0; i < 3; ++i) {
        const auto& map = layout.maps[random() % layout.maps.size()];
        names += (i == 0 ? "" : ", then ") + map.name;
        texts.push_back(connection(layout.name) + map.text);
      }
      auto keys = layout.keys;
      add_keys(keys, variants_of(layout.keys, 1, names));
      contest.add(names, texts, keys);
    }
  }
  contest.start();
  contest.run();
  std::cout << contest.summary() << '\n';
  EXPECT_GT(contest.count(Judged::Kind::found), 250U);
}

TEST(SameAnswer, ToRandomMaps) {
  Keys keys;
  for (const auto& layout : corpus())
    if (layout.name == "formats") keys = layout.keys;
  add_keys(keys, variants_of(keys, 3, "random maps"));
  Contest contest{true, Effort::brief};
  for (const auto& text : random_maps(70)) contest.add(text, {connection("formats") + text}, keys);
  contest.start();
  contest.run();
  std::cout << contest.summary() << '\n';
  EXPECT_GT(contest.count(Judged::Kind::found), 700U);
  EXPECT_GT(contest.count(Judged::Kind::error), 20U);
}

class OddlyWritten : public testing::Test {
 protected:
  std::string filled_in(std::string text) const {
    const auto& server = shared_mariadb();
    const std::array<std::pair<std::string_view, std::string>, 6> all{
        {{"@HEAD@", connection("formats")},
         {"@HOST@", "unix:" + server.socket()},
         {"@PORT@", std::to_string(server.port())},
         {"@OPTIONS@", folder.write("options",
                                    "[client]\nuser = reader\npassword = secret\n[maproom-test]\nuser = reader\n"
                                    "password = secret\n[nobody]\nuser = nobody\n",
                                    0644)},
         {"@EMPTY@", folder.write("empty", "# no name\n\n  \n", 0644)},
         {"@NAMES@",
          folder.write("names", "# names\nSub.Hosted.example other.example,\n  müller.example # more\n", 0644)}}};
    for (const auto& [name, value] : all)
      for (std::size_t at = 0; (at = text.find(name, at)) != std::string::npos; at += value.size())
        text.replace(at, name.size(), value);
    return text;
  }
  TempDir folder;
};

TEST_F(OddlyWritten, FilesHaveTheSameAnswersOrAreRefused) {
  corpus();
  Contest contest{true, Effort::brief};
  const Keys keys{"two@hosted.example",     "rows@hosted.example",  "nobody@hosted.example", "Bare", "@", "",
                  "one@sub.hosted.example", "umlaut@Müller.example"};
  for (const auto& odd : odd_files()) {
    SCOPED_TRACE("file \"" + odd.name + "\": " + escaped(odd.text));
    const auto text = filled_in(odd.text);
    const auto checked = contest.check(text);
    const bool works = odd.fate == OddFile::Fate::accepted || odd.fate == OddFile::Fate::kinder;
    EXPECT_EQ(checked.status, works ? 0 : 78) << checked.err;
    EXPECT_TRUE(works || !checked.err.empty());
    switch (odd.fate) {
      case OddFile::Fate::accepted:
        if (checked.status == 0) contest.add(odd.name, {text}, keys);
        break;
      case OddFile::Fate::refused:
      case OddFile::Fate::kinder:
        EXPECT_EQ(contest.ask_mysql(text, "nobody@hosted.example"), error());
        break;
      case OddFile::Fate::stricter:
        EXPECT_NE(contest.ask_mysql(text, "two@hosted.example"), error()) << "no exception: mysql: refuses it too";
        break;
    }
    EXPECT_NE(odd.reason.empty(), odd.fate == OddFile::Fate::stricter || odd.fate == OddFile::Fate::kinder);
  }
  contest.start();
  contest.run();
  std::cout << contest.summary() << '\n';
}

/// The server's default for every new connection, for as long as this lives.
class SqlMode {
 public:
  explicit SqlMode(const std::string& mode) : before_{shared_mariadb().sql("SELECT @@GLOBAL.sql_mode")} {
    shared_mariadb().sql("SET GLOBAL sql_mode = '" + mode + "'");
  }
  ~SqlMode() { shared_mariadb().sql("SET GLOBAL sql_mode = '" + before_.substr(0, before_.find('\n')) + "'"); }
  SqlMode(const SqlMode&) = delete;
  SqlMode& operator=(const SqlMode&) = delete;

 private:
  std::string before_;
};

TEST(SameAnswer, UnderOtherSqlModes) {
  corpus();
  const struct {
    const char* mode;
    Quotes quotes;
  } all[] = {
      // The client library's quoting, which Postfix uses, doubles only ' in this mode: a " in a key ends a literal that
      // " encloses, and the rest of the key is SQL. Maproom doubles the " there, so it cannot answer the same.
      {"NO_BACKSLASH_ESCAPES", Quotes::single},
      {"ANSI_QUOTES", Quotes::all},
  };
  for (const auto& [mode, quotes] : all) {
    SCOPED_TRACE(mode);
    const SqlMode other{mode};
    Contest contest{true, Effort::brief};
    add_layouts(contest, 1, 0, {"literals", "vmail"}, quotes);
    contest.start();
    contest.run();
    std::cout << mode << ": " << contest.summary() << '\n';
  }
}

}  // namespace
}  // namespace maproom::test
