#include <sysexits.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <cstdio>

#include "maproom/app/commands.hpp"
#include "maproom/app/config.hpp"
#include "maproom/app/registry.hpp"
#include "maproom/backend/pool.hpp"
#include "maproom/core/spawn.hpp"

namespace maproom::app {
namespace asio = boost::asio;
namespace {

/// A key with every part that a template may want, in a domain that nobody has (RFC 6761).
const std::string probe_key = "maproom-check@a.b.c.d.e.f.g.h.invalid";  // NOLINT: read only

asio::awaitable<void> run_queries(std::shared_ptr<const resolver::Registry> registry, std::size_t& errors) {
  for (const auto& [name, map] : *registry)
    for (std::size_t i = 0; i < map->map.tables.size(); ++i) {
      const auto& table = map->map.tables[i];
      if (table.is_text()) continue;  // read_config has read it
      const auto deadline = std::chrono::steady_clock::now() + map->map.deadline;
      const auto fetched = co_await map->backends[i]->fetch(table.table->query(), probe_key, deadline);
      std::string what;
      if (!fetched) {
        what = fetched.error().detail;
      } else {
        const auto value = table.table->value(fetched->rows, probe_key);
        if (!value) what = value.error().detail;
      }
      if (what.empty()) continue;
      ++errors;
      std::fprintf(stderr, "%s: map %s: %s\n", table.origin.c_str(), name.c_str(), what.c_str());
    }
}

}  // namespace

int run_check(const std::string& config_file) {
  const auto config = read_config(config_file);
  if (!config) {
    std::fprintf(stderr, "%s\n", config.error().detail.c_str());
    return EX_CONFIG;
  }
  for (const auto& warning : config->warnings) std::fprintf(stderr, "warning: %s\n", warning.c_str());
  asio::io_context loop{1};
  std::vector<std::pair<backend::ConnectionSettings, std::shared_ptr<backend::Pool>>> pools;
  const auto pool_of = [&](const backend::ConnectionSettings& settings) -> std::shared_ptr<backend::Backend> {
    for (const auto& [known, pool] : pools)
      if (known == settings) return pool;
    return pools.emplace_back(settings, std::make_shared<backend::Pool>(loop.get_executor(), settings)).second;
  };
  // Read already, with the configuration; what they hold is not looked up here.
  const auto text_of = [](const std::string&, bool) { return std::make_shared<const map::CurrentText>(); };
  const auto registry = make_registry(*config, pool_of, text_of, nullptr);
  if (!registry) {
    std::fprintf(stderr, "%s\n", registry.error().detail.c_str());
    return EX_CONFIG;
  }
  std::size_t errors = 0;
  const auto finish = [&pools](std::exception_ptr) {
    for (const auto& [settings, pool] : pools) pool->stop();
  };
  asio::co_spawn(loop, run_queries(*registry, errors), finish);
  loop.run();
  if (errors > 0) return EX_CONFIG;
  std::printf("%s: good: %zu maps\n", config_file.c_str(), config->maps.size());
  return EX_OK;
}

}  // namespace maproom::app
