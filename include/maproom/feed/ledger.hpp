#pragma once
// Ledger: what this daemon knows of changes in the database: how far the feed has come, what it has dropped, and
// whether it lives.
// Pure: time is passed in. The rules are those of docs/freshness.md.
//
// Every event group that the feed hands over gets the next Mark of this process. A cached answer bears the mark L up to
// which it is known to be true; a change remembers its mark as the last drop of the keys, tables, or of everything that
// it touches. One comparison decides: an answer may be stored and used if the last drop of its key, of its table and of
// everything is at or below its L.
//
// Between two breaks of what is known (a gap, another life of the server) lies an era. Answers of an earlier era are
// suspect: they may have changed unseen.

#include <chrono>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "maproom/core/clock.hpp"
#include "maproom/core/mark.hpp"
#include "maproom/feed/group.hpp"
#include "maproom/feed/gtid.hpp"
#include "maproom/keyset/tracked_keys.hpp"

namespace maproom::feed {

class Ledger {
 public:
  /// What is remembered of one table definition. Shared by the maps that ask it.
  struct Table {
    Mark dropped = 0;      ///< the last drop of all its keys
    Mark odd_dropped = 0;  ///< of all its keys that are not plain, see keyset::is_plain_key
    std::unordered_map<std::string, Mark> keys;
    bool long_lived = false;  ///< every change of its answers is seen: no clock, no remote engine
    std::uint64_t drops = 0;  ///< how many keys or wholes were dropped, for people
    keyset::TrackedKeys set;  ///< all keys that have a row; every drop keeps it exact, or ends it
  };
  static constexpr std::size_t max_keys = 65'536;     ///< remembered for each table
  static constexpr std::size_t max_groups = 200'000;  ///< remembered for telling a tag's mark
  /// How old the last proof may be that the feed has everything the server had.
  static constexpr std::chrono::milliseconds alive_limit{1000};

  // ---- told by the feed ----------------------------------------------------------------------------------------

  /// From here on every change is seen: a new era. `from`: the position at which the feed began, in `file`.
  void begin(Position from, const FileEntered& file);
  /// What came before cannot be joined to what comes: a gap, another server's history.
  void end();
  void enter_file(const FileEntered& file);
  /// A group has arrived; its drops follow, at once.
  Mark dispatch(const Gtid& gtid);
  void drop_key(Table& table, std::string_view column_value);
  /// `same_keys`: its set holds all the same, since what the set is read from did not change.
  void drop_table(Table& table, bool same_keys = false);
  void drop_all();
  /// What the table says may depend on more than was watched: whatever was asked before counts as dropped, without a
  /// change that could be named. Returns the mark, to be confirmed like that of a change.
  Mark forget(Table& table);
  /// Everything up to `mark` is visible on the server that is asked. Its drops have been noted.
  void confirm(Mark mark);
  /// The server was asked at `sent` how far it is, and all of that has been dispatched.
  void prove(TimePoint sent);

  // ---- asked by the resolver -------------------------------------------------------------------------------------

  /// The table of this definition, there from the first call on.
  [[nodiscard]] std::shared_ptr<Table> table(const std::string& id);

  [[nodiscard]] bool following() const noexcept { return following_; }
  [[nodiscard]] bool healthy(TimePoint now) const noexcept {
    return following_ && confirmed_ && now - proven_ <= alive_limit;
  }
  /// L for a query that is about to be sent. nullopt: its answer must not be stored (the feed has begun, and the server
  /// has not yet confirmed that it has come so far).
  [[nodiscard]] std::optional<Mark> now() const;
  /// L as other daemons understand it; empty: there is none, the answer only bears an age.
  [[nodiscard]] std::string tag() const;
  /// The mark of another daemon's tag; nullopt: not of the history that this one has seen. Empty tags have none.
  [[nodiscard]] std::optional<Mark> mark_of(std::string_view tag) const;

  /// The last change that may have touched what the table says of the key: of the key, of all keys, or of everything.
  [[nodiscard]] Mark last_drop(const Table& table, std::string_view key) const;
  enum class Standing : std::uint8_t { good, suspect, dropped };
  [[nodiscard]] Standing judge(const Table& table, std::string_view key, Mark mark) const;
  /// No drop of the key since `mark`.
  [[nodiscard]] bool holds(const Table& table, std::string_view key, Mark mark) const {
    return judge(table, key, mark) != Standing::dropped;
  }

  [[nodiscard]] Mark dispatched() const noexcept { return dispatched_; }
  [[nodiscard]] const Position& position() const noexcept { return position_; }
  [[nodiscard]] const Position& confirmed_position() const noexcept { return confirmed_position_; }
  [[nodiscard]] std::uint64_t eras() const noexcept { return eras_; }
  [[nodiscard]] bool has_ever_followed() const noexcept { return eras_ > 0; }
  [[nodiscard]] TimePoint proven() const noexcept { return proven_; }
  /// The same, over breaks of history.
  [[nodiscard]] TimePoint last_proven() const noexcept { return last_proven_; }

 private:
  struct Seen {
    std::uint64_t sequence;
    Mark mark;
  };
  [[nodiscard]] static std::string file_name(const FileEntered& file);
  void lose_sets();

  bool following_ = false;
  bool confirmed_ = false;
  bool in_order_ = true;  ///< sequence numbers grew within each domain; else positions cannot be compared
  std::uint64_t eras_ = 0;
  Mark dispatched_ = 0;
  Mark era_ = 0;  ///< answers with a mark below are suspect
  Mark confirmed_mark_ = 0;
  Mark all_dropped_ = 0;
  TimePoint proven_{};
  TimePoint last_proven_{};
  Position from_;      ///< nothing at or below it can be told from a tag
  Position position_;  ///< dispatched
  Position confirmed_position_;
  struct Pending {
    Mark mark;
    Gtid gtid;
    std::string file;
  };
  std::deque<Pending> pending_;                     ///< dispatched, not confirmed
  std::map<std::uint32_t, std::deque<Seen>> seen_;  ///< by domain
  std::size_t seen_count_ = 0;
  std::string file_;            ///< where dispatched groups stand
  std::string confirmed_file_;  ///< where the confirmed position stands
  std::set<std::string> files_;
  std::map<std::string, std::shared_ptr<Table>> tables_;
};

}  // namespace maproom::feed
