#pragma once
// Gtid and Position: where a change stands in MariaDB's binlog. Pure.
//
// A GTID is DOMAIN-SERVER-SEQUENCE; a position holds the last one of each domain, so it is "up to here, in every
// domain" (MariaDB manual, "Global Transaction ID"). Sequence numbers grow within a domain.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace maproom::feed {

struct Gtid {
  std::uint32_t domain = 0;
  std::uint32_t server = 0;
  std::uint64_t sequence = 0;
  friend bool operator==(const Gtid&, const Gtid&) = default;
};

class Position {
 public:
  /// "0-1-5,1-2-9", as @@gtid_binlog_pos says it; empty text: nothing has happened yet. nullopt: no position.
  [[nodiscard]] static std::optional<Position> parse(std::string_view text);
  [[nodiscard]] std::string to_string() const;

  /// The group `gtid` has happened. Never goes back within a domain.
  void advance(const Gtid& gtid);
  /// Everything up to `other` has happened here too.
  [[nodiscard]] bool covers(const Position& other) const;
  [[nodiscard]] bool covers(const Gtid& gtid) const;
  /// 0: nothing of this domain.
  [[nodiscard]] std::uint64_t sequence(std::uint32_t domain) const;
  [[nodiscard]] const std::vector<Gtid>& gtids() const noexcept { return gtids_; }
  friend bool operator==(const Position&, const Position&) = default;

 private:
  std::vector<Gtid> gtids_;  ///< by domain
};

/// A place in the binlog files of one server: "mysql-bin.000012" and a byte. Files are ordered by their number, which
/// has six digits or more (sql/log.cc: generate_new_name).
struct FilePlace {
  std::string file;
  std::uint64_t offset = 0;
  friend bool operator==(const FilePlace&, const FilePlace&) = default;
};

/// Is `a` at or behind `b`? Of one server and one history of it; false if a name has no number.
[[nodiscard]] bool at_or_behind(const FilePlace& a, const FilePlace& b);

}  // namespace maproom::feed
