#pragma once
// Runs each map's queries once, and looks at how they are run and at what they find. Read-only; for `check`.

#include <boost/asio/awaitable.hpp>
#include <cstddef>
#include <memory>

#include "maproom/config/config.hpp"
#include "maproom/resolver/served_map.hpp"

namespace maproom::commands {

/// What was found, for the exit status; each has been printed.
struct CheckTally {
  std::size_t errors = 0, warnings = 0;
};

/// `registry` is made of `config`; both, and the tally, outlive the call.
[[nodiscard]] boost::asio::awaitable<void> check_tables(const config::Config& config,
                                                        std::shared_ptr<const resolver::Registry> registry,
                                                        CheckTally& tally);

}  // namespace maproom::commands
