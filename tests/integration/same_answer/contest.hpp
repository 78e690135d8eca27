#pragma once
// A daemon with maps over mysql_table(5) files, and the same files for Postfix's mysql:, asked the same keys. What
// differs without being one of the exceptions (contest.cpp lists them) is a failure of the running test.

#include <array>
#include <mutex>
#include <string>
#include <vector>

#include "integration/same_answer/judge.hpp"
#include "support/daemon.hpp"

namespace maproom::test {

/// Brief: Postfix's tcp: for one map and its socketmap: for the next, and fewer errors of each map. The daemon's own
/// word counts for every map.
enum class Effort { thorough, brief };

/// The reasons of those exceptions that no answer has needed yet, in this program.
[[nodiscard]] std::vector<std::string> needless_exceptions();

class Contest {
 public:
  Contest(bool smtputf8_enable, Effort effort)
      : smtputf8_enable_{smtputf8_enable}, effort_{effort}, judge_{smtputf8_enable} {}

  /// `file`: what failures name; `texts`: whole mysql_table(5) files, in the order of the map.
  void add(const std::string& file, const std::vector<std::string>& texts, Keys keys);
  void start();
  /// What `maproom check` says to a file.
  [[nodiscard]] CommandResult check(const std::string& text) const;
  [[nodiscard]] Judged ask_mysql(const std::string& text, const std::string& key) const;
  /// Asks everything of everybody and tells each difference.
  void run();
  [[nodiscard]] std::string summary() const;
  [[nodiscard]] std::size_t count(Judged::Kind kind) const { return counts_[static_cast<std::size_t>(kind)]; }

 private:
  struct Entrant {
    std::size_t number;
    std::string file;
    std::vector<std::string> paths;
    std::string map;
    int port;
    Keys keys;
  };

  [[nodiscard]] std::string write(const std::string& name, const std::string& text) const;
  [[nodiscard]] std::string configuration(const std::vector<Entrant>& entrants) const;
  [[nodiscard]] std::vector<Judged> ask_daemon(Entrant& entrant) const;
  [[nodiscard]] std::vector<Judged> ask_some(const std::string& table, const Entrant& entrant,
                                             const std::vector<Judged>& cold,
                                             const std::vector<std::size_t>& asked) const;
  void compare(Entrant& entrant);
  void expect_promised(const Entrant& entrant, const std::array<std::size_t, 3>& counts, const Judged& first);
  bool enough();
  void report(const std::string& what);

  bool smtputf8_enable_;
  Effort effort_;
  Judge judge_;
  TempDir folder_;
  Daemon daemon_;
  std::vector<Entrant> entrants_;
  std::mutex mutex_;
  std::vector<std::string> failures_;
  std::array<std::size_t, 3> counts_{};
};

}  // namespace maproom::test
