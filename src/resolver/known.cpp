#include "maproom/resolver/known.hpp"

#include "maproom/resolver/processor_time.hpp"

namespace maproom::resolver {
namespace {

/// The clock begins with the host's start, and what Redis brought may be older than that.
bool is_since(TimePoint born, TimePoint since) { return since == TimePoint{} || born >= since; }

}  // namespace

std::optional<Known::Held> Known::held(const SqlTable& table, std::string_view key) {
  const auto* entry = store_.get(table.id, key);
  if (entry == nullptr) return std::nullopt;
  if (table.followed == nullptr) return Held{entry, Standing::good};
  const auto standing = ledger_.judge(*table.followed, key, entry->mark);
  if (standing == Standing::dropped) {
    store_.erase(table.id, key);
    return std::nullopt;
  }
  return Held{entry, standing};
}

Word Known::word_of(const Held& held) {
  const auto& entry = *held.entry;
  Word word;
  word.value = entry.positive() ? &*entry.value : nullptr;
  word.born = entry.born;
  word.read = entry.read;
  word.mark = entry.mark;
  word.suspect = held.standing == Standing::suspect;
  return word;
}

std::optional<Word> Known::fresh(const ServedTable& table, const std::string& key, const map::Freshness& freshness,
                                 TimePoint now, TimePoint since) {
  const auto* sql = table.sql();
  if (sql == nullptr) {
    const auto& file = table.file();
    if (file == nullptr) return std::nullopt;
    const auto found = file->find(key, time_for(table));
    if (!found) return std::nullopt;
    return Word{.value = *found, .tier = Tier::text, .born = now};
  }
  const auto* followed = sql->followed.get();
  if (const auto there = held(*sql, key);
      there && there->standing == Standing::good && is_since(there->entry->born, since)) {
    auto word = word_of(*there);
    const auto age = now - word.born;
    const bool positive = word.value != nullptr;
    if (freshness.fresh(positive, age)) return word;
    word.by_feed =
        followed != nullptr && followed->long_lived && ledger_.healthy(now) && freshness.fresh_followed(positive, age);
    if (word.by_feed) return word;
  }
  if (followed == nullptr || !followed->set.lacks(key, now, freshness.keys_ttl) || !ledger_.healthy(now))
    return std::nullopt;
  // The set lacks every key that was touched up to what was dispatched.
  return Word{.tier = Tier::keys, .born = now, .mark = ledger_.dispatched(), .by_feed = true};
}

std::optional<Word> Known::stale(const ServedTable& table, std::string_view key, const map::Freshness& freshness,
                                 TimePoint now, const std::optional<AsOfOutage>& outage, TimePoint since) {
  const auto* sql = table.sql();
  if (sql == nullptr) return std::nullopt;
  const auto there = held(*sql, key);
  if (there && there->entry->positive()) {
    auto word = word_of(*there);
    word.stale = word.suspect || !freshness.fresh(true, now - word.born);
    if (word.stale && !freshness.usable_stale(true, now - word.born)) return std::nullopt;
    return word;
  }
  const auto* entry = there ? there->entry : nullptr;
  if (outage && sql->followed && outage->within(freshness.stale_limit, now) &&
      outage->absent(*sql->followed, key, entry, freshness.keys_ttl)) {
    Word word{.tier = Tier::keys, .born = outage->moment(), .mark = ledger_.dispatched(), .stale = true};
    if (there && !sql->followed->set.lacks(key, outage->moment(), freshness.keys_ttl)) {
      word = word_of(*there);
      word.stale = !freshness.fresh(false, now - word.born);
    }
    word.as_of_outage = true;
    return word;
  }
  // What may have changed unseen: values only.
  if (!there || there->standing != Standing::good) return std::nullopt;
  auto word = word_of(*there);
  const auto age = now - word.born;
  if (is_since(word.born, since) && freshness.fresh(false, age)) return word;
  word.stale = true;
  if (!freshness.usable_stale(false, age)) return std::nullopt;
  return word;
}

bool Known::listed(const ServedTable& table, const std::string& key) {
  const auto* sql = table.sql();
  if (sql == nullptr) {
    if (table.file() == nullptr) return false;
    const auto found = table.file()->find(key, time_for(table));
    return !found || *found != nullptr;
  }
  if (const auto there = held(*sql, key); there && there->entry->positive()) return true;
  return sql->followed != nullptr && sql->followed->set.lists(key);
}

}  // namespace maproom::resolver
