#include "maproom/resolver/as_of_outage.hpp"

namespace maproom::resolver {

std::optional<AsOfOutage> AsOfOutage::of(const feed::Ledger& ledger, const Database& database) {
  if (!database.known_down || !ledger.following()) return std::nullopt;
  // If the feed was lost while the database was still there, what has changed since is not known.
  const bool lost_together = database.last_answered <= ledger.proven() + feed::Ledger::alive_limit;
  if (!lost_together) return std::nullopt;
  return AsOfOutage{ledger, ledger.proven()};
}

bool AsOfOutage::absent(const feed::Ledger::Table& table, std::string_view key, const cache::Entry* held,
                        std::chrono::milliseconds keys_ttl) const {
  if (table.set.lacks(key, moment_, keys_ttl)) return true;
  // An answer that changes without an event (a clock in the query) is not known by what the feed has seen.
  return held != nullptr && !held->positive() && table.long_lived &&
         ledger_->judge(table, key, held->mark) == feed::Ledger::Standing::good;
}

}  // namespace maproom::resolver
