// A whole walk asked as of one moment, where its answers taken one by one were overtaken by changes.

#include "maproom/core/clock.hpp"
#include "maproom/resolver/resolver.hpp"
#include "maproom/resolver/walk.hpp"

namespace maproom::resolver {
namespace asio = boost::asio;

asio::awaitable<std::optional<Answer>> Resolver::ask_as_one(std::shared_ptr<ServedMap> map,
                                                            std::span<const map::Candidate> candidates,
                                                            backend::Deadline deadline, Trace* trace) {
  if (!map->has_snapshots()) co_return std::nullopt;
  std::vector<backend::Asked> questions;
  std::shared_ptr<backend::Backend> database;
  for (const auto place : Walk{*map, candidates}) {
    const auto* const sql = place.asks ? place.table.sql() : nullptr;
    if (sql == nullptr) continue;
    database = sql->database;
    questions.push_back({sql->definition.query(), place.key});
  }
  if (questions.empty()) co_return std::nullopt;
  const auto begun = Clock::now();
  auto fetched = co_await database->fetch_as_one(questions, deadline);
  const auto read = Clock::now();
  if (!fetched || fetched->size() != questions.size()) co_return std::nullopt;
  // A server that lacks what was already seen has moments of its own.
  if (follower_ != nullptr && follower_->source(fetched->front().server) == feed::Source::other) co_return std::nullopt;

  auto answer = fetched->begin();
  for (const auto place : Walk{*map, candidates}) {
    if (!place.asks) continue;
    Part part;
    part.born = begun;
    part.read = read;
    if (const auto* const sql = place.table.sql(); sql != nullptr) {
      auto value = sql->definition.value(answer->rows, place.key);
      if (!value) co_return std::nullopt;
      part.value = std::move(*value);
      part.tier = Tier::database;
      part.statement = std::move(answer->statement);
      part.host = std::move(answer->host);
      part.rows = answer->rows.rows.size();
      ++answer;
    } else {
      const auto word = known_.fresh(place.table, place.key, map->map.freshness, read);
      if (!word) co_return std::nullopt;
      part = Part{*word};
    }
    ++(part.tier == Tier::database ? map->counters->database : map->counters->memory);
    if (trace != nullptr) {
      Step step{.candidate = place.key, .table = place.number, .asked = true};
      step.took = std::chrono::duration_cast<std::chrono::microseconds>(read - begun);
      describe(step, place.table, part);
      trace->steps.push_back(std::move(step));
    }
    if (part.value) co_return Answer::found(map->map.reply(place.candidate, std::move(*part.value)));
  }
  co_return Answer::not_found();
}

}  // namespace maproom::resolver
