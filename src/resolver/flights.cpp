#include "maproom/resolver/flights.hpp"

#include <algorithm>

#include "maproom/core/clock.hpp"
#include "maproom/core/condition.hpp"
#include "maproom/core/deadline.hpp"
#include "maproom/core/log.hpp"
#include "maproom/core/spawn.hpp"

namespace maproom::resolver {
namespace asio = boost::asio;

/// Any number of lookups wait for it, each until its own deadline.
struct Flights::Flight {
  Flight(const asio::any_io_executor& executor, Question asked)
      : question{std::move(asked)}, table{*question.table.sql()}, done{executor} {}
  Question question;
  const SqlTable& table;
  Condition done;  ///< there is an outcome
  TimePoint begun;
  Tiers tiers = Tiers::redis_too;
  std::uint64_t forgotten = 0;
  /// L, taken before the query is sent; nothing before that, and for tables that are not followed.
  std::optional<Mark> mark;
  std::optional<Result<Part>> outcome;

  [[nodiscard]] const std::string& key() const { return question.key; }
  [[nodiscard]] const feed::Ledger::Table* followed() const { return table.followed.get(); }
};

Flights::Flights(asio::any_io_executor executor, cache::Store& store, std::shared_ptr<cache::RedisTier> redis,
                 feed::Ledger& ledger, Known& known)
    : executor_{std::move(executor)}, store_{store}, redis_{std::move(redis)}, ledger_{ledger}, known_{known} {}
Flights::~Flights() = default;

asio::awaitable<Result<Part>> Flights::wait(Question question) {
  const auto asked = Clock::now();
  const auto deadline = question.deadline;
  if (asked >= question.deadline) co_return fail(Errc::timeout, "lookup deadline passed");
  const auto tiers = question.since == TimePoint{} ? Tiers::redis_too : Tiers::database_alone;
  const auto counters = question.map->counters;
  const auto flight = join(std::move(question), tiers);
  const bool joined = flight->begun < asked;
  if (joined) ++counters->joined;
  // Another lookup's flight ends by that one's deadline, and may be of no use by then.
  if (!flight->outcome)
    static_cast<void>(co_await flight->done.wait_until(std::min(deadline, flight->question.deadline)));
  if (!flight->outcome) co_return fail(Errc::timeout, "lookup deadline passed");
  Result<Part> outcome = *flight->outcome;
  if (outcome) outcome->joined = joined;
  co_return outcome;
}

void Flights::refresh(Question question) { static_cast<void>(join(std::move(question), Tiers::database_alone)); }

std::shared_ptr<Flights::Flight> Flights::join(Question question, Tiers tiers) {
  auto& slot = flights_[{question.table.sql(), question.key}];
  // A query that may have read the row before its last change would answer a lookup that began after it.
  const auto too_old = [this](const Flight& flight) {
    return flight.mark && flight.followed() != nullptr &&
           !ledger_.holds(*flight.followed(), flight.key(), *flight.mark);
  };
  if (slot && slot->begun >= question.since && !too_old(*slot)) return slot;
  auto flight = slot = std::make_shared<Flight>(executor_, std::move(question));
  flight->begun = Clock::now();
  flight->tiers = tiers;
  flight->forgotten = forgotten_;
  spawn(executor_, "flight", fly(flight));
  return flight;
}

asio::awaitable<void> Flights::fly(std::shared_ptr<Flight> flight) {
  // An exception is a bug, and spawn logs it; those who wait get a temporary error, and the next lookup flies anew.
  struct Landing {
    Flights& flights;
    std::shared_ptr<Flight> flight;
    ~Landing() {
      if (!flight->outcome) flight->outcome = Result<Part>{fail(Errc::bad_data, "internal error")};
      // A later flight for the same key may have taken its place.
      const auto named = flights.flights_.find({&flight->table, flight->key()});
      if (named != flights.flights_.end() && named->second == flight) flights.flights_.erase(named);
      flight->done.notify_all();
    }
  } landing{*this, flight};

  // Others read Redis, and it writes what it holds to a disk.
  const auto redis = flight->question.map->passwords ? nullptr : redis_;
  if (redis != nullptr && flight->tiers == Tiers::redis_too) {
    const bool answered = co_await fly_to_redis(flight);
    if (answered) co_return;
  }
  const auto* const followed = flight->followed();
  const auto mark = followed != nullptr ? ledger_.now() : std::optional<Mark>{0};
  const auto tag = followed != nullptr ? ledger_.tag() : std::string{};
  flight->mark = mark.value_or(0);
  auto part = co_await ask_database(flight);
  if (part) {
    const auto source =
        followed != nullptr && follower_ != nullptr ? follower_->source(part->server) : feed::Source::followed;
    const auto& name = flight->question.map->map.name;
    if (source == feed::Source::other && !part->value) {
      flight->outcome = Result<Part>{fail(
          Errc::unavailable, part->host + " may lack changes that were already seen; \"not found\" is not believed")};
      log_limited(LogLevel::warning, "host_behind", part->host,
                  fmt::format("host={} map={} what=\"its replica has not caught up\"", part->host, name));
      co_return;
    }
    const bool true_still = followed == nullptr || (source == feed::Source::followed && mark &&
                                                    ledger_.holds(*followed, flight->key(), *mark));
    if (true_still && flight->forgotten == forgotten_) store(*flight, *part, tag, redis);
  }
  flight->outcome = std::move(part);
}

asio::awaitable<Result<Part>> Flights::ask_database(std::shared_ptr<Flight> flight) {
  const auto& table = flight->table;
  const auto& name = flight->question.map->map.name;
  Part part;
  part.tier = Tier::database;
  part.mark = *flight->mark;
  part.born = Clock::now();
  auto fetched = co_await table.database->fetch(table.definition.query(), flight->key(), flight->question.deadline);
  if (!fetched) {
    log_limited(LogLevel::warning, "lookup_failed", name,
                fmt::format("map={} host_error=\"{}\"", name, fetched.error().detail));
    co_return fetched.error();
  }
  part.read = Clock::now();
  auto value = table.definition.value(fetched->rows, flight->key());
  if (!value) {
    log_limited(
        LogLevel::error, "bad_rows", name,
        fmt::format("map={} table=\"{}\" what=\"{}\"", name, flight->question.table.origin, value.error().detail));
    co_return value.error();
  }
  part.value = std::move(*value);
  part.statement = std::move(fetched->statement);
  part.host = std::move(fetched->host);
  part.server = std::move(fetched->server);
  part.rows = fetched->rows.rows.size();
  co_return part;
}

void Flights::store(const Flight& flight, const Part& part, const std::string& tag,
                    const std::shared_ptr<cache::RedisTier>& redis) {
  cache::Entry entry{part.value, part.born, part.mark, part.read};
  const auto* const followed = flight.followed();
  const auto& freshness = flight.question.freshness;
  const auto keep = followed != nullptr && followed->long_lived ? freshness.keep_followed(entry.positive())
                                                                : freshness.keep(entry.positive());
  if (redis != nullptr) redis->put(flight.table.id, flight.key(), {entry, tag}, keep);
  store_.put(flight.table.id, flight.key(), std::move(entry));
}

asio::awaitable<bool> Flights::fly_to_redis(std::shared_ptr<Flight> flight) {
  const auto& id = flight->table.id;
  auto found = co_await redis_->get(id, flight->key());
  if (!found || flight->forgotten != forgotten_) co_return false;
  if (const auto* followed = flight->followed(); followed != nullptr) {
    const auto mark = accept(*followed, flight->key(), found->tag);
    if (!mark) co_return false;
    found->entry.mark = *mark;
  }
  found->entry.read = Clock::now();
  store_.put(id, flight->key(), std::move(found->entry));
  const auto word = known_.fresh(flight->question.table, flight->key(), flight->question.freshness, Clock::now());
  if (!word) co_return false;
  Part part{*word};
  if (part.tier == Tier::memory) part.tier = Tier::redis;
  flight->outcome = Result<Part>{std::move(part)};
  co_return true;
}

std::optional<Mark> Flights::accept(const feed::Ledger::Table& followed, std::string_view key,
                                    const std::string& tag) const {
  // Without a feed so far nothing is known to have changed, and the age alone counts.
  if (!ledger_.has_ever_followed()) return ledger_.dispatched();
  // Entries without a position cannot be compared with what was dropped, nor can those of another history.
  const auto mark = ledger_.mark_of(tag);
  if (!mark || !ledger_.holds(followed, key, *mark)) return std::nullopt;
  return mark;
}

}  // namespace maproom::resolver
