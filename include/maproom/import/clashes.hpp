#pragma once
// Whether the addresses of an import are somebody else's already: of a process that listens there, or of another
// maproom.toml on this host. Blocks, for no longer than connecting to this host takes.

#include <string>
#include <vector>

#include "maproom/import/plan.hpp"

namespace maproom::imports {

/// One line for each address that is taken, for a person. `folders`: where other configurations may lie; `own`: the
/// file that the import is about to write.
[[nodiscard]] std::vector<std::string> clashes(const ImportPlan& plan, const std::vector<std::string>& folders,
                                               const std::string& own);

}  // namespace maproom::imports
