#pragma once
// Resolver: the whole flow of a lookup on one screen. For each candidate, for each table: what is known, else Redis,
// else one query for all who wait; until the first hit. Gets requests from the sessions, answers with an Answer.
//
// "Not found" is said only when every candidate was said to be absent by the database (within the negative time to
// live, or for as long as a healthy change feed shows that nothing has changed), by a complete key set, or is one that
// `mysql:` would not ask; and only if all these absences are of one moment (OneMoment). Any error ends the lookup with
// a temporary error at once, since a later, less specific row could win wrongly; unless it is known what the map said
// when the database went away (AsOfOutage). Every lookup ends by its map's deadline.
//
// The parts: Known (memory, text tables, key sets), Flights (Redis and the database), Prover (client lists), and the
// two that decide what may be said together, OneMoment and AsOfOutage.

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "maproom/cache/redis_tier.hpp"
#include "maproom/cache/store.hpp"
#include "maproom/core/answer.hpp"
#include "maproom/core/clock.hpp"
#include "maproom/feed/follower.hpp"
#include "maproom/feed/ledger.hpp"
#include "maproom/resolver/absences.hpp"
#include "maproom/resolver/flights.hpp"
#include "maproom/resolver/known.hpp"
#include "maproom/resolver/question.hpp"
#include "maproom/resolver/served_map.hpp"
#include "maproom/resolver/trace.hpp"

namespace maproom::resolver {

class OneMoment;

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
  [[nodiscard]] boost::asio::awaitable<void> prove(std::shared_ptr<ServedMap> map, backend::Deadline deadline);

  /// Forget what memory holds from before now; queries already under way will not be stored.
  void forget(const ServedMap& map, std::string_view key);
  void forget(const ServedMap& map);
  void forget_all();

  /// On reload. Lookups under way keep to the tier they began with.
  void use_redis(std::shared_ptr<cache::RedisTier> redis) noexcept { flights_.use_redis(std::move(redis)); }
  /// Null: there is no feed. It outlives the lookups.
  void use_follower(feed::Follower* follower) noexcept {
    follower_ = follower;
    follower_since_ = follower != nullptr ? std::optional{Clock::now()} : std::nullopt;
    flights_.use_follower(follower);
  }

 private:
  struct Walked;

  /// One table about one key: what is known, else the database's word, else what may be said without it.
  boost::asio::awaitable<Result<Part>> ask(Question question);
  /// One walk through candidates and tables, up to the first value or error.
  boost::asio::awaitable<Walked> walk(const std::shared_ptr<ServedMap>& map, std::span<const map::Candidate> candidates,
                                      backend::Deadline deadline, TimePoint since, Trace* trace);
  /// The same in memory alone. false: it does not know enough.
  struct InMemory;
  [[nodiscard]] bool walk_memory(const ServedMap& map, std::span<const map::Candidate> candidates, TimePoint now,
                                 InMemory& walked);
  /// May what was walked be said? nullopt: it must be asked anew.
  boost::asio::awaitable<std::optional<Answer>> settle(const std::shared_ptr<ServedMap>& map, OneMoment& moment,
                                                       std::string_view key, Walked walked, backend::Deadline deadline);
  /// The whole walk within one snapshot of the database. nullopt: that cannot be had, or its word is not believed.
  boost::asio::awaitable<std::optional<Answer>> ask_as_one(std::shared_ptr<ServedMap> map,
                                                           std::span<const map::Candidate> candidates,
                                                           backend::Deadline deadline, Trace* trace);
  /// "Not found" of this map refuses the recipient, since no other map is asked.
  [[nodiscard]] bool is_last_word(const ServedMap& map, std::string_view key);
  void describe(Step& step, const ServedTable& table, const Result<Part>& part) const;

  cache::Store& store_;
  feed::Ledger& ledger_;
  Known known_;
  Flights flights_;
  feed::Follower* follower_ = nullptr;
  std::optional<TimePoint> follower_since_;  ///< none: there is none
  map::Candidate plain_;                     ///< from_memory's, so that it allocates nothing
};

}  // namespace maproom::resolver
