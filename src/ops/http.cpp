#include "maproom/ops/http.hpp"

#include <sys/socket.h>
#include <sys/time.h>

#include <algorithm>
#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/connect.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>
#include <chrono>
#include <string_view>
#include <unordered_set>

#include "maproom/core/deadline.hpp"
#include "maproom/core/log.hpp"
#include "maproom/core/spawn.hpp"
#include "maproom/proto/percent.hpp"

namespace maproom::ops {
namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
namespace {

using Socket = asio::generic::stream_protocol::socket;

constexpr std::uint32_t max_header_bytes = 8 * 1024;
constexpr std::size_t max_request_bytes = 64 * 1024;
constexpr std::size_t max_connections = 64;
constexpr std::chrono::seconds request_limit{10};
// A lookup's deadline may be longer than the default: `maproom query` waits for the daemon's word.
constexpr std::chrono::seconds call_limit{60};

class Server : public HttpServer {
 public:
  Server(asio::any_io_executor executor, int descriptor, HttpHandler handler, HostRule rule)
      : executor_{executor},
        acceptor_{executor, protocol_of(descriptor), descriptor},
        handler_{std::move(handler)},
        rule_{std::move(rule)} {}

  void stop() override {
    boost::system::error_code ignored;
    acceptor_.close(ignored);
    for (auto* connection : connections_) hang_up(connection->socket);
  }

  static asio::awaitable<void> accept(std::shared_ptr<Server> self) {
    while (self->acceptor_.is_open()) {
      boost::system::error_code error;
      if (self->has_room()) {
        auto socket = co_await self->acceptor_.async_accept(asio::redirect_error(asio::use_awaitable, error));
        if (!error) {
          self->make_room();
          spawn(self->executor_, "http", serve(self, std::move(socket)));
          continue;
        }
      }
      if (!self->acceptor_.is_open()) break;
      co_await sleep_for(std::chrono::milliseconds{100});
    }
  }

 private:
  /// One that is being served.
  struct Connection {
    std::unordered_set<Connection*>& all;
    Socket& socket;
    std::uint64_t since = 0;  ///< its turn to read or to write began; a number that grows
    bool waited_for = true;   ///< for its client, that is; else for our own answer
    bool turned_out = false;

    Connection(std::unordered_set<Connection*>& set, Socket& own) : all{set}, socket{own} { all.insert(this); }
    ~Connection() { all.erase(this); }
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;
  };

  /// The connection may be between two reads, where cancel() has nothing to cancel; a shutdown works at any time.
  static void hang_up(Socket& socket) {
    boost::system::error_code ignored;
    socket.shutdown(Socket::shutdown_both, ignored);
    socket.cancel(ignored);
  }

  [[nodiscard]] std::size_t count() const {
    return static_cast<std::size_t>(
        std::count_if(connections_.begin(), connections_.end(), [](const auto* each) { return !each->turned_out; }));
  }
  [[nodiscard]] Connection* longest_waited_for() const {
    Connection* longest = nullptr;
    for (auto* each : connections_)
      if (each->waited_for && !each->turned_out && (longest == nullptr || each->since < longest->since)) longest = each;
    return longest;
  }
  /// false: there is no place, and all who have one wait for us.
  [[nodiscard]] bool has_room() const { return count() < max_connections || longest_waited_for() != nullptr; }
  void make_room() {
    if (count() < max_connections) return;
    auto* out = longest_waited_for();
    if (out == nullptr) return;
    out->turned_out = true;
    hang_up(out->socket);
  }

  static asio::generic::stream_protocol protocol_of(int descriptor) {
    int family = AF_INET;
    socklen_t size = sizeof family;
    ::getsockopt(descriptor, SOL_SOCKET, SO_DOMAIN, &family, &size);
    return {family, family == AF_UNIX ? 0 : static_cast<int>(IPPROTO_TCP)};
  }

  using Parser = http::request_parser<http::string_body>;
  using Response = http::response<http::string_body>;

  static asio::awaitable<boost::system::error_code> read(Socket& socket, beast::flat_buffer& buffer, Parser& parser) {
    boost::system::error_code error;
    co_await http::async_read(socket, buffer, parser, asio::redirect_error(asio::use_awaitable, error));
    co_return error;
  }

  static asio::awaitable<bool> write(Socket& socket, Response& response) {
    boost::system::error_code error;
    co_await http::async_write(socket, response, asio::redirect_error(asio::use_awaitable, error));
    co_return !error;
  }

  static asio::awaitable<void> serve(std::shared_ptr<Server> self, Socket socket) {
    Connection connection{self->connections_, socket};
    const auto wait_for_client = [&] {
      connection.since = ++self->turns_;
      connection.waited_for = true;
    };
    beast::flat_buffer buffer{max_request_bytes};
    for (bool keep_alive = true; keep_alive;) {
      Parser parser;
      parser.header_limit(max_header_bytes);
      parser.body_limit(max_request_bytes);
      wait_for_client();
      const auto got = co_await within(request_limit, read(socket, buffer, parser));
      if (!got || connection.turned_out) co_return;
      connection.waited_for = false;
      const auto& message = parser.get();
      HttpResponse answer = *got ? refusal(*got) : self->objection_to(message);
      if (answer.status == 0) co_return;  // the client is gone
      if (answer.status == 200) {
        HttpRequest request{std::string{message.method_string()}, std::string{message.target()}, message.body()};
        request.path.resize(std::min(request.path.find('?'), request.path.size()));
        answer = co_await self->handler_(std::move(request));
      }
      Response response{static_cast<http::status>(answer.status), message.version()};
      response.set(http::field::content_type, answer.type);
      response.set(http::field::cache_control, "no-store");
      response.set("X-Content-Type-Options", "nosniff");
      if (!answer.content_security_policy.empty()) {
        response.set("Content-Security-Policy", answer.content_security_policy);
        response.set("Referrer-Policy", "no-referrer");
      }
      response.keep_alive(message.keep_alive() && !*got);
      response.body() = std::move(answer.body);
      response.prepare_payload();
      if (message.method() == http::verb::head) response.body().clear();
      wait_for_client();
      const auto sent = co_await within(request_limit, write(socket, response));
      if (!sent || !*sent || connection.turned_out) co_return;
      keep_alive = response.keep_alive() && self->acceptor_.is_open();
    }
  }

  /// The reply to bytes that are no request. Status 0: nobody is there to read one.
  static HttpResponse refusal(const boost::system::error_code& error) {
    if (error == http::error::end_of_stream || error == http::error::partial_message ||
        error.category() != http::make_error_code(http::error::bad_method).category())
      return {0, {}, {}};
    if (error == http::error::header_limit || error == http::error::buffer_overflow)
      return {431, "text/plain", "the header is longer than 8 KiB\n"};
    if (error == http::error::body_limit) return {413, "text/plain", "the body is longer than 64 KiB\n"};
    return {400, "text/plain", error.message() + "\n"};
  }

  /// Status 200: there is none.
  [[nodiscard]] HttpResponse objection_to(const Parser::value_type& message) const {
    if (!rule_) return {};
    const auto hosts = message.count(http::field::host);
    if (hosts == 0 && message.version() == 10) return {};  // no browser
    if (hosts != 1) return {400, "text/plain", "a request has one Host header\n"};
    const auto field = message[http::field::host];
    const std::string_view host{field.data(), field.size()};
    if (rule_(host)) return {};
    log_limited(LogLevel::warning, "admin_host_refused", "",
                "host=\"" + proto::quote(host.substr(0, 64)) +
                    "\" what=\"a request to the admin port under a name that [admin] hosts does not have\"");
    return {421, "text/plain",
            "the Host header names neither an address, nor localhost, nor a name of [admin] hosts in maproom.toml\n"};
  }

  asio::any_io_executor executor_;
  asio::basic_socket_acceptor<asio::generic::stream_protocol> acceptor_;
  HttpHandler handler_;
  HostRule rule_;
  std::unordered_set<Connection*> connections_;
  std::uint64_t turns_ = 0;
};

template <class AnySocket>
Result<HttpResponse> call(AnySocket& socket, const std::string& host, const std::string& method,
                          const std::string& path, const std::string& body) {
  const timeval limit{call_limit.count(), 0};
  ::setsockopt(socket.native_handle(), SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  ::setsockopt(socket.native_handle(), SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
  http::request<http::string_body> request{http::string_to_verb(method), path, 11};
  request.set(http::field::host, host);
  request.set(http::field::connection, "close");
  request.body() = body;
  request.prepare_payload();
  boost::system::error_code error;
  http::write(socket, request, error);
  beast::flat_buffer buffer;
  http::response_parser<http::string_body> parser;
  parser.body_limit(64ULL << 20);
  if (!error) http::read(socket, buffer, parser, error);
  if (error) return fail(Errc::unavailable, error.message());
  return HttpResponse{parser.get().result_int(), std::string{parser.get()[http::field::content_type]},
                      parser.get().body()};
}

}  // namespace

std::shared_ptr<HttpServer> HttpServer::start(asio::any_io_executor executor, int descriptor, HttpHandler handler,
                                              HostRule rule) {
  auto server = std::make_shared<Server>(executor, descriptor, std::move(handler), std::move(rule));
  spawn_essential(executor, "http accept", Server::accept(server));
  return server;
}

Result<HttpResponse> http_call(const Endpoint& endpoint, const std::string& method, const std::string& path,
                               const std::string& body) {
  asio::io_context context{1};
  boost::system::error_code error;
  const auto unreachable = [&] {
    return fail(Errc::unavailable, "nobody answers on " + endpoint.to_string() + ": " + error.message());
  };
  if (endpoint.kind == Endpoint::Kind::unix_socket) {
    asio::local::stream_protocol::socket socket{context};
    socket.connect(asio::local::stream_protocol::endpoint{endpoint.path}, error);
    if (error) return unreachable();
    return call(socket, "localhost", method, path, body);
  }
  asio::ip::tcp::resolver resolver{context};
  const auto found = resolver.resolve(endpoint.host, std::to_string(endpoint.port), error);
  if (error) return unreachable();
  asio::ip::tcp::socket socket{context};
  asio::connect(socket, found, error);
  if (error) return unreachable();
  const bool is_ipv6 = endpoint.host.find(':') != std::string::npos;
  return call(socket, is_ipv6 ? "[" + endpoint.host + "]" : endpoint.host, method, path, body);
}

}  // namespace maproom::ops
