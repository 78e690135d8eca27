#pragma once
// What `maproom check` warns of, one function per kind of finding. None of it is an error: mail flows, but not as
// somebody meant it to. Pure.

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "maproom/map/postfix_settings.hpp"
#include "maproom/query/result_set.hpp"

namespace maproom::commands {

/// One sentence for each of [postfix]'s settings that is not main.cf's. Lists are compared as sets.
[[nodiscard]] std::vector<std::string> differing_settings(const map::PostfixSettings& ours,
                                                          const map::PostfixSettings& main_cf);

struct PlanFinding {
  std::vector<std::string> scans;  ///< "TABLE (about N rows)" that are read from end to end
  /// Why (a part of) the plan tells nothing; empty: all of it was judged.
  std::string not_judged;
};

/// MariaDB's answer to EXPLAIN. A table of a few rows is read whole whatever its indexes, and that is no finding.
[[nodiscard]] PlanFinding judge_plan(const query::ResultSet& explained);

}  // namespace maproom::commands
