#include "maproom/resolver/served_map.hpp"

namespace maproom::resolver {

std::optional<KeySetStatus> key_set_of(const ServedMap& map) {
  if (map.map.key_set == map::KeySet::none) return std::nullopt;
  KeySetStatus status;
  status.of = map.map.key_set;
  bool followed = false;
  for (std::size_t i = 0; i < map.map.tables.size(); ++i) {
    if (map.map.tables[i].is_text()) continue;
    const auto* table = map.followed_table(i);
    followed = followed || table != nullptr;
    status.complete = status.complete && table != nullptr && table->set.complete();
    if (table == nullptr) continue;
    status.size += table->set.size();
    status.bytes += table->set.bytes();
  }
  if (!followed) return std::nullopt;
  return status;
}

}  // namespace maproom::resolver
