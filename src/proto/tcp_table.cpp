#include "maproom/proto/tcp_table.hpp"

#include <algorithm>

#include "maproom/proto/limits.hpp"
#include "maproom/proto/percent.hpp"
#include "reply_text.hpp"

namespace maproom::proto {
namespace {

constexpr std::string_view verb = "get ";
constexpr std::size_t status_size = 4;  // "200 "

// A connection may live for days after one huge key: its buffer should not.
constexpr std::size_t kept_capacity = 1024;

std::string_view obstacle(std::string_view value) noexcept {
  return obstacle_to(value, status_size + quoted_size(value) + 1, postfix_tcp_reply_max);
}
static_assert(status_size + 3 * reason_max + 1 <= postfix_tcp_reply_max);

}  // namespace

Next TcpTableCodec::next(std::string_view& input, Request& out) const {
  if (out.unquoted.capacity() > kept_capacity) std::string{}.swap(out.unquoted);
  const auto longest = tcp_request_max - std::min(out.dropped, tcp_request_max);
  const auto window = input.substr(0, longest);
  const auto end = window.find('\n', out.searched);
  if (end == std::string_view::npos) {
    if (window.size() == longest) {
      out.problem = "request line is longer than the limit";
      return Next::close;
    }
    out.searched = window.size();
    return Next::need_more;
  }
  out.searched = 0;
  out.dropped = 0;
  const auto line = window.substr(0, end);
  input.remove_prefix(end + 1);

  const auto malformed = [&](std::string_view problem) {
    out.problem = problem;
    return Next::malformed_answer;
  };
  if (!line.starts_with(verb)) return malformed("request is not \"get KEY\"");
  const auto quoted = line.substr(verb.size());
  // Postfix quotes a CR that belongs to the key. This one is a terminal's: its key without the CR is a guess, and with
  // the CR a wrong "not found".
  if (quoted.ends_with('\r')) return malformed("request line ends in CR LF instead of LF");
  out.map = {};
  if (quoted.find('%') == std::string_view::npos) {
    out.key = quoted;
    return Next::request;
  }
  if (!unquote_into(out.unquoted, quoted)) return malformed("request has a '%' without two hex digits");
  out.key = out.unquoted;
  return Next::request;
}

// What makes the line malformed stays: its beginning, the first bad '%', and its last byte, which may be a CR.
void TcpTableCodec::shorten(std::string& buffer, Request& request) const {
  const auto size = buffer.size();
  const std::string_view line = buffer;
  const auto cut = [&](std::size_t from, std::size_t to, std::size_t end) {
    buffer.resize(end);
    buffer.erase(from, to - from);
    request.dropped += size - buffer.size();
    request.searched = buffer.size();
  };
  if (!line.starts_with(verb)) return cut(verb.size(), verb.size(), verb.size());
  std::string byte;
  std::size_t key = 0;
  std::size_t kept = 0;  // so many bytes are a key that is too long, and the next ones begin another byte of it
  std::size_t last = verb.size();
  for (auto at = verb.size(); at < size; ++key) {
    if (key > postfix_key_max && kept == 0) kept = at;
    if (line[at] == '%') {
      if (size - at < 3) break;
      if (!unquote_into(byte, line.substr(at, 3))) return cut(kept == 0 ? at : kept, at, at + 3);
    }
    last = at;
    at += line[at] == '%' ? 3 : 1;
  }
  if (kept != 0 && kept < last) cut(kept, last, size);
}

void TcpTableCodec::append_reply(std::string& out, const Answer& answer) const {
  switch (answer.kind()) {
    case Answer::Kind::found:
      if (const auto reason = obstacle(answer.text()); !reason.empty()) {
        out.append("400 ");
        append_quoted(out, reason);
      } else {
        out.append("200 ");
        append_quoted(out, answer.text());
      }
      break;
    case Answer::Kind::not_found:
      out.append("500 not%20found");
      break;
    case Answer::Kind::temporary:
      out.append("400 ");
      append_quoted(out, reason_text(answer));
      break;
  }
  out.push_back('\n');
}

bool TcpTableCodec::fits(const Answer& answer) const noexcept {
  return !answer.is_found() || obstacle(answer.text()).empty();
}

std::string_view TcpTableCodec::malformed_reply() const noexcept { return "400 malformed%20request\n"; }
std::string_view TcpTableCodec::closing_reply() const noexcept { return "400 request%20too%20long\n"; }
std::size_t TcpTableCodec::max_request() const noexcept { return tcp_request_max; }

}  // namespace maproom::proto
