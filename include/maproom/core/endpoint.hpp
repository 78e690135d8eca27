#pragma once
// Endpoint: where to listen or to connect, in Postfix's notation: "inet:HOST:PORT", "inet:[::1]:PORT",
// "unix:/path". Pure: nothing is resolved or opened here.

#include <cstdint>
#include <string>
#include <string_view>

#include "maproom/core/result.hpp"

namespace maproom {

struct Endpoint {
  enum class Kind : std::uint8_t { inet, unix_socket };
  Kind kind = Kind::inet;
  std::string host;        ///< inet: a name or an address without brackets
  std::uint16_t port = 0;  ///< inet
  std::string path;        ///< unix_socket: an absolute path

  /// Accepts exactly the two forms above; `default_port` (0: none) stands in for a missing ":PORT".
  [[nodiscard]] static Result<Endpoint> parse(std::string_view text, std::uint16_t default_port = 0);
  /// The notation that parse reads back.
  [[nodiscard]] std::string to_string() const;
  friend bool operator==(const Endpoint&, const Endpoint&) = default;
};

}  // namespace maproom
