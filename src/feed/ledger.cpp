#include "maproom/feed/ledger.hpp"

#include <algorithm>

#include "maproom/core/clock.hpp"
#include "maproom/core/mark.hpp"

namespace maproom::feed {
using keyset::is_plain_key;

// ---- told by the feed ----------------------------------------------------------------------------------------------

void Ledger::begin(Position from, const FileEntered& file) {
  following_ = true;
  confirmed_ = false;
  in_order_ = true;
  ++eras_;
  era_ = ++dispatched_;
  confirmed_mark_ = dispatched_;
  from_ = from;
  confirmed_position_ = from;
  position_ = std::move(from);
  pending_.clear();
  seen_.clear();
  seen_count_ = 0;
  files_.clear();
  enter_file(file);
  proven_ = {};
  lose_sets();
}

void Ledger::end() {
  if (!following_) return;
  lose_sets();
  following_ = false;
  confirmed_ = false;
  era_ = ++dispatched_;
  proven_ = {};
}

std::string Ledger::file_name(const FileEntered& file) {
  return file.file + ':' + std::to_string(file.server) + ':' + std::to_string(file.created);
}

void Ledger::enter_file(const FileEntered& file) {
  file_ = file_name(file);
  files_.insert(file_);
  if (pending_.empty()) confirmed_file_ = file_;
}

Mark Ledger::dispatch(const Gtid& gtid) {
  ++dispatched_;
  // Two masters that wrote one domain at a time: a later change may bear the smaller number.
  if (gtid.sequence <= position_.sequence(gtid.domain)) in_order_ = false;
  position_.advance(gtid);
  pending_.push_back({dispatched_, gtid, file_});
  auto& seen = seen_[gtid.domain];
  seen.push_back({gtid.sequence, dispatched_});
  if (++seen_count_ > max_groups) {
    // The oldest of this domain goes, and with it the power to judge tags from before it.
    Gtid oldest = gtid;
    oldest.sequence = seen.front().sequence;
    from_.advance(oldest);
    seen.pop_front();
    --seen_count_;
  }
  return dispatched_;
}

void Ledger::lose_sets() {
  for (auto& [id, table] : tables_) table->set.lose();
}

void Ledger::drop_key(Table& table, std::string_view column_value) {
  ++table.drops;
  table.set.touch(column_value);
  auto value = keyset::comparable(column_value);
  if (!is_plain_key(value)) {
    table.dropped = dispatched_;
    table.keys.clear();
    return;
  }
  // A key that is not plain may equal this value under the column's collation.
  table.odd_dropped = dispatched_;
  if (table.keys.size() >= max_keys) {
    table.dropped = dispatched_;
    table.keys.clear();
    return;
  }
  table.keys[std::move(value)] = dispatched_;
}

void Ledger::drop_table(Table& table, bool same_keys) {
  ++table.drops;
  table.dropped = dispatched_;
  table.keys.clear();
  if (!same_keys) table.set.lose();
}

void Ledger::drop_all() {
  all_dropped_ = dispatched_;
  lose_sets();
  for (auto& [id, table] : tables_) {
    ++table->drops;
    table->keys.clear();
  }
}

Mark Ledger::forget(Table& table) {
  ++dispatched_;
  drop_table(table);
  return dispatched_;
}

void Ledger::confirm(Mark mark) {
  if (!following_ || mark < confirmed_mark_) return;
  confirmed_ = true;
  confirmed_mark_ = mark;
  while (!pending_.empty() && pending_.front().mark <= mark) {
    confirmed_position_.advance(pending_.front().gtid);
    confirmed_file_ = std::move(pending_.front().file);
    pending_.pop_front();
  }
}

void Ledger::prove(TimePoint sent) {
  if (following_ && sent > proven_) last_proven_ = proven_ = sent;
}

// ---- asked by the resolver -----------------------------------------------------------------------------------------

std::shared_ptr<Ledger::Table> Ledger::table(const std::string& id) {
  auto& slot = tables_[id];
  if (!slot) {
    slot = std::make_shared<Table>();
    // What happened while nobody watched this definition is not known for it.
    slot->dropped = dispatched_;
  }
  return slot;
}

std::optional<Mark> Ledger::now() const {
  if (!following_) return dispatched_;
  if (!confirmed_) return std::nullopt;
  return confirmed_mark_;
}

std::string Ledger::tag() const {
  if (!following_ || !confirmed_ || !in_order_) return {};
  return confirmed_file_ + ' ' + confirmed_position_.to_string();
}

std::optional<Mark> Ledger::mark_of(std::string_view tag) const {
  const auto blank = tag.find(' ');
  if (blank == std::string_view::npos || !has_ever_followed() || !in_order_) return std::nullopt;
  if (!files_.contains(std::string{tag.substr(0, blank)})) return std::nullopt;
  const auto position = Position::parse(tag.substr(blank + 1));
  if (!position || !position->covers(from_)) return std::nullopt;
  // The first group that it does not cover, in the order in which they came here. After a break even a tag that covers
  // them all is one of the history before it.
  Mark mark = following_ ? dispatched_ : era_ - 1;
  for (const auto& [domain, seen] : seen_) {
    const auto reached = position->sequence(domain);
    const auto missing = std::upper_bound(seen.begin(), seen.end(), reached,
                                          [](std::uint64_t sequence, const Seen& s) { return sequence < s.sequence; });
    if (missing != seen.end()) mark = std::min(mark, missing->mark - 1);
  }
  return mark;
}

Mark Ledger::last_drop(const Table& table, std::string_view key) const {
  auto last = std::max(table.dropped, all_dropped_);
  if (table.odd_dropped > last && !is_plain_key(key)) last = table.odd_dropped;
  if (!table.keys.empty())
    if (const auto drop = table.keys.find(std::string{key}); drop != table.keys.end())
      last = std::max(last, drop->second);
  return last;
}

Ledger::Standing Ledger::judge(const Table& table, std::string_view key, Mark mark) const {
  if (mark < last_drop(table, key)) return Standing::dropped;
  return mark < era_ ? Standing::suspect : Standing::good;
}

}  // namespace maproom::feed
