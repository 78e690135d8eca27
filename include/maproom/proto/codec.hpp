#pragma once
// Codec: one of the two protocols as the session sees it: bytes to requests, answers to bytes. No I/O.
//
// Stands between the session, which owns the bytes of a connection, and the maps. A codec has no state at all: one
// serves all connections of a listener. What a connection has to remember between two calls lives in its Request, and
// an idle connection remembers nothing that is worth freeing.
//
// When input is bad, the codec never guesses: it names the problem and says whether the stream is still in step
// (malformed_answer) or lost (close). When an answer cannot be sent in whole, a temporary error is sent in its stead.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "maproom/core/answer.hpp"

namespace maproom::proto {

/// One per connection, handed to every call of next(). Not to be moved while its views are in use.
struct Request {
  Request() = default;
  Request(const Request&) = delete;
  Request& operator=(const Request&) = delete;

  /// Both are good as long as the buffer that was given to next() stays as it is, up to the next call with this
  /// Request.
  std::string_view map;  ///< empty for tcp_table, which has one port per map
  std::string_view key;  ///< may hold any byte, and may be empty: `mysql:` does not ask for an empty key either
  /// After malformed_answer and close: what was wrong. A literal, for the log.
  std::string_view problem;

  std::string unquoted;      ///< the codec's: where `key` lies if it arrived with quoted bytes
  std::size_t searched = 0;  ///< the codec's: bytes of the buffer that hold no end of a request; 0 for a new buffer
  std::size_t dropped = 0;   ///< the codec's: bytes of the unfinished request that shorten() has taken out
};

enum class Next : std::uint8_t {
  need_more,         ///< no whole request yet
  request,           ///< `out` holds one
  malformed_answer,  ///< a whole request that cannot be understood: send malformed_reply() and go on
  close,             ///< a violation: send closing_reply() (it may be empty) and close
};

class Codec {
 public:
  Codec() = default;
  Codec(const Codec&) = delete;
  Codec& operator=(const Codec&) = delete;
  virtual ~Codec() = default;

  /// Takes one request from the front of `input`, by advancing the view past it; leaves `input` alone on need_more and
  /// close. After need_more the same bytes must be there again, with more behind them; each byte is looked at once.
  [[nodiscard]] virtual Next next(std::string_view& input, Request& out) const = 0;

  /// To be called after need_more when `buffer`, which holds the unfinished request, has more than unfinished_max
  /// bytes. Takes out what decides nothing: any key above postfix_key_max has the same answer, so of a longer one a
  /// byte more than that is handed on. Cost: linear in the buffer, which has then 16 KiB less than that.
  virtual void shorten(std::string& buffer, Request& request) const = 0;

  /// Appends exactly one reply. What does not fit becomes a temporary error.
  virtual void append_reply(std::string& out, const Answer& answer) const = 0;

  /// Whether the answer can be sent as it is: short enough, and without a NUL, at which Postfix would cut the value.
  /// For the session, so that it can log what append_reply then hides.
  [[nodiscard]] virtual bool fits(const Answer& answer) const noexcept = 0;

  [[nodiscard]] virtual std::string_view malformed_reply() const noexcept = 0;
  [[nodiscard]] virtual std::string_view closing_reply() const noexcept = 0;

  /// No more bytes than this are ever needed in the buffer to make progress.
  [[nodiscard]] virtual std::size_t max_request() const noexcept = 0;
};

}  // namespace maproom::proto
