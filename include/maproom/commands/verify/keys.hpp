#pragma once
// Which keys `verify` asks of a map: those of a file, or what the database, the map's files, main.cf and a mail log
// know of. Blocks; for the command line.

#include <string>
#include <vector>

#include "maproom/commands/commands.hpp"
#include "maproom/config/config.hpp"
#include "maproom/core/result.hpp"

namespace maproom::commands {

class KeySources {
 public:
  /// Reads what all maps have in common. Error: a file that was named cannot be read.
  [[nodiscard]] static Result<KeySources> open(const config::Config& config, const VerifyOptions& options);
  /// In order, each once. Says on standard error what could not be asked for.
  [[nodiscard]] std::vector<std::string> of(const config::MapConfig& map) const;
  /// A map of which fewer keys are found counts as not tested.
  [[nodiscard]] std::size_t least_found() const noexcept { return least_found_; }

 private:
  KeySources(const config::Config& config, const VerifyOptions& options) : config_{&config}, options_{&options} {}
  const config::Config* config_;
  const VerifyOptions* options_;
  std::size_t least_found_ = 0;
  std::vector<std::string> named_;    ///< not empty: these and no others
  std::vector<std::string> main_cf_;  ///< domains and addresses of it
  std::string log_;
};

}  // namespace maproom::commands
