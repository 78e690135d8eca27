#pragma once
// A small HTTP server and client on Boost.Beast, for the control socket and the admin port. Both speak the same, so
// that `curl --unix-socket` serves at 3 a.m. as well as `maproom status`.

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

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

/// Whether a request may name this host (RFC 9110, 7.2); see http_host.hpp. Empty: any.
using HostRule = std::function<bool(std::string_view)>;
using HttpHandler = std::function<boost::asio::awaitable<HttpResponse>(HttpRequest)>;

/// Accepts on `descriptor` (taken over) until stop(). One request at a time for each connection; 8 KiB at most for its
/// header, 64 KiB for its body, 10 seconds until it is there, and as many until its answer is taken. 64 connections at
/// most: for one more, that one is closed which has been waited for longest. So nobody can tie the daemon up through
/// it, nor keep others out.
class HttpServer : public std::enable_shared_from_this<HttpServer> {
 public:
  [[nodiscard]] static std::shared_ptr<HttpServer> start(boost::asio::any_io_executor executor, int descriptor,
                                                         HttpHandler handler, HostRule rule = {});
  virtual ~HttpServer() = default;
  virtual void stop() = 0;
};

/// One call, blocking, for the command line. Error: nobody answers there, or not within the time-out.
[[nodiscard]] Result<HttpResponse> http_call(const Endpoint& endpoint, const std::string& method,
                                             const std::string& path, const std::string& body);

}  // namespace maproom::ops
