#include "integration/matrix/world.hpp"

#include <gtest/gtest.h>

namespace maproom::test::matrix {
namespace {

using namespace std::chrono_literals;

/// Within this a change is to be seen. Only where the feed has not even been told of it yet, since the machine is busy
/// or the server was restarted, it may take as long as anything in these tests.
constexpr auto judged_after = 2s;
constexpr auto patience = 20s;
/// Of a world whose changes no binlog tells: answers and key sets end after it.
constexpr auto life = 2s;
/// Times of the daemon and of this program are rounded.
constexpr auto rounding = 100ms;

constexpr const char* user = "maproom";
constexpr const char* not_found = "NOTFOUND";
constexpr const char* error = "an error";

std::string upper_case_free(std::string name) {
  for (auto& c : name) c = c == '-' ? '_' : c;
  return name;
}

std::string shown(const std::map<std::string, std::string>& answers) {
  std::string text;
  for (const auto& [asked, answer] : answers) text += "\n    " + asked + ": " + answer;
  return text;
}

}  // namespace

World::World(Servers& servers, CaseFile file)
    : servers_{servers},
      mariadb_{servers.asked()},
      file_{std::move(file)},
      database_{"m_" + upper_case_free(file_.name)},
      port_{free_port()} {
  run_command({"chmod", "777", files_.path()});
  session("").run(
      "DROP DATABASE IF EXISTS " + database_ + "; CREATE DATABASE " + database_ +
      " CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci; CREATE USER IF NOT EXISTS maproom@localhost IDENTIFIED BY "
      "'secret'; GRANT SELECT ON " +
      database_ + ".* TO maproom@localhost; GRANT EXECUTE ON " + database_ +
      ".* TO maproom@localhost; GRANT REPLICATION SLAVE, BINLOG MONITOR ON *.* TO maproom@localhost");
  sessions_.clear();
  for (const auto& one : file_.cases)
    for (const auto& step : one.before) take(one, step);
  sessions_.clear();
  servers_.catch_up();
  daemon_.configure(configuration());
  daemon_.start();
}

Words World::words(const Case& one) const {
  const std::string server = " --no-defaults -uroot -S " + servers_.written().socket() + " ";
  return {{"t", one.table},
          {"db", database_},
          {"user", user},
          {"client", "mariadb" + server},
          {"dump", "mariadb-dump" + server},
          {"data", mariadb_.socket().substr(0, mariadb_.socket().rfind('/'))},
          {"tmp", files_.path()}};
}

std::vector<std::string> World::maps_of(const Case& one) {
  std::vector<std::string> maps{one.table};
  if (one.has_set) maps.push_back(one.table + "-set");
  return maps;
}

std::string World::configuration() const {
  const std::string ttl = file_.bounded ? "2 s" : "1 h";
  std::string toml = "[mariadb]\nhosts = [\"unix:" + mariadb_.socket() + "\"]\npassword = \"secret\"\ndatabase = \"" +
                     database_ + "\"\n[cache]\npositive_ttl = \"" + ttl + "\"\nnegative_ttl = \"" + ttl +
                     "\"\n[feed]\nbinlog = true\n" + (file_.bounded ? "followed_ttl = \"2 s\"\n" : "") +
                     "[socketmap]\nlisten = [\"inet:127.0.0.1:" + std::to_string(port_) + "\"]\n";
  for (const auto& one : file_.cases)
    for (const auto& map : maps_of(one)) {
      const bool with_set = map != one.table;
      // Another text, another table of the cache: what one map knows must not help the other.
      toml += "[maps." + map + "]\nparameter = \"exact\"\ncomplete_keys = " + (with_set ? "true" : "false") +
              "\nquery = '''" + filled_in(one.query, words(one)) + (with_set ? " " : "") + "'''\n";
    }
  return toml;
}

Sql& World::session(const std::string& name) {
  auto& one = sessions_[name];
  if (!one) one = std::make_unique<Sql>(servers_.written().socket(), "root", "", "");
  return *one;
}

void World::restart(bool orderly) {
  sessions_.clear();
  if (orderly)
    mariadb_.stop();
  else
    mariadb_.kill();
  mariadb_.start();
}

void World::take(const Case& one, const Step& step) {
  const auto text = filled_in(step.text, words(one));
  const auto run = [&] { return session(step.session).run("USE " + database_ + ";" + text); };
  switch (step.kind) {
    case Step::Kind::sql:
      try {
        run();
      } catch (const std::exception& refused) {
        throw std::runtime_error{one.name + ": " + text + ": " + refused.what()};
      }
      break;
    case Step::Kind::fails:
      EXPECT_THROW(run(), std::runtime_error) << one.name << ": " << text;
      break;
    case Step::Kind::shell:
      if (const auto result = run_command({"bash", "-o", "pipefail", "-ec", text}); result.status != 0)
        throw std::runtime_error{one.name + ": " + text + ": " + result.err};
      break;
    case Step::Kind::server:
      restart(text == "restart");
      break;
    case Step::Kind::settle:
      settle(one);
      break;
    case Step::Kind::wait:
      EXPECT_TRUE(wait_until([&] { return !session(step.session).run(text).empty(); })) << one.name << ": " << text;
      break;
  }
}

void World::settle(const Case& one) {
  EXPECT_TRUE(wait_until([&] {
    const auto feed = status().at("feed");
    return feed.at("schema_reads").get<std::uint64_t>() > layouts_read_ && feed.at("layout_known").get<bool>() &&
           has_come();
  })) << one.name;
  layouts_read_ = status().at("feed").at("schema_reads").get<std::uint64_t>();
  static_cast<void>(ask_all(one));
  static_cast<void>(ask_all(one));
  between_.push_back(truth_of(one));
}

// ---- what the daemon says of itself --------------------------------------------------------------------------------

nlohmann::json World::status() const {
  Wire wire{daemon_.path("control")};
  wire.send("GET /status HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n");
  while (wire.line().size() > 2) {
  }
  std::string body;
  for (auto line = wire.line(); !line.empty(); line = wire.line()) body += line;
  return nlohmann::json::parse(body);
}

const nlohmann::json& World::map_of(const nlohmann::json& status, const std::string& map) {
  for (const auto& each : status.at("maps"))
    if (each.at("name") == map) return each;
  throw std::runtime_error{"no map " + map};
}

std::string World::position_of_server() const {
  Sql root{mariadb_.socket(), "root", "", ""};
  return root.run("SELECT @@global.gtid_binlog_pos").at(0).at(0).value_or("");
}

bool World::has_come() const {
  // The server's place is taken each time: a change may write to the binlog after its row shows (an event that has run
  // is dropped by its server).
  const auto position = position_of_server();
  const auto feed = status().at("feed");
  return feed.at("healthy").get<bool>() && feed.at("confirmed") == position;
}

// ---- asking --------------------------------------------------------------------------------------------------------

std::string World::ask(const std::string& map, const std::string& key) {
  if (!wire_) wire_.emplace(port_);
  auto reply = wire_->ask_socketmap(map, key);
  if (reply.starts_with("OK ")) return reply;
  return reply.starts_with(not_found) ? not_found : error;
}

World::Answers World::ask_all(const Case& one) {
  Answers answers;
  for (const auto& map : maps_of(one))
    for (const auto& key : one.keys) answers[map + " " + key] = ask(map, key);
  return answers;
}

/// As mysql_table(5) has it: all columns of all rows, those that are empty or NULL aside.
World::Answers World::truth_of(const Case& one) {
  Answers truth;
  for (const auto& key : one.keys) {
    std::string text;
    try {
      std::optional<Sql> fresh;
      auto& sql = one.truth_held ? *held_ : fresh.emplace(mariadb_.socket(), user, "secret", database_);
      auto query = filled_in(one.query, words(one));
      for (std::string::size_type at = 0; (at = query.find('%', at)) != std::string::npos;) {
        const auto value = query.at(at + 1) == '%' ? std::string{"%"} : sql.quoted(key);
        query.replace(at, 2, value);
        at += value.size();
      }
      for (const auto& row : sql.run(query))
        for (const auto& column : row)
          if (column && !column->empty()) text += (text.empty() ? "" : ",") + *column;
      text = text.empty() ? not_found : "OK " + text;
    } catch (const std::exception&) {
      text = error;
    }
    for (const auto& map : maps_of(one)) truth[map + " " + key] = text;
  }
  return truth;
}

bool World::keep_answers(const Case& one, const Answers& truth) {
  // What is still on its way here may drop them again.
  const auto rests = [&] {
    const auto all = status();
    if (!all.at("feed").at("layout_known").get<bool>() || !has_come()) return false;
    return !one.has_set || map_of(all, maps_of(one).back()).at("key_set").at("complete").get<bool>();
  };
  const auto costs = [&] {
    const auto all = status();
    std::uint64_t queries = 0;
    for (const auto& map : maps_of(one)) queries += map_of(all, map).at("database").get<std::uint64_t>();
    return queries;
  };
  // Errors are not kept, and need not be: they are no wrong answers.
  const auto errors = static_cast<std::uint64_t>(
      std::count_if(truth.begin(), truth.end(), [](const auto& each) { return each.second == error; }));
  return wait_until([&] {
    if (!wait_until(rests)) return false;
    static_cast<void>(ask_all(one));
    const auto before = costs();
    const auto kept = ask_all(one);
    return kept == truth && costs() <= before + errors && rests();
  });
}

// ---- judging -------------------------------------------------------------------------------------------------------

void World::run() {
  for (const auto& one : file_.cases) {
    SCOPED_TRACE(file_.name + ".case, " + one.table + ": " + one.name);
    try {
      judge(one);
      for (const auto& step : one.after) take(one, step);
    } catch (const std::exception& broken) {
      ADD_FAILURE() << broken.what();
      wire_.reset();
    }
    sessions_.clear();
  }
}

void World::judge(const Case& one) {
  if (one.truth_held) held_ = std::make_unique<Sql>(mariadb_.socket(), user, "secret", database_);
  const auto before = truth_of(one);
  between_.assign(1, before);
  if (!keep_answers(one, before)) {
    ADD_FAILURE() << "the answers are not kept, so that nothing can be shown; the truth is" << shown(before)
                  << "\nand they are" << shown(ask_all(one)) << "\n"
                  << status().dump(1).substr(0, 2000) << daemon_.log();
    return;
  }
  count(one, before);
  layouts_read_ = status().at("feed").at("schema_reads").get<std::uint64_t>();
  for (const auto& step : one.change) take(one, step);
  servers_.catch_up();
  const auto changed = Clock::now();
  const auto truth = truth_of(one);
  if (one.outcome == Outcome::same) {
    EXPECT_EQ(truth, before) << "this was to change nothing";
  } else {
    EXPECT_NE(truth, before) << "this was to change something";
  }
  expect_truth(one, before, truth, changed);
}

void World::expect_truth(const Case& one, const Answers& before, const Answers& truth, Clock::time_point changed) {
  const auto right = [&](const std::string& asked, const std::string& answer) {
    return answer == truth.at(asked) ||
           (one.outcome == Outcome::kept && truth.at(asked) == error && answer == before.at(asked));
  };
  Answers answers;
  for (;;) {
    const auto now = Clock::now();
    const bool come = has_come();
    answers = ask_all(one);
    bool all = true;
    for (const auto& [asked, answer] : answers) {
      all = all && right(asked, answer);
      const bool was =
          std::any_of(between_.begin(), between_.end(), [&](const Answers& then) { return then.at(asked) == answer; });
      if (!right(asked, answer) && !was && answer != error)
        ADD_FAILURE() << asked << " is " << answer << ", and never was";
    }
    // Once more when everything has come: a late answer must not have been kept.
    if (all && (come || file_.bounded)) {
      const auto took = std::chrono::duration_cast<std::chrono::milliseconds>(now - changed);
      if (took > judged_.slowest) {
        judged_.slowest = took;
        judged_.slowest_case = one.name;
      }
      return;
    }
    const auto passed = now - changed;
    const bool late = file_.bounded ? passed > life + rounding : passed > judged_after && come;
    if (late || passed > patience) break;
  }
  ADD_FAILURE() << "the truth was" << shown(before) << "\nand is" << shown(truth) << "\nbut it says" << shown(answers)
                << "\n"
                << status().at("feed").dump(1) << "\n"
                << daemon_.log();
}

void World::count(const Case& one, const Answers& before) {
  ++judged_.cases;
  for (const auto& [asked, answer] : before) {
    const bool of_set = !asked.starts_with(one.table + " ");
    if (answer == error) continue;
    if (answer != not_found)
      ++judged_.value;
    else
      ++(of_set ? judged_.set : judged_.not_found);
  }
}

}  // namespace maproom::test::matrix
