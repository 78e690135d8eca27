#pragma once
// Question: one table of a map asked about one key. Part: what it says.

#include <chrono>
#include <memory>
#include <optional>
#include <string>

#include "maproom/backend/backend.hpp"
#include "maproom/core/clock.hpp"
#include "maproom/core/mark.hpp"
#include "maproom/resolver/served_map.hpp"
#include "maproom/resolver/trace.hpp"

namespace maproom::resolver {

struct Question {
  std::shared_ptr<const ServedMap> map;  ///< holds the table
  const ServedTable& table;
  std::string key;
  map::Freshness freshness;
  backend::Deadline deadline;
  TimePoint since{};  ///< what was asked before is of no use
};

/// What memory, a text table or a complete key set says of a key; nothing is copied.
struct Word {
  const std::string* value = nullptr;  ///< null: there is none. Good until the store or the text changes
  Tier tier = Tier::memory;
  TimePoint born{};      ///< when its query was sent
  TimePoint read{};      ///< it may know of changes up to then
  Mark mark = 0;         ///< up to which it is known to be true
  bool stale = false;    ///< good only because the database cannot say more
  bool by_feed = false;  ///< older than the plain times to live: good only while the feed is healthy
  bool suspect = false;  ///< it may have changed unseen
  bool as_of_outage = false;
};

struct Part {
  std::optional<std::string> value{};
  Tier tier = Tier::memory;
  TimePoint born{}, read{};
  Mark mark = 0;
  bool stale = false, by_feed = false, suspect = false, as_of_outage = false;
  bool joined = false;  ///< another lookup's query, which was under way
  std::string statement{}, host{}, server{};
  std::size_t rows = 0;
  std::string doubt{};  ///< why the database could not say; empty: it said so, or was not asked

  Part() = default;
  explicit Part(const Word& word)
      : tier{word.tier},
        born{word.born},
        read{word.read},
        mark{word.mark},
        stale{word.stale},
        by_feed{word.by_feed},
        suspect{word.suspect},
        as_of_outage{word.as_of_outage} {
    if (word.value != nullptr) value = *word.value;
  }
};

}  // namespace maproom::resolver
