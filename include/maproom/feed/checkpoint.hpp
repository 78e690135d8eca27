#pragma once
// Checkpoints: places in the binlog to which a daemon that starts can go back, so that it may use what it finds in
// Redis without asking the database: it reads again what changed since, and refuses what is older. Pure.
//
// The oldest place that the server still has is the best one, since more entries count from there. A list of them is
// kept under one name in Redis.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "maproom/feed/group.hpp"
#include "maproom/feed/gtid.hpp"

namespace maproom::feed {

struct Checkpoint {
  std::string server;  ///< backend::Link::server()
  FileEntered file;
  FilePlace place;
  Position position;
  friend bool operator==(const Checkpoint&, const Checkpoint&) = default;
};

class Checkpoints {
 public:
  static constexpr std::size_t most = 24;

  /// What cannot be read is left out.
  [[nodiscard]] static Checkpoints parse(std::string_view text);
  [[nodiscard]] std::string to_string() const;
  /// The newest replaces the one before it if `replace`; beyond `most` the oldest goes.
  void add(Checkpoint checkpoint, bool replace);
  /// What is before a place that nobody can read on from leads nowhere.
  void forget(const std::string& server);
  /// Of this server, oldest first.
  [[nodiscard]] std::vector<Checkpoint> of(const std::string& server) const;

 private:
  std::vector<Checkpoint> all_;
};

}  // namespace maproom::feed
