#include "checker/world.hpp"

#include <nlohmann/json.hpp>

namespace maproom::checker {
using namespace std::chrono_literals;
namespace {

std::vector<std::string> careful_options() {
  auto options = test::binlog_options();
  // What was committed stays so over kill -9; and the event comes well before the row can be seen.
  for (const char* more : {"--sync-binlog=1", "--innodb-flush-log-at-trx-commit=1", "--innodb-lock-wait-timeout=3"})
    options.emplace_back(more);
  return options;
}

}  // namespace

World::World() : mariadb{careful_options()} {
  test::make_followed_database(mariadb);
  mariadb.sql(
      "DELETE FROM mail.alias; DELETE FROM mail.numbers; CREATE TABLE mail.filler (id INT PRIMARY KEY, text TEXT)");
  for (std::size_t i = 0; i < daemons.size(); ++i) configure(i);
}

void World::configure(std::size_t daemon) {
  const auto map = [&](const std::string& name, const std::string& query, const std::string& more = "") {
    return "[maps." + name +
           "]\nparameter = \"virtual_alias_maps\"\nlisten = \"inet:127.0.0.1:" + std::to_string(ports[daemon][name]) +
           "\"\nquery = \"SELECT " + query + "\"\n" + more;
  };
  const auto ms = [](milliseconds m) { return "\"" + std::to_string(m.count()) + " ms\"\n"; };
  const std::string alias = "goto FROM alias WHERE address = '%s' AND active = 1";
  daemons[daemon].configure(
      "[log]\nlevel = \"debug\"\n[mariadb]\nhosts = [\"inet:127.0.0.1:" + std::to_string(sql_gates[daemon].port()) +
      "\"]\npassword = \"secret\"\n[redis]\nserver = \"inet:127.0.0.1:" + std::to_string(redis_gates[daemon].port()) +
      "\"\n[cache]\npositive_ttl = " + ms(positive_ttl) + "negative_ttl = " + ms(negative_ttl) +
      "stale_limit = " + ms(stale_limit) + "[feed]\nbinlog = true\n" + map("aliases", alias) +
      map("keyed", alias + " LIMIT 1", "complete_keys = true\n") +
      map("numbers", "CONCAT(n, '@numbers.example') FROM numbers WHERE id = '%u'"));
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

std::string World::logs() const { return daemons[0].log() + daemons[1].log(); }

}  // namespace maproom::checker
