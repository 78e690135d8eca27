#include "support/sql_gate.hpp"

#include <arpa/inet.h>
#include <linux/filter.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <stdexcept>
#include <utility>

namespace maproom::test {
namespace {

constexpr int look_ms = 5;
constexpr std::size_t header_size = 4;
constexpr char com_query = 3;

sockaddr_in loopback(int port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

bool connect_to(int descriptor, int port) {
  const auto address = loopback(port);
  return ::connect(descriptor, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
}

bool send_all(int to, const std::string& bytes) {
  std::size_t sent = 0;
  while (sent < bytes.size()) {
    const auto n = ::send(to, bytes.data() + sent, bytes.size() - sent, MSG_NOSIGNAL);
    if (n <= 0) return false;
    sent += static_cast<std::size_t>(n);
  }
  return true;
}

/// Appends what is there; false: the end.
bool receive(int from, std::string& bytes) {
  std::array<char, 65536> buffer{};
  const auto n = ::recv(from, buffer.data(), buffer.size(), MSG_DONTWAIT);
  if (n > 0) bytes.append(buffer.data(), static_cast<std::size_t>(n));
  return n > 0;
}

/// Takes one whole packet, its header included, off the front; empty: there is none.
std::string take_packet(std::string& bytes) {
  if (bytes.size() < header_size) return {};
  const auto byte = [&](std::size_t i) { return static_cast<std::size_t>(static_cast<unsigned char>(bytes[i])); };
  const auto size = header_size + byte(0) + (byte(1) << 8) + (byte(2) << 16);
  if (bytes.size() < size) return {};
  auto packet = bytes.substr(0, size);
  bytes.erase(0, size);
  return packet;
}

std::string error_packet(std::uint16_t number, const std::string& message) {
  std::string payload = "\xff";
  payload += static_cast<char>(number & 0xff);
  payload += static_cast<char>(number >> 8);
  payload += "#HY000" + message;
  std::string packet;
  packet += static_cast<char>(payload.size());
  packet += '\0';
  packet += '\0';
  packet += '\1';
  return packet + payload;
}

/// The kernel drops each packet that comes for this socket, as if the network had lost it.
void lose_packets(int descriptor, bool lose) {
  sock_filter nothing{BPF_RET | BPF_K, 0, 0, 0};
  const sock_fprog program{1, &nothing};
  const int ignored = 0;
  const int failed = lose ? ::setsockopt(descriptor, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof program)
                          : ::setsockopt(descriptor, SOL_SOCKET, SO_DETACH_FILTER, &ignored, sizeof ignored);
  if (failed != 0 && lose) throw std::runtime_error{"a gate cannot lose packets"};
}

}  // namespace

SqlGate::SqlGate(int server_port)
    : server_port_{server_port}, listening_{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)} {
  auto address = loopback(0);
  socklen_t size = sizeof address;
  if (::bind(listening_, reinterpret_cast<const sockaddr*>(&address), size) != 0 || ::listen(listening_, 64) != 0 ||
      ::getsockname(listening_, reinterpret_cast<sockaddr*>(&address), &size) != 0)
    throw std::runtime_error{"a gate cannot listen"};
  port_ = ntohs(address.sin_port);
  thread_ = std::thread{[this] { run(); }};
}

SqlGate::~SqlGate() {
  stop_ = true;
  thread_.join();
  for (const auto& link : links_) {
    ::close(link.client);
    ::close(link.server);
  }
  ::close(listening_);
}

void SqlGate::set(Way way) {
  const std::lock_guard lock{mutex_};
  way_ = way;
  lose_packets(listening_, way == Way::black_hole);
  for (const auto& link : links_) lose_packets(link.client, way == Way::black_hole);
}

void SqlGate::say(std::uint16_t number, std::string message) {
  const std::lock_guard lock{mutex_};
  number_ = number;
  message_ = std::move(message);
}

void SqlGate::run() {
  while (!stop_) {
    std::vector<pollfd> polled;
    {
      const std::lock_guard lock{mutex_};
      if (way_ != Way::black_hole) {
        polled.push_back({listening_, POLLIN, 0});
        for (const auto& link : links_) {
          polled.push_back({link.client, POLLIN, 0});
          polled.push_back({link.server, POLLIN, 0});
        }
      }
    }
    ::poll(polled.data(), polled.size(), look_ms);
    const std::lock_guard lock{mutex_};
    if (way_ == Way::black_hole) continue;
    const auto is_ready = [&](std::size_t i) { return i < polled.size() && polled[i].revents != 0; };
    for (std::size_t i = 0; i < links_.size(); ++i) {
      auto& link = links_[i];
      if (way_ != Way::hang && !send_all(link.server, std::exchange(link.held, {}))) link.ended = true;
      if (is_ready(1 + 2 * i)) from_client(link);
      if (!link.ended && is_ready(2 + 2 * i)) from_server(link);
      if (way_ == Way::closed) link.ended = true;
    }
    std::erase_if(links_, [](const Link& link) {
      if (!link.ended) return false;
      ::close(link.client);
      ::close(link.server);
      return true;
    });
    if (is_ready(0)) take();
  }
}

void SqlGate::take() {
  const int client = ::accept4(listening_, nullptr, nullptr, SOCK_CLOEXEC);
  if (client < 0) return;
  ++connections_;
  const int server = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const int on = 1;
  ::setsockopt(client, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  ::setsockopt(server, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  if (way_ == Way::closed || !connect_to(server, server_port_)) {
    ::close(client);
    ::close(server);
    return;
  }
  links_.push_back({client, server});
  most_at_once_ = std::max<int>(most_at_once_, static_cast<int>(links_.size()));
}

void SqlGate::from_client(Link& link) {
  link.ended = !receive(link.client, link.to_server);
  for (auto packet = take_packet(link.to_server); !packet.empty(); packet = take_packet(link.to_server)) {
    // A command begins with packet 0; what belongs to the handshake does not.
    const bool is_query = packet.size() > header_size && packet[3] == 0 && packet[header_size] == com_query;
    const bool reads = is_query && packet.find(" FROM ") != std::string::npos;
    if ((way_ == Way::errors && reads) || (way_ == Way::all_errors && is_query)) {
      ++spoilt_;
      if (!send_all(link.client, error_packet(number_, message_))) link.ended = true;
      continue;
    }
    link.answering = reads;
    link.packets = link.columns = 0;
    if (way_ == Way::hang && reads) {
      link.held += packet;
      continue;
    }
    if (!send_all(link.server, packet)) link.ended = true;
  }
}

void SqlGate::from_server(Link& link) {
  link.ended = !receive(link.server, link.to_client);
  if (way_ != Way::cut_mid_row || !link.answering) {
    if (!send_all(link.client, std::exchange(link.to_client, {}))) link.ended = true;
    return;
  }
  for (auto packet = take_packet(link.to_client); !packet.empty(); packet = take_packet(link.to_client)) {
    const auto first = packet.size() > header_size ? static_cast<unsigned char>(packet[header_size]) : 0U;
    const int number = link.packets++;
    if (number == 0) link.columns = static_cast<int>(first);
    // The number of columns, each column, a mark behind them, then the rows and a mark behind those.
    const int first_row = link.columns + 2;
    const bool is_mark = first == 0xfe && packet.size() < header_size + 9;
    if (number < first_row || (number == first_row && spoilt_ % 2 != 0 && !is_mark)) {
      if (!send_all(link.client, packet)) link.ended = true;
      continue;
    }
    ++spoilt_;
    send_all(link.client, packet.substr(0, header_size + 1));
    link.ended = true;
    return;
  }
}

}  // namespace maproom::test
