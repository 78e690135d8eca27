#pragma once
// Gate: a TCP port of ours in front of a server's, whose links can be cut, held, slowed or left half open: all of them,
// or only the feed's, or only those of the pool.

#include <atomic>
#include <cstdint>
#include <deque>
#include <mutex>
#include <thread>
#include <utility>

namespace maproom::checker {

enum class Way : std::uint8_t {
  open,
  slow,       ///< every piece of data waits 20 ms
  late,       ///< everything arrives 700 ms later, and what the client said even if it has gone by then
  held,       ///< what the server says waits until the gate opens
  stalled,    ///< nothing goes either way
  half_open,  ///< what the server says is lost, and the link stands
  deaf,       ///< what the client says is lost, and the link stands
  cut,        ///< links are closed, and new ones at once
};

/// Of MariaDB's links. The feed's are known by what they ask: the binlog, a position, a snapshot.
enum class Links : std::uint8_t { all, pool, feed };

/// A descriptor, and its port.
[[nodiscard]] std::pair<int, int> listen_on_loopback();

class Gate {
 public:
  /// `Entry::own`: a port that one may connect to; `given`: only what take() brings.
  enum class Entry : bool { own, given };
  explicit Gate(int server_port, Entry entry = Entry::own);
  ~Gate();
  Gate(const Gate&) = delete;
  Gate& operator=(const Gate&) = delete;
  [[nodiscard]] int port() const { return port_; }
  /// A link that somebody else has accepted.
  void take(int client);
  void set(Way way, Links links = Links::all) {
    felt_ = felt_ && way == Way::open;
    if (links != Links::feed) pool_ = way;
    if (links != Links::pool) feed_ = way;
  }
  /// There was a link that the last way other than open concerned.
  [[nodiscard]] bool felt() const { return felt_; }
  /// Cuts the stream of changes once, in the middle of what the server says next, if that is long.
  void cut_within_a_group(bool wanted) { cut_within_ = wanted; }
  [[nodiscard]] bool has_cut() const { return !cut_within_; }

 private:
  void run();
  /// -1: there is none.
  [[nodiscard]] int next_client();
  int server_port_;
  int listening_ = -1;
  int port_ = 0;
  std::atomic<Way> pool_{Way::open}, feed_{Way::open};
  std::atomic<bool> cut_within_{false};
  std::atomic<bool> felt_{false};
  std::mutex mutex_;
  std::deque<int> given_;
  std::atomic<bool> stop_{false};
  std::thread thread_;
};

}  // namespace maproom::checker
