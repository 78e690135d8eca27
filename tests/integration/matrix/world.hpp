#pragma once
// A database with the tables of all cases of one file, and one daemon with two maps for each: one that asks the
// database for what it has not kept, and one with a complete key set.

#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>

#include "integration/matrix/case.hpp"
#include "integration/matrix/servers.hpp"
#include "integration/matrix/sql.hpp"
#include "support/daemon.hpp"
#include "support/wire.hpp"

namespace maproom::test::matrix {

/// How much was judged, so that nobody takes an empty run for a good one.
struct Judgements {
  std::size_t cases = 0;
  std::size_t not_found = 0;  ///< answers from a cached "not found"
  std::size_t value = 0;      ///< from a cached value
  std::size_t set = 0;        ///< "not found" from a key set
  std::chrono::milliseconds slowest{};
  std::string slowest_case;
};

class World {
 public:
  /// Makes the database, and starts the daemon.
  World(Servers& servers, CaseFile file);
  /// One case after the other, each with answers that were kept just before its change. Failures are gtest's.
  void run();
  [[nodiscard]] const Judgements& judgements() const noexcept { return judged_; }

 private:
  using Answers = std::map<std::string, std::string>;  ///< of "MAP KEY"
  using Clock = std::chrono::steady_clock;

  [[nodiscard]] Words words(const Case& one) const;
  [[nodiscard]] std::string configuration() const;
  [[nodiscard]] static std::vector<std::string> maps_of(const Case& one);
  void take(const Case& one, const Step& step);
  Sql& session(const std::string& name);
  void restart(bool orderly);
  void settle(const Case& one);

  [[nodiscard]] nlohmann::json status() const;
  [[nodiscard]] static const nlohmann::json& map_of(const nlohmann::json& status, const std::string& map);
  /// Has everything that the server has now come here, and is visible?
  [[nodiscard]] bool has_come() const;
  [[nodiscard]] std::string position_of_server() const;

  std::string ask(const std::string& map, const std::string& key);
  [[nodiscard]] Answers ask_all(const Case& one);
  [[nodiscard]] Answers truth_of(const Case& one);
  /// Asks until each of its answers costs no query. false: they are never kept.
  bool keep_answers(const Case& one, const Answers& truth);
  void judge(const Case& one);
  void expect_truth(const Case& one, const Answers& before, const Answers& truth, Clock::time_point changed);
  void count(const Case& one, const Answers& before);

  Servers& servers_;
  PrivateMariadb& mariadb_;  ///< that is asked
  CaseFile file_;
  std::string database_;
  int port_;
  TempDir files_;
  Daemon daemon_;
  std::optional<Wire> wire_;
  std::map<std::string, std::unique_ptr<Sql>> sessions_;
  std::unique_ptr<Sql> held_;       ///< as the daemon's user, opened before a case's change
  std::vector<Answers> between_;    ///< what was true between a case's steps, where it was looked
  std::uint64_t layouts_read_ = 0;  ///< by the daemon, before the last step
  Judgements judged_;
};

}  // namespace maproom::test::matrix
