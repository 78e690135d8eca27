#pragma once
// TcpTableCodec: tcp_table(5): "get KEY" LF, answered by "200 VALUE", "500 TEXT" or "400 TEXT" and LF, all of them
// quoted as in percent.hpp. Rules T1 to T6 of docs/postfix-lookups.md, from Postfix's src/util/dict_tcp.c.
//
// A line that is not understood ("put", another word, no key, a bad '%', a CR at its end) is answered by 400 and the
// connection stays in step, because the line has an end. A line without an end within the limit is answered by 400
// and the connection closed.

#include "maproom/proto/codec.hpp"

namespace maproom::proto {

class TcpTableCodec final : public Codec {
 public:
  [[nodiscard]] Next next(std::string_view& input, Request& out) const override;
  void shorten(std::string& buffer, Request& request) const override;
  void append_reply(std::string& out, const Answer& answer) const override;
  [[nodiscard]] bool fits(const Answer& answer) const noexcept override;
  [[nodiscard]] std::string_view malformed_reply() const noexcept override;
  [[nodiscard]] std::string_view closing_reply() const noexcept override;
  [[nodiscard]] std::size_t max_request() const noexcept override;
};

}  // namespace maproom::proto
