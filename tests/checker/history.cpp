#include "checker/history.hpp"

#include <algorithm>

namespace maproom::checker {

std::optional<std::string> answer_of(const State& state, const std::vector<std::string>& candidates) {
  for (const auto& candidate : candidates)
    if (const auto row = state.find(candidate); row != state.end()) return row->second;
  return std::nullopt;
}

Verdict judge(const History& history, const Answer& answer, std::chrono::milliseconds bound) {
  const auto from = answer.called - bound;
  auto verdict = Verdict::never_true;
  for (std::size_t i = 0; i <= history.commits.size(); ++i) {
    const auto& state = i == 0 ? history.before : history.commits[i - 1].after;
    const auto begin = i == 0 ? Time::min() : history.commits[i - 1].called;
    const auto end = i == history.commits.size() ? Time::max() : history.commits[i].returned;
    if (begin > answer.returned) break;
    if (answer_of(state, answer.candidates) != answer.value) continue;
    if (end >= from) return Verdict::right;
    verdict = Verdict::too_old;
  }
  return verdict;
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
    text += "\n    " + ms(commit.called) + " to " + ms(commit.returned) + " ms: " + commit.what + ": then " +
            (now ? "\"" + *now + "\"" : std::string{"not found"});
  }
  return text;
}

}  // namespace maproom::checker
