#pragma once
// A TCP port in front of a MariaDB that knows its protocol well enough to fail where it hurts: in the middle of a
// result set, with an error in place of an answer, or by losing whoever would connect. It counts who comes.

#include <atomic>
#include <cstdint>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace maproom::test {

class SqlGate {
 public:
  enum class Way : std::uint8_t {
    open,
    cut_mid_row,  ///< what answers a query that reads a table is cut: in its first row, or behind it
    errors,       ///< each such query is answered with an error, and does not reach the server
    all_errors,   ///< every query is, those that prepare a session included
    hang,         ///< each such query is held back until another way is set
    black_hole,   ///< every packet of a client's is lost, those that would connect too: no refusal, no acknowledgement
    closed,       ///< links are closed, and new ones as soon as they come
  };

  explicit SqlGate(int server_port);
  ~SqlGate();
  SqlGate(const SqlGate&) = delete;
  SqlGate& operator=(const SqlGate&) = delete;

  [[nodiscard]] int port() const { return port_; }
  /// In force when it returns.
  void set(Way way);
  /// What errors and all_errors say.
  void say(std::uint16_t number, std::string message);
  /// Links that were taken since the start, or since they were last counted anew; and how many stood at once.
  [[nodiscard]] int connections() const { return connections_; }
  [[nodiscard]] int most_at_once() const { return most_at_once_; }
  void count_anew() { connections_ = most_at_once_ = 0; }
  [[nodiscard]] int spoilt() const { return spoilt_; }  ///< answers, cut or in error

 private:
  struct Link {
    int client, server;
    std::string to_server{}, to_client{};  ///< read, and not yet whole packets
    std::string held{};                    ///< queries, for later
    bool answering = false;                ///< what comes from the server answers a query that reads a table
    int packets = 0;                       ///< of that answer
    int columns = 0;
    bool ended = false;
  };
  void run();
  void take();
  void from_client(Link& link);
  void from_server(Link& link);

  const int server_port_;
  int port_ = 0;
  int listening_ = -1;
  std::vector<Link> links_;
  std::mutex mutex_;
  Way way_ = Way::open;
  std::uint16_t number_ = 1105;
  std::string message_ = "Unknown error";
  std::atomic<int> connections_{0}, most_at_once_{0}, spoilt_{0};
  std::atomic<bool> stop_{false};
  std::thread thread_;
};

}  // namespace maproom::test
