#pragma once
// Keys that stand in texts: a mail log, a text or pattern table, main.cf. For `verify`. Pure.

#include <string>
#include <string_view>
#include <vector>

#include "maproom/map/file_kind.hpp"
#include "maproom/map/profile.hpp"

namespace maproom::commands {

/// What Postfix wrote of addresses (from=<>, to=<>, orig_to=<>), clients (client=name[address], connect from) and
/// relays (relay=host[address]:port) into a log. Each once.
struct LoggedKeys {
  std::vector<std::string> addresses, domains, clients;  ///< clients: IP addresses
};
[[nodiscard]] LoggedKeys keys_of_log(std::string_view log);
/// Those that a map of this kind is asked for.
[[nodiscard]] std::vector<std::string> keys_for_profile(const LoggedKeys& logged, map::ProfileKind kind);

/// The left-hand sides: of a text table as they are, of a cidr table one address of each network, of expressions those
/// that are a plain text between anchors.
[[nodiscard]] std::vector<std::string> keys_of_table(std::string_view file, map::FileKind kind);

/// Names, addresses and networks in a parameter's value; what is no such thing (a table, a path) is left out.
[[nodiscard]] std::vector<std::string> keys_of_list(std::string_view value);

/// A value for a person: printable, and its beginning alone if it is long. `with`: the value that it differs from; then
/// what is shown is around the first difference.
[[nodiscard]] std::string shortened(std::string_view value, std::string_view with = {});

}  // namespace maproom::commands
