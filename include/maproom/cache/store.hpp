#pragma once
// Store: the memory tier. A bounded map from (table, key) to Entry. Pure: no clock, no I/O, one thread.
//
// Bounded by bytes (keys, values and bookkeeping counted), evicting by S3-FIFO (Yang et al., SOSP 2023): new entries
// enter a small queue and only those asked again move to the main one, so that a scan of random keys passes
// through without pushing the useful entries out. Capacity zero turns it off without a special path in callers.

#include <cstdint>
#include <memory>
#include <string_view>

#include "maproom/cache/entry.hpp"

namespace maproom::cache {

class Store {
 public:
  explicit Store(std::uint64_t max_bytes);
  ~Store();
  Store(const Store&) = delete;
  Store& operator=(const Store&) = delete;

  /// nullptr: not here. The pointer is good until the next non-const call.
  [[nodiscard]] const Entry* get(std::string_view table, std::string_view key);
  /// Replaces an older entry of the same key; an entry born earlier than the one held is ignored.
  void put(std::string_view table, std::string_view key, Entry entry);
  void erase(std::string_view table, std::string_view key);
  void erase_table(std::string_view table);
  void clear();
  /// A lower bound evicts at once.
  void resize(std::uint64_t max_bytes);

  [[nodiscard]] std::uint64_t bytes() const noexcept;
  [[nodiscard]] std::size_t size() const noexcept;
  [[nodiscard]] std::uint64_t evictions() const noexcept;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace maproom::cache
