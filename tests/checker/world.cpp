#include "checker/world.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "checker/groups.hpp"

namespace maproom::checker {
using namespace std::chrono_literals;
namespace {

std::vector<std::string> careful_options(int server_id) {
  auto options = test::binlog_options(server_id);
  // What was committed stays so over kill -9; and the event comes well before the row can be seen.
  for (const char* more : {"--sync-binlog=1", "--innodb-flush-log-at-trx-commit=1", "--innodb-lock-wait-timeout=3",
                           // Gaps that a prepared XA transaction locks on a replica stop those before its commit there.
                           "--transaction-isolation=READ-COMMITTED"})
    options.emplace_back(more);
  return options;
}

}  // namespace

World::World(Servers servers)
    : first_{careful_options(1)},
      second_{servers == Servers::two ? std::make_unique<test::PrivateMariadb>(careful_options(2)) : nullptr},
      sql_gates{Gate{first_.port(), Gate::Entry::given},
                Gate{second_ ? second_->port() : first_.port(), Gate::Entry::given}},
      other_sql_gates{Gate{second_ ? second_->port() : first_.port(), Gate::Entry::given},
                      Gate{first_.port(), Gate::Entry::given}},
      entrance_{{Entrance::Side{sql_gates[0], daemons[0].config()}, {sql_gates[1], daemons[1].config()}}},
      other_entrance_{
          {Entrance::Side{other_sql_gates[0], daemons[0].config()}, {other_sql_gates[1], daemons[1].config()}}} {
  if (second_) {
    first_.sql(
        "CREATE USER repl@'127.0.0.1' IDENTIFIED BY 'secret'; GRANT REPLICATION SLAVE ON *.* TO repl@'127.0.0.1'");
    second_->sql("RESET MASTER");  // what its installation left there is not in the primary's history
    follow();
  }
  test::make_followed_database(first_);
  first_.sql(
      "DELETE FROM mail.alias; DELETE FROM mail.numbers; CREATE TABLE mail.filler (id INT PRIMARY KEY, text TEXT)");
  for (int group = written_groups; group < groups; ++group)
    first_.sql("INSERT INTO mail.mailbox (username, maildir) VALUES ('" + keys_of(group).front() + "', '" +
               mailbox_value + "')");
  for (std::size_t i = 0; i < daemons.size(); ++i) configure(i);
}

void World::follow() {
  replica().sql(
      "STOP SLAVE; CHANGE MASTER TO MASTER_HOST = '127.0.0.1', MASTER_PORT = " + std::to_string(primary().port()) +
      ", MASTER_USER = 'repl', MASTER_PASSWORD = 'secret', MASTER_CONNECT_RETRY = 1, MASTER_USE_GTID = "
      "slave_pos; START SLAVE");
}

void World::demand_replication() {
  // Its other thread may just be looking for the primary.
  const std::string applies = "SELECT COUNT(*) FROM information_schema.processlist WHERE command = 'Slave_SQL'";
  if (replica().sql(applies) != "1\n")
    throw std::runtime_error{"the replica has stopped: " + replica().sql("SHOW SLAVE STATUS") + replica().log()};
}

void World::catch_up() {
  auto position = primary().sql("SELECT @@global.gtid_binlog_pos");
  position.pop_back();
  if (replica().sql("SELECT MASTER_GTID_WAIT('" + position + "', 20)") != "0\n")
    throw std::runtime_error{
        "the replica does not catch up: " +
        replica().sql("SHOW SLAVE STATUS; SHOW PROCESSLIST; SHOW ENGINE INNODB STATUS; XA RECOVER")};
}

void World::promote() {
  replica().sql("STOP SLAVE; RESET SLAVE ALL");
  exchanged_ = !exchanged_;
}

void World::configure(std::size_t daemon, const std::string& more_sections) {
  const auto map = [&](const std::string& name, const std::string& query, const std::string& more = "",
                       const std::string& parameter = "virtual_alias_maps") {
    return "[maps." + name + "]\nparameter = \"" + parameter +
           "\"\nlisten = \"inet:127.0.0.1:" + std::to_string(ports[daemon][name]) + "\"\nquery = \"SELECT " + query +
           "\"\n" + more;
  };
  const auto ms = [](milliseconds m) { return "\"" + std::to_string(m.count()) + " ms\"\n"; };
  const std::string alias = "goto FROM alias WHERE address = '%s' AND active = 1";
  const auto server = [](const auto& at) { return "\"inet:127.0.0.1:" + std::to_string(at.port()) + "\""; };
  const auto hosts = server(entrance_) + (second_ ? ", " + server(other_entrance_) : std::string{});
  daemons[daemon].configure("[log]\nlevel = \"debug\"\n[mariadb]\nhosts = [" + hosts +
                            "]\npassword = \"secret\"\n[redis]\nserver = " + server(redis_gates[daemon]) +
                            "\n[cache]\npositive_ttl = " + ms(positive_ttl) + "negative_ttl = " + ms(negative_ttl) +
                            "stale_limit = " + ms(stale_limit) + "[feed]\nbinlog = true\n" + map("aliases", alias) +
                            map("keyed", alias + " LIMIT 1", "complete_keys = true\n") +
                            map("numbers", "CONCAT(n, '@numbers.example') FROM numbers WHERE id = '%u'") +
                            map("mailboxes", "maildir FROM mailbox WHERE username = '%s'", "", "virtual_mailbox_maps") +
                            more_sections);
}

void World::start_daemons() {
  for (auto& daemon : daemons) daemon.start();
}

bool World::healthy(std::size_t daemon) const {
  const auto status = nlohmann::json::parse(daemons[daemon].run({"status", "--json"}).out, nullptr, false);
  return status.is_object() && status["feed"]["healthy"] == true && status["feed"]["layout_known"] == true;
}

bool World::wait_healthy() {
  return test::wait_until([&] { return healthy(0) && healthy(1); }, 40s);
}

std::string World::logs() const {
  constexpr std::size_t most = 20'000;
  std::string all;
  for (const auto& daemon : daemons) {
    const auto log = daemon.log();
    all += log.substr(log.size() - std::min(log.size(), most)) + "\n";
  }
  return all;
}

}  // namespace maproom::checker
