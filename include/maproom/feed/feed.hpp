#pragma once
// Feed: follows the changes of one database server and keeps the ledger. On the event loop; the stream of changes comes
// from a thread (backend::BinlogStream).
//
// It holds a connection of its own beside the pool's. Over it, every quarter of a second and after every change, the
// server is asked how far it is (the proof that the feed lives) and what a snapshot taken now holds (what is visible):
// MariaDB writes the binlog before the engine commits, so an event may come before its row can be read. Which tables a
// query reads is found from information_schema, and again after every statement that may change tables.
//
// Nothing here is needed for an answer: while the feed is away, or may not be had at all, the times to live bound the
// age of answers, and log and metrics say so.

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "maproom/backend/connection_settings.hpp"
#include "maproom/backend/host_trouble.hpp"
#include "maproom/feed/follower.hpp"
#include "maproom/feed/ledger.hpp"
#include "maproom/feed/watch.hpp"

namespace maproom::backend {
class Link;
}

namespace maproom::feed {

/// Which key set should be kept, if the keys can be listed.
enum class KeysWanted : std::uint8_t {
  none,
  domains,  ///< of each key its domain
  keys,
  fitting,  ///< keys; domains, if those of all sets need more memory than they may
};

/// A table definition whose answers are to be dropped when they change.
struct Definition {
  std::shared_ptr<Ledger::Table> table;
  std::string query;
  backend::ConnectionSettings connection;  ///< as whom it is asked: that user's view of the schema counts
  std::vector<KeyColumn> keys;
  std::string origin;  ///< for messages
  /// Declared by a person: lists all keys that have a row. Empty: what the query tells.
  std::string listing{};
  bool networks = false;  ///< the listing gives networks
  KeysWanted keys_wanted = KeysWanted::none;
  std::chrono::milliseconds set_lifetime{std::chrono::hours{6}};  ///< it is read anew before this age
};

struct FeedSettings {
  backend::ConnectionSettings connection;  ///< of the feed's user
  std::uint32_t server_id = 0;
  friend bool operator==(const FeedSettings&, const FeedSettings&) = default;
};

struct FeedStatus {
  std::string state;  ///< "following", "connecting", "not usable: ..."
  std::string server;
  std::string position, confirmed;
  std::uint64_t groups = 0, eras = 0, reconnects = 0, schema_reads = 0;
  bool healthy = false;
  bool layout_known = false;  ///< else every change drops every answer
  std::chrono::milliseconds proven_ago{};
  /// From a group's arrival to its being visible: of the one that waits longest, else of the last one.
  std::chrono::microseconds lag{};
};

/// Where checkpoints are kept; both may do nothing.
struct Notebook {
  std::function<boost::asio::awaitable<std::string>(std::string name)> read;
  std::function<void(std::string name, std::string text)> write;
};

class Feed : public Follower {
 public:
  /// The index of the host that the pool uses now, which is told what trouble the feed has with it.
  using HostOf = std::function<std::size_t(const backend::HostTrouble&)>;
  /// All outlive the feed.
  Feed(boost::asio::any_io_executor executor, Ledger& ledger, FeedSettings settings, HostOf host, Notebook notebook);
  ~Feed() override;
  Feed(const Feed&) = delete;
  Feed& operator=(const Feed&) = delete;

  /// On start and on reload. `keys_memory`: bytes that all key sets together may need before those that are `fitting`
  /// make do with domains.
  void watch(std::vector<Definition> definitions, std::uint64_t keys_memory);
  void start();
  /// For good; what waits comes back.
  void stop();

  [[nodiscard]] Source source(const std::string& server) const override;
  [[nodiscard]] boost::asio::awaitable<bool> reach_now(std::chrono::steady_clock::time_point deadline) override;
  [[nodiscard]] FeedStatus status() const;
  /// Why this server shall not be followed now: it lacks what was already seen elsewhere (or does not say). nullopt:
  /// nothing. The link outlives the call.
  [[nodiscard]] boost::asio::awaitable<std::optional<std::string>> objection_to(backend::Link& link) const;

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace maproom::feed
