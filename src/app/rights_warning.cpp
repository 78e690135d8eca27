#include "maproom/app/rights_warning.hpp"

#include <spdlog/spdlog.h>

#include <string>
#include <vector>

#include "maproom/backend/link.hpp"
#include "maproom/backend/rights.hpp"
#include "maproom/core/clock.hpp"

namespace maproom::app {
namespace asio = boost::asio;
namespace {

/// Names come from the server: a line stays one, and its quotes closed.
std::string in_one_line(std::string text) {
  for (char& c : text)
    if (static_cast<unsigned char>(c) < ' ' || c == '"') c = '?';
  return text;
}

}  // namespace

asio::awaitable<void> warn_of_rights(backend::Link& link, backend::ConnectionSettings settings, bool follows,
                                     backend::Deadline deadline) {
  const std::string show_grants = "SHOW GRANTS";
  const auto rows = co_await link.command(show_grants, deadline);
  if (!rows) co_return;
  std::vector<std::string> grants;
  for (const auto& row : rows->rows)
    if (!row.empty() && row[0]) grants.push_back(*row[0]);
  // No REVOKE is proposed: a panel may use the same account.
  if (const auto excess = backend::excess_rights(grants, follows); !excess.empty())
    spdlog::warn(
        "event=rights_excess user={} what=\"{}\" then=\"give Maproom an account of its own with what it needs "
        "(sql/grants.sql), or take these away if nobody else uses this one\"",
        in_one_line(settings.user), in_one_line(excess));
}

asio::awaitable<bool> warn_of_rights_of_feed(asio::any_io_executor executor, backend::ConnectionSettings settings,
                                             std::chrono::milliseconds limit) {
  for (const auto& host : settings.hosts) {
    backend::Link link{executor};
    const auto connected = co_await link.connect(settings, host, Clock::now() + limit);
    if (!connected && !link.refuses_us()) continue;
    if (connected) co_await warn_of_rights(link, settings, true, Clock::now() + limit);
    link.close();
    co_return true;  // a refusal is told by others
  }
  co_return false;
}

}  // namespace maproom::app
