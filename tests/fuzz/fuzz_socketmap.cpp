// socketmap: the input once as a client's stream, once as the value and the reason of an answer.

#include "codec_properties.hpp"
#include "maproom/proto/limits.hpp"
#include "maproom/proto/netstring.hpp"
#include "maproom/proto/socketmap.hpp"

namespace {

using namespace maproom;
using fuzz::require;

const proto::SocketmapCodec codec;

void check_requests(std::string_view bytes) {
  fuzz::require_bounded_consumption(codec, bytes);
  // Only canonical frames are read, so what was read and is written again is the beginning of the same stream.
  std::string rewritten;
  for (const auto& event : fuzz::require_same_events_in_pieces(codec, bytes)) {
    if (event.next != proto::Next::request) break;
    require(event.map.find(' ') == std::string::npos && !event.map.empty(), "a map has a name without a space");
    proto::append_netstring(rewritten, event.map + " ", event.key);
  }
  require(bytes.starts_with(rewritten), "requests written again are the bytes that were read");
}

void check_reply(const Answer& answer) {
  const auto reply = proto::test::reply_to(codec, answer);
  const auto frame = proto::read_netstring(reply, proto::postfix_socketmap_reply_max);
  require(frame.state == proto::Netstring::State::complete && frame.size == reply.size(), "a reply is one frame");
  const bool found = frame.payload.starts_with("OK ");
  require(found == (answer.is_found() && codec.fits(answer)), "OK is for values that fit, and for nothing else");
  require((frame.payload == "NOTFOUND ") == answer.is_not_found(), "NOTFOUND is for not found, and for nothing else");
  require(found || answer.is_not_found() || frame.payload.starts_with("TEMP "), "everything else is temporary");
  if (found) require(frame.payload.substr(3) == answer.text(), "the value arrives whole");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto text = fuzz::as_text(data, size);
  check_requests(text);
  check_reply(Answer::found(std::string{text}));
  check_reply(Answer::temporary(std::string{text}));
  return 0;
}
