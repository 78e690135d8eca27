#pragma once
// A client of tcp_table(5) or socketmap_table(5) that sends the bytes it is told and shows the bytes that come back:
// for what Postfix's own clients never do.

#include <chrono>
#include <string>
#include <string_view>

namespace maproom::test {

class Wire {
 public:
  /// To 127.0.0.1.
  explicit Wire(int port);
  /// To a Unix socket.
  explicit Wire(const std::string& path);
  ~Wire();
  Wire(Wire&& other) noexcept;
  Wire(const Wire&) = delete;
  Wire& operator=(const Wire&) = delete;
  Wire& operator=(Wire&&) = delete;

  void send(std::string_view bytes);
  /// A reply of tcp_table with its line end; empty when the connection is closed. Throws after 20 s of silence.
  std::string line();
  /// The payload of a reply of socketmap; empty when the connection is closed.
  std::string netstring();
  std::string ask_tcp(const std::string& quoted_key);
  std::string ask_socketmap(const std::string& map, const std::string& key);
  /// Whether there is something to read, or the end, within that time.
  [[nodiscard]] bool readable_within(std::chrono::milliseconds limit) const;

 private:
  bool more();
  int descriptor_;
  std::string buffer_;
};

}  // namespace maproom::test
