#pragma once
// Netstrings, the frames of socketmap(5): LENGTH ":" PAYLOAD ",". Pure, and stateless over the caller's buffer.
//
// Stricter than Postfix, which takes leading zeros and even an empty length: only the canonical form is read, with no
// more digits than the limit has, so that a hostile length is refused before anything is allocated for it. After a
// violation nobody knows where the next frame begins: the connection has to be closed.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace maproom::proto {

struct Netstring {
  enum class State : std::uint8_t { need_more, complete, violation };
  State state = State::need_more;
  std::string_view payload;  ///< complete: lies in the input
  std::size_t size = 0;      ///< complete: bytes of the whole frame
  std::string_view problem;  ///< violation: what was wrong, a literal, for the log
};

/// Reads the frame at the front of `input`. Looks at the length and the last comma only: constant time, however much of
/// the payload is there. A violation is reported as soon as its byte is there. `missing`: so many bytes of the payload
/// were taken out before, and `payload` and `size` are without them.
[[nodiscard]] Netstring read_netstring(std::string_view input, std::size_t payload_max,
                                       std::size_t missing = 0) noexcept;

/// Appends one frame whose payload is `head` and then `tail`, without joining them first.
void append_netstring(std::string& out, std::string_view head, std::string_view tail = {});

/// Bytes of a whole frame around a payload of that size.
[[nodiscard]] std::size_t netstring_size(std::size_t payload_size) noexcept;

}  // namespace maproom::proto
