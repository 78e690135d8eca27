#include "maproom/commands/verify/keys.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <cstdio>
#include <filesystem>
#include <fstream>

#include "maproom/backend/pool.hpp"
#include "maproom/commands/verify/sample.hpp"
#include "maproom/commands/verify/table_sample.hpp"
#include "maproom/commands/verify/text_keys.hpp"
#include "maproom/config/text_file.hpp"
#include "maproom/import/import.hpp"

namespace maproom::commands {
namespace asio = boost::asio;
namespace {

constexpr std::size_t listed = 20'000;  // values of a key column that are looked through for a sample
constexpr std::size_t most_logged = 20'000;
constexpr std::chrono::seconds listing_limit{30};
/// A single row is found in two spellings already, so a map that was really tested has found more.
constexpr std::size_t least_of_a_sample = 3;

/// Takes `most` of them, spread evenly over the list, which is in the order of the index.
std::vector<std::string> thin_out(std::vector<std::string> all, std::size_t most) {
  if (all.size() <= most) return all;
  std::vector<std::string> few;
  for (std::size_t i = 0; i < most; ++i) few.push_back(std::move(all[i * all.size() / most]));
  return few;
}

/// Keys that are in a file, one a line.
Result<std::vector<std::string>> read_keys(const std::string& path) {
  std::ifstream stream{path};
  if (!stream) return fail(Errc::invalid, path + ": cannot be read");
  std::vector<std::string> keys;
  for (std::string line; std::getline(stream, line);)
    if (!line.empty()) keys.push_back(line);
  return keys;
}

std::vector<std::string> read_main_cf(const std::string& named) {
  std::filesystem::path file = named.empty() ? "/etc/postfix/main.cf" : named;
  std::error_code none;
  if (named == "none" || (named.empty() && !std::filesystem::exists(file, none))) return {};
  if (std::filesystem::is_directory(file, none)) file /= "main.cf";
  const auto host = imports::read_postfix(file.string());
  std::vector<std::string> keys;
  if (!host) return keys;  // who asks postmap has told why
  for (const auto* const name :
       {"myhostname", "mydomain", "myorigin", "mydestination", "relay_domains", "virtual_alias_domains",
        "virtual_mailbox_domains", "relayhost", "mynetworks", "inet_interfaces", "proxy_interfaces"})
    for (auto& key : keys_of_list(host->parameters.value(name))) keys.push_back(std::move(key));
  return keys;
}

asio::awaitable<void> sample(const config::TableConfig& table, bool smtputf8_enable, std::size_t most,
                             std::shared_ptr<backend::Pool> pool, std::string map, TableSample& sampled) {
  if (const auto compiled = map::Table::compile(table.settings, smtputf8_enable))
    sampled = co_await sample_table(compiled->query(), *pool, std::max(listed, most), listing_limit);
  if (!sampled.trouble.empty())
    fmt::print(stderr, "{}: map {}: no sample, or a part of it: {}\n", table.origin, map, sampled.trouble);
  pool->stop();
}

}  // namespace

Result<KeySources> KeySources::open(const config::Config& config, const VerifyOptions& options) {
  KeySources sources{config, options};
  sources.least_found_ = options.least_found.value_or(options.keys.empty() ? least_of_a_sample : 1);
  if (!options.keys.empty()) {
    auto keys = read_keys(options.keys);
    if (!keys) return keys.error();
    sources.named_ = std::move(*keys);
    return sources;
  }
  if (!options.log.empty()) {
    auto log = config::read_text_table(options.log);
    if (!log) return log.error();
    sources.log_ = std::move(*log);
  }
  sources.main_cf_ = read_main_cf(options.main_cf);
  return sources;
}

std::vector<std::string> KeySources::of(const config::MapConfig& map) const {
  auto keys = named_;
  if (options_->keys.empty()) {
    const auto add = [&](std::vector<std::string> values, char expansion, std::size_t most) {
      auto made = keys_of_values(map.profile, config_->postfix, thin_out(std::move(values), most), expansion);
      std::move(made.begin(), made.end(), std::back_inserter(keys));
    };
    for (const auto& table : map.tables) {
      if (!table.text_file.empty()) {
        const auto text = config::read_text_table(table.text_file);
        if (text)
          add(keys_of_table(*text, table.file_kind), 's', options_->sample);
        else
          fmt::print(stderr, "map {}: {}\n", map.name, text.error().detail);
        continue;
      }
      asio::io_context loop{1};
      auto pool = std::make_shared<backend::Pool>(loop.get_executor(), table.connection);
      TableSample sampled;
      asio::co_spawn(
          loop, sample(table, config_->postfix.smtputf8_enable, options_->sample, std::move(pool), map.name, sampled),
          [](std::exception_ptr) {});
      loop.run();
      // Where it is not known which column counts, each has its share.
      const auto share = std::max<std::size_t>(options_->sample / std::max<std::size_t>(sampled.sampled.size(), 1),
                                               std::min<std::size_t>(options_->sample, 10));
      for (auto& one : sampled.sampled)
        add(std::move(one.values), one.expansion, sampled.sampled.size() > 4 ? share : options_->sample);
    }
    add(main_cf_, 's', main_cf_.size());
    if (!log_.empty()) {
      auto logged = thin_out(keys_for_profile(keys_of_log(log_), map.profile.kind), most_logged);
      std::move(logged.begin(), logged.end(), std::back_inserter(keys));
    }
  }
  std::sort(keys.begin(), keys.end());
  keys.erase(std::unique(keys.begin(), keys.end()), keys.end());
  return keys;
}

}  // namespace maproom::commands
