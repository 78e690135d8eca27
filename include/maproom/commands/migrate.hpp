#pragma once
// migrate: applies sql/NNNN_name.sql in order, once each, and records them with their checksums in mr_migration.
//
// Runs as a user that may create tables, never as the daemon's. A file that was applied and has changed since is
// refused, as is a gap in the numbers. Two runs at once are harmless: a named lock lets one of them wait.

#include <cstdint>
#include <optional>
#include <string>

namespace maproom::commands {

struct MigrateOptions {
  std::string config_file;
  bool config_given = false;  ///< else the configuration is only looked at if it is there
  std::string directory = MAPROOM_SQL_DIR;
  std::optional<std::uint32_t> to{};
  bool dry_run = false;
  std::string host, database, user, password_file;
};

/// 0 done (or nothing to do), 78 a bad configuration or folder, 69 (EX_UNAVAILABLE) no database, 65 (EX_DATAERR) a
/// migration that is refused or fails. What went wrong is on standard error.
int run_migrate(const MigrateOptions& options);

}  // namespace maproom::commands
