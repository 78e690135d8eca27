#pragma once
// Absences: what a "not found" is made of, or what stands before a value. Pure.

#include <algorithm>
#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "maproom/core/clock.hpp"
#include "maproom/core/mark.hpp"
#include "maproom/map/file_table.hpp"

namespace maproom::resolver {

struct Absences {
  struct Part {
    std::size_t table;
    std::string key;
    Mark mark;
    std::shared_ptr<const map::FileTable> file;  ///< of a table that is a file
  };
  std::vector<Part> parts;  ///< not kept by a walk that nothing can come between
  std::size_t count = 0;
  TimePoint read{};                   ///< the latest: they may know of changes up to then
  TimePoint born = TimePoint::max();  ///< the oldest of those from the database, now or earlier
  bool stale = false;                 ///< one is older than the times to live: allowed by a limit of the map
  bool by_feed = false;               ///< one of them is good only while the feed is healthy
  bool as_of_outage = false;          ///< one is known as of the moment when the database went away, see AsOfOutage
};

}  // namespace maproom::resolver
