#pragma once
// Can this server's binlog be followed, and where does it stand? And the barrier: what a snapshot of it holds now.

#include <boost/asio/awaitable.hpp>
#include <optional>
#include <string>
#include <vector>

#include "maproom/backend/link.hpp"
#include "maproom/core/result.hpp"
#include "maproom/feed/gtid.hpp"
#include "maproom/feed/server_facts.hpp"

namespace maproom::feed {

struct ServerCheck {
  FilePlace place;                    ///< the end of what is written, on the border between two groups
  std::vector<std::string> warnings;  ///< it can be followed, but drops more than it would have to
  ClusterPlace cluster;
};

/// Errc::invalid: it cannot, until someone changes it; the detail names the statement or the setting that would help.
[[nodiscard]] boost::asio::awaitable<Result<ServerCheck>> check_server(backend::Link& link, backend::Deadline deadline);

/// The place in the binlog up to which a snapshot taken now shows the data: exact, and needs no right beyond SELECT
/// (MariaDB manual, "START TRANSACTION WITH CONSISTENT SNAPSHOT", binlog_snapshot_file and binlog_snapshot_position).
[[nodiscard]] boost::asio::awaitable<Result<FilePlace>> snapshot_place(backend::Link& link, backend::Deadline deadline);

/// The same, and the snapshot stays open, for the link's next statements; ROLLBACK ends it.
[[nodiscard]] boost::asio::awaitable<Result<FilePlace>> open_snapshot(backend::Link& link, backend::Deadline deadline);
/// What has happened up to this place of the link's server's binlog; nullopt: it has no such place. The server reads
/// the file from its beginning, which takes it a second for a gigabyte of small changes.
[[nodiscard]] boost::asio::awaitable<Result<std::optional<Position>>> position_at(backend::Link& link, FilePlace place);

/// The statement that gives the feed's user its rights.
[[nodiscard]] std::string grant_hint(const std::string& user);

}  // namespace maproom::feed
