// tcp_table: the input once as a client's stream, once as the value and the reason of an answer.

#include <algorithm>

#include "codec_properties.hpp"
#include "maproom/proto/limits.hpp"
#include "maproom/proto/percent.hpp"
#include "maproom/proto/tcp_table.hpp"

namespace {

using namespace maproom;
using fuzz::require;

const proto::TcpTableCodec codec;

void check_requests(std::string_view bytes) {
  fuzz::require_bounded_consumption(codec, bytes);
  const auto events = fuzz::require_same_events_in_pieces(codec, bytes);
  if (bytes.size() < codec.max_request())
    require(static_cast<std::ptrdiff_t>(events.size()) == std::count(bytes.begin(), bytes.end(), '\n'),
            "every line gets one reply");
  for (const auto& event : events)
    if (event.next == proto::Next::request)
      require(proto::test::events_of(codec, "get " + proto::quote(event.key) + "\n") == std::vector{event},
              "a request written as Postfix writes it is the same request");
}

void check_reply(const Answer& answer) {
  const auto reply = proto::test::reply_to(codec, answer);
  require(reply.size() <= proto::postfix_tcp_reply_max, "a reply is within Postfix's limit");
  require(reply.find('\n') == reply.size() - 1, "a reply is one line");
  const auto text = proto::unquote(std::string_view{reply}.substr(4, reply.size() - 5));
  require(text.has_value(), "Postfix can unquote the text of every reply");
  const bool found = reply.starts_with("200 ");
  require(found == (answer.is_found() && codec.fits(answer)), "200 is for values that fit, and for nothing else");
  require(reply.starts_with("500 ") == answer.is_not_found(), "500 is for not found, and for nothing else");
  if (found) require(*text == answer.text() && !text->empty(), "the value arrives whole");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto text = fuzz::as_text(data, size);
  check_requests(text);
  check_reply(Answer::found(std::string{text}));
  check_reply(Answer::temporary(std::string{text}));
  return 0;
}
