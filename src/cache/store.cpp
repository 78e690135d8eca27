#include "maproom/cache/store.hpp"

#include <cstring>
#include <functional>
#include <list>
#include <unordered_map>
#include <unordered_set>
#include <vector>

namespace maproom::cache {
namespace {

struct KeyView {
  std::string_view table, key;
  friend bool operator==(const KeyView&, const KeyView&) = default;
};

std::size_t hash_of(KeyView view) {
  const std::hash<std::string_view> hash;
  const auto first = hash(view.table);
  return hash(view.key) ^ (first + 0x9e3779b97f4a7c15ULL + (first << 6) + (first >> 2));
}

}  // namespace

// Invariants. Each node is on exactly one of the two queues and in `index`. `small` holds what is new; what was asked
// again while it was there goes to `main`, the rest leaves and only its hash stays behind in `ghosts`. A key that comes
// back while its ghost is remembered goes straight to `main`. In `main` a node that was asked since it was last looked
// at gets another round. `bytes` is the sum of the charges of all nodes and ghosts.
struct Store::State {
  struct Node {
    std::string table_and_key;  ///< the table's name first
    std::uint32_t table_size = 0;
    std::uint8_t asked = 0;  ///< since it last came by the end of its queue; 3 at most
    bool in_main = false;
    Entry entry;
    [[nodiscard]] KeyView view() const {
      const std::string_view all = table_and_key;
      return {all.substr(0, table_size), all.substr(table_size)};
    }
    /// What the node really costs: itself, the queue's links, the index's node and bucket, and the strings' own memory.
    [[nodiscard]] std::uint64_t charge() const {
      constexpr std::uint64_t links = 2 * sizeof(void*) + 16;
      constexpr std::uint64_t index_node = sizeof(void*) * 2 + sizeof(KeyView) + sizeof(void*) + 16;
      const auto heap = [](std::size_t size) { return size > 15 ? size + 17 : 0; };
      return sizeof(Node) + links + index_node + heap(table_and_key.capacity()) +
             (entry.value ? heap(entry.value->capacity()) : 0);
    }
  };
  using Queue = std::list<Node>;
  struct Hash {
    std::size_t operator()(const KeyView& view) const { return hash_of(view); }
  };

  std::uint64_t max_bytes = 0;
  std::uint64_t bytes = 0;
  std::uint64_t small_bytes = 0;
  std::uint64_t evictions = 0;
  Queue small, main;  // new at the front
  std::unordered_map<KeyView, Queue::iterator, Hash> index;
  static constexpr std::uint64_t ghost_charge = 96;
  std::list<std::size_t> ghost_order;
  std::unordered_map<std::size_t, std::list<std::size_t>::iterator> ghosts;

  void remove(Queue::iterator node) {
    const auto charge = node->charge();
    bytes -= charge;
    index.erase(node->view());
    if (node->in_main) {
      main.erase(node);
    } else {
      small_bytes -= charge;
      small.erase(node);
    }
  }

  void remember(std::size_t hash) {
    // As many ghosts as there are entries, so that their memory stays in proportion.
    while (!ghost_order.empty() && ghost_order.size() > index.size()) forget_oldest_ghost();
    if (ghosts.contains(hash)) return;
    ghost_order.push_front(hash);
    ghosts.emplace(hash, ghost_order.begin());
    bytes += ghost_charge;
  }

  void forget_oldest_ghost() {
    ghosts.erase(ghost_order.back());
    ghost_order.pop_back();
    bytes -= ghost_charge;
  }

  bool was_ghost(std::size_t hash) {
    const auto found = ghosts.find(hash);
    if (found == ghosts.end()) return false;
    ghost_order.erase(found->second);
    ghosts.erase(found);
    bytes -= ghost_charge;
    return true;
  }

  void evict_one() {
    if (!small.empty() && (small_bytes * 10 >= max_bytes || main.empty())) {
      const auto last = std::prev(small.end());
      if (last->asked > 0) {
        const auto charge = last->charge();
        small_bytes -= charge;
        last->asked = 0;
        last->in_main = true;
        main.splice(main.begin(), small, last);
        return;
      }
      const auto hash = hash_of(last->view());
      remove(last);
      ++evictions;
      remember(hash);
      return;
    }
    if (!main.empty()) {
      const auto last = std::prev(main.end());
      if (last->asked > 0) {
        --last->asked;
        main.splice(main.begin(), main, last);
        return;
      }
      remove(last);
      ++evictions;
      return;
    }
    if (!ghost_order.empty()) forget_oldest_ghost();
  }

  /// Without entries there is nothing that a ghost could be weighed against.
  void forget_ghosts_of_nothing() {
    while (index.empty() && !ghost_order.empty()) forget_oldest_ghost();
  }

  void shrink() {
    while (bytes > max_bytes) evict_one();
  }
};

Store::Store(std::uint64_t max_bytes) : state_{std::make_unique<State>()} { state_->max_bytes = max_bytes; }
Store::~Store() = default;

const Entry* Store::get(std::string_view table, std::string_view key) {
  const auto found = state_->index.find(KeyView{table, key});
  if (found == state_->index.end()) return nullptr;
  auto& node = *found->second;
  if (node.asked < 3) ++node.asked;
  return &node.entry;
}

void Store::put(std::string_view table, std::string_view key, Entry entry) {
  auto& s = *state_;
  bool to_main = false;
  std::uint8_t asked = 0;
  if (const auto found = s.index.find(KeyView{table, key}); found != s.index.end()) {
    const auto old = found->second;
    if (entry.born < old->entry.born) return;
    to_main = old->in_main;  // it keeps its place among the useful ones
    asked = old->asked;
    s.remove(old);
  } else {
    to_main = s.was_ghost(hash_of(KeyView{table, key}));
  }
  State::Node node;
  node.table_and_key.reserve(table.size() + key.size());
  node.table_and_key.append(table).append(key);
  node.table_size = static_cast<std::uint32_t>(table.size());
  node.in_main = to_main;
  node.asked = asked;
  node.entry = std::move(entry);
  if (node.entry.value) node.entry.value->shrink_to_fit();  // it was built piece by piece and has room to spare
  const auto charge = node.charge();
  if (charge > s.max_bytes) return;  // it would push out everything else and then itself
  // Room first, so that the bound holds at every moment and the newcomer is not its own victim.
  while (s.bytes + charge > s.max_bytes) s.evict_one();
  auto& queue = to_main ? s.main : s.small;
  queue.push_front(std::move(node));
  s.index.emplace(queue.front().view(), queue.begin());
  s.bytes += charge;
  if (!to_main) s.small_bytes += charge;
}

void Store::erase(std::string_view table, std::string_view key) {
  const auto found = state_->index.find(KeyView{table, key});
  if (found != state_->index.end()) state_->remove(found->second);
  state_->forget_ghosts_of_nothing();
}

void Store::erase_table(std::string_view table) {
  for (auto* queue : {&state_->small, &state_->main})
    for (auto node = queue->begin(); node != queue->end();) {
      const auto next = std::next(node);
      if (node->view().table == table) state_->remove(node);
      node = next;
    }
  state_->forget_ghosts_of_nothing();
}

void Store::clear() {
  const auto limit = state_->max_bytes;
  const auto evictions = state_->evictions;
  state_ = std::make_unique<State>();
  state_->max_bytes = limit;
  state_->evictions = evictions;
}

void Store::resize(std::uint64_t max_bytes) {
  state_->max_bytes = max_bytes;
  state_->shrink();
}

std::uint64_t Store::bytes() const noexcept { return state_->bytes; }
std::size_t Store::size() const noexcept { return state_->index.size(); }
std::uint64_t Store::evictions() const noexcept { return state_->evictions; }

}  // namespace maproom::cache
