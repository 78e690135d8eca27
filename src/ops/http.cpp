#include "maproom/ops/http.hpp"

#include <sys/socket.h>
#include <sys/time.h>

#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/connect.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>
#include <chrono>
#include <string_view>
#include <unordered_set>

#include "maproom/core/deadline.hpp"
#include "maproom/core/spawn.hpp"

namespace maproom::ops {
namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
namespace {

using Socket = asio::generic::stream_protocol::socket;

constexpr std::size_t max_request_bytes = 64 * 1024;
constexpr std::size_t max_connections = 64;
constexpr std::chrono::seconds request_limit{10};
// A lookup's deadline may be longer than the default: `maproom query` waits for the daemon's word.
constexpr std::chrono::seconds call_limit{60};

class Server : public HttpServer {
 public:
  Server(asio::any_io_executor executor, int descriptor, HttpHandler handler)
      : executor_{executor}, acceptor_{executor, protocol_of(descriptor), descriptor}, handler_{std::move(handler)} {}

  void stop() override {
    boost::system::error_code ignored;
    acceptor_.close(ignored);
    for (auto* socket : sockets_) socket->cancel(ignored);
  }

  static asio::awaitable<void> accept(std::shared_ptr<Server> self) {
    asio::steady_timer pause{self->executor_};
    while (self->acceptor_.is_open()) {
      boost::system::error_code error;
      if (self->sockets_.size() < max_connections) {
        auto socket = co_await self->acceptor_.async_accept(asio::redirect_error(asio::use_awaitable, error));
        if (!error) {
          spawn(self->executor_, "http", serve(self, std::move(socket)));
          continue;
        }
      }
      if (!self->acceptor_.is_open()) break;
      pause.expires_after(std::chrono::milliseconds{100});
      co_await pause.async_wait(asio::redirect_error(asio::use_awaitable, error));
    }
  }

 private:
  static asio::generic::stream_protocol protocol_of(int descriptor) {
    int family = AF_INET;
    socklen_t size = sizeof family;
    ::getsockopt(descriptor, SOL_SOCKET, SO_DOMAIN, &family, &size);
    return {family, family == AF_UNIX ? 0 : static_cast<int>(IPPROTO_TCP)};
  }

  using Parser = http::request_parser<http::string_body>;
  using Response = http::response<http::string_body>;

  static asio::awaitable<bool> read(Socket& socket, beast::flat_buffer& buffer, Parser& parser) {
    boost::system::error_code error;
    co_await http::async_read(socket, buffer, parser, asio::redirect_error(asio::use_awaitable, error));
    co_return !error;
  }

  static asio::awaitable<bool> write(Socket& socket, Response& response) {
    boost::system::error_code error;
    co_await http::async_write(socket, response, asio::redirect_error(asio::use_awaitable, error));
    co_return !error;
  }

  static asio::awaitable<void> serve(std::shared_ptr<Server> self, Socket socket) {
    struct Listed {
      std::unordered_set<Socket*>& all;
      Socket& socket;
      Listed(std::unordered_set<Socket*>& set, Socket& own) : all{set}, socket{own} { all.insert(&socket); }
      ~Listed() { all.erase(&socket); }
    } const listed{self->sockets_, socket};
    beast::flat_buffer buffer{max_request_bytes};
    for (bool keep_alive = true; keep_alive;) {
      Parser parser;
      parser.body_limit(max_request_bytes);
      const auto got = co_await within(request_limit, read(socket, buffer, parser));
      if (!got || !*got) co_return;
      const auto& message = parser.get();
      HttpRequest request{std::string{message.method_string()}, std::string{message.target()}, message.body()};
      request.path.resize(std::min(request.path.find('?'), request.path.size()));
      HttpResponse answer = co_await self->handler_(std::move(request));
      Response response{static_cast<http::status>(answer.status), message.version()};
      response.set(http::field::content_type, answer.type);
      response.set(http::field::cache_control, "no-store");
      response.set("X-Content-Type-Options", "nosniff");
      if (!answer.content_security_policy.empty()) {
        response.set("Content-Security-Policy", answer.content_security_policy);
        response.set("Referrer-Policy", "no-referrer");
      }
      response.keep_alive(message.keep_alive());
      response.body() = std::move(answer.body);
      response.prepare_payload();
      if (message.method() == http::verb::head) response.body().clear();
      const auto sent = co_await within(request_limit, write(socket, response));
      if (!sent || !*sent) co_return;
      keep_alive = response.keep_alive() && self->acceptor_.is_open();
    }
  }

  asio::any_io_executor executor_;
  asio::basic_socket_acceptor<asio::generic::stream_protocol> acceptor_;
  HttpHandler handler_;
  std::unordered_set<Socket*> sockets_;  ///< of connections being served
};

template <class AnySocket>
Result<HttpResponse> call(AnySocket& socket, const std::string& method, const std::string& path,
                          const std::string& body) {
  const timeval limit{call_limit.count(), 0};
  ::setsockopt(socket.native_handle(), SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  ::setsockopt(socket.native_handle(), SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
  http::request<http::string_body> request{http::string_to_verb(method), path, 11};
  request.set(http::field::host, "maproom");
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

std::shared_ptr<HttpServer> HttpServer::start(asio::any_io_executor executor, int descriptor, HttpHandler handler) {
  auto server = std::make_shared<Server>(executor, descriptor, std::move(handler));
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
    return call(socket, method, path, body);
  }
  asio::ip::tcp::resolver resolver{context};
  const auto found = resolver.resolve(endpoint.host, std::to_string(endpoint.port), error);
  if (error) return unreachable();
  asio::ip::tcp::socket socket{context};
  asio::connect(socket, found, error);
  if (error) return unreachable();
  return call(socket, method, path, body);
}

}  // namespace maproom::ops
