#include "maproom/feed/group.hpp"

#include <algorithm>
#include <string_view>
#include <utility>

#include "maproom/feed/names.hpp"
#include "maproom/feed/statement.hpp"

namespace maproom::feed {
std::vector<Item> Grouper::add(BinlogEvent event) {
  std::vector<Item> items;
  // Positions have 32 bits in the event; a file may be larger.
  if (event.end != 0) {
    const auto high = offset_ & ~std::uint64_t{0xffffffff};
    offset_ = (high | event.end) >= offset_ ? (high | event.end) : (high | event.end) + (std::uint64_t{1} << 32);
  }
  if (auto* rotate = std::get_if<Rotate>(&event.body)) {
    file_ = std::move(rotate->file);
    offset_ = 0;
  } else if (const auto* begin = std::get_if<FileBegin>(&event.body)) {
    if (open_) {  // the server died within a group
      unclear("an event group without an end");
      finish(items);
    }
    maps_.clear();
    items.emplace_back(FileEntered{file_, begin->created, begin->server, begin->at_start});
  } else if (const auto* group = std::get_if<GroupBegin>(&event.body)) {
    if (open_) {
      unclear("an event group without an end");
      finish(items);
    }
    open_ = true;
    standalone_ = group->standalone;
    group_ = {};
    group_.gtid = group->gtid;
    if (group->xa_prepare) group_.xa = Group::Xa::prepared;
    if (group->xa_complete) group_.xa = Group::Xa::committed;
    if (!before_.empty()) unclear(std::exchange(before_, {}));
  } else if (auto* map = std::get_if<TableMap>(&event.body)) {
    if (rows_seen_) new_statement();
    without_rows_.insert(map->id);
    const auto id = map->id;
    maps_[id] = std::make_shared<const TableMap>(std::move(*map));
  } else if (auto* rows = std::get_if<RowsEvent>(&event.body)) {
    add_rows(std::move(*rows));
  } else if (const auto* query = std::get_if<Query>(&event.body)) {
    add_query(*query);
  } else if (std::holds_alternative<GroupEnd>(event.body) || std::holds_alternative<XaPrepared>(event.body)) {
    closing_ = true;
  } else if (auto* what = std::get_if<Unclear>(&event.body)) {
    if (open_)
      unclear(std::move(what->what));
    else
      before_ = std::move(what->what);
  }
  if (closing_) finish(items);
  return items;
}

void Grouper::add_rows(RowsEvent rows) {
  rows_seen_ = true;
  without_rows_.erase(rows.table_id);
  const auto map = maps_.find(rows.table_id);
  if (map == maps_.end()) {
    unclear("rows of a table that was not named");
    return;
  }
  if (may_be_one_name(map->second->database, "mysql")) group_.rights_changed = true;
  Change change;
  change.table = map->second;
  row_bytes_ += rows.images.size();
  if (row_bytes_ <= max_row_bytes) {
    change.what = Change::What::rows;
    change.rows = std::move(rows);
  } else {
    change.what = Change::What::table;
    // One word says it all for each table from here on.
    for (const auto& known : group_.changes)
      if (known.what == Change::What::table && known.table == change.table) return;
  }
  note(std::move(change));
}

void Grouper::add_query(const Query& query) {
  switch (kind_of(query.statement)) {
    case StatementKind::nothing:
      break;
    case StatementKind::end:
      closing_ = true;
      return;
    case StatementKind::xa:
      add_xa(query.statement);
      return;
    case StatementKind::rights:
      group_.rights_changed = true;
      break;
    case StatementKind::everything:
      group_.layout_changed = true;
      [[fallthrough]];
    case StatementKind::rows:
      unclear("a statement: " + first_words(query.statement, 2));
  }
  if (standalone_) closing_ = true;
}

void Grouper::add_xa(std::string_view statement) {
  group_.xid = statement.substr(std::min(statement.find("X'"), statement.size()));
  const auto verbs = first_words(statement, 2);
  if (verbs == "XA START" || verbs == "XA END") return;
  if (verbs == "XA PREPARE") group_.xa = Group::Xa::prepared;
  if (verbs == "XA COMMIT") group_.xa = Group::Xa::committed;
  if (verbs == "XA ROLLBACK") group_.xa = Group::Xa::rolled_back;
  closing_ = true;
}

void Grouper::new_statement() {
  for (const auto id : without_rows_) {
    Change change;
    change.what = Change::What::table;
    change.table = maps_[id];
    note(std::move(change));
  }
  without_rows_.clear();
  rows_seen_ = false;
}

void Grouper::note(Change change) { group_.changes.push_back(std::move(change)); }

void Grouper::unclear(std::string why) {
  // Beside it nothing else matters.
  Change change;
  change.why = std::move(why);
  group_.changes.clear();
  note(std::move(change));
}

void Grouper::finish(std::vector<Item>& items) {
  new_statement();
  closing_ = false;
  row_bytes_ = 0;
  if (!open_) {  // an end without a beginning: we came into the middle of a group
    group_ = {};
    return;
  }
  open_ = false;
  group_.end = {file_, offset_};
  items.emplace_back(std::exchange(group_, {}));
}

}  // namespace maproom::feed
