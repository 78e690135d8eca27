#pragma once
// Record: all that is known of a run, for whoever wants to understand a verdict. Times are milliseconds since the run
// began; began.txt says when that was on the clock of the daemons' logs.
//
//   commits.jsonl  table, keys, what, by XA, called, returned, gtid, the keys after it
//   answers.jsonl  daemon, map, key, called, returned, value (null: not found), trace: tier, host, age, the change
//                  up to which it is true (L), the last one that dropped its key, whether it joined another's query;
//                  the feed's health, position and confirmed position (V). By the control socket only: what goes over
//                  tcp: has no trace.
//   failures.jsonl daemon, called, returned, why (empty: the connection broke): what was no answer
//   faults.jsonl   name, begin, end, daemons, whether there was something to break
//   daemon-N.log   feed_change: an event group, feed_drop: what it drops, feed_visible: what the barrier has passed

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "checker/faults.hpp"
#include "checker/history.hpp"
#include "checker/reader.hpp"
#include "checker/world.hpp"

namespace maproom::checker {

/// Makes the folder.
void record(const std::string& folder, Time begun, const std::map<int, const History*>& histories,
            const std::vector<std::unique_ptr<Reader>>& readers, const Faults& faults, const World& world);

}  // namespace maproom::checker
