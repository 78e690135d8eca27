#pragma once
// What a server says of itself, and what follows for whoever follows its binlog. Pure.
//
// Most of it may change while the server runs: replication begins, the format is another one, the binlog is closed
// since its disk is full. So it is asked again and again, and decided anew each time.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "maproom/feed/gtid.hpp"
#include "maproom/query/result_set.hpp"

namespace maproom::feed {

/// How far a node has come in its cluster's history. A cluster that is made anew from one node keeps the name, so that
/// the number counts too (wsrep_cluster_state_uuid, wsrep_last_committed).
struct ClusterPlace {
  std::string cluster;  ///< empty: there is none
  std::uint64_t committed = 0;
};

struct ServerFacts {
  // Variables.
  bool log_bin = false, log_slave_updates = false, wsrep_on = false;
  std::string binlog_format, binlog_row_image, gtid_slave_pos, slave_run_triggers_for_rbr;
  /// Of the status: threads that apply now, and how often some were started by a statement since the server runs.
  std::uint64_t slaves_running = 0, slave_starts = 0;
  ClusterPlace cluster;
  // Of SHOW MASTER STATUS.
  std::optional<FilePlace> place;  ///< none: the binlog is closed
  bool filtered = false;           ///< binlog_do_db or binlog_ignore_db
};

/// The statements that ask, in the order of read_facts' arguments. They need no right, but for the last one: BINLOG
/// MONITOR.
[[nodiscard]] std::string variables_query();
[[nodiscard]] std::string status_query();
[[nodiscard]] std::string place_query();
/// The statement that asks for that alone, and what it told.
[[nodiscard]] std::string cluster_query();
[[nodiscard]] ClusterPlace cluster_place_of(const query::ResultSet& status);
[[nodiscard]] ServerFacts read_facts(const query::ResultSet& variables, const query::ResultSet& status,
                                     const query::ResultSet& place);

/// Why its binlog does not hold every change, and the setting that would help; nullopt: it does.
[[nodiscard]] std::optional<std::string> why_not_followed(const ServerFacts& facts);
/// It can be followed, but drops more than it would have to.
[[nodiscard]] std::vector<std::string> warnings_of(const ServerFacts& facts);

}  // namespace maproom::feed
