#pragma once
// KeyLoader: reads complete key sets, each in one snapshot of the database, while the service goes on. What keeps them
// exact afterwards is the ledger (every drop is a touch).
//
// The snapshot must show everything that was dispatched before the load began (the barrier), and the set counts only
// when everything that the snapshot shows has been dispatched: so it tells the same moment as the cached answers.

#include <boost/asio/any_io_executor.hpp>
#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "maproom/backend/connection_settings.hpp"
#include "maproom/feed/ledger.hpp"
#include "maproom/query/key_form.hpp"

namespace maproom::feed {

struct KeyListing {
  std::shared_ptr<Ledger::Table> table;
  /// Their first column: the key, or the network; or first and last address. All are read in one snapshot.
  std::vector<std::string> statements;
  std::vector<query::KeyForm> forms;  ///< of texts: what of a key is among them, if it has a row
  bool networks = false;
  keyset::Of of = keyset::Of::keys;  ///< of texts: what the set holds of each
  bool fitting = false;              ///< domains will do, where keys need too much memory
  backend::ConnectionSettings connection;
  std::string origin;                    ///< for messages
  std::chrono::milliseconds lifetime{};  ///< of a set, from the reading on; it is read anew before
};

class KeyLoader {
 public:
  static constexpr std::size_t max_keys = 16'000'000;  ///< of one set: 256 MiB

  /// The ledger outlives it.
  KeyLoader(boost::asio::any_io_executor executor, Ledger& ledger);
  ~KeyLoader();
  KeyLoader(const KeyLoader&) = delete;
  KeyLoader& operator=(const KeyLoader&) = delete;

  /// Those whose sets can be kept exact.
  void want(std::vector<KeyListing> listings);
  /// Bytes that all sets together may need before those that are `fitting` make do with domains.
  void allow(std::uint64_t bytes);
  /// Reads what is due, from the host with this index, if it is this server (Link::server()).
  void look(std::size_t host, const std::string& server);
  void stop();

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace maproom::feed
