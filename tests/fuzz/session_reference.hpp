#pragma once
// What a client of a session has a right to: the requests in the bytes that it sent, and the replies in those that it
// got, by postfix-lookups.md section 2 (T1 to T6, S1 to S8) and not by the codecs, which have targets of their own.

#include <optional>
#include <string>
#include <string_view>

#include "property.hpp"

namespace maproom::fuzz {

enum class Protocol : bool { tcp, socketmap };

/// Ours, where Postfix has no limit: see proto/limits.hpp.
inline constexpr std::size_t longest_line = 320 * 1024;
inline constexpr std::size_t longest_payload = 110'000;
inline constexpr std::size_t longest_tcp_reply = 4096;
inline constexpr std::size_t longest_socketmap_reply = 100'000;
inline constexpr std::size_t longest_key = 10'000;

/// Of hex digits in any case (T3). nullopt: bad syntax.
inline std::optional<std::string> unquoted(std::string_view text) {
  const auto digit = [](char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
  };
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      out += text[i];
      continue;
    }
    if (text.size() - i < 3 || digit(text[i + 1]) < 0 || digit(text[i + 2]) < 0) return std::nullopt;
    out += static_cast<char>(digit(text[i + 1]) * 16 + digit(text[i + 2]));
    i += 2;
  }
  return out;
}

struct SentRequest {
  enum class Kind { question, malformed, violation } kind = Kind::malformed;
  std::string map, key;  ///< of a question; tcp: the map is empty
};

/// The requests of a stream, as far as it has come.
class SentStream {
 public:
  explicit SentStream(Protocol protocol) : protocol_{protocol} {}
  void add(std::string_view bytes) {
    if (!violated_) bytes_ += bytes;
  }
  /// The next one that is whole. Nothing comes after a violation.
  std::optional<SentRequest> next() {
    auto request = violated_ ? std::nullopt : protocol_ == Protocol::tcp ? line() : netstring();
    violated_ = violated_ || (request && request->kind == SentRequest::Kind::violation);
    if (at_ > 1U << 16) bytes_.erase(0, std::exchange(at_, 0));
    return request;
  }
  /// A request has been begun.
  [[nodiscard]] bool unfinished() const { return at_ < bytes_.size(); }

 private:
  std::optional<SentRequest> line() {
    const auto end = bytes_.find('\n', at_);
    const auto size = (end == std::string::npos ? bytes_.size() : end + 1) - at_;
    if (size > longest_line || (end == std::string::npos && size == longest_line))
      return SentRequest{SentRequest::Kind::violation, {}, {}};
    if (end == std::string::npos) return std::nullopt;
    const auto whole = bytes_.substr(at_, size - 1);
    at_ = end + 1;
    if (!whole.starts_with("get ") || whole.ends_with('\r')) return SentRequest{};
    auto key = unquoted(std::string_view{whole}.substr(4));
    if (!key) return SentRequest{};
    return SentRequest{SentRequest::Kind::question, {}, std::move(*key)};
  }

  std::optional<SentRequest> netstring() {
    const SentRequest violation{SentRequest::Kind::violation, {}, {}};
    std::size_t length = 0;
    auto at = at_;
    for (; at < bytes_.size() && bytes_[at] != ':'; ++at) {
      if (bytes_[at] < '0' || bytes_[at] > '9') return violation;
      if (at > at_ && bytes_[at_] == '0') return violation;
      length = length * 10 + static_cast<std::size_t>(bytes_[at] - '0');
      if (length > longest_payload) return violation;
    }
    if (at == bytes_.size()) return std::nullopt;
    if (at == at_) return violation;
    if (bytes_.size() - at - 1 <= length) return std::nullopt;
    if (bytes_[at + 1 + length] != ',') return violation;
    const auto payload = bytes_.substr(at + 1, length);
    at_ = at + 1 + length + 1;
    const auto space = payload.find(' ');
    if (space == std::string::npos || space == 0) return SentRequest{};
    return SentRequest{SentRequest::Kind::question, payload.substr(0, space), payload.substr(space + 1)};
  }

  Protocol protocol_;
  std::string bytes_;
  std::size_t at_ = 0;
  bool violated_ = false;
};

struct GotReply {
  enum class Kind { found, not_found, temporary } kind = Kind::temporary;
  std::string value;  ///< of found
};

/// Takes a reply from the front of what a client got, and looks at its form. nullopt: it is not whole yet.
inline std::optional<GotReply> take_reply(Protocol protocol, std::string& got) {
  if (protocol == Protocol::tcp) {
    const auto end = got.find('\n');
    require(std::min(end, got.size()) < longest_tcp_reply, "a reply is within Postfix's limit");
    if (end == std::string::npos) return std::nullopt;
    const auto line = got.substr(0, end);
    got.erase(0, end + 1);
    const auto text = unquoted(std::string_view{line}.substr(std::min(line.size(), std::size_t{4})));
    require(text.has_value(), "Postfix can unquote the text of every reply");
    if (line.starts_with("500 ")) return GotReply{GotReply::Kind::not_found, {}};
    if (line.starts_with("400 ")) return GotReply{GotReply::Kind::temporary, {}};
    require(line.starts_with("200 ") && !text->empty(), "a reply is one of three, and no value is empty");
    return GotReply{GotReply::Kind::found, *text};
  }
  const auto colon = got.find(':');
  require(colon == std::string::npos ? got.size() <= 6 : colon > 0 && colon <= 6, "a reply is a netstring");
  if (colon == std::string::npos) return std::nullopt;
  for (std::size_t i = 0; i < colon; ++i) require(got[i] >= '0' && got[i] <= '9', "a length is decimal");
  require(got[0] != '0', "a length has no leading zero, and no reply is empty");
  const auto length = std::stoul(got.substr(0, colon));
  require(length <= longest_socketmap_reply, "a reply is within Postfix's limit");
  if (got.size() < colon + 1 + length + 1) return std::nullopt;
  require(got[colon + 1 + length] == ',', "a netstring ends in a comma");
  const auto payload = got.substr(colon + 1, length);
  got.erase(0, colon + 1 + length + 1);
  if (payload == "NOTFOUND ") return GotReply{GotReply::Kind::not_found, {}};
  if (payload.starts_with("TEMP ")) return GotReply{GotReply::Kind::temporary, {}};
  require(payload.starts_with("OK ") && payload.size() > 3, "a reply is one of three, and no value is empty");
  return GotReply{GotReply::Kind::found, payload.substr(3)};
}

}  // namespace maproom::fuzz
