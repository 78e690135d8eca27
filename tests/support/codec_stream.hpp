#pragma once
// What a connection sees of a codec: the bytes of a stream come in pieces, and every event is written down.

#include <algorithm>
#include <ostream>
#include <string>
#include <string_view>
#include <vector>

#include "maproom/proto/codec.hpp"
#include "maproom/proto/limits.hpp"

namespace maproom::proto::test {

struct Event {
  Next next;
  std::string map;
  std::string key;
  friend bool operator==(const Event&, const Event&) = default;
};

inline Event request(std::string key) { return {Next::request, {}, std::move(key)}; }
inline Event request(std::string map, std::string key) { return {Next::request, std::move(map), std::move(key)}; }
inline Event malformed() { return {Next::malformed_answer, {}, {}}; }
inline Event close() { return {Next::close, {}, {}}; }

/// Feeds a connection's bytes as a session does: what is not consumed stays in front of the next piece.
class Stream {
 public:
  /// `shortens`: as a session does.
  explicit Stream(const Codec& codec, bool shortens = false) : codec_{codec}, shortens_{shortens} {}

  void feed(std::string_view piece) {
    if (closed()) return;
    buffer_.append(piece);
    std::string_view input = buffer_;
    for (;;) {
      const auto before = input;
      const auto next = codec_.next(input, request_);
      if (next == Next::need_more) {
        if (input != before) events_.push_back({next, "need_more consumed bytes", {}});
        break;
      }
      if (next == Next::request)
        events_.push_back({next, std::string{request_.map}, std::string{request_.key}});
      else
        events_.push_back({next, {}, {}});
      if (next == Next::close) break;
    }
    buffer_.erase(0, buffer_.size() - input.size());
    if (shortens_ && !closed() && buffer_.size() > unfinished_max) codec_.shorten(buffer_, request_);
    if (!closed()) longest_ = std::max(longest_, buffer_.size());
  }

  /// Bytes that were kept between two pieces, at most.
  [[nodiscard]] std::size_t longest() const { return longest_; }

  [[nodiscard]] bool closed() const { return !events_.empty() && events_.back().next == Next::close; }
  [[nodiscard]] const std::vector<Event>& events() const { return events_; }
  [[nodiscard]] std::string_view problem() const { return request_.problem; }

 private:
  const Codec& codec_;
  bool shortens_;
  std::size_t longest_ = 0;
  Request request_;
  std::string buffer_;
  std::vector<Event> events_;
};

inline std::vector<Event> events_of(const Codec& codec, std::string_view bytes) {
  Stream stream{codec};
  stream.feed(bytes);
  return stream.events();
}

/// Bytes in pieces of a fixed size.
inline std::vector<Event> events_in_pieces(const Codec& codec, std::string_view bytes, std::size_t piece) {
  Stream stream{codec};
  for (; !bytes.empty(); bytes.remove_prefix(std::min(piece, bytes.size()))) stream.feed(bytes.substr(0, piece));
  return stream.events();
}

inline std::string reply_to(const Codec& codec, const Answer& answer) {
  std::string out;
  codec.append_reply(out, answer);
  return out;
}

}  // namespace maproom::proto::test

namespace maproom::proto {
inline void PrintTo(const Next next, std::ostream* out) {
  static constexpr std::string_view names[] = {"need_more", "request", "malformed_answer", "close"};
  *out << names[static_cast<std::size_t>(next)];
}
}  // namespace maproom::proto

namespace maproom::proto::test {
inline void PrintTo(const Event& event, std::ostream* out) {
  proto::PrintTo(event.next, out);
  *out << " map \"" << event.map << "\" key \"" << event.key.substr(0, 100) << '"';
}
}  // namespace maproom::proto::test
