#include "maproom/feed/foreign_keys.hpp"

#include <algorithm>
#include <utility>

#include "maproom/feed/names.hpp"

namespace maproom::feed {

std::vector<ForeignKey> keys_upwards(const std::vector<std::pair<std::string, std::string>>& tables,
                                     const std::vector<ForeignKey>& all) {
  std::vector<ForeignKey> found;
  std::vector<bool> taken(all.size());
  auto children = tables;
  for (std::size_t i = 0; i < children.size(); ++i) {
    for (std::size_t j = 0; j < all.size(); ++j) {
      const auto& key = all[j];
      if (taken[j] || !(key.on_update || key.on_delete) || !may_be_one_name(key.table, children[i].second) ||
          !may_be_one_name(key.database, children[i].first))
        continue;
      taken[j] = true;
      found.push_back(key);
      children.emplace_back(key.parent_database, key.parent);
    }
  }
  return found;
}

bool reaches_children(const Parent& parent, const Change& change) {
  if (change.what == Change::What::everything) return true;
  if (!may_be_one_name(parent.name, change.table->table) || !may_be_one_name(parent.database, change.table->database))
    return false;
  if (change.what == Change::What::table) return true;
  if (change.rows.kind == RowKind::inserted) return false;
  if (change.rows.kind == RowKind::deleted) return parent.on_delete;
  if (!parent.on_update) return false;
  if (change.rows.columns != parent.columns) return true;
  const auto rows = read_rows(*change.table, change.rows);
  if (!rows) return true;
  return std::any_of(rows->begin(), rows->end(), [&](const RowChange& row) {
    return std::any_of(parent.referred.begin(), parent.referred.end(),
                       [&](std::size_t column) { return row.before[column] != row.after[column]; });
  });
}

}  // namespace maproom::feed
