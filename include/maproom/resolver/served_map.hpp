#pragma once
// ServedMap: a map at work: its definition, its tables, its counters, and whether it may be trusted. Made on start and
// on reload; lookups hold it by shared_ptr, so that a reload never pulls it from under them.

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "maproom/core/clock.hpp"
#include "maproom/map/map.hpp"
#include "maproom/resolver/as_of_outage.hpp"
#include "maproom/resolver/map_counters.hpp"
#include "maproom/resolver/served_table.hpp"

namespace maproom::resolver {

/// A client list (mynetworks) that answers "unknown" would make an open relay. Until its tables have said that they do
/// not, nothing is answered from it; and what they have said holds for a file as it was then.
enum class Trust : std::uint8_t { unproven, trusted, refused };

struct ServedMap : std::enable_shared_from_this<ServedMap> {
  map::Map map;
  std::vector<ServedTable> tables;  ///< in order; they stay where they are as long as the map lives
  std::shared_ptr<MapCounters> counters = std::make_shared<MapCounters>();
  bool passwords = false;        ///< its values are: shown to nobody but Postfix, and kept in no Redis
  Trust trust = Trust::trusted;  ///< as the last proof left it; see standing()
  TimePoint proven{};            ///< when the database last said so
  std::vector<std::shared_ptr<const map::FileTable>> proven_files;  ///< what the files of its tables said then
  /// Of virtual_alias_maps: the maps that say which domains are virtual alias domains, this one perhaps. There no
  /// further map is asked: its "not found" rejects a recipient.
  std::vector<std::weak_ptr<const ServedMap>> alias_domains;

  /// Whether it may be trusted as its files are now.
  [[nodiscard]] Trust standing() const;
  /// What the files of its tables say at present, in the tables' order.
  [[nodiscard]] std::vector<std::shared_ptr<const map::FileTable>> files() const;
  /// All tables of SQL have their changes followed.
  [[nodiscard]] bool is_followed() const;
  /// Its tables of SQL can be asked within one snapshot: they are of one database, and of engines that have such.
  [[nodiscard]] bool has_snapshots() const;
  /// The outage that the databases of all its tables are in; see AsOfOutage::of().
  [[nodiscard]] std::optional<AsOfOutage> outage(const feed::Ledger& ledger) const;
};

/// The complete key sets of a map's tables, taken together.
struct KeySetStatus {
  map::KeySet of = map::KeySet::keys;  ///< domains, if one of the sets holds no more
  bool complete = true;                ///< of every table that has none of text
  std::size_t size = 0, bytes = 0;
};
/// nullopt: none is wanted, or none of its tables is followed.
[[nodiscard]] std::optional<KeySetStatus> key_set_of(const ServedMap& map);

/// All maps by name; swapped whole on reload.
using Registry = std::map<std::string, std::shared_ptr<ServedMap>, std::less<>>;

}  // namespace maproom::resolver
