#pragma once
// Names of pools for people and for metrics' labels: the first host and the database, as long as that tells them apart;
// else the user too, and a number for those that differ in something else (a password, TLS). Pure.

#include <string>
#include <vector>

#include "maproom/backend/connection_settings.hpp"

namespace maproom::backend {

/// One for each, in their order; no two are alike.
[[nodiscard]] std::vector<std::string> pool_names(const std::vector<ConnectionSettings>& pools);

}  // namespace maproom::backend
