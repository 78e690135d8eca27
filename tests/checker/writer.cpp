#include "checker/writer.hpp"

#include <mysql.h>

#include <algorithm>
#include <memory>
#include <stdexcept>
#include <thread>

#include "checker/groups.hpp"

namespace maproom::checker {
namespace {

using Clock = std::chrono::steady_clock;
using namespace std::chrono_literals;

struct Broken : std::runtime_error {
  using std::runtime_error::runtime_error;
};
struct Refused : std::runtime_error {
  using std::runtime_error::runtime_error;
};

class Sql {
 public:
  explicit Sql(const std::string& socket) : socket_{socket}, mysql_{::mysql_init(nullptr), ::mysql_close} {
    if (::mysql_real_connect(mysql_.get(), nullptr, "root", nullptr, "mail", 0, socket.c_str(), 0) == nullptr)
      throw Broken{::mysql_error(mysql_.get())};
  }
  [[nodiscard]] const std::string& socket() const { return socket_; }
  std::vector<std::vector<std::string>> run(const std::string& statement) {
    if (::mysql_real_query(mysql_.get(), statement.data(), statement.size()) != 0) fail();
    std::vector<std::vector<std::string>> rows;
    const std::unique_ptr<MYSQL_RES, decltype(&::mysql_free_result)> result{::mysql_store_result(mysql_.get()),
                                                                            ::mysql_free_result};
    if (!result) return rows;
    while (MYSQL_ROW row = ::mysql_fetch_row(result.get())) {
      auto& copy = rows.emplace_back();
      for (unsigned i = 0; i < ::mysql_num_fields(result.get()); ++i)
        copy.emplace_back(row[i] == nullptr ? "" : row[i]);
    }
    return rows;
  }

 private:
  [[noreturn]] void fail() {
    const auto number = ::mysql_errno(mysql_.get());
    const std::string text = ::mysql_error(mysql_.get());
    // The client's own numbers, and those of a server that ends.
    if (number >= 2000 || number == 1053 || number == 1927) throw Broken{text};
    throw Refused{text};
  }
  std::string socket_;
  std::unique_ptr<MYSQL, decltype(&::mysql_close)> mysql_;
};

thread_local std::unique_ptr<Sql> connection;  // NOLINT: one for each writer's thread

Sql& sql(World& world) {
  if (connection && connection->socket() != world.primary().socket()) connection.reset();
  while (!connection) {
    try {
      connection = std::make_unique<Sql>(world.primary().socket());
    } catch (const Broken&) {
      std::this_thread::sleep_for(20ms);
    }
  }
  return *connection;
}

std::string put(const std::string& key, const std::string& value) {
  return "INSERT INTO alias (address, goto) VALUES ('" + key + "', '" + value +
         "') ON DUPLICATE KEY UPDATE goto = VALUES(goto), active = 1";
}
/// 100 kB in the binlog.
std::string much(int writer) {
  return "REPLACE INTO filler SELECT seq + 1000 * " + std::to_string(writer) +
         ", REPEAT(CHAR(97 + FLOOR(RAND() * 25)), 500) FROM seq_1_to_100";
}
std::string remove(const std::string& key) { return "DELETE FROM alias WHERE address = '" + key + "'"; }

}  // namespace

Writer::Writer(World& world, unsigned seed, std::vector<int> own, milliseconds longest_pause)
    : world_{world}, random_{seed}, groups_{std::move(own)}, longest_pause_{longest_pause}, writer_{groups_.front()} {
  for (const int group : groups_) {
    if (is_new(group)) {
      histories_[group] = {};
      continue;
    }
    const auto key = keys_of(group).front();
    rows_[group].active[key] = "first@" + key.substr(2);
    sql(world_).run(put(key, rows_[group].active[key]));
    histories_[group].before = rows_[group].active;
  }
  connection.reset();
}

Writer::Change Writer::invent(int group) {
  if (is_of_numbers(group)) return invent_number(group);
  const auto keys = keys_of(group);
  const auto die = [&](unsigned sides) { return static_cast<unsigned>(random_() % sides); };
  Change change{rows_[group], {}, {}};
  auto& active = change.after.active;
  auto& inactive = change.after.inactive;
  const auto value = "w" + std::to_string(writer_) + "n" + std::to_string(++serial_) + "@target.example";
  const auto moved = [&](const std::string& from, const std::string& to) {
    const auto carried = die(2) == 0 ? active.at(from) : value;
    change.what = "move " + from + " to " + to;
    if (die(2) == 0)
      change.statements = {remove(to), "UPDATE alias SET address = '" + to + "', goto = '" + carried +
                                           "' WHERE address = '" + from + "'"};
    else
      change.statements = {remove(from), put(to, carried)};
    active.erase(from);
    inactive.erase(from);
    inactive.erase(to);
    active[to] = carried;
  };
  if (is_invariant(group)) {
    const bool exact = active.contains(keys[0]);
    moved(exact ? keys[0] : keys[2], exact ? keys[2] : keys[0]);
    return change;
  }
  const auto& key = keys[die(3)];
  const auto& other = keys[die(3)];
  switch (die(6)) {
    case 0:
      change.what = "delete " + key;
      change.statements = {remove(key)};
      active.erase(key);
      inactive.erase(key);
      break;
    case 1:
      if (!active.contains(key)) return invent(group);
      change.what = "deactivate " + key;
      change.statements = {"UPDATE alias SET active = 0 WHERE address = '" + key + "'"};
      active.erase(key);
      inactive.insert(key);
      break;
    case 2:
      if (!active.contains(key) || key == other) return invent(group);
      moved(key, other);
      break;
    case 3:
      change.what = "put " + key + " and " + other;
      change.statements = {put(key, value), put(other, value)};
      for (const auto& each : {key, other}) {
        active[each] = value;
        inactive.erase(each);
      }
      break;
    default:
      change.what = "put " + key;
      change.statements = {put(key, value)};
      active[key] = value;
      inactive.erase(key);
  }
  change.what += " (" + value + ")";
  return change;
}

Writer::Change Writer::invent_number(int group) {
  Change change{rows_[group], {}, {}};
  auto& active = change.after.active;
  const auto key = keys_of(group).front();
  const auto id = std::to_string(group);
  const auto value = std::to_string(++serial_ * 10 + writer_);
  if (active.contains(key) && random_() % 2 == 0) {
    change.what = "delete number " + id;
    change.statements = {"DELETE FROM numbers WHERE id = " + id};
    active.erase(key);
    return change;
  }
  change.what = "put number " + id + " (" + value + ")";
  change.statements = {"REPLACE INTO numbers VALUES (" + id + ", " + value + ")"};
  active[key] = value + "@numbers.example";
  return change;
}

State Writer::state_of(int group) {
  std::string in;
  for (const auto& key : keys_of(group)) in += (in.empty() ? "'" : ", '") + key + "'";
  State state;
  for (const auto& row :
       sql(world_).run(is_of_numbers(group)
                           ? "SELECT CONCAT(id, '@n.example'), CONCAT(n, '@numbers.example') FROM numbers WHERE id = " +
                                 std::to_string(group)
                           : "SELECT address, goto FROM alias WHERE active = 1 AND address IN (" + in + ")"))
    state[row.at(0)] = row.at(1);
  return state;
}

void Writer::find_out(int group, const Change& change, Time called, const std::string& xid) {
  for (;;) {
    try {
      connection.reset();
      auto& link = sql(world_);
      if (!xid.empty()) {
        try {
          link.run("XA COMMIT '" + xid + "'");
          last_xa_ = {xid, group, true};
        } catch (const Refused&) {
          // It was committed before, or never prepared.
        }
      }
      const auto now = state_of(group);
      if (now == change.after.active) {
        histories_[group].commits.push_back(
            {called, Clock::now(), now, change.what + ", outcome looked up", {}, !xid.empty()});
        rows_[group] = change.after;
      } else if (now != rows_[group].active) {
        throw std::runtime_error{"the database holds what nobody wrote, after: " + change.what};
      }
      return;
    } catch (const Broken&) {
      std::this_thread::sleep_for(20ms);
    }
  }
}

void Writer::apply(int group, const Change& change) {
  const auto kind = random_() % 10;  // 0: rolled back, 1 and 2: XA, 3: XA rolled back
  const bool xa = kind >= 1 && kind <= 3;
  const bool bulky = random_() % 2 == 0 && group >= hot_groups;
  const bool alone = change.statements.size() == 1 && kind > 5 && !bulky;
  const auto xid = xa ? "w" + std::to_string(writer_) + "s" + std::to_string(++serial_) : std::string{};
  auto called = Clock::now();
  bool deciding = alone;
  const auto noted = histories_[group].commits.size();
  try {
    auto& link = sql(world_);
    if (!alone) link.run(xa ? "XA START '" + xid + "'" : std::string{"START TRANSACTION"});
    // What matters stands at the end of a long group.
    if (bulky) link.run(much(writer_));
    if (alone) called = Clock::now();
    for (const auto& statement : change.statements) link.run(statement);
    if (xa) {
      link.run("XA END '" + xid + "'");
      deciding = kind != 3;
      called = Clock::now();
      link.run("XA PREPARE '" + xid + "'");
      if (random_() % 4 == 0) std::this_thread::sleep_for(std::chrono::milliseconds{random_() % 60});
      called = Clock::now();
      link.run((kind == 3 ? "XA ROLLBACK '" : "XA COMMIT '") + xid + "'");
      last_xa_ = {xid, group, kind != 3};
    } else if (!alone) {
      deciding = kind != 0;
      called = Clock::now();
      link.run(kind == 0 ? "ROLLBACK" : "COMMIT");
    }
    if (kind == 0 && !alone) return;
    if (kind == 3) return;
    const auto returned = Clock::now();
    histories_[group].commits.push_back({called, returned, change.after.active, change.what, {}, xa});
    rows_[group] = change.after;
    deciding = false;
    histories_[group].commits.back().gtid = link.run("SELECT @@last_gtid").at(0).at(0);
  } catch (const Broken&) {
    end_last_xa();
    if (histories_[group].commits.size() > noted) return;  // it was committed, and only its position stays unknown
    if (deciding)
      find_out(group, change, called, xid);
    else
      roll_back(xid);
  } catch (const Refused&) {
    roll_back(xid);  // a deadlock, a lock that was held too long: nothing has been committed
    find_out(group, change, called, {});
  }
}

void Writer::end_last_xa() {
  connection.reset();
  while (last_xa_) {
    try {
      sql(world_).run((last_xa_->committed ? "XA COMMIT '" : "XA ROLLBACK '") + last_xa_->xid + "'");
      if (last_xa_->committed) histories_[last_xa_->group].commits.back().returned = Clock::now();
      return;
    } catch (const Refused&) {
      return;  // its end was on the disk
    } catch (const Broken&) {
      connection.reset();
      std::this_thread::sleep_for(20ms);
    }
  }
}

void Writer::roll_back(const std::string& xid) {
  connection.reset();
  while (!xid.empty()) {
    try {
      sql(world_).run("XA ROLLBACK '" + xid + "'");
      last_xa_ = {xid, groups_.front(), false};
      return;
    } catch (const Refused&) {
      return;  // it was never prepared
    } catch (const Broken&) {
      connection.reset();
    }
  }
}

void Writer::run(const std::atomic<bool>& stop) {
  while (!stop) {
    // The others so seldom that what is wrong there lasts.
    const bool hot = random_() % 15 != 0;
    const auto hot_ones = static_cast<std::size_t>(
        std::count_if(groups_.begin(), groups_.end(), [](int each) { return each < hot_groups; }));
    const int group = hot ? groups_[random_() % hot_ones] : groups_[hot_ones + random_() % (groups_.size() - hot_ones)];
    {
      const std::shared_lock nobody_is_promoted{world_.writing};
      apply(group, invent(group));
    }
    std::this_thread::sleep_for(milliseconds{random_() % static_cast<unsigned>(longest_pause_.count())});
  }
  connection.reset();
}

}  // namespace maproom::checker
