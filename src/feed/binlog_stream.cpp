#include "maproom/feed/binlog_stream.hpp"

#include <errmsg.h>
#include <mysql.h>
#include <mysqld_error.h>
// after mysql.h
#include <mariadb_rpl.h>
#include <pthread.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <condition_variable>
#include <mutex>
#include <thread>

#include "maproom/backend/connect_options.hpp"
#include "maproom/feed/binlog_packet.hpp"

namespace maproom::feed {
namespace asio = boost::asio;
namespace {

/// The loop may lag behind by so many items before the stream waits for it.
constexpr std::size_t longest_queue = 10'000;
/// An event is as large as the server's max_allowed_packet allows, 1 GiB at most.
constexpr std::size_t largest_event = 1ULL << 30;
constexpr std::chrono::seconds connect_patience{1};  // the feed's session has just been connected to the same host

struct CloseRpl {
  void operator()(MARIADB_RPL* rpl) const { ::mariadb_rpl_close(rpl); }
};

/// An error that libmariadb found by itself in what came, and not one of the connection.
bool is_of_the_library(unsigned number) {
  const bool its_own = (number >= CR_MIN_ERROR && number <= CR_MAX_ERROR) || number >= CER_MIN_ERROR;
  constexpr std::array<unsigned, 8> of_connections{CR_SERVER_GONE_ERROR, CR_SERVER_LOST,   CR_CONNECTION_ERROR,
                                                   CR_CONN_HOST_ERROR,   CR_OUT_OF_MEMORY, CR_SSL_CONNECTION_ERROR,
                                                   CR_ERR_NET_READ,      CR_ERR_NET_WRITE};
  return its_own && std::find(of_connections.begin(), of_connections.end(), number) == of_connections.end();
}

}  // namespace

struct BinlogStream::State : std::enable_shared_from_this<State> {
  State(asio::any_io_executor ex, StreamWish w, OnItems items, OnEnd end)
      : executor{std::move(ex)}, wish{std::move(w)}, on_items{std::move(items)}, on_end{std::move(end)} {}

  asio::any_io_executor executor;
  const StreamWish wish;
  OnItems on_items;
  OnEnd on_end;
  std::thread thread;

  std::mutex mutex;  // what follows
  std::condition_variable taken;
  std::vector<Item> queue;
  bool handing_over = false;
  bool stopped = false;
  int socket = -1;

  // ---- in the thread ---------------------------------------------------------------------------------------------

  void run(asio::executor_work_guard<asio::any_io_executor>) {
    auto end = follow();
    asio::post(executor, [self = shared_from_this(), end = std::move(end)] {
      self->hand_over();
      self->on_end(end);
    });
  }

  StreamEnd follow() {
    auto settings = wish.settings;
    settings.database.clear();  // the feed's account need not have rights there
    const auto connected = backend::connect_blocking(settings, wish.host, largest_event, connect_patience);
    if (!connected) return {connected.error().detail, false, false};
    const auto& mysql = *connected;
    backend::limit_silence(static_cast<int>(::mysql_get_socket(mysql.get())));
    {
      const std::lock_guard lock{mutex};
      if (stopped) return {"stopped", false, false};
      socket = static_cast<int>(::mysql_get_socket(mysql.get()));
    }
    auto end = follow(mysql.get());
    const std::lock_guard lock{mutex};
    socket = -1;
    return end;
  }

  StreamEnd follow(MYSQL* mysql) {
    // 4: with GTID events. Checksums as each file has them, and none before (see BinlogPackets).
    const std::string prepare = "SET @mariadb_slave_capability = 4, @master_binlog_checksum = 'NONE'";
    if (::mysql_real_query(mysql, prepare.data(), prepare.size()) != 0) return end_of(mysql);
    const std::unique_ptr<MARIADB_RPL, CloseRpl> rpl{::mariadb_rpl_init(mysql)};
    if (!rpl) return {"out of memory", false, false};
    ::mariadb_rpl_optionsv(rpl.get(), MARIADB_RPL_SERVER_ID, wish.server_id);
    ::mariadb_rpl_optionsv(rpl.get(), MARIADB_RPL_START, static_cast<unsigned long>(wish.from.offset));
    ::mariadb_rpl_optionsv(rpl.get(), MARIADB_RPL_FILENAME, wish.from.file.c_str(), wish.from.file.size());
    if (::mariadb_rpl_open(rpl.get()) != 0) return end_of(mysql);
    Grouper grouper;
    BinlogPackets packets;
    for (;;) {
      const unsigned long size = ::mysql_net_read_packet(mysql);
      if (size == static_cast<unsigned long>(packet_error) || size == ~0UL) return end_of(mysql);
      const auto event = packets.event_in({reinterpret_cast<const char*>(mysql->net.read_pos), size});
      if (!event) {
        StreamEnd end;
        end.what = event.error().detail;
        end.unreadable = true;
        return end;
      }
      if (!*event) return end_of(mysql);
      for (auto& item : grouper.add(parse_binlog_event(**event)))
        if (!push(std::move(item))) return {"stopped", false, false};
    }
  }

  static StreamEnd end_of(MYSQL* mysql) {
    const unsigned number = ::mysql_errno(mysql);
    StreamEnd end;
    end.what = number == 0 ? "the server has ended the stream" : backend::last_error(mysql);
    end.refused = number == ER_MASTER_FATAL_ERROR_READING_BINLOG;
    end.unreadable = is_of_the_library(number);
    end.denied = number == ER_ACCESS_DENIED_ERROR || number == ER_SPECIFIC_ACCESS_DENIED_ERROR;
    return end;
  }

  /// false: nobody wants it any more.
  bool push(Item item) {
    std::unique_lock lock{mutex};
    taken.wait(lock, [this] { return stopped || queue.size() < longest_queue; });
    if (stopped) return false;
    queue.push_back(std::move(item));
    if (handing_over) return true;
    handing_over = true;
    asio::post(executor, [self = shared_from_this()] { self->hand_over(); });
    return true;
  }

  // ---- on the loop -----------------------------------------------------------------------------------------------

  void hand_over() {
    std::vector<Item> items;
    {
      const std::lock_guard lock{mutex};
      items.swap(queue);
      handing_over = false;
    }
    taken.notify_one();
    if (!items.empty()) on_items(std::move(items));
  }

  void stop() {
    {
      const std::lock_guard lock{mutex};
      stopped = true;
      if (socket >= 0) ::shutdown(socket, SHUT_RDWR);
    }
    taken.notify_one();
  }
};

BinlogStream::BinlogStream(asio::any_io_executor executor, StreamWish wish, OnItems on_items, OnEnd on_end)
    : state_{std::make_shared<State>(executor, std::move(wish), std::move(on_items), std::move(on_end))} {
  state_->thread = std::thread{[state = state_, guard = asio::make_work_guard(executor)]() mutable {
    ::pthread_setname_np(::pthread_self(), "binlog");  // for top(1)
    ::mysql_thread_init();
    state->run(std::move(guard));
    ::mysql_thread_end();
  }};
}

BinlogStream::~BinlogStream() {
  stop();
  state_->thread.join();
}

void BinlogStream::stop() { state_->stop(); }

}  // namespace maproom::feed
