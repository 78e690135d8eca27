#pragma once
// What stands in the packets of a binlog stream, beside the events themselves: their frame, their checksums, and the
// compression of their contents. Pure; reads bytes from outside. The rules are those of MariaDB's sql/sql_repl.cc
// (send_event_to_slave), sql/log_event.cc (get_checksum_alg, binlog_buf_uncompress).

#include <optional>
#include <string>
#include <string_view>

#include "maproom/core/result.hpp"

namespace maproom::feed {

/// Takes the packets of one stream, in their order. The server is to be told `@master_binlog_checksum = 'NONE'`
/// before: what it makes up before the first file's description bears no checksum then, and everything behind it bears
/// one if that file has them.
class BinlogPackets {
 public:
  /// The event in a packet, from its header on and without its checksum; it lives as long as the packet. nullopt: the
  /// server has ended the stream. Errc::invalid: damaged, or an incident, which the server writes when it knows that
  /// its binlog lacks something.
  [[nodiscard]] Result<std::optional<std::string_view>> event_in(std::string_view packet);

 private:
  bool summed_ = false;
};

/// The contents of an event that log_bin_compress made smaller. nullopt: they are damaged, or would be larger than an
/// event can be.
[[nodiscard]] std::optional<std::string> uncompressed(std::string_view record);

}  // namespace maproom::feed
