#pragma once
// Known: what is known of a key without asking anybody: what memory holds, what a file says, and what complete
// key sets lack. No I/O, no allocation.

#include <optional>
#include <string>
#include <string_view>

#include "maproom/cache/store.hpp"
#include "maproom/core/clock.hpp"
#include "maproom/feed/ledger.hpp"
#include "maproom/resolver/question.hpp"

namespace maproom::resolver {

class Known {
 public:
  /// Both outlive this.
  Known(cache::Store& store, const feed::Ledger& ledger) : store_{store}, ledger_{ledger} {}

  /// Within its times to live, or longer while the feed proves that nothing has changed. `since`: not from before.
  [[nodiscard]] std::optional<Word> fresh(const ServedTable& table, const std::string& key,
                                          const map::Freshness& freshness, TimePoint now, TimePoint since = {});
  /// What may be said now that the database cannot be asked: a value within the map's limit; that there was none when
  /// the database went away, if `outage` knows that; that there is none, if the map allows it to be so old.
  [[nodiscard]] std::optional<Word> stale(const ServedTable& table, std::string_view key,
                                          const map::Freshness& freshness, TimePoint now,
                                          const std::optional<AsOfOutage>& outage, TimePoint since);

  /// A row with this key was there, or may have been: a value is held, of whatever age, or the key set has it; a file
  /// has it, or cannot tell.
  [[nodiscard]] bool listed(const ServedTable& table, const std::string& key);

 private:
  using Standing = feed::Ledger::Standing;
  struct Held {
    const cache::Entry* entry;
    Standing standing;
  };
  /// What memory has and no change has dropped.
  [[nodiscard]] std::optional<Held> held(const SqlTable& table, std::string_view key);
  [[nodiscard]] static Word word_of(const Held& held);

  cache::Store& store_;
  const feed::Ledger& ledger_;
};

}  // namespace maproom::resolver
