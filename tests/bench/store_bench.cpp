// What the memory tier alone costs: a lookup that hits, one that misses, a fill, and a fill that evicts.

#include <benchmark/benchmark.h>

#include <string>
#include <vector>

#include "maproom/cache/store.hpp"

namespace {

using namespace maproom;

constexpr std::string_view table = "0123456789abcdef";

std::vector<std::string> keys_of(std::size_t count, const std::string& name) {
  std::vector<std::string> keys;
  for (std::size_t i = 0; i < count; ++i) keys.push_back(name + std::to_string(i * 7919 % count) + "@mbox.example");
  return keys;
}

void fill(cache::Store& store, const std::vector<std::string>& keys) {
  for (const auto& key : keys) store.put(table, key, {"mbox.example/joe/", {}});
}

void get(benchmark::State& state, bool hit) {
  const auto count = static_cast<std::size_t>(state.range(0));
  const auto keys = keys_of(count, "user");
  const auto asked = hit ? keys : keys_of(count, "nobody");
  cache::Store store{std::uint64_t{1} << 30};
  fill(store, keys);
  std::size_t i = 0;
  for (auto _ : state) {
    benchmark::DoNotOptimize(store.get(table, asked[i]));
    if (++i == count) i = 0;
  }
}

void put(benchmark::State& state, std::uint64_t max_bytes) {
  const auto keys = keys_of(static_cast<std::size_t>(state.range(0)), "user");
  cache::Store store{max_bytes};
  std::size_t i = 0;
  for (auto _ : state) {
    store.put(table, keys[i], {"mbox.example/joe/", {}});
    if (++i == keys.size()) i = 0;
  }
  state.counters["evictions"] =
      benchmark::Counter(static_cast<double>(store.evictions()), benchmark::Counter::kAvgIterations);
}

BENCHMARK_CAPTURE(get, hit, true)->Arg(1'000)->Arg(100'000);
BENCHMARK_CAPTURE(get, miss, false)->Arg(1'000)->Arg(100'000);
BENCHMARK_CAPTURE(put, replace, std::uint64_t{1} << 30)->Arg(1'000)->Arg(100'000);
BENCHMARK_CAPTURE(put, evict, std::uint64_t{1} << 20)->Arg(100'000);

}  // namespace

BENCHMARK_MAIN();
