// The one "not found" that may be said while the database is away without being known: virtual_alias_maps' of an
// address that another recipient map knows. It rejects nobody: the mail goes to the mailbox. Every doubt is a temporary
// error: the recipient must have been seen whole, within stale_limit, with no gap of the feed and no change of an alias
// since; and nothing may be known that speaks for an alias (a value of whatever age, a catch-all's included; a listed
// key).

#include "flight.hpp"

namespace maproom::resolver {
namespace asio = boost::asio;

asio::awaitable<std::optional<Resolver::Part>> Resolver::known_recipient(std::shared_ptr<ServedMap> map,
                                                                         std::string_view key,
                                                                         backend::Deadline deadline) {
  for (const auto& known : map->recipients) {
    const auto candidates = known->map.candidates(key);
    if (candidates.empty()) continue;
    // The whole address only: a catch-all's row says nothing of this recipient.
    const auto& whole = candidates.front().key;
    for (std::size_t table = 0; table < known->map.tables.size(); ++table) {
      if (!known->map.tables[table].asks(whole)) continue;
      auto part = co_await ask(known, table, whole, known->map.freshness, deadline);
      if (part && part->value && !part->suspect) co_return std::move(*part);
    }
  }
  co_return std::nullopt;
}

asio::awaitable<bool> Resolver::rejects_nobody(std::shared_ptr<ServedMap> map, std::string_view key,
                                               const std::vector<map::Candidate>& candidates,
                                               backend::Deadline deadline) {
  if (map->recipients.empty() || key.find('@') == std::string_view::npos) co_return false;
  const auto recipient = co_await known_recipient(map, key, deadline);
  if (!recipient) co_return false;
  for (const auto& candidate : candidates) {
    for (std::size_t table = 0; table < map->map.tables.size(); ++table) {
      const auto& asked = map->map.tables[table];
      if (!asked.asks(candidate.key)) continue;
      const auto part = co_await ask(map, table, candidate.key, map->map.freshness, deadline);
      if (part && part->value) co_return false;
      if (part) continue;
      if (asked.is_text() || !map->backends[table]->known_down()) co_return false;
      if (const auto* entry = store_.get(asked.id, candidate.key); entry != nullptr && entry->positive())
        co_return false;
      const auto* followed = map->followed_table(table);
      if (followed == nullptr) continue;
      if (followed->set.lists(candidate.key)) co_return false;
      // An alias that changed after the recipient was last looked at may be one that was made since.
      if (!ledger_.holds(*followed, candidate.key, recipient->mark)) co_return false;
    }
  }
  co_return true;
}

}  // namespace maproom::resolver
