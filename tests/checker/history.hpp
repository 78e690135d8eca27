#pragma once
// History: what was written to one group of keys and when, and the judgement of an answer against it. Pure.
//
// A group has one writer, so its states follow each other. A commit takes effect somewhere between its call and its
// return (or, if its connection broke, the moment when its outcome was looked up); so a state may be the true one from
// the call of the commit that made it to the return of the one that ended it. An answer is right if some state that may
// have been true between `bound` before its call and its return gives it. That says all at once: never an answer older
// than the bound, never one that was never true, and no "not found" for a key that moved between candidates.

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace maproom::checker {

using Time = std::chrono::steady_clock::time_point;
/// Key to value, of the rows that are active.
using State = std::map<std::string, std::string>;

struct Commit {
  Time called, returned;
  State after;
  std::string what;  ///< for people
};

struct History {
  State before;
  std::vector<Commit> commits;  ///< in order
};

struct Answer {
  Time called, returned;
  std::vector<std::string> candidates;  ///< in Postfix's order
  std::optional<std::string> value;     ///< none: "not found"
};

enum class Verdict { right, too_old, never_true };

/// What the first candidate that is there gives.
[[nodiscard]] std::optional<std::string> answer_of(const State& state, const std::vector<std::string>& candidates);
[[nodiscard]] Verdict judge(const History& history, const Answer& answer, std::chrono::milliseconds bound);
/// The states around the answer, for people.
[[nodiscard]] std::string around(const History& history, const Answer& answer);

}  // namespace maproom::checker
