#pragma once
// Faults: what the schedule breaks, and what may be asked of a daemon's answers while and after it is broken.

#include <array>
#include <functional>
#include <random>
#include <string>
#include <vector>

#include "checker/history.hpp"
#include "checker/world.hpp"

namespace maproom::checker {

/// What a fault may take away from a daemon, and with it from the age of its answers.
enum class Takes : std::uint8_t {
  nothing,   ///< the feed goes on: answers are as fresh as ever
  feed,      ///< the times to live bound the answers' age
  database,  ///< values may be stale up to the map's limit
};

/// What is broken, and how often.
struct Manner {
  std::vector<std::string> names{};  ///< only these; empty: all
  milliseconds calmer{0};            ///< so much longer are the pauses
  bool spare_first = false;          ///< the first daemon is never restarted
};

class Faults {
 public:
  struct Window {
    Time begin, end;
    std::string name;
    Takes takes;
    unsigned daemons;  ///< a bit for each
    bool lags;         ///< the replica was behind for so long
    bool felt;         ///< there was something to break
    /// The daemons that cannot answer meanwhile: a bit for each.
    [[nodiscard]] unsigned silences() const;
  };
  /// Takes a random number; returns when all is whole again, with a bit for each daemon that it touched.
  using Run = std::function<unsigned(unsigned)>;
  Faults(World& world, unsigned seed, const Manner& manner);
  /// One more. Those that are called "admin-..." excuse no errors.
  void add(std::string name, Takes takes, Run run) { all_.push_back({std::move(name), takes, std::move(run)}); }
  [[nodiscard]] std::vector<std::string> names() const;
  /// One after the other, with pauses between them, until then. `told` is called before each.
  void run(Time end, const std::function<void(const std::string&)>& told);
  [[nodiscard]] const std::vector<Window>& windows() const { return windows_; }
  /// The worst that was taken from this daemon in that time, or shortly before it.
  [[nodiscard]] Takes taken(unsigned daemon, Time from, Time to) const;
  /// By how much more an answer of that time may be old, since it came from a replica.
  [[nodiscard]] milliseconds lag(Time from, Time to) const;
  /// Was something broken then, or shortly before, that may make a lookup fail? Redis never does, nor a new binlog, nor
  /// what an administrator does.
  [[nodiscard]] bool excuse_errors(Time from, Time to) const;
  /// Was something broken all that time?
  [[nodiscard]] bool was_within(Time from, Time to) const;
  /// The faults of that time, for people.
  [[nodiscard]] std::string near(Time from, Time to) const;

 private:
  struct Fault {
    std::string name;
    Takes takes;
    Run run;
    bool lags = false;
  };
  void of_servers();
  void of_replication();
  void of_gates();
  void of_the_binlog();
  void of_redis();
  void of_daemons();
  /// The one that is restarted.
  [[nodiscard]] unsigned victim(unsigned n) const { return manner_.spare_first ? 1 : n % 2; }
  void add_gates(const std::string& name, Takes takes, std::array<Gate, 2>& gates, Way way, Links links, int longest);

  World& world_;
  std::mt19937 random_;
  Manner manner_;
  std::vector<Fault> all_;
  std::vector<Window> windows_;
  bool felt_ = true;  ///< the fault that runs
};

}  // namespace maproom::checker
