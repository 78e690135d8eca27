#include "support/smtp.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <algorithm>
#include <stdexcept>

namespace maproom::test {
namespace {

sockaddr_in address_of(const std::string& host, int port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  ::inet_pton(AF_INET, host.c_str(), &address.sin_addr);
  return address;
}

/// One line without its end; false: the connection is over.
bool read_line(int descriptor, std::string& buffer, std::string& line) {
  for (;;) {
    const auto end = buffer.find('\n');
    if (end != std::string::npos) {
      line = buffer.substr(0, end);
      if (line.ends_with('\r')) line.pop_back();
      buffer.erase(0, end + 1);
      return true;
    }
    char chunk[4096];
    const auto n = ::recv(descriptor, chunk, sizeof chunk, 0);
    if (n <= 0) return false;
    buffer.append(chunk, static_cast<std::size_t>(n));
  }
}

bool write_all(int descriptor, const std::string& text) {
  return ::send(descriptor, text.data(), text.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(text.size());
}

std::string between_brackets(const std::string& line) {
  const auto open = line.find('<');
  const auto close = line.find('>', open);
  return open == std::string::npos || close == std::string::npos ? line : line.substr(open + 1, close - open - 1);
}

}  // namespace

SmtpClient::SmtpClient(int port, const std::string& source)
    : descriptor_{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)} {
  const timeval limit{60, 0};
  ::setsockopt(descriptor_, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  const auto own = address_of(source, 0);
  const auto server = address_of("127.0.0.1", port);
  if (::bind(descriptor_, reinterpret_cast<const sockaddr*>(&own), sizeof own) != 0 ||
      ::connect(descriptor_, reinterpret_cast<const sockaddr*>(&server), sizeof server) != 0)
    throw std::runtime_error{"cannot connect to smtpd"};
  const auto greeting = read_reply();
  if (greeting.code != 220) throw std::runtime_error{"smtpd greets with " + greeting.text};
}

SmtpClient::~SmtpClient() { ::close(descriptor_); }

SmtpReply SmtpClient::read_reply() {
  std::string line;
  std::string all;
  do {
    if (!read_line(descriptor_, buffer_, line)) throw std::runtime_error{"smtpd closed the connection or is silent"};
    all += (all.empty() ? "" : "\n") + line;
  } while (line.size() > 3 && line[3] == '-');
  return {std::stoi(line.substr(0, 3)), line.size() > 4 ? line.substr(4) : std::string{}, all};
}

SmtpReply SmtpClient::say(const std::string& line) {
  if (!write_all(descriptor_, line + "\r\n")) throw std::runtime_error{"smtpd closed the connection"};
  return read_reply();
}

SmtpReply SmtpClient::try_recipient(const std::string& sender, const std::string& recipient) {
  say("EHLO client.example");
  const auto mail = say("MAIL FROM:<" + sender + ">");
  if (mail.code != 250) return mail;
  return say("RCPT TO:<" + recipient + ">");
}

SmtpReply SmtpClient::send(const std::string& sender, const std::vector<std::string>& recipients,
                           const std::string& subject) {
  say("EHLO client.example");
  auto reply = say("MAIL FROM:<" + sender + ">");
  for (const auto& recipient : recipients) {
    if (reply.code != 250) return reply;
    reply = say("RCPT TO:<" + recipient + ">");
  }
  if (reply.code != 250) return reply;
  reply = say("DATA");
  if (reply.code != 354) return reply;
  return say("From: <" + sender + ">\r\nSubject: " + subject + "\r\n\r\nhello\r\n.");
}

SmtpSink::SmtpSink(const std::string& address, int port, std::vector<std::string> extensions)
    : listener_{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)}, extensions_{std::move(extensions)} {
  auto own = address_of(address, port);
  socklen_t length = sizeof own;
  const int on = 1;
  ::setsockopt(listener_, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (::bind(listener_, reinterpret_cast<sockaddr*>(&own), length) != 0 || ::listen(listener_, 64) != 0)
    throw std::runtime_error{"the sink cannot listen"};
  ::getsockname(listener_, reinterpret_cast<sockaddr*>(&own), &length);
  port_ = ntohs(own.sin_port);
  acceptor_ = std::thread{[this] { accept_all(); }};
}

SmtpSink::~SmtpSink() {
  stopping_ = true;
  ::shutdown(listener_, SHUT_RDWR);
  acceptor_.join();
  ::close(listener_);
  {
    const std::lock_guard lock{mutex_};
    for (const int descriptor : open_) ::shutdown(descriptor, SHUT_RDWR);
  }
  for (auto& session : sessions_) session.join();
}

void SmtpSink::accept_all() {
  while (!stopping_) {
    const int descriptor = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (descriptor < 0) continue;
    const std::lock_guard lock{mutex_};
    open_.push_back(descriptor);
    sessions_.emplace_back([this, descriptor] { serve(descriptor); });
  }
}

void SmtpSink::serve(int descriptor) {
  std::string buffer;
  std::string line;
  bool lmtp = false;
  std::string login;
  SunkMessage message;
  write_all(descriptor, "220 sink.example\r\n");
  while (read_line(descriptor, buffer, line)) {
    std::string verb = line.substr(0, 4);
    std::transform(verb.begin(), verb.end(), verb.begin(), [](unsigned char c) { return std::toupper(c); });
    if (verb == "LHLO") lmtp = true;
    if (verb == "EHLO" || verb == "LHLO") {
      std::string greeting = "250-sink.example\r\n";
      for (const auto& extension : extensions_) greeting += "250-" + extension + "\r\n";
      write_all(descriptor, greeting + "250 SMTPUTF8\r\n");
    } else if (verb == "AUTH") {
      login = line.substr(4);
      write_all(descriptor, "235 welcome\r\n");
    } else if (verb == "MAIL") {
      message = {login, between_brackets(line), {}, {}};
      write_all(descriptor, "250 ok\r\n");
    } else if (verb == "RCPT") {
      message.recipients.push_back(between_brackets(line));
      write_all(descriptor, "250 ok\r\n");
    } else if (verb == "DATA") {
      write_all(descriptor, "354 go on\r\n");
      while (read_line(descriptor, buffer, line) && line != ".") message.data += line + "\n";
      const auto replies = lmtp ? message.recipients.size() : 1;
      {
        const std::lock_guard lock{mutex_};
        messages_.push_back(message);
      }
      for (std::size_t i = 0; i < replies; ++i) write_all(descriptor, "250 taken\r\n");
    } else if (verb == "QUIT") {
      write_all(descriptor, "221 bye\r\n");
      break;
    } else {
      write_all(descriptor, "250 ok\r\n");
    }
  }
  const std::lock_guard lock{mutex_};
  std::erase(open_, descriptor);
  ::close(descriptor);
}

std::vector<SunkMessage> SmtpSink::messages() {
  const std::lock_guard lock{mutex_};
  return messages_;
}

std::vector<std::string> SmtpSink::recipients_of(const std::string& subject) {
  std::vector<std::string> all;
  for (const auto& message : messages())
    if (message.data.find(subject) != std::string::npos)
      all.insert(all.end(), message.recipients.begin(), message.recipients.end());
  std::sort(all.begin(), all.end());
  return all;
}

}  // namespace maproom::test
