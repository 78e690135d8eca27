#pragma once
// History: what was written to one group of keys and when, and the judgement of an answer against it. Pure.
//
// A group has one writer, so its states follow each other. A commit takes effect somewhere between its call and its
// return (or, if its connection broke, the moment when its outcome was looked up); so a state may be the true one from
// the call of the commit that made it to the return of the one that ended it. What counts lies between `bound` before a
// lookup's call and its return. "Not found" is right if one state in that time has none of the candidates: a key that
// moved between them is never excused. A value is right if one state gives it to a candidate, and each candidate before
// that one was absent in some state: Postfix, too, asks one after the other.

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
  std::string what{};  ///< for people
  std::string gtid{};  ///< empty where nobody knows
  bool of_xa = false;
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
