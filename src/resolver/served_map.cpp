#include "maproom/resolver/served_map.hpp"

#include <algorithm>

namespace maproom::resolver {

Trust ServedMap::standing() const {
  if (!map.guarded() || trust == Trust::unproven) return trust;
  auto proven_file = proven_files.begin();
  for (const auto& table : tables)
    if (table.sql() == nullptr && (proven_file == proven_files.end() || *proven_file++ != table.file()))
      return Trust::unproven;
  return trust;
}

std::vector<std::shared_ptr<const map::FileTable>> ServedMap::files() const {
  std::vector<std::shared_ptr<const map::FileTable>> all;
  for (const auto& table : tables)
    if (table.sql() == nullptr) all.push_back(table.file());
  return all;
}

bool ServedMap::is_followed() const {
  return std::all_of(tables.begin(), tables.end(),
                     [](const ServedTable& table) { return table.sql() == nullptr || table.followed() != nullptr; });
}

bool ServedMap::has_snapshots() const {
  const backend::Backend* one = nullptr;
  for (const auto& table : tables) {
    const auto* sql = table.sql();
    if (sql == nullptr) continue;
    if (table.followed() == nullptr || !table.followed()->long_lived) return false;
    if (one != nullptr && one != sql->database.get()) return false;
    one = sql->database.get();
  }
  return one != nullptr;
}

std::optional<AsOfOutage> ServedMap::outage(const feed::Ledger& ledger) const {
  if (!is_followed()) return std::nullopt;
  std::optional<AsOfOutage> outage;
  for (const auto& table : tables) {
    const auto* sql = table.sql();
    if (sql == nullptr) continue;
    outage = AsOfOutage::of(ledger, {sql->database->known_down(), sql->database->last_answered()});
    if (!outage) return std::nullopt;
  }
  return outage;
}

std::optional<KeySetStatus> key_set_of(const ServedMap& map) {
  if (map.map.key_set == map::KeySet::none) return std::nullopt;
  KeySetStatus status;
  if (map.map.key_set == map::KeySet::domains) status.of = map::KeySet::domains;
  bool followed = false;
  for (const auto& table : map.tables) {
    if (table.sql() == nullptr) continue;
    const auto* changes = table.followed();
    followed = followed || changes != nullptr;
    status.complete = status.complete && changes != nullptr && changes->set.complete();
    if (changes == nullptr) continue;
    if (changes->set.of() == keyset::Of::domains) status.of = map::KeySet::domains;
    status.size += changes->set.size();
    status.bytes += changes->set.bytes();
  }
  if (!followed) return std::nullopt;
  return status;
}

}  // namespace maproom::resolver
