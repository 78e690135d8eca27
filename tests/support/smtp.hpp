#pragma once
// Both ends of SMTP for tests: a client that says one line at a time, and a sink that takes every message and remembers
// it.

#include <atomic>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace maproom::test {

/// A reply: the code and the text of its last line; `all`: every line with its code, joined with line feeds.
struct SmtpReply {
  int code = 0;
  std::string text;
  std::string all;
};

/// Blocking; throws std::runtime_error when the connection is lost or silent for 60 s.
class SmtpClient {
 public:
  /// `source`: the client's own address, such as 127.0.0.2.
  SmtpClient(int port, const std::string& source = "127.0.0.1");
  ~SmtpClient();
  SmtpClient(const SmtpClient&) = delete;
  SmtpClient& operator=(const SmtpClient&) = delete;
  SmtpReply say(const std::string& line);
  /// EHLO, MAIL FROM, each RCPT TO; the reply to the last RCPT.
  SmtpReply try_recipient(const std::string& sender, const std::string& recipient);
  /// A whole message; the reply to its end.
  SmtpReply send(const std::string& sender, const std::vector<std::string>& recipients, const std::string& subject);

 private:
  SmtpReply read_reply();
  int descriptor_;
  std::string buffer_;
};

struct SunkMessage {
  std::string login;  ///< what AUTH was given in this session
  std::string sender;
  std::vector<std::string> recipients;
  std::string data;
};

/// Speaks SMTP and LMTP on a loopback port, in a thread of its own.
class SmtpSink {
 public:
  /// `address`: any of 127.0.0.0/8; `port`: 0 for a free one; `extensions`: more EHLO keywords.
  explicit SmtpSink(const std::string& address = "127.0.0.1", int port = 0, std::vector<std::string> extensions = {});
  ~SmtpSink();
  SmtpSink(const SmtpSink&) = delete;
  SmtpSink& operator=(const SmtpSink&) = delete;
  [[nodiscard]] int port() const { return port_; }
  [[nodiscard]] std::vector<SunkMessage> messages();
  /// The recipients of all messages whose data hold `subject`, sorted.
  [[nodiscard]] std::vector<std::string> recipients_of(const std::string& subject);

 private:
  void accept_all();
  void serve(int descriptor);
  int listener_;
  int port_ = 0;
  std::vector<std::string> extensions_;
  std::mutex mutex_;
  std::vector<SunkMessage> messages_;
  std::vector<std::thread> sessions_;
  std::vector<int> open_;
  std::atomic<bool> stopping_{false};
  std::thread acceptor_;
};

}  // namespace maproom::test
