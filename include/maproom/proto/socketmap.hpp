#pragma once
// SocketmapCodec: socketmap_table(5): a netstring "MAP KEY", answered by a netstring "OK VALUE", "NOTFOUND " or
// "TEMP TEXT". Rules S1 to S8 of docs/postfix-lookups.md, from Postfix's src/util/dict_sockmap.c, netstring.c.
//
// The key is raw; the map's name ends at the first space. A whole netstring without a map's name and a space is
// answered by TEMP. A bad netstring closes the connection without a word, since its client could take any word for
// another answer. PERM is never sent: Postfix takes it for a broken configuration.

#include "maproom/proto/codec.hpp"

namespace maproom::proto {

class SocketmapCodec final : public Codec {
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
