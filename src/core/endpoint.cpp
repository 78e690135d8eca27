#include "maproom/core/endpoint.hpp"

#include <algorithm>
#include <charconv>

namespace maproom {

Result<Endpoint> Endpoint::parse(std::string_view text, std::uint16_t default_port) {
  const auto bad = [&](std::string_view why) {
    return fail(Errc::invalid, "\"" + std::string{text} + "\" " + std::string{why} +
                                   "; expected \"inet:HOST:PORT\", \"inet:[::1]:PORT\" or \"unix:/path\"");
  };
  if (text.starts_with("unix:")) {
    const auto path = text.substr(5);
    // sockaddr_un(7): 108 bytes with the closing NUL.
    if (!path.starts_with('/')) return bad("has no absolute path");
    if (path.size() > 107) return bad("is longer than the 107 bytes a Unix socket's path may have");
    if (path.find('\0') != std::string_view::npos) return bad("holds a NUL byte");
    return Endpoint{Kind::unix_socket, {}, 0, std::string{path}};
  }
  if (!text.starts_with("inet:")) return bad("begins with neither inet: nor unix:");
  auto rest = text.substr(5);
  std::string_view host;
  if (rest.starts_with('[')) {
    const auto close = rest.find(']');
    if (close == std::string_view::npos) return bad("has no closing bracket");
    host = rest.substr(1, close - 1);
    rest = rest.substr(close + 1);
  } else {
    const auto colon = rest.find(':');
    host = rest.substr(0, colon);
    rest = colon == std::string_view::npos ? std::string_view{} : rest.substr(colon);
    if (std::count(rest.begin(), rest.end(), ':') > 1) return bad("holds an IPv6 address without brackets");
  }
  if (host.empty()) return bad("has no host");
  std::uint16_t port = default_port;
  if (rest.empty()) {
    if (default_port == 0) return bad("has no port");
  } else {
    if (!rest.starts_with(':')) return bad("has something other than a port behind its bracket");
    rest.remove_prefix(1);
    const auto [end, ec] = std::from_chars(rest.data(), rest.data() + rest.size(), port);
    if (ec != std::errc{} || end != rest.data() + rest.size() || port == 0)
      return bad("has a port that is not 1 to 65535");
  }
  return Endpoint{Kind::inet, std::string{host}, port, {}};
}

std::string Endpoint::to_string() const {
  if (kind == Kind::unix_socket) return "unix:" + path;
  const bool v6 = host.find(':') != std::string::npos;
  return "inet:" + (v6 ? "[" + host + "]" : host) + ":" + std::to_string(port);
}

}  // namespace maproom
