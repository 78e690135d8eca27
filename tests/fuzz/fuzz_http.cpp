// The admin port and the control socket: any bytes as a client's, in two pieces. The handler gets whole requests of
// bounded size, under a Host that may be, and none twice; what is answered is well formed, and the connection comes to
// its end when the client has sent all. The rule of the Host header is judged by itself as well.
//
// Input: where the bytes are cut in two (a byte, in 256th parts), then the bytes.

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <cerrno>
#include <cstring>
#include <memory>
#include <string>
#include <vector>

#include "maproom/core/log.hpp"
#include "maproom/ops/http.hpp"
#include "maproom/ops/http_host.hpp"
#include "property.hpp"

namespace {

using namespace maproom;
using fuzz::require;

const std::vector<std::string> names{"panel.example"};

/// A page of somebody else's is called by a name: nothing but digits, colons and brackets, or a name of our own.
bool may_be(std::string_view host) {
  std::string lower;
  for (const char c : host) lower += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  for (const std::string_view own : {"localhost", "panel.example"}) {
    if (!lower.starts_with(own)) continue;
    auto rest = std::string_view{lower}.substr(own.size());
    if (rest.starts_with('.')) rest.remove_prefix(1);
    if (rest.empty() || rest.starts_with(':')) return true;
  }
  if (lower.empty()) return false;
  return lower.find_first_not_of(lower[0] == '[' ? "0123456789abcdef:.[]" : "0123456789.:") == std::string::npos;
}

/// What a client got, response by response; the test's own reading of RFC 9112. Returns the statuses.
std::vector<std::string> responses_in(std::string_view got) {
  std::vector<std::string> statuses;
  while (!got.empty()) {
    require(got.starts_with("HTTP/1.1 ") || got.starts_with("HTTP/1.0 "), "an answer is HTTP");
    const auto end = got.find("\r\n\r\n");
    require(end != std::string_view::npos, "an answer has a whole header");
    const auto header = got.substr(0, end + 2);
    statuses.emplace_back(header.substr(9, 3));
    const auto field = header.find("Content-Length: ");
    require(field != std::string_view::npos, "an answer tells its length");
    require(header.find("X-Content-Type-Options: nosniff\r\n") != std::string_view::npos, "no browser guesses");
    const auto length = std::stoul(std::string{header.substr(field + std::strlen("Content-Length: "), 6)});
    got.remove_prefix(end + 4);
    if (got.starts_with("HTTP/1.")) continue;  // that was one to HEAD: no text of ours begins so
    require(length <= got.size() || got.empty(), "an answer is whole");
    got.remove_prefix(std::min(length, got.size()));
  }
  return statuses;
}

/// A listening socket whose name the kernel makes up, and a connection to it.
struct Sockets {
  int listening = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  int client = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  Sockets() {
    sockaddr_un name{};
    name.sun_family = AF_UNIX;
    socklen_t size = sizeof name.sun_family;
    auto* address = reinterpret_cast<sockaddr*>(&name);
    require(::bind(listening, address, size) == 0 && ::listen(listening, 1) == 0, "there are sockets");
    size = sizeof name;
    require(::getsockname(listening, address, &size) == 0 && ::connect(client, address, size) == 0, "there are names");
  }
  ~Sockets() { ::close(client); }
  Sockets(const Sockets&) = delete;
  Sockets& operator=(const Sockets&) = delete;
};

void serve(std::string_view bytes, std::size_t cut) {
  boost::asio::io_context context{1};
  Sockets sockets;
  std::size_t calls = 0;
  std::string last_host;
  const auto rule = [&](std::string_view host) {
    last_host = host;
    return ops::host_allowed(host, names);
  };
  const auto handler = [&](ops::HttpRequest request) -> boost::asio::awaitable<ops::HttpResponse> {
    ++calls;
    require(request.path.find('?') == std::string::npos, "a path has no query");
    require(request.body.size() <= 64 * 1024 && request.path.size() <= 8 * 1024, "a request is bounded");
    require(last_host.empty() || may_be(last_host), "no request of a foreign page is handed on");
    last_host.clear();
    co_return ops::HttpResponse{.status = 200, .body = "well\n"};
  };
  const auto server = ops::HttpServer::start(context.get_executor(), sockets.listening, handler, rule);
  std::string got;
  bool ended = false;
  const auto turn = [&] {
    context.poll();
    char buffer[4096];
    while (!ended) {
      const auto count = ::recv(sockets.client, buffer, sizeof buffer, MSG_DONTWAIT);
      if (count < 0 && errno == EAGAIN) break;
      if (count <= 0)
        ended = true;
      else
        got.append(buffer, static_cast<std::size_t>(count));
    }
  };
  for (auto piece : {bytes.substr(0, cut), bytes.substr(cut)})
    for (std::size_t stuck = 0; !piece.empty() && stuck < 3 && !ended;) {
      const auto sent = ::send(sockets.client, piece.data(), piece.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
      if (sent < 0 && errno != EAGAIN) break;
      stuck = sent > 0 ? 0 : stuck + 1;
      if (sent > 0) piece.remove_prefix(static_cast<std::size_t>(sent));
      turn();
    }
  ::shutdown(sockets.client, SHUT_WR);
  for (int turns = 0; turns < 3; ++turns) turn();
  require(ended, "a connection comes to its end behind the client's last byte");
  const auto statuses = responses_in(got);
  require(std::count(statuses.begin(), statuses.end(), "200") == static_cast<std::ptrdiff_t>(calls),
          "each request that is handed on is answered, and no other");
  for (const auto& status : statuses)
    require(status == "200" || status == "400" || status == "413" || status == "421" || status == "431",
            "what is refused is told why");
  server->stop();
  for (int turns = 0; turns < 3; ++turns) context.poll();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const bool quiet = (set_up_log("off"), true);
  static_cast<void>(quiet);
  if (size == 0) return 0;
  const auto bytes = fuzz::as_text(data + 1, size - 1);
  require(!ops::host_allowed(bytes, names) || may_be(bytes), "no name of somebody else's is a Host of ours");
  serve(bytes, bytes.size() * data[0] / 256);
  return 0;
}
