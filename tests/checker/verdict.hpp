#pragma once
// Verdict: what a whole run is worth. Prints what is wrong, and returns how many answers were.

#include <map>
#include <memory>
#include <vector>

#include "checker/faults.hpp"
#include "checker/history.hpp"
#include "checker/reader.hpp"
#include "checker/substance.hpp"
#include "checker/world.hpp"
#include "maproom/core/result.hpp"

namespace maproom::checker {

/// Each answer against the history of its group, with the bound that holds for what was broken at that time.
[[nodiscard]] std::size_t judge_all(const std::map<int, const History*>& histories,
                                    const std::vector<std::unique_ptr<Reader>>& readers, const Faults& faults,
                                    Tally& tally);
/// When all is quiet: what memory and Redis would still give against the tables. An error: it could not be looked at.
[[nodiscard]] Result<std::size_t> look_for_what_is_stale_for_ever(World& world, Tally& tally);

}  // namespace maproom::checker
