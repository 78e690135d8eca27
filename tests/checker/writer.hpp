#pragma once
// Writer: one client of MariaDB that changes groups of keys of its own, and notes what it did and when.

#include <atomic>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "checker/history.hpp"
#include "checker/world.hpp"

namespace maproom::checker {

class Writer {
 public:
  /// `own`: the groups, each of which has one writer. The hot ones come first. `longest_pause`: between two changes.
  Writer(World& world, unsigned seed, std::vector<int> own, milliseconds longest_pause);
  /// Until `stop`. Throws when the database holds what nobody wrote.
  void run(const std::atomic<bool>& stop);
  [[nodiscard]] const std::map<int, History>& histories() const { return histories_; }

 private:
  struct Rows {
    State active;
    std::set<std::string> inactive;
  };
  struct Change {
    Rows after;
    std::vector<std::string> statements;
    std::string what;
  };
  Change invent(int group);
  Change invent_number(int group);
  [[nodiscard]] State state_of(int group);
  void apply(int group, const Change& change);
  /// A prepared transaction would keep its locks.
  void roll_back(const std::string& xid);
  /// Its end is not flushed to the disk before the next transaction's: after kill -9 it may stand there prepared once
  /// more, with its locks, and is ended again.
  void end_last_xa();
  /// After a commit whose outcome is not known.
  void find_out(int group, const Change& change, Time called, const std::string& xid);

  World& world_;
  std::mt19937 random_;
  std::vector<int> groups_;
  milliseconds longest_pause_;
  std::map<int, Rows> rows_;
  std::map<int, History> histories_;
  struct Xa {
    std::string xid;
    int group;
    bool committed;
  };
  std::optional<Xa> last_xa_;
  int serial_ = 0;
  int writer_;
};

}  // namespace maproom::checker
