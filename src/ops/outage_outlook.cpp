#include "maproom/ops/outage_outlook.hpp"

#include <algorithm>

#include "maproom/core/quantity.hpp"

namespace maproom::ops {

OutageOutlook outage_outlook(const map::Freshness& freshness, map::WrongNotFound cost, Changes changes, Keys keys) {
  OutageOutlook outlook;
  const auto values = std::max(freshness.positive_ttl, freshness.stale_limit);
  outlook.found = freshness.stale_limit > freshness.positive_ttl ? "flows for " + format_duration(values)
                                                                 : "waits after " + format_duration(values);
  const auto absences = std::max(freshness.negative_ttl, freshness.stale_negative_limit);
  const auto in_outage = freshness.outage_not_found_limit;
  if (changes == Changes::unseen)
    outlook.absent = "waits after " + format_duration(absences) + ": changes are not followed";
  else if (map::waits_in_outage(cost) && in_outage <= freshness.negative_ttl)
    outlook.absent =
        "waits after " + format_duration(absences) + ": a wrong \"not found\" " + std::string{map::to_string(cost)};
  else if (keys == Keys::complete)
    outlook.absent = "flows for " + format_duration(std::max(in_outage, absences)) + ": all keys are known";
  else
    outlook.absent =
        "waits, unless it was asked before (then it flows for " + format_duration(std::max(in_outage, absences)) + ")";
  return outlook;
}

}  // namespace maproom::ops
