#include "maproom/resolver/resolver.hpp"

#include <utility>

#include "flight.hpp"
#include "maproom/core/clock.hpp"
#include "maproom/resolver/one_moment.hpp"

namespace maproom::resolver {
namespace asio = boost::asio;
namespace {

/// A lookup that is overtaken by changes so often in a row is told to come again.
constexpr int most_walks = 4;

Step step_of(const std::string& candidate, std::size_t table) { return {.candidate = candidate, .table = table}; }

}  // namespace

/// One walk through candidates and tables.
struct Resolver::Walked {
  std::optional<Answer> answer;  ///< none: not found
  Absences absences;
  bool away = false;  ///< it is an error, because the database is known to be away
};

Resolver::Resolver(asio::any_io_executor executor, cache::Store& store, std::shared_ptr<cache::RedisTier> redis,
                   feed::Ledger& ledger)
    : executor_{std::move(executor)}, store_{store}, redis_{std::move(redis)}, ledger_{ledger} {}
Resolver::~Resolver() = default;

asio::awaitable<Answer> Resolver::resolve(std::shared_ptr<ServedMap> map, std::string key, Trace* trace) {
  const auto deadline = Clock::now() + map->map.deadline;
  auto& counters = *map->counters;
  const auto temporary = [&counters](std::string why) {
    ++counters.temporary;
    return Answer::temporary(std::move(why));
  };
  const auto candidates = map->map.candidates(key);
  if (!candidates.empty() && map->trust != Trust::trusted) {
    if (map->trust == Trust::unproven) co_await prove(map);
    if (map->trust == Trust::refused) co_return temporary("map refused: it answers every key");
    if (map->trust != Trust::trusted) co_return temporary("map not yet proven safe");
  }
  OneMoment moment{ledger_, *map, follower_since_, Clock::now()};
  for (int walks = 0; walks < most_walks; ++walks) {
    auto walked = co_await walk(map, candidates, deadline, trace, moment.since());
    if (walked.answer && walked.answer->is_temporary()) {
      std::string_view harmless;
      if (walked.away) harmless = co_await rejects_nobody(map, key, candidates, deadline);
      if (harmless.empty()) {
        ++counters.temporary;
        co_return std::move(*walked.answer);
      }
      ++counters.not_found;
      ++counters.stale;
      if (trace != nullptr) trace->steps.back().error += "; \"not found\", since " + std::string{harmless};
      co_return Answer::not_found();
    }
    if (walked.answer) co_return std::move(*walked.answer);
    const auto verdict = moment.judge(walked.absences, Clock::now());
    if (verdict == OneMoment::Verdict::ask_anew) continue;
    if (verdict == OneMoment::Verdict::ask_the_feed) {
      const bool reached = co_await follower_->reach_now(deadline);
      if (!reached && Clock::now() >= deadline) co_return temporary("lookup deadline passed");
      if (!reached) continue;
    }
    // What was waited for may have outlasted the feed's health, which is judged now.
    if (!moment.holds(walked.absences, Clock::now())) continue;
    ++counters.not_found;
    co_return Answer::not_found();
  }
  co_return temporary("the database changes faster than it can be asked");
}

asio::awaitable<Resolver::Walked> Resolver::walk(std::shared_ptr<ServedMap> map,
                                                 const std::vector<map::Candidate>& candidates,
                                                 backend::Deadline deadline, Trace* trace, TimePoint since) {
  auto& counters = *map->counters;
  Walked walked;
  std::optional<Answer> doubt;
  for (const auto& candidate : candidates) {
    for (std::size_t table = 0; table < map->map.tables.size(); ++table) {
      const auto& asked = map->map.tables[table];
      Step step = step_of(candidate.key, table);
      if (!asked.asks(candidate.key)) {
        step.asked = false;
        if (trace != nullptr) trace->steps.push_back(std::move(step));
        continue;
      }
      const auto begun = Clock::now();
      const auto text = asked.is_text() ? asked.text->table : nullptr;
      auto part = co_await ask(map, table, candidate.key, map->map.freshness, deadline, since);
      if (trace != nullptr) {
        step.took = std::chrono::duration_cast<std::chrono::microseconds>(Clock::now() - begun);
        describe(step, *map, part);
        trace->steps.push_back(std::move(step));
      }
      if (!part) {
        const bool away = !asked.is_text() && map->backends[table]->known_down();
        auto error = Answer::temporary(part.error().detail);
        // It had no row when the database went away: a value further on is then what the whole map said at that time,
        // and is as good as any stale one. "Not found" it is not yet.
        if (away && absent_while_away(*map, table, candidate.key, Clock::now(), map->map.freshness.stale_limit)) {
          if (trace != nullptr) trace->steps.back().error += "; it had no row when the database went away";
          if (!doubt) doubt = std::move(error);
          continue;
        }
        walked.answer = std::move(error);
        walked.away = away;
        co_return walked;
      }
      switch (part->tier) {
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
      if (part->stale) ++counters.stale;
      if (!part->value) {
        auto& absences = walked.absences;
        ++absences.count;
        absences.parts.push_back({table, candidate.key, part->mark, text});
        absences.read = std::max(absences.read, part->read);
        if (!asked.is_text()) absences.born = std::min(absences.born, part->born);
        absences.stale = absences.stale || part->stale;
        absences.by_feed = absences.by_feed || part->by_feed;
        continue;
      }
      ++counters.found;
      walked.answer = Answer::found(map->map.reply(candidate, std::move(*part->value)));
      co_return walked;
    }
  }
  walked.away = doubt.has_value();
  walked.answer = std::move(doubt);
  co_return walked;
}

void Resolver::describe(Step& step, const ServedMap& map, const Result<Part>& part) const {
  if (!part) {
    step.error = part.error().detail;
    return;
  }
  step.tier = part->tier;
  step.stale = part->stale;
  step.by_feed = part->by_feed;
  step.joined = part->joined;
  if (const auto* followed = map.followed_table(step.table); followed != nullptr) {
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
  ++forgotten_;
  for (const auto& candidate : map.map.candidates(key))
    for (const auto& table : map.map.tables) store_.erase(table.id, candidate.key);
}

void Resolver::forget(const ServedMap& map) {
  ++forgotten_;
  for (const auto& table : map.map.tables) store_.erase_table(table.id);
}

void Resolver::forget_all() {
  ++forgotten_;
  store_.clear();
}

}  // namespace maproom::resolver
