#pragma once
// What holds for both codecs, whatever the bytes: the target of each adds what is its own.

#include "property.hpp"
#include "support/codec_stream.hpp"

namespace maproom::fuzz {

/// The requests of a stream do not depend on how its bytes arrive. Returns the events.
inline std::vector<proto::test::Event> require_same_events_in_pieces(const proto::Codec& codec,
                                                                     std::string_view bytes) {
  const auto whole = proto::test::events_of(codec, bytes);
  std::size_t mixed = bytes.size();
  for (const char c : bytes) mixed = mixed * 31 + static_cast<unsigned char>(c);
  for (const std::size_t piece : {std::size_t{1}, std::size_t{2}, std::size_t{7}, mixed % (bytes.size() + 1) + 1})
    require(proto::test::events_in_pieces(codec, bytes, piece) == whole, "a stream in pieces gives the same requests");
  for (const auto& event : whole) require(event.next != proto::Next::need_more, "need_more leaves the input as it is");
  return whole;
}

/// Takes views only: what next() hands out lies in the bytes it consumed or in the request, and it consumes something.
inline void require_bounded_consumption(const proto::Codec& codec, std::string_view bytes) {
  proto::Request request;
  auto input = bytes;
  for (;;) {
    const auto before = input;
    const auto next = codec.next(input, request);
    const bool moved = input.size() < before.size();
    require(input.data() + input.size() == before.data() + before.size(), "input is only taken from its front");
    require(moved == (next == proto::Next::request || next == proto::Next::malformed_answer),
            "every request consumes, nothing else does");
    require(before.size() - input.size() <= codec.max_request(), "no request is longer than max_request");
    if (!moved) break;
  }
}

}  // namespace maproom::fuzz
