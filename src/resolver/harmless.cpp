// The one "not found" that may be said while the database is away although the map's own limits do not allow it:
// virtual_alias_maps', where it rejects nobody. Every doubt is a temporary error.
//
// Of an address that another recipient map knows: the mail goes to the mailbox. The recipient must have been seen
// whole, within stale_limit, with no gap of the feed and no change of an alias since; and nothing may be known that
// speaks for an alias (a value of whatever age, a catch-all's included; a listed key).
//
// Of an address at a domain that is not ours: Postfix asks no recipient map for it, it relays for those who may relay,
// and refuses the others as ever. Every list of domains that the daemon serves must say so, as it may by its own limit,
// and main.cf's names; and the complete set of the aliases' keys or domains, within stale_limit, must lack each key.

#include "flight.hpp"
#include "maproom/core/clock.hpp"
#include "maproom/map/address.hpp"

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

asio::awaitable<bool> Resolver::is_foreign(std::shared_ptr<ServedMap> map, std::string_view domain,
                                           backend::Deadline deadline) {
  // Who writes a dot at the end may mean the name without it.
  if (map->domain_lists.empty() || domain.empty() || domain.ends_with('.')) co_return false;
  if (map::is_local_domain(domain, map->map.settings)) co_return false;
  for (const auto& list : map->domain_lists) {
    const auto candidates = list->map.candidates(domain);
    for (const auto& candidate : candidates) {
      for (std::size_t table = 0; table < list->map.tables.size(); ++table) {
        if (!list->map.tables[table].asks(candidate.key)) continue;
        const auto part = co_await ask(list, table, candidate.key, list->map.freshness, deadline);
        if (!part || part->value) co_return false;
      }
    }
  }
  co_return true;
}

asio::awaitable<std::string_view> Resolver::rejects_nobody(std::shared_ptr<ServedMap> map, std::string_view key,
                                                           const std::vector<map::Candidate>& candidates,
                                                           backend::Deadline deadline) {
  constexpr std::string_view no;
  const auto at = key.rfind('@');
  if (at == std::string_view::npos) co_return no;
  const auto recipient = co_await known_recipient(map, key, deadline);
  if (!recipient) {
    const bool foreign = co_await is_foreign(map, key.substr(at + 1), deadline);
    if (!foreign) co_return no;
  }
  for (const auto& candidate : candidates) {
    for (std::size_t table = 0; table < map->map.tables.size(); ++table) {
      const auto& asked = map->map.tables[table];
      if (!asked.asks(candidate.key)) continue;
      const auto part = co_await ask(map, table, candidate.key, map->map.freshness, deadline);
      if (part && part->value) co_return no;
      if (part) continue;
      if (asked.is_text() || !map->backends[table]->known_down()) co_return no;
      if (const auto* entry = store_.get(asked.id, candidate.key); entry != nullptr && entry->positive()) co_return no;
      if (!recipient) {
        if (!absent_while_away(*map, table, candidate.key, Clock::now(), map->map.freshness.stale_limit)) co_return no;
        continue;
      }
      const auto* followed = map->followed_table(table);
      if (followed == nullptr) continue;
      if (followed->set.lists(candidate.key)) co_return no;
      // An alias that changed after the recipient was last looked at may be one that was made since.
      if (!ledger_.holds(*followed, candidate.key, recipient->mark)) co_return no;
    }
  }
  co_return recipient ? "another map knows this recipient" : "its domain is on no list";
}

}  // namespace maproom::resolver
