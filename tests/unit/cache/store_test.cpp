#include "maproom/cache/store.hpp"

#include <gtest/gtest.h>

#include <map>
#include <random>

namespace maproom::cache {
namespace {

using namespace std::chrono_literals;

class StoreTest : public testing::Test {
 protected:
  void put(Store& store, const std::string& key, std::optional<std::string> value, std::chrono::seconds at = 0s) {
    store.put("t", key, {std::move(value), TimePoint{} + at});
  }
  std::optional<std::string> get(Store& store, const std::string& key) {
    const auto* entry = store.get("t", key);
    return entry == nullptr ? "(nothing)" : entry->value;
  }
};

TEST_F(StoreTest, KeepsValuesAndAbsencesApartByTableAndKey) {
  Store store{1 << 20};
  put(store, "a", "1");
  put(store, "b", std::nullopt);
  store.put("ta", "", {"other", {}});
  EXPECT_EQ(get(store, "a"), "1");
  EXPECT_EQ(get(store, "b"), std::nullopt);
  EXPECT_EQ(get(store, "c"), "(nothing)");
  EXPECT_EQ(store.get("ta", "")->value, "other");
  EXPECT_EQ(store.get("", "ta"), nullptr);
}

TEST_F(StoreTest, OlderAnswerNeverReplacesAYoungerOne) {
  Store store{1 << 20};
  put(store, "a", "young", 10s);
  put(store, "a", "old", 9s);
  EXPECT_EQ(get(store, "a"), "young");
  put(store, "a", std::nullopt, 11s);
  EXPECT_EQ(get(store, "a"), std::nullopt);
}

TEST_F(StoreTest, CapacityZeroHoldsNothing) {
  Store store{0};
  put(store, "a", "1");
  EXPECT_EQ(store.size(), 0U);
  EXPECT_EQ(get(store, "a"), "(nothing)");
}

TEST_F(StoreTest, EntryLargerThanTheWholeIsNotTakenAndPushesNothingOut) {
  Store store{4096};
  put(store, "a", "1");
  put(store, "big", std::string(5000, 'x'));
  EXPECT_EQ(get(store, "a"), "1");
  EXPECT_EQ(get(store, "big"), "(nothing)");
}

TEST_F(StoreTest, EraseGoesByKeyByTableAndAltogether) {
  Store store{1 << 20};
  put(store, "a", "1");
  put(store, "b", "2");
  store.put("u", "a", {"3", {}});
  store.erase("t", "a");
  EXPECT_EQ(get(store, "a"), "(nothing)");
  store.erase_table("t");
  EXPECT_EQ(get(store, "b"), "(nothing)");
  EXPECT_EQ(store.size(), 1U);
  store.clear();
  EXPECT_EQ(store.size(), 0U);
  EXPECT_EQ(store.bytes(), 0U);
}

TEST_F(StoreTest, BytesReturnToZeroWhenAllIsErased) {
  Store store{1 << 20};
  for (int i = 0; i < 100; ++i) put(store, "key" + std::to_string(i), std::string(static_cast<std::size_t>(i), 'v'));
  EXPECT_GT(store.bytes(), 100U * 100U);
  store.erase_table("t");
  EXPECT_EQ(store.bytes(), 0U);
}

TEST_F(StoreTest, BytesReturnToZeroAfterEvictionsToo) {
  Store store{20'000};
  for (int i = 0; i < 1000; ++i) put(store, "key" + std::to_string(i), "v");
  ASSERT_GT(store.evictions(), 0U);
  store.erase_table("t");
  EXPECT_EQ(store.size(), 0U);
  EXPECT_EQ(store.bytes(), 0U);
}

TEST_F(StoreTest, ValueCountsWithTheMemoryItHolds) {
  std::string roomy = "a value that does not fit into the string itself";
  roomy.reserve(100'000);
  Store tight{1 << 20};
  Store spare{1 << 20};
  put(tight, "k", std::string{roomy.data(), roomy.size()});
  spare.put("t", "k", {std::move(roomy), {}});
  EXPECT_LT(spare.bytes(), tight.bytes() + 64) << "the room to spare was given back";
  EXPECT_GT(spare.get("t", "k")->value->size() + 64, spare.get("t", "k")->value->capacity());
}

TEST_F(StoreTest, ResizeEvictsAtOnce) {
  Store store{1 << 20};
  for (int i = 0; i < 1000; ++i) put(store, std::to_string(i), "v");
  store.resize(10'000);
  EXPECT_LE(store.bytes(), 10'000U);
  EXPECT_GT(store.size(), 0U);
}

TEST_F(StoreTest, ScanOfRandomKeysDoesNotPushTheHotSetOut) {
  Store store{1 << 20};  // room for a few thousand entries
  const auto hot = [](int i) { return "hot" + std::to_string(i) + "@hosted.example"; };
  for (int round = 0; round < 3; ++round)
    for (int i = 0; i < 1000; ++i)
      if (store.get("t", hot(i)) == nullptr) put(store, hot(i), "mailbox");
  int hits = 0;
  int asked = 0;
  for (int i = 0; i < 100'000; ++i) {
    put(store, "random" + std::to_string(i) + "@hosted.example", std::nullopt);
    if (i % 10 != 0) continue;
    ++asked;
    const auto key = hot((i / 10) % 1000);
    if (store.get("t", key) != nullptr)
      ++hits;
    else
      put(store, key, "mailbox");
  }
  EXPECT_GT(hits, asked * 99 / 100);
  EXPECT_GT(store.evictions(), 90'000U);
}

TEST_F(StoreTest, NeverExceedsItsBoundAndNeverInventsAnAnswer) {
  std::mt19937 random{20261123};
  const auto below = [&](unsigned n) { return static_cast<unsigned>(random() % n); };
  using Place = std::pair<std::string, std::string>;
  std::uint64_t bound = 64 * 1024;
  Store store{bound};
  std::map<Place, Entry> last;  // a Store without a bound
  std::uint64_t found = 0;
  for (int step = 0; step < 300'000; ++step) {
    const Place place{"t" + std::to_string(below(3)), "k" + std::to_string(below(1000))};
    const auto& [table, key] = place;
    const auto what = below(20'000);
    if (what == 0) {
      store.clear();
      last.clear();
      ASSERT_EQ(store.bytes(), 0U);
    } else if (what < 10) {
      store.erase_table(table);
      std::erase_if(last, [&](const auto& each) { return each.first.first == table; });
    } else if (what < 20) {
      bound = std::uint64_t{below(5)} * 32 * 1024;
      store.resize(bound);
    } else if (what < 1000) {
      store.erase(table, key);
      last.erase(place);
    } else if (what < 5000) {
      std::optional<std::string> value;
      if (below(2) == 0) value = std::string(below(200) + 1, static_cast<char>('a' + below(26)));
      const Entry entry{value, TimePoint{} + std::chrono::seconds{step - static_cast<int>(below(2000))}};
      const auto* const held = store.get(table, key);
      const bool older = held != nullptr && entry.born < held->born;
      store.put(table, key, entry);
      if (!older) last[place] = entry;
    } else if (const auto* entry = store.get(table, key)) {
      ++found;
      ASSERT_TRUE(last.contains(place)) << table << ' ' << key;
      ASSERT_EQ(*entry, last[place]) << table << ' ' << key;
    }
    ASSERT_LE(store.bytes(), bound);
  }
  EXPECT_GT(found, 10'000U);
  for (const char* table : {"t0", "t1", "t2"}) store.erase_table(table);
  EXPECT_EQ(store.size(), 0U);
  EXPECT_EQ(store.bytes(), 0U);
}

}  // namespace
}  // namespace maproom::cache
