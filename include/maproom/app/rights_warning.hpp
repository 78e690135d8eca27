#pragma once
// The accounts in MariaDB that have more rights than they need are told at the daemon's start, once each
// (event=rights_excess).

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <chrono>

#include "maproom/backend/backend.hpp"
#include "maproom/backend/connection_settings.hpp"
#include "maproom/backend/link.hpp"

namespace maproom::app {

/// By a connection that there is. `follows`: the account is the change feed's as well. What cannot be asked is not
/// told.
[[nodiscard]] boost::asio::awaitable<void> warn_of_rights(backend::Link& link, backend::ConnectionSettings settings,
                                                          bool follows, backend::Deadline deadline);

/// The feed's account, by a connection that is closed again; `limit` for each step with each host. false: no host
/// answers now.
[[nodiscard]] boost::asio::awaitable<bool> warn_of_rights_of_feed(boost::asio::any_io_executor executor,
                                                                  backend::ConnectionSettings settings,
                                                                  std::chrono::milliseconds limit);

}  // namespace maproom::app
