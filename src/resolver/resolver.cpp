#include "maproom/resolver/resolver.hpp"

#include <utility>

#include "maproom/map/parts.hpp"
#include "maproom/resolver/one_moment.hpp"
#include "maproom/resolver/processor_time.hpp"
#include "maproom/resolver/walk.hpp"

namespace maproom::resolver {
namespace asio = boost::asio;
namespace {

/// A lookup that is overtaken by changes so often in a row is told to come again, where the database cannot be asked
/// for all of it as of one moment. With four, busy writers failed one lookup in 80,000, so that about one walk in 17 is
/// overtaken: this many in a row nobody will see.
constexpr int most_walks = 32;

constexpr const char* too_many = "the key has too many parts to ask for each of them";

/// No name of the DNS is; see too_many_parents(). What may stand in the database is not known then.
bool beyond_bounds(const ServedMap& map, std::string_view key) {
  return key.size() <= map::max_key_bytes && map::too_many_parents(map.map.profile, key);
}

void count(MapCounters& counters, const Part& part) {
  switch (part.tier) {
    case Tier::memory:
    case Tier::text:
      ++counters.memory;
      break;
    case Tier::keys:
      ++counters.keys;
      break;
    case Tier::redis:
      ++counters.redis;
      break;
    case Tier::database:
      ++counters.database;
      break;
  }
  if (part.stale) {
    const auto now = Clock::now();
    ++counters.stale;
    counters.oldest_stale.observe(now, now - part.born);
  }
}

void add(Absences& absences, const Walk::Place& place, const Part& part, std::shared_ptr<const map::FileTable> file) {
  ++absences.count;
  absences.parts.push_back({place.number, place.key, part.mark, std::move(file)});
  absences.read = std::max(absences.read, part.read);
  if (part.tier != Tier::text) absences.born = std::min(absences.born, part.born);
  absences.stale = absences.stale || part.stale;
  absences.by_feed = absences.by_feed || part.by_feed;
  absences.as_of_outage = absences.as_of_outage || part.as_of_outage;
}

/// What a file says stands in memory.
Result<Part> ask_file(const ServedTable& table, const std::string& key) {
  if (table.file() == nullptr) return fail(Errc::unavailable, table.origin + ": not read yet");
  const auto found = table.file()->find(key, time_for(table));
  if (!found) return fail(found.error().code, table.origin + ": " + found.error().detail);
  return Part{Word{.value = *found, .tier = Tier::text, .born = Clock::now()}};
}

}  // namespace

struct Resolver::Walked {
  std::optional<Error> error;
  std::optional<Part> value;                  ///< neither: not found
  const map::Candidate* candidate = nullptr;  ///< whose value it is
  Absences absences;                          ///< of what was asked before
  std::string doubt;                          ///< why the database could not say all of it
  Tier furthest = Tier::memory;
};

struct Resolver::InMemory {
  std::optional<Word> value;
  const map::Candidate* candidate = nullptr;
  std::uint64_t hits = 0, by_keys = 0;
  Absences absences;
};

Resolver::Resolver(asio::any_io_executor executor, cache::Store& store, std::shared_ptr<cache::RedisTier> redis,
                   feed::Ledger& ledger)
    : store_{store},
      ledger_{ledger},
      known_{store, ledger},
      flights_{std::move(executor), store, std::move(redis), ledger, known_} {}
Resolver::~Resolver() = default;

asio::awaitable<Answer> Resolver::resolve(std::shared_ptr<ServedMap> map, std::string key, Trace* trace) {
  const auto begun = Clock::now();
  const auto deadline = begun + map->map.deadline;
  auto furthest = Tier::memory;
  const auto finish = [&furthest, begun, map](Answer answer) {
    map->counters->finished(answer.kind(), furthest, Clock::now() - begun);
    return answer;
  };
  const auto fail_with = [&finish, map](Trouble trouble, std::string reason) {
    map->counters->because(trouble);
    return finish(Answer::temporary(std::move(reason)));
  };
  if (beyond_bounds(*map, key)) co_return fail_with(Trouble::overload, too_many);
  const auto candidates = map->map.candidates(key);
  const auto trusted = [&candidates, map] { return candidates.empty() || map->standing() == Trust::trusted; };
  OneMoment moment{ledger_, *map, follower_since_, Clock::now()};
  for (int walks = 0; walks < most_walks; ++walks) {
    if (!trusted()) {
      if (map->standing() == Trust::unproven) {
        furthest = Tier::database;
        co_await prove(map, deadline);
      }
      if (map->standing() == Trust::refused) co_return fail_with(Trouble::refused, "map refused: it answers every key");
      if (!trusted()) co_return fail_with(Trouble::unproven, "map not yet proven safe");
    }
    auto walked = co_await walk(map, candidates, deadline, moment.since(), trace);
    furthest = further(furthest, walked.furthest);
    auto answer = co_await settle(map, moment, key, std::move(walked), deadline);
    if (!trusted()) continue;  // one of its files was read again meanwhile
    if (answer) co_return finish(std::move(*answer));
    if (walks > 0) continue;
    auto as_one = co_await ask_as_one(map, candidates, deadline, trace);
    if (!as_one || !trusted()) continue;
    furthest = Tier::database;
    co_return finish(std::move(*as_one));
  }
  co_return fail_with(Trouble::overtaken, "the database changes faster than it can be asked");
}

asio::awaitable<Resolver::Walked> Resolver::walk(const std::shared_ptr<ServedMap>& map,
                                                 std::span<const map::Candidate> candidates, backend::Deadline deadline,
                                                 TimePoint since, Trace* trace) {
  Walked walked;
  for (const auto place : Walk{*map, candidates}) {
    Step step{.candidate = place.asks ? place.key : place.candidate.key, .table = place.number, .asked = place.asks};
    if (!place.asks) {
      if (trace != nullptr) trace->steps.push_back(std::move(step));
      continue;
    }
    const auto begun = Clock::now();
    const auto file = place.table.file();
    Question question{map, place.table, place.key, map->map.freshness, deadline, since};
    auto part = co_await ask(std::move(question));
    if (trace != nullptr) {
      step.took = std::chrono::duration_cast<std::chrono::microseconds>(Clock::now() - begun);
      describe(step, place.table, part);
      trace->steps.push_back(std::move(step));
    }
    // What was said in the database's stead came after waiting for it.
    walked.furthest = further(walked.furthest, part && part->doubt.empty() ? part->tier : Tier::database);
    if (!part) {
      walked.error = std::move(part.error());
      co_return walked;
    }
    count(*map->counters, *part);
    if (walked.doubt.empty()) walked.doubt = part->doubt;
    if (part->value) {
      walked.value = std::move(*part);
      walked.candidate = &place.candidate;
      co_return walked;
    }
    add(walked.absences, place, *part, file);
  }
  co_return walked;
}

asio::awaitable<std::optional<Answer>> Resolver::settle(const std::shared_ptr<ServedMap>& map, OneMoment& moment,
                                                        std::string_view key, Walked walked,
                                                        backend::Deadline deadline) {
  if (walked.error) {
    map->counters->because(trouble_of(walked.error->code));
    co_return Answer::temporary(std::move(walked.error->detail));
  }
  const auto& absences = walked.absences;
  auto verdict = OneMoment::Verdict::say;
  if (walked.value)
    verdict = moment.judge_value(absences, walked.value->read, walked.value->suspect);
  else
    verdict = moment.judge(absences, Clock::now());
  if (verdict == OneMoment::Verdict::say && !walked.value && absences.as_of_outage && absences.stale &&
      is_last_word(*map, key)) {
    const auto outage = map->outage(ledger_);
    if (!outage || !outage->within(map->map.freshness.stale_negative_limit, Clock::now()))
      verdict = OneMoment::Verdict::doubt;
  }
  switch (verdict) {
    case OneMoment::Verdict::ask_anew:
      co_return std::nullopt;
    case OneMoment::Verdict::doubt:
      map->counters->because(Trouble::doubt);
      co_return Answer::temporary(std::move(walked.doubt));
    case OneMoment::Verdict::ask_the_feed: {
      const bool reached = co_await follower_->reach_now(deadline);
      if (!reached && Clock::now() >= deadline) {
        map->counters->because(Trouble::timeout);
        co_return Answer::temporary("lookup deadline passed");
      }
      if (!reached) co_return std::nullopt;
      break;
    }
    case OneMoment::Verdict::say:
      break;
  }
  if (walked.value) co_return Answer::found(map->map.reply(*walked.candidate, std::move(*walked.value->value)));
  // What was waited for may have outlasted the feed's health, which is judged now.
  if (!moment.holds(absences, Clock::now())) co_return std::nullopt;
  co_return Answer::not_found();
}

bool Resolver::is_last_word(const ServedMap& map, std::string_view key) {
  const auto at = key.rfind('@');
  if (at == std::string_view::npos) return false;
  for (const auto& each : map.alias_domains) {
    const auto list = each.lock();
    if (list == nullptr || beyond_bounds(*list, key.substr(at + 1))) return true;  // or a reload has come between
    const auto candidates = list->map.candidates(key.substr(at + 1));
    for (const auto place : Walk{*list, candidates})
      if (place.asks && known_.listed(place.table, place.key)) return true;
  }
  return false;
}

asio::awaitable<Result<Part>> Resolver::ask(Question question) {
  const auto& table = question.table;
  const auto map = question.map;
  const auto freshness = question.freshness;
  const auto since = question.since;
  const auto key = question.key;
  if (table.sql() == nullptr) co_return ask_file(table, key);
  if (const auto word = known_.fresh(table, key, freshness, Clock::now(), since)) co_return Part{*word};
  auto outcome = co_await flights_.wait(std::move(question));
  if (outcome) co_return outcome;
  const auto word = known_.stale(table, key, freshness, Clock::now(), map->outage(ledger_), since);
  if (!word) co_return outcome;
  Part part{*word};
  part.doubt = std::move(outcome.error().detail);
  co_return part;
}

std::optional<Answer> Resolver::from_memory(const ServedMap& map, std::string_view key) {
  if (map.standing() != Trust::trusted) return std::nullopt;
  const auto now = Clock::now();
  InMemory walked;
  const auto finished = [&](Answer::Kind kind) {
    map.counters->memory += walked.hits;
    map.counters->keys += walked.by_keys;
    map.counters->finished(kind, walked.by_keys > 0 ? Tier::keys : Tier::memory, Clock::now() - now);
  };
  if (map.map.plain_first_candidate(key, plain_.key)) {
    plain_.whole = key;
    if (!walk_memory(map, {&plain_, 1}, now, walked)) return std::nullopt;
    if (walked.value) {
      finished(Answer::Kind::found);
      return Answer::found(*walked.value->value);
    }
    walked = {};
  }
  if (beyond_bounds(map, key)) return std::nullopt;  // which is not the way of anything that has to be quick
  const auto candidates = map.map.candidates(key);
  if (!walk_memory(map, candidates, now, walked)) return std::nullopt;
  if (walked.value) {
    finished(Answer::Kind::found);
    return Answer::found(map.map.reply(*walked.candidate, *walked.value->value));
  }
  OneMoment moment{ledger_, map, follower_since_, now};
  if (moment.judge(walked.absences, now) != OneMoment::Verdict::say) return std::nullopt;
  finished(Answer::Kind::not_found);
  return Answer::not_found();
}

bool Resolver::walk_memory(const ServedMap& map, std::span<const map::Candidate> candidates, TimePoint now,
                           InMemory& walked) {
  const auto& freshness = map.map.freshness;
  for (const auto place : Walk{map, candidates}) {
    if (!place.asks) continue;
    const auto word = known_.fresh(place.table, place.key, freshness, now);
    if (!word) return false;
    ++(word->tier == Tier::keys ? walked.by_keys : walked.hits);
    // What will soon be too old is asked anew while it still serves.
    if (word->tier == Tier::memory && now - word->born >= freshness.refresh_after(word->value != nullptr))
      flights_.refresh({map.shared_from_this(), place.table, place.key, freshness, now + map.map.deadline});
    if (word->value != nullptr) {
      walked.value = word;
      walked.candidate = &place.candidate;
      return true;
    }
    ++walked.absences.count;
    walked.absences.read = std::max(walked.absences.read, word->read);
  }
  return true;
}

void Resolver::describe(Step& step, const ServedTable& table, const Result<Part>& part) const {
  if (!part) {
    step.error = part.error().detail;
    return;
  }
  step.tier = part->tier;
  step.stale = part->stale;
  step.by_feed = part->by_feed;
  step.as_of_outage = part->as_of_outage;
  step.joined = part->joined;
  if (const auto* followed = table.followed(); followed != nullptr) {
    step.mark = part->mark;
    step.last_drop = ledger_.last_drop(*followed, step.candidate);
  }
  step.age = std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - part->born);
  step.statement = part->statement;
  step.host = part->host;
  step.rows = part->rows;
  step.value = part->value;
}

void Resolver::forget(const ServedMap& map, std::string_view key) {
  flights_.forget();
  const auto candidates = map.map.candidates(key);
  for (const auto place : Walk{map, candidates})
    if (const auto* sql = place.table.sql()) store_.erase(sql->id, place.key);
}

void Resolver::forget(const ServedMap& map) {
  flights_.forget();
  for (const auto& table : map.tables)
    if (const auto* sql = table.sql()) store_.erase_table(sql->id);
}

void Resolver::forget_all() {
  flights_.forget();
  store_.clear();
}

}  // namespace maproom::resolver
