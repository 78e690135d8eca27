#pragma once
// Asks the databases of an import, for imports::AskDatabases.

#include "maproom/import/asked_databases.hpp"

namespace maproom::commands {

/// Asks each table of the plan's tcp: maps for the keys whose values are longest, where its query is simple enough to
/// tell them, and looks at what they give as Postfix would get it. Blocks, for some seconds where a server is away.
[[nodiscard]] imports::AskedDatabases ask_databases(const imports::ImportPlan& plan);

}  // namespace maproom::commands
