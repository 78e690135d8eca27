#pragma once
// Values that a tcp: reply cannot carry: 4096 bytes, with every odd one as three (tcp_table(5)). Postfix gets a
// temporary error then, where `mysql:` answered; a socketmap carries them.

#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <optional>
#include <string>

#include "maproom/backend/backend.hpp"
#include "maproom/map/table.hpp"

namespace maproom::commands {

/// The first such value that is found, for a person, and not itself: where the query is simple, of the keys whose rows
/// have the longest texts, else of a sample. nullopt: none was found. Read-only; each statement has `limit`.
[[nodiscard]] boost::asio::awaitable<std::optional<std::string>> too_long_for_tcp(const map::Table& table,
                                                                                  backend::Backend& backend,
                                                                                  std::chrono::milliseconds limit);

}  // namespace maproom::commands
