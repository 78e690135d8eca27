#include "maproom/ops/outage_outlook.hpp"

#include <algorithm>

#include "maproom/core/quantity.hpp"

namespace maproom::ops {
namespace {

/// Of mail to recipients known before, from clients and senders never seen: each of these needs keys that are there and
/// keys that are not.
void judge_mail(OutageOutlook& outlook, const map::Freshness& freshness, map::WrongNotFound cost, Changes changes,
                Keys keys) {
  const auto stale = format_duration(freshness.stale_limit);
  const auto wrong = "a wrong \"not found\" " + std::string{map::to_string(cost)};
  const bool waits = map::waits_in_outage(cost) && freshness.outage_not_found_limit <= freshness.negative_ttl;
  if (changes == Changes::of_files) {
    outlook.flows = true;
    outlook.because = "it asks no database";
  } else if (changes == Changes::unseen) {
    outlook.because =
        "changes are not followed: only what was asked before is known (found: " + stale +
        ", not found: " + format_duration(std::max(freshness.negative_ttl, freshness.stale_negative_limit)) +
        "), and a new client, sender or recipient is an unknown key";
    outlook.mend = "[feed] binlog = true";
  } else if (changes == Changes::lost) {
    outlook.because =
        "the change feed is away: what the map says at the moment the database goes away would not be known, and a new "
        "client, sender or recipient is an unknown key";
    outlook.mend = "maproom status tells why the feed is away";
  } else if (freshness.stale_limit <= freshness.positive_ttl) {
    outlook.because = "what was found stays found for " + format_duration(freshness.positive_ttl) + " alone";
    outlook.mend = "stale_limit = \"1 d\"";
  } else if (keys == Keys::complete) {
    outlook.flows = true;
    outlook.because = "all its keys are known, and what was found stays for " + stale + "; ";
    outlook.because += waits ? "unknown keys wait, since " + wrong : "all others are known to be absent";
    outlook.because += ", and a key that exists and was never asked waits";
  } else if (keys == Keys::domains) {
    outlook.flows = true;
    outlook.because = "its domains are known, so that foreign addresses pass, and what was found stays for " + stale +
                      "; an address of its domains that was never asked waits";
  } else {
    outlook.because = "its keys are not known: what was asked before is said for " + stale +
                      ", and any other key waits, since " + wrong;
    outlook.mend = keys == Keys::unknown ? "complete_keys = true"
                                         : "keys_query = \"SELECT ...\" for the table of which the log says keys_none";
  }
}

}  // namespace

OutageOutlook outage_outlook(const map::Freshness& freshness, map::WrongNotFound cost, Changes changes, Keys keys) {
  OutageOutlook outlook;
  judge_mail(outlook, freshness, cost, changes, keys);
  if (changes == Changes::of_files) {
    outlook.found = outlook.absent = "flows: it asks no database";
    return outlook;
  }
  const auto values = std::max(freshness.positive_ttl, freshness.stale_limit);
  outlook.found = freshness.stale_limit > freshness.positive_ttl ? "flows for " + format_duration(values)
                                                                 : "waits after " + format_duration(values);
  const auto absences = std::max(freshness.negative_ttl, freshness.stale_negative_limit);
  const auto in_outage = freshness.outage_not_found_limit;
  if (changes == Changes::unseen)
    outlook.absent = "waits after " + format_duration(absences) + ": changes are not followed";
  else if (changes == Changes::lost)
    outlook.absent = "waits after " + format_duration(absences) + ": the change feed is away";
  else if (map::waits_in_outage(cost) && in_outage <= freshness.negative_ttl)
    outlook.absent =
        "waits after " + format_duration(absences) + ": a wrong \"not found\" " + std::string{map::to_string(cost)};
  else if (keys == Keys::complete || keys == Keys::domains)
    outlook.absent = "flows for " + format_duration(std::max(in_outage, absences)) + ": all " +
                     (keys == Keys::complete ? "keys" : "domains") + " are known";
  else
    outlook.absent =
        "waits, unless it was asked before (then it flows for " + format_duration(std::max(in_outage, absences)) + ")";
  return outlook;
}

}  // namespace maproom::ops
