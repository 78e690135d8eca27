#include "maproom/commands/socket_unit.hpp"

#include <algorithm>
#include <optional>
#include <set>
#include <string_view>

#include "maproom/core/ip_address.hpp"

namespace maproom::commands {
namespace {

struct Stream {
  std::string address;  ///< as ListenStream= takes it; empty: left to the daemon
  std::string why_not;
};

/// RuntimeDirectory= of maproom.service.
bool in_runtime_directory(std::string_view path) {
  if (path.starts_with("/var/run/")) path.remove_prefix(4);
  return path.starts_with("/run/maproom/");
}

/// Specifiers begin with a percent sign.
std::string escaped(std::string_view text) {
  std::string result;
  for (const char c : text) {
    result += c;
    if (c == '%') result += c;
  }
  return result;
}

Stream stream_of(const Endpoint& endpoint) {
  if (endpoint.kind == Endpoint::Kind::unix_socket) {
    if (in_runtime_directory(endpoint.path)) return {{}, "stands in the service's own folder"};
    const auto odd = [](unsigned char c) { return c <= ' ' || c == 0x7f || c == '"' || c == '\'' || c == '\\'; };
    if (std::any_of(endpoint.path.begin(), endpoint.path.end(), odd)) return {{}, "has an odd character"};
    return {escaped(endpoint.path), {}};
  }
  const auto address = parse_ip_address(endpoint.host);
  if (!address) return {{}, "has a host name"};
  const auto text = to_string(*address);
  const bool six = text.find(':') != std::string::npos;
  return {(six ? "[" + text + "]" : text) + ":" + std::to_string(endpoint.port), {}};
}

/// In a comment of one line, whatever a name holds.
std::string one_line(std::string text) {
  std::replace_if(
      text.begin(), text.end(), [](unsigned char c) { return c < ' '; }, '?');
  return text;
}

}  // namespace

std::string socket_unit(const std::string& file, const std::vector<ListenSetting>& settings) {
  std::string text = "# What " + one_line(file) +
                     " listens on, made of it by \"maproom sockets\".\n"
                     "[Socket]\nListenStream=\nBindIPv6Only=ipv6-only\nRemoveOnStop=yes\n";
  std::set<std::string> listed;
  for (const auto& [name, endpoint] : settings) {
    const auto setting = one_line(name);
    const auto stream = stream_of(endpoint);
    if (stream.address.empty())
      text += "# " + setting + ": " + one_line(endpoint.to_string()) + " " + stream.why_not + ", the daemon opens it\n";
    else if (listed.insert(stream.address).second)
      text += "# " + setting + "\nListenStream=" + stream.address + "\n";
  }
  return text;
}

}  // namespace maproom::commands
