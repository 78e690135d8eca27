#pragma once
// Runs each map's queries once, and looks at how they are run and at what they find. Read-only; for `check`.

#include <boost/asio/awaitable.hpp>
#include <memory>

#include "maproom/commands/check_report.hpp"
#include "maproom/config/config.hpp"
#include "maproom/resolver/served_map.hpp"

namespace maproom::commands {

/// `registry` is made of `config`; both, and the report, outlive the call.
[[nodiscard]] boost::asio::awaitable<void> check_tables(const config::Config& config,
                                                        std::shared_ptr<const resolver::Registry> registry,
                                                        CheckReport& report);

}  // namespace maproom::commands
