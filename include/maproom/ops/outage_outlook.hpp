#pragma once
// What becomes of a map's lookups while its database is away, in words for people (docs/operations.md, "While the
// database is away"). The one judgement of it: the status, its page and doctor take it from here. Gets what the daemon
// holds, or what a configuration promises where no daemon can be asked. Pure.

#include <string>

#include "maproom/map/map.hpp"

namespace maproom::ops {

/// How the daemon learns of changes in the tables of a map.
enum class Changes : std::uint8_t {
  unseen,    ///< by the times to live alone
  lost,      ///< the change feed is away although the database is there: an outage now would begin unseen
  followed,  ///< by the change feed
  of_files,  ///< it asks no database
};

/// What is known of all keys that have a row.
enum class Keys : std::uint8_t {
  unknown,     ///< nothing is wanted
  incomplete,  ///< wanted, and not there: not yet, or its query does not tell
  domains,     ///< their domains
  complete,
};

struct OutageOutlook {
  std::string found;    ///< of keys whose row was seen before: "flows ..." or "waits ..."
  std::string absent;   ///< of keys without a row, or never asked for
  bool flows = false;   ///< mail to recipients known before, from clients and senders never seen
  std::string because;  ///< why it does or does not, and what waits all the same
  std::string mend;     ///< a setting that makes it flow; empty if it does
};

[[nodiscard]] OutageOutlook outage_outlook(const map::Freshness& freshness, map::WrongNotFound cost, Changes changes,
                                           Keys keys);

}  // namespace maproom::ops
