#include "maproom/feed/server_facts.hpp"

#include <charconv>
#include <map>

namespace maproom::feed {
namespace {

std::optional<std::uint64_t> number(const std::string& text) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

/// Names and values, as SHOW VARIABLES and SHOW STATUS list them. A server that was built without something does not
/// list it.
class Listed {
 public:
  explicit Listed(const query::ResultSet& rows) {
    for (const auto& row : rows.rows)
      if (row.size() == 2 && row[0]) values_[*row[0]] = row[1].value_or("");
  }
  [[nodiscard]] std::string text(const std::string& name) const {
    const auto found = values_.find(name);
    return found == values_.end() ? std::string{} : found->second;
  }
  [[nodiscard]] bool on(const std::string& name) const { return text(name) == "ON"; }
  [[nodiscard]] std::uint64_t count(const std::string& name) const { return number(text(name)).value_or(0); }

 private:
  std::map<std::string, std::string> values_;
};

}  // namespace

std::string variables_query() {
  return "SHOW GLOBAL VARIABLES WHERE Variable_name IN ('log_bin', 'binlog_format', 'binlog_row_image', "
         "'log_slave_updates', 'gtid_slave_pos', 'slave_run_triggers_for_rbr', 'wsrep_on')";
}

std::string status_query() {
  return "SHOW GLOBAL STATUS WHERE Variable_name IN ('Slaves_running', 'Com_start_slave', 'Com_start_all_slaves', "
         "'wsrep_cluster_state_uuid', 'wsrep_last_committed')";
}

std::string place_query() { return "SHOW MASTER STATUS"; }

std::string cluster_query() {
  return "SHOW GLOBAL STATUS WHERE Variable_name IN ('wsrep_cluster_state_uuid', 'wsrep_last_committed')";
}

ClusterPlace cluster_place_of(const query::ResultSet& status) {
  const Listed told{status};
  ClusterPlace place{told.text("wsrep_cluster_state_uuid"), told.count("wsrep_last_committed")};
  // A node that has never been in one says zeroes.
  if (place.cluster.find_first_not_of("0-") == std::string::npos) place.cluster.clear();
  return place;
}

ServerFacts read_facts(const query::ResultSet& variables, const query::ResultSet& status,
                       const query::ResultSet& place) {
  ServerFacts facts;
  const Listed variable{variables};
  facts.log_bin = variable.on("log_bin");
  facts.log_slave_updates = variable.on("log_slave_updates");
  facts.wsrep_on = variable.on("wsrep_on");
  facts.binlog_format = variable.text("binlog_format");
  facts.binlog_row_image = variable.text("binlog_row_image");
  facts.gtid_slave_pos = variable.text("gtid_slave_pos");
  facts.slave_run_triggers_for_rbr = variable.text("slave_run_triggers_for_rbr");
  const Listed counted{status};
  facts.cluster = cluster_place_of(status);
  facts.slaves_running = counted.count("Slaves_running");
  facts.slave_starts = counted.count("Com_start_slave") + counted.count("Com_start_all_slaves");
  if (place.rows.size() != 1 || place.rows[0].size() < 4) return facts;
  const auto text = [&](std::size_t column) { return place.rows[0][column].value_or(""); };
  if (const auto offset = number(text(1)); offset && !text(0).empty()) facts.place = FilePlace{text(0), *offset};
  facts.filtered = !text(2).empty() || !text(3).empty();
  return facts;
}

std::optional<std::string> why_not_followed(const ServerFacts& facts) {
  if (!facts.log_bin)
    return "the binlog is off; put conf/mariadb-binlog.cnf into /etc/mysql/mariadb.conf.d/ and restart MariaDB";
  if (!facts.place) return "the binlog has been closed; see MariaDB's log for the reason (a full disk), and restart it";
  // The position stays when replication is stopped; without GTIDs there is none, and the threads tell.
  const bool replicates = !facts.gtid_slave_pos.empty() || facts.slaves_running > 0 || facts.slave_starts > 0;
  if (replicates && !facts.log_slave_updates)
    return "it is a replica, and what it replicates is not in its binlog; set log_slave_updates = ON and restart "
           "MariaDB";
  if (facts.wsrep_on && !facts.log_slave_updates)
    return "it is a Galera node, and what other nodes write is not in its binlog; set log_slave_updates = ON and "
           "restart MariaDB";
  if (replicates && facts.slave_run_triggers_for_rbr == "YES")
    return "it is a replica, and what its triggers do is not in its binlog; SET GLOBAL slave_run_triggers_for_rbr = "
           "'LOGGING'";
  if (facts.filtered)
    return "changes of some databases are not in its binlog; take binlog_do_db and binlog_ignore_db out of its "
           "configuration";
  return std::nullopt;
}

std::vector<std::string> warnings_of(const ServerFacts& facts) {
  std::vector<std::string> warnings;
  if (facts.binlog_format != "ROW")
    warnings.push_back("binlog_format is " + facts.binlog_format +
                       ", so that a statement may drop all answers; SET GLOBAL binlog_format = 'ROW'");
  if (facts.binlog_row_image != "FULL")
    warnings.push_back("binlog_row_image is " + facts.binlog_row_image +
                       ", so that a change drops all answers of its table; SET GLOBAL binlog_row_image = 'FULL'");
  return warnings;
}

}  // namespace maproom::feed
