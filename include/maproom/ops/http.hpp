#pragma once
// A small HTTP server and client on Boost.Beast, for the control socket and the admin port. Both speak the same, so
// that `curl --unix-socket` serves at 3 a.m. as well as `maproom status`.

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <functional>
#include <memory>
#include <string>

#include "maproom/core/endpoint.hpp"
#include "maproom/core/result.hpp"

namespace maproom::ops {

struct HttpRequest {
  std::string method;
  std::string path;  ///< without the query string
  std::string body;
};

struct HttpResponse {
  unsigned status = 200;
  std::string type = "text/plain; charset=utf-8";
  std::string body;
  std::string content_security_policy{};  ///< of a page
};

using HttpHandler = std::function<boost::asio::awaitable<HttpResponse>(HttpRequest)>;

/// Accepts on `descriptor` (taken over) until stop(). One request at a time for each connection, 64 KiB and 10 seconds
/// at most for a request, and a bounded number of connections: nobody can tie the daemon up through it.
class HttpServer : public std::enable_shared_from_this<HttpServer> {
 public:
  [[nodiscard]] static std::shared_ptr<HttpServer> start(boost::asio::any_io_executor executor, int descriptor,
                                                         HttpHandler handler);
  virtual ~HttpServer() = default;
  virtual void stop() = 0;
};

/// One call, blocking, for the command line. Error: nobody answers there, or not within the time-out.
[[nodiscard]] Result<HttpResponse> http_call(const Endpoint& endpoint, const std::string& method,
                                             const std::string& path, const std::string& body);

}  // namespace maproom::ops
