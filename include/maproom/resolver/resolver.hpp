#pragma once
// Resolver: the whole flow of a lookup on one screen. For each candidate, for each table: memory, else Redis, else one
// query for all who wait; store; until the first hit. Gets requests from the sessions, answers with an Answer.
//
// "Not found" is said only when every candidate was said to be absent by the database (within the negative time to
// live) or is one that `mysql:` would not ask. Any error ends the lookup with a temporary error at once, since a later,
// less specific row could win wrongly; unless a cached answer of that very key is still within the map's stale limits,
// or, for a value further on, a complete key set had no such key when the database went away.
// Every lookup ends by its map's deadline.
//
// With a change feed (feed::Ledger) an answer is stored and used only while no drop of its key, its table or of
// everything is above the mark L that was taken before its query was sent; a lookup joins a query under way only if
// that holds for the query; and "not found" over several answers of different moments is only said after the feed has
// shown that they were all true at one moment; while it is away for a moment, only if all were asked within this
// lookup, twice. (Without a feed the negative time to live bounds it.) A complete key set, where there is one, says
// "not found" for a key that no row has, without a query; while the database is away, for as long as the map's limits
// allow.

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "maproom/cache/redis_tier.hpp"
#include "maproom/cache/store.hpp"
#include "maproom/core/answer.hpp"
#include "maproom/core/clock.hpp"
#include "maproom/core/mark.hpp"
#include "maproom/feed/follower.hpp"
#include "maproom/feed/ledger.hpp"
#include "maproom/resolver/served_map.hpp"
#include "maproom/resolver/trace.hpp"

namespace maproom::resolver {

class Resolver {
 public:
  /// All outlive the resolver's lookups; `redis` may be null.
  Resolver(boost::asio::any_io_executor executor, cache::Store& store, std::shared_ptr<cache::RedisTier> redis,
           feed::Ledger& ledger);
  ~Resolver();
  Resolver(const Resolver&) = delete;
  Resolver& operator=(const Resolver&) = delete;

  /// The fast way: the answer if memory alone can give it. No await, no I/O.
  [[nodiscard]] std::optional<Answer> from_memory(const ServedMap& map, std::string_view key);
  /// The full way. `trace`, if given, outlives the call.
  [[nodiscard]] boost::asio::awaitable<Answer> resolve(std::shared_ptr<ServedMap> map, std::string key,
                                                       Trace* trace = nullptr);
  /// Asks a guarded map's tables whether they answer "unknown" or a host name nobody has, and settles its trust.
  [[nodiscard]] boost::asio::awaitable<void> prove(std::shared_ptr<ServedMap> map);

  /// Forget what memory holds from before now; queries already under way will not be stored.
  void forget(const ServedMap& map, std::string_view key);
  void forget(const ServedMap& map);
  void forget_all();

  /// On reload. Lookups under way keep to the tier they began with.
  void use_redis(std::shared_ptr<cache::RedisTier> redis) noexcept { redis_ = std::move(redis); }
  /// Null: there is no feed. It outlives the lookups.
  void use_follower(feed::Follower* follower) noexcept {
    follower_ = follower;
    follower_since_ = follower != nullptr ? std::optional{std::chrono::steady_clock::now()} : std::nullopt;
  }

 private:
  struct Flight;
  struct Part;
  struct Walked;

  boost::asio::awaitable<Walked> walk(std::shared_ptr<ServedMap> map, const std::vector<map::Candidate>& candidates,
                                      backend::Deadline deadline, Trace* trace, TimePoint since);
  /// While the database is known to be away: virtual_alias_maps may say "not found" of an address that another
  /// recipient map knows, or at a domain that is not ours, since that rejects nobody; unless something speaks for a row
  /// under one of the keys. Returns why it may; empty: it may not.
  boost::asio::awaitable<std::string_view> rejects_nobody(std::shared_ptr<ServedMap> map, std::string_view key,
                                                          const std::vector<map::Candidate>& candidates,
                                                          backend::Deadline deadline);
  /// No list of the domains that mail is taken for has it.
  boost::asio::awaitable<bool> is_foreign(std::shared_ptr<ServedMap> map, std::string_view domain,
                                          backend::Deadline deadline);
  /// Some map holds a value for the whole address, true when its part was born: that part.
  boost::asio::awaitable<std::optional<Part>> known_recipient(std::shared_ptr<ServedMap> map, std::string_view key,
                                                              backend::Deadline deadline);
  boost::asio::awaitable<Result<Part>> ask(std::shared_ptr<ServedMap> map, std::size_t table, std::string key,
                                           map::Freshness freshness, backend::Deadline deadline, TimePoint since = {});
  /// The query under way for this key, or a new one. `since`: what was asked before is of no use.
  std::shared_ptr<Flight> join(const std::shared_ptr<ServedMap>& map, std::size_t table, std::string key,
                               const map::Freshness& freshness, backend::Deadline deadline, bool refresh,
                               TimePoint since = {});
  boost::asio::awaitable<void> fly(std::shared_ptr<Flight> flight);
  boost::asio::awaitable<bool> fly_to_redis(std::shared_ptr<Flight> flight);
  enum class Staleness : bool { fresh_only, stale_too };
  /// An entry that may be used, and whether only because the database cannot say more, or the feed is healthy.
  struct Usable {
    const cache::Entry* entry;
    bool stale, by_feed;
    bool suspect = false;  ///< it may have changed unseen
  };
  [[nodiscard]] std::optional<Usable> usable(const ServedMap& map, std::size_t table, std::string_view key,
                                             const map::Freshness& freshness, TimePoint now, Staleness staleness);
  [[nodiscard]] std::optional<Part> from_store(const ServedMap& map, std::size_t table, std::string_view key,
                                               const map::Freshness& freshness, Staleness staleness);
  [[nodiscard]] std::optional<Part> from_keys(const ServedMap& map, std::size_t table, std::string_view key,
                                              Staleness staleness) const;
  /// By the complete key set the database has no row with this key.
  [[nodiscard]] bool surely_absent(const ServedMap& map, std::size_t table, std::string_view key, TimePoint now,
                                   Staleness staleness) const;
  /// By the set as it was when the feed last proved itself, not longer ago than `limit`, and the database is away.
  [[nodiscard]] bool absent_while_away(const ServedMap& map, std::size_t table, std::string_view key, TimePoint now,
                                       std::chrono::milliseconds limit) const;
  /// What one table holds for a key in memory, fresh: `value` is null if it holds that there is none.
  struct Known {
    const std::string* value;
    TimePoint read{};
    bool by_keys = false;  ///< the complete key set says so
  };
  [[nodiscard]] std::optional<Known> known(const ServedMap& map, std::size_t table, std::string_view key,
                                           TimePoint now);
  /// May what Redis holds be used by this daemon? Its mark if so.
  [[nodiscard]] std::optional<Mark> accept(const feed::Ledger::Table& followed, std::string_view key,
                                           const std::string& tag) const;
  /// Asks anew what will soon be too old, while it still serves.
  void refresh_later(const ServedMap& map, std::size_t table, std::string_view key);
  void describe(Step& step, const ServedMap& map, const Result<Part>& part) const;

  boost::asio::any_io_executor executor_;
  cache::Store& store_;
  std::shared_ptr<cache::RedisTier> redis_;
  feed::Ledger& ledger_;
  feed::Follower* follower_ = nullptr;
  std::optional<TimePoint> follower_since_;  ///< none: there is none
  std::unordered_map<std::string, std::shared_ptr<Flight>> flights_;
  std::string folded_;           ///< from_memory's, so that it allocates nothing
  std::uint64_t forgotten_ = 0;  ///< counts forget(): a flight that began before the last one stores nothing
};

}  // namespace maproom::resolver
