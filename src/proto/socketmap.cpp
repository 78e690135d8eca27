#include "maproom/proto/socketmap.hpp"

#include <algorithm>

#include "maproom/proto/limits.hpp"
#include "maproom/proto/netstring.hpp"
#include "reply_text.hpp"

namespace maproom::proto {
namespace {

constexpr std::string_view found_keyword = "OK ";
constexpr std::string_view temporary_keyword = "TEMP ";

std::string_view obstacle(std::string_view value) noexcept {
  return obstacle_to(value, found_keyword.size() + value.size(), postfix_socketmap_reply_max);
}

}  // namespace

Next SocketmapCodec::next(std::string_view& input, Request& out) const {
  const auto frame = read_netstring(input, socketmap_request_max, out.dropped);
  switch (frame.state) {
    case Netstring::State::need_more:
      return Next::need_more;
    case Netstring::State::violation:
      out.problem = frame.problem;
      return Next::close;
    case Netstring::State::complete:
      break;
  }
  out.dropped = 0;
  input.remove_prefix(frame.size);
  const auto space = frame.payload.find(' ');
  if (space == std::string_view::npos || space == 0) {
    out.problem = "request is not \"MAP KEY\"";
    return Next::malformed_answer;
  }
  out.map = frame.payload.substr(0, space);
  out.key = frame.payload.substr(space + 1);
  return Next::request;
}

// The map's name ends at the first space. One above the limit is that of no map (an error, as without any space).
void SocketmapCodec::shorten(std::string& buffer, Request& request) const {
  constexpr auto most = postfix_key_max + 1;
  const auto size = buffer.size();
  const auto payload = buffer.find(':') + 1;  // read_netstring() has found it
  auto space = buffer.find(' ', payload);
  const auto name_end = std::min(space, size);
  if (const auto longest = payload + most; name_end > longest) {
    buffer.erase(longest, name_end - longest);
    if (space != std::string::npos) space = longest;
  }
  if (space != std::string::npos && buffer.size() > space + 1 + most) buffer.resize(space + 1 + most);
  request.dropped += size - buffer.size();
}

void SocketmapCodec::append_reply(std::string& out, const Answer& answer) const {
  switch (answer.kind()) {
    case Answer::Kind::found:
      if (const auto reason = obstacle(answer.text()); !reason.empty())
        append_netstring(out, temporary_keyword, reason);
      else
        append_netstring(out, found_keyword, answer.text());
      return;
    case Answer::Kind::not_found:
      append_netstring(out, "NOTFOUND ");
      return;
    case Answer::Kind::temporary:
      append_netstring(out, temporary_keyword, reason_text(answer));
      return;
  }
}

bool SocketmapCodec::fits(const Answer& answer) const noexcept {
  return !answer.is_found() || obstacle(answer.text()).empty();
}

std::string_view SocketmapCodec::malformed_reply() const noexcept { return "22:TEMP malformed request,"; }
std::string_view SocketmapCodec::closing_reply() const noexcept { return {}; }
std::size_t SocketmapCodec::max_request() const noexcept { return netstring_size(socketmap_request_max); }

}  // namespace maproom::proto
