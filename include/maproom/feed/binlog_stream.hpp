#pragma once
// BinlogStream: follows one server's binlog, as a replica does, and hands over what is in it. libmariadb's calls for
// that block, so it has a thread of its own; what it finds is handed to the event loop through a queue,
// the one thing that both touch. It interprets nothing beyond grouping, and connects once: when it ends, the owner
// decides what to do.
//
// libmariadb begins the stream and reads its packets; BinlogPackets and parse_binlog_event read what is in them. Its
// mariadb_rpl_fetch (3.3) ends for good at what it does not know (LOAD DATA under STATEMENT) and at row events of
// log_bin_compress without checksums, and its mariadb_rpl_extract_rows gives nothing for a table without column
// metadata and misreads CHAR and ENUM columns; a row that is misread is a change that is not seen.
//
// The user needs REPLICATION SLAVE (REPLICATION REPLICA). The server drops the older of two followers with one server
// id.

#include <boost/asio/any_io_executor.hpp>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "maproom/backend/connection_settings.hpp"
#include "maproom/feed/group.hpp"
#include "maproom/feed/gtid.hpp"

namespace maproom::feed {

struct StreamWish {
  backend::ConnectionSettings settings;
  Endpoint host;
  std::uint32_t server_id = 0;
  /// A place in the files of this very server. (A GTID would do too, but not tell that the file is still the same one:
  /// after RESET MASTER the numbers come again.)
  FilePlace from;
};

struct StreamEnd {
  std::string what;         ///< for people
  bool refused = false;     ///< the server does not have what was asked for (error 1236), and will not have it later
  bool denied = false;      ///< the user lacks the right
  bool unreadable = false;  ///< what stands there cannot be read: nothing of the connection, nor of what was asked for
};

class BinlogStream {
 public:
  using OnItems = std::function<void(std::vector<Item>)>;
  using OnEnd = std::function<void(StreamEnd)>;

  /// Both are called on the executor; `on_end` once, and nothing after it.
  BinlogStream(boost::asio::any_io_executor executor, StreamWish wish, OnItems on_items, OnEnd on_end);
  /// Waits for the thread: at once after on_end, else for as long as a connect may take.
  ~BinlogStream();
  BinlogStream(const BinlogStream&) = delete;
  BinlogStream& operator=(const BinlogStream&) = delete;

  /// on_end follows soon.
  void stop();

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace maproom::feed
