#include "checker/history.hpp"

#include <algorithm>

namespace maproom::checker {

std::optional<std::string> answer_of(const State& state, const std::vector<std::string>& candidates) {
  for (const auto& candidate : candidates)
    if (const auto row = state.find(candidate); row != state.end()) return row->second;
  return std::nullopt;
}

namespace {

/// Is there a state, which may have been the true one at some moment from `from` to `to`, that is as wanted?
template <class Wanted>
bool some_state(const History& history, Time from, Time to, Wanted wanted) {
  for (std::size_t i = 0; i <= history.commits.size(); ++i) {
    const auto begin = i == 0 ? Time::min() : history.commits[i - 1].called;
    const auto end = i == history.commits.size() ? Time::max() : history.commits[i].returned;
    if (begin > to) break;
    if (end >= from && wanted(i == 0 ? history.before : history.commits[i - 1].after)) return true;
  }
  return false;
}

bool may_be(const History& history, const Answer& answer, Time from) {
  const auto& candidates = answer.candidates;
  if (!answer.value)
    return some_state(history, from, answer.returned,
                      [&](const State& state) { return !answer_of(state, candidates).has_value(); });
  for (const auto& candidate : candidates) {
    const auto gives = [&](const State& state) {
      const auto row = state.find(candidate);
      return row != state.end() && row->second == *answer.value;
    };
    if (some_state(history, from, answer.returned, gives)) return true;
    // Only if this one was absent, the next may have been asked.
    if (!some_state(history, from, answer.returned, [&](const State& state) { return !state.contains(candidate); }))
      return false;
  }
  return false;
}

}  // namespace

Verdict judge(const History& history, const Answer& answer, std::chrono::milliseconds bound) {
  if (may_be(history, answer, answer.called - bound)) return Verdict::right;
  return may_be(history, answer, Time::min()) ? Verdict::too_old : Verdict::never_true;
}

std::string around(const History& history, const Answer& answer) {
  const auto ms = [&](Time time) {
    return std::to_string(std::chrono::duration_cast<std::chrono::milliseconds>(time - answer.called).count());
  };
  std::string text = "asked for " + answer.candidates.front() + ", " +
                     (answer.value ? "\"" + *answer.value + "\"" : std::string{"not found"}) + " after " +
                     ms(answer.returned) + " ms";
  std::size_t next = 0;
  while (next < history.commits.size() && history.commits[next].called <= answer.returned) ++next;
  for (std::size_t i = next > 4 ? next - 4 : 0; i < std::min(next + 1, history.commits.size()); ++i) {
    const auto& commit = history.commits[i];
    const auto now = answer_of(commit.after, answer.candidates);
    text += "\n    " + ms(commit.called) + " to " + ms(commit.returned) + " ms: " + commit.what +
            (commit.of_xa ? ", XA" : "") + ": then " + (now ? "\"" + *now + "\"" : std::string{"not found"});
  }
  return text;
}

}  // namespace maproom::checker
