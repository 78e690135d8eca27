#pragma once
// Walk: the one order in which a map's tables are asked: candidate by candidate and, for each, table by table, as
// Postfix does. Allocates nothing, so that an answer from memory costs no more than looking it up.
//
//   for (const auto place : Walk{map, candidates}) if (place.asks) ...

#include <cstddef>
#include <span>
#include <string>

#include "maproom/map/candidates.hpp"
#include "maproom/resolver/served_map.hpp"

namespace maproom::resolver {

class Walk {
 public:
  struct Place {
    const map::Candidate& candidate;
    const ServedTable& table;
    const std::string& key;  ///< the candidate, as this table is asked for it
    std::size_t number;      ///< of the table, within the map
    bool asks;               ///< false: "not found" without looking
  };

  /// Both outlive the walk.
  Walk(const ServedMap& map, std::span<const map::Candidate> candidates) : map_{map}, candidates_{candidates} {}

  struct End {};
  class Iterator {
   public:
    explicit Iterator(const Walk& walk) : walk_{walk} {}
    [[nodiscard]] Place operator*() const {
      const auto& candidate = walk_.candidates_[candidate_];
      const auto& table = walk_.map_.tables[table_];
      const auto& key = table.key_of(candidate);
      return {candidate, table, key, table_, table.asks(key)};
    }
    Iterator& operator++() {
      if (++table_ == walk_.map_.tables.size()) {
        table_ = 0;
        ++candidate_;
      }
      return *this;
    }
    [[nodiscard]] bool operator==(End) const {
      return candidate_ == walk_.candidates_.size() || walk_.map_.tables.empty();
    }

   private:
    const Walk& walk_;
    std::size_t candidate_ = 0, table_ = 0;
  };
  [[nodiscard]] Iterator begin() const { return Iterator{*this}; }
  [[nodiscard]] static End end() { return {}; }

 private:
  const ServedMap& map_;
  std::span<const map::Candidate> candidates_;
};

}  // namespace maproom::resolver
