#include "maproom/resolver/flights.hpp"

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "maproom/core/clock.hpp"
#include "maproom/core/deadline.hpp"
#include "maproom/core/log.hpp"
#include "maproom/core/spawn.hpp"

namespace maproom::resolver {
namespace asio = boost::asio;

/// Any number of lookups wait for it. The timer is the condition variable: it ends at the deadline whatever happens,
/// and is cancelled when there is an outcome.
struct Flights::Flight {
  Flight(const asio::any_io_executor& executor, Question asked)
      : question{std::move(asked)}, table{*question.table.sql()}, done{executor, question.deadline} {}
  Question question;
  const SqlTable& table;
  asio::steady_timer done;
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

asio::awaitable<bool> Flights::landing_of(std::shared_ptr<Flight> flight) {
  boost::system::error_code ignored;
  co_await flight->done.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
  co_return flight->outcome.has_value();
}

asio::awaitable<Result<Part>> Flights::wait(Question question) {
  const auto asked = Clock::now();
  const auto deadline = question.deadline;
  if (asked >= question.deadline) co_return fail(Errc::timeout, "lookup deadline passed");
  const auto tiers = question.since == TimePoint{} ? Tiers::redis_too : Tiers::database_alone;
  const auto counters = question.map->counters;
  const auto flight = join(std::move(question), tiers);
  const bool joined = flight->begun < asked;
  if (joined) ++counters->joined;
  // Another lookup's flight may have a later deadline than this one has; its own ends with it.
  if (!flight->outcome && flight->question.deadline > deadline)
    static_cast<void>(co_await within(deadline - Clock::now(), landing_of(flight)));
  else if (!flight->outcome)
    static_cast<void>(co_await landing_of(flight));
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
      flight->done.cancel();
    }
  } landing{*this, flight};

  const auto redis = redis_;
  if (redis != nullptr && flight->tiers == Tiers::redis_too) {
    const bool answered = co_await fly_to_redis(flight);
    if (answered) co_return;
  }
  const auto noted = before(flight->table);
  flight->mark = noted.mark.value_or(0);
  auto part = co_await ask_database(flight, noted);
  if (part)
    if (auto why = keep(flight->question, *part, noted, redis)) part = std::move(*why);
  flight->outcome = std::move(part);
}

asio::awaitable<Result<Part>> Flights::ask_database(std::shared_ptr<Flight> flight, Before noted) {
  const auto& table = flight->table;
  const auto born = Clock::now();
  auto fetched = co_await table.database->fetch(table.definition.query(), flight->key(), flight->question.deadline);
  if (!fetched) {
    const auto& name = flight->question.map->map.name;
    log_limited(LogLevel::warning, "lookup_failed", name,
                fmt::format("map={} host_error=\"{}\"", name, fetched.error().detail));
    co_return fetched.error();
  }
  co_return part_of(flight->question, std::move(*fetched), born, noted);
}

asio::awaitable<Result<std::vector<Result<Part>>>> Flights::ask_together(std::vector<Question> questions) {
  std::vector<Result<Part>> parts;
  if (questions.empty()) co_return parts;
  auto* const database = questions.front().map->snapshot();
  if (database == nullptr) co_return fail(Errc::unavailable, "no snapshot");
  const auto redis = redis_;
  std::vector<Before> noted;
  std::vector<backend::Backend::Asked> asked;
  for (const auto& question : questions) {
    noted.push_back(before(*question.table.sql()));
    asked.push_back({&question.table.sql()->definition.query(), question.key});
  }
  const auto born = Clock::now();
  auto fetched = co_await database->fetch_together(std::move(asked), questions.front().deadline);
  if (!fetched) co_return fetched.error();
  for (std::size_t i = 0; i < questions.size(); ++i) {
    auto part = part_of(questions[i], std::move((*fetched)[i]), born, noted[i]);
    if (part)
      if (auto why = keep(questions[i], *part, noted[i], redis)) part = std::move(*why);
    parts.push_back(std::move(part));
  }
  co_return parts;
}

Flights::Before Flights::before(const SqlTable& table) const {
  if (table.followed == nullptr) return {Mark{0}, {}, forgotten_};
  return {ledger_.now(), ledger_.tag(), forgotten_};
}

Result<Part> Flights::part_of(const Question& question, backend::Fetched fetched, TimePoint born, const Before& noted) {
  auto value = question.table.sql()->definition.value(fetched.rows, question.key);
  if (!value) {
    const auto& name = question.map->map.name;
    log_limited(LogLevel::error, "bad_rows", name,
                fmt::format("map={} table=\"{}\" what=\"{}\"", name, question.table.origin, value.error().detail));
    return value.error();
  }
  Part part;
  part.tier = Tier::database;
  part.mark = noted.mark.value_or(0);
  part.born = born;
  part.read = Clock::now();
  part.value = std::move(*value);
  part.statement = std::move(fetched.statement);
  part.host = std::move(fetched.host);
  part.server = std::move(fetched.server);
  part.rows = fetched.rows.rows.size();
  return part;
}

std::optional<Error> Flights::keep(const Question& question, const Part& part, const Before& noted,
                                   const std::shared_ptr<cache::RedisTier>& redis) {
  const auto& table = *question.table.sql();
  const auto* const followed = table.followed.get();
  const auto source =
      followed != nullptr && follower_ != nullptr ? follower_->source(part.server) : feed::Source::followed;
  if (source == feed::Source::other && !part.value) {
    log_limited(
        LogLevel::warning, "host_behind", part.host,
        fmt::format("host={} map={} what=\"its replica has not caught up\"", part.host, question.map->map.name));
    return fail(Errc::unavailable,
                part.host + " may lack changes that were already seen; \"not found\" is not believed");
  }
  const bool true_still = followed == nullptr || (source == feed::Source::followed && noted.mark &&
                                                  ledger_.holds(*followed, question.key, *noted.mark));
  if (!true_still || noted.forgotten != forgotten_) return std::nullopt;
  cache::Entry entry{part.value, part.born, part.mark, part.read};
  const bool tagged = followed != nullptr && followed->long_lived;
  const auto lifetime =
      tagged ? question.freshness.keep_followed(entry.positive()) : question.freshness.keep(entry.positive());
  if (redis != nullptr) redis->put(table.id, question.key, {entry, noted.tag}, lifetime);
  store_.put(table.id, question.key, std::move(entry));
  return std::nullopt;
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
