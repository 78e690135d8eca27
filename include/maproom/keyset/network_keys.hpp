#pragma once
// NetworkKeys: all networks of a client list, as ranges of addresses. Pure. IPv4 is a part of IPv6 (::ffff:a.b.c.d), as
// map::IpAddress has it.

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "maproom/core/ip_address.hpp"
#include "maproom/core/result.hpp"

namespace maproom::keyset {

class NetworkKeys {
 public:
  /// "192.0.2.1", "192.0.2.0/24", "2001:db8::/32"; host bits do not matter. Error: what it is not.
  [[nodiscard]] Result<void> add(std::string_view network);
  /// From `first` to `last`, both included.
  [[nodiscard]] Result<void> add(std::string_view first, std::string_view last);
  /// To be called once after the last add(), before the first may_hold().
  void seal();
  /// false: a client address that stands in none of the networks. What is no address may always be held.
  [[nodiscard]] bool may_hold(std::string_view key) const;

  [[nodiscard]] std::size_t size() const noexcept { return ranges_.size(); }
  [[nodiscard]] std::size_t bytes() const noexcept { return ranges_.capacity() * sizeof(Range); }

 private:
  struct Range {
    IpAddress first, last;
  };
  std::vector<Range> ranges_;  ///< when sealed: in order, apart from one another
};

}  // namespace maproom::keyset
