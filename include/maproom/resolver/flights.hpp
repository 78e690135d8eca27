#pragma once
// Flights: questions on their way to Redis and MariaDB. Whoever asks what is being asked already waits for the same
// answer. What comes back is stored, unless a change or a flush has overtaken it.

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>

#include "maproom/cache/redis_tier.hpp"
#include "maproom/cache/store.hpp"
#include "maproom/core/mark.hpp"
#include "maproom/core/result.hpp"
#include "maproom/feed/follower.hpp"
#include "maproom/feed/ledger.hpp"
#include "maproom/resolver/known.hpp"
#include "maproom/resolver/question.hpp"

namespace maproom::resolver {

class Flights {
 public:
  /// All outlive the flights; `redis` may be null.
  Flights(boost::asio::any_io_executor executor, cache::Store& store, std::shared_ptr<cache::RedisTier> redis,
          feed::Ledger& ledger, Known& known);
  ~Flights();
  Flights(const Flights&) = delete;
  Flights& operator=(const Flights&) = delete;

  /// The answer of the query under way for this question, or of a new one. An error after the question's deadline.
  [[nodiscard]] boost::asio::awaitable<Result<Part>> wait(Question question);
  /// Asks the database anew what memory still knows; nobody waits.
  void refresh(Question question);
  /// Queries already under way will not be stored.
  void forget() noexcept { ++forgotten_; }

  /// On reload. What is under way keeps to the tier it began with.
  void use_redis(std::shared_ptr<cache::RedisTier> redis) noexcept { redis_ = std::move(redis); }
  void use_follower(const feed::Follower* follower) noexcept { follower_ = follower; }

 private:
  struct Flight;
  /// Tables live in their maps: only lookups with the same times to live wait for one another.
  struct Name {
    const SqlTable* table;
    std::string key;
    friend bool operator==(const Name&, const Name&) = default;
  };
  struct Hash {
    std::size_t operator()(const Name& name) const noexcept {
      return std::hash<std::string>{}(name.key) ^ std::hash<const void*>{}(name.table);
    }
  };
  enum class Tiers : bool { redis_too, database_alone };

  std::shared_ptr<Flight> join(Question question, Tiers tiers);
  boost::asio::awaitable<void> fly(std::shared_ptr<Flight> flight);
  boost::asio::awaitable<bool> fly_to_redis(std::shared_ptr<Flight> flight);
  boost::asio::awaitable<Result<Part>> ask_database(std::shared_ptr<Flight> flight);
  void store(const Flight& flight, const Part& part, const std::string& tag,
             const std::shared_ptr<cache::RedisTier>& redis);
  /// May what Redis holds be used by this daemon? Its mark if so.
  [[nodiscard]] std::optional<Mark> accept(const feed::Ledger::Table& followed, std::string_view key,
                                           const std::string& tag) const;

  boost::asio::any_io_executor executor_;
  cache::Store& store_;
  std::shared_ptr<cache::RedisTier> redis_;
  feed::Ledger& ledger_;
  Known& known_;
  const feed::Follower* follower_ = nullptr;
  std::unordered_map<Name, std::shared_ptr<Flight>, Hash> flights_;
  std::uint64_t forgotten_ = 0;  ///< counts forget(): a flight that began before the last one stores nothing
};

}  // namespace maproom::resolver
