#pragma once
// The client's side of both protocols: what Postfix would send for a key, and whether the reply is the right one.

#include <string>
#include <string_view>

#include "maproom/proto/limits.hpp"
#include "maproom/proto/netstring.hpp"
#include "maproom/proto/percent.hpp"

namespace maproom::bench {

enum class Protocol { tcp, socketmap };

struct Lookup {
  std::string request;
  std::string value;  ///< empty: "not found" is the right answer
};

enum class Verdict { incomplete, right, wrong, temporary, violation };

inline Lookup make_lookup(Protocol protocol, std::string_view map, std::string_view key, std::string_view value) {
  Lookup lookup{{}, std::string{value}};
  if (protocol == Protocol::tcp)
    lookup.request = "get " + proto::quote(key) + "\n";
  else
    proto::append_netstring(lookup.request, std::string{map} + " ", key);
  return lookup;
}

inline Verdict judge_tcp(std::string_view received, const Lookup& lookup) {
  const auto end = received.find('\n');
  if (end == std::string_view::npos)
    return received.size() < proto::postfix_tcp_reply_max ? Verdict::incomplete : Verdict::violation;
  // One request is under way, so that a byte behind its reply would be the answer to an unrelated key.
  if (end + 1 != received.size() || end < 4 || received[3] != ' ') return Verdict::violation;
  const auto text = received.substr(4, end - 4);
  switch (received[0]) {
    case '2':
      return !lookup.value.empty() && (text == lookup.value || proto::unquote(text) == lookup.value) ? Verdict::right
                                                                                                     : Verdict::wrong;
    case '5':
      return lookup.value.empty() ? Verdict::right : Verdict::wrong;
    case '4':
      return Verdict::temporary;
    default:
      return Verdict::violation;
  }
}

inline Verdict judge_socketmap(std::string_view received, const Lookup& lookup) {
  const auto frame = proto::read_netstring(received, proto::postfix_socketmap_reply_max);
  if (frame.state == proto::Netstring::State::need_more) return Verdict::incomplete;
  if (frame.state == proto::Netstring::State::violation || frame.size != received.size()) return Verdict::violation;
  const auto found = std::string_view{"OK "};
  if (frame.payload.starts_with(found))
    return !lookup.value.empty() && frame.payload.substr(found.size()) == lookup.value ? Verdict::right
                                                                                       : Verdict::wrong;
  if (frame.payload == "NOTFOUND ") return lookup.value.empty() ? Verdict::right : Verdict::wrong;
  return frame.payload.starts_with("TEMP ") ? Verdict::temporary : Verdict::violation;
}

inline Verdict judge(Protocol protocol, std::string_view received, const Lookup& lookup) {
  return protocol == Protocol::tcp ? judge_tcp(received, lookup) : judge_socketmap(received, lookup);
}

}  // namespace maproom::bench
