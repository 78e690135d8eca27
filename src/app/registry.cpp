#include "maproom/app/registry.hpp"

#include "maproom/config/freshness.hpp"
#include "maproom/core/table_id.hpp"
#include "maproom/map/substitution.hpp"
#include "maproom/query/query_shape.hpp"

namespace maproom::app {
namespace {

/// Everything that decides what a key's value is, the user too: a view may show each user other rows. Not the password,
/// nor TLS.
TableId id_of(const config::TableConfig& table, map::KeySet key_set, bool smtputf8_enable, bool passwords) {
  const auto& s = table.settings;
  std::vector<std::string> fields{"table/2",
                                  table.connection.database,
                                  table.connection.user,
                                  table.connection.option_file,
                                  table.connection.option_group,
                                  table.connection.charset,
                                  s.query,
                                  s.result_format,
                                  std::to_string(s.expansion_limit),
                                  s.require_result_set ? "1" : "0",
                                  smtputf8_enable ? "1" : "0"};
  fields.push_back(std::to_string(table.connection.hosts.size()));
  for (const auto& host : table.connection.hosts) fields.push_back(host.to_string());
  fields.insert(fields.end(), s.domain.begin(), s.domain.end());
  if (s.domain_names_nothing) fields.emplace_back(",");                         // no name
  if (!table.keys_query.empty()) fields.push_back("keys " + table.keys_query);  // its own key set
  if (passwords) fields.emplace_back("passwords");                              // another map's entries may be in Redis
  // Each kind has a set of its own.
  if (key_set == map::KeySet::domains || key_set == map::KeySet::fitting) fields.emplace_back(to_string(key_set));
  return table_id(fields);
}

/// The rows that belong to a key: as declared, and as the query's shape tells.
std::vector<feed::KeyColumn> keys_of(const config::TableConfig& table, const map::Table& compiled) {
  auto keys = table.feed_keys;
  const auto shape = query::query_shape(compiled.query());
  if (shape && shape->expansion == 's') keys.push_back({shape->table, shape->key_column});
  return keys;
}

feed::KeysWanted keys_wanted(map::KeySet set) {
  switch (set) {
    case map::KeySet::none:
      return feed::KeysWanted::none;
    case map::KeySet::domains:
      return feed::KeysWanted::domains;
    case map::KeySet::keys:
      return feed::KeysWanted::keys;
    case map::KeySet::fitting:
      return feed::KeysWanted::fitting;
  }
  return feed::KeysWanted::none;
}

feed::Definition definition_of(const config::MapConfig& map, const config::TableConfig& table,
                               const map::Table& compiled, std::chrono::milliseconds followed_ttl,
                               std::shared_ptr<feed::Ledger::Table> followed) {
  feed::Definition definition{std::move(followed), table.settings.query, table.connection, keys_of(table, compiled),
                              table.origin};
  if (map.complete_keys == map::KeySet::none) return definition;
  definition.keys_wanted = keys_wanted(map.complete_keys);
  definition.set_lifetime = followed_ttl;
  definition.networks = map.profile.kind == map::ProfileKind::client_list && !table.keys_query.empty();
  definition.listing = table.keys_query;
  return definition;
}

/// virtual_alias_domains says which domains are virtual alias domains; unset, as most leave it, it is
/// $virtual_alias_maps.
void link_alias_domains(const config::Config& config, const resolver::Registry& registry) {
  for (const auto& alias : config.maps) {
    if (alias.parameter != "virtual_alias_maps") continue;
    auto& lists = registry.at(alias.name)->alias_domains;
    for (const auto& other : config.maps)
      if (other.parameter == "virtual_alias_domains") lists.push_back(registry.at(other.name));
    if (lists.empty()) lists.push_back(registry.at(alias.name));
  }
}

}  // namespace

Result<std::shared_ptr<const resolver::Registry>> make_registry(const config::Config& config, const PoolOf& pool_of,
                                                                const FileOf& file_of, const resolver::Registry* before,
                                                                ToFollow* follow) {
  auto registry = std::make_shared<resolver::Registry>();
  for (const auto& wanted : config.maps) {
    auto served = std::make_shared<resolver::ServedMap>();
    auto& map = served->map;
    map.name = wanted.name;
    map.profile = wanted.profile;
    map.settings = config.postfix;
    map.wrong_not_found = map::wrong_not_found(wanted.parameter);
    map.freshness = config::freshness_of(wanted, config.feed, follow != nullptr);
    served->passwords = map::holds_passwords(wanted.parameter);
    map.deadline = wanted.deadline;
    map.addresses_only = wanted.addresses_only;
    map.key_set = wanted.complete_keys;
    for (const auto& table : wanted.tables) {
      if (!table.text_file.empty()) {
        served->tables.push_back({file_of(table.text_file, {table.file_kind, config.postfix.smtputf8_enable,
                                                            map::may_substitute(wanted.parameter)}),
                                  table.origin});
        continue;
      }
      auto compiled = map::Table::compile(table.settings, config.postfix.smtputf8_enable);
      if (!compiled) return fail(Errc::invalid, table.origin + ": map " + wanted.name + ": " + compiled.error().detail);
      const auto id = id_of(table, wanted.complete_keys, config.postfix.smtputf8_enable, served->passwords);
      resolver::SqlTable sql{id, std::move(*compiled), pool_of(table.connection), nullptr};
      // A table on other hosts has another binlog.
      if (follow != nullptr && table.connection.hosts == config.mariadb.hosts) {
        sql.followed = follow->ledger.table(id);
        follow->definitions.push_back(
            definition_of(wanted, table, sql.definition, config.feed.followed_ttl, sql.followed));
      }
      served->tables.push_back({std::move(sql), table.origin});
    }
    if (map.guarded()) served->trust = resolver::Trust::unproven;
    if (before != nullptr) {
      if (const auto old = before->find(map.name); old != before->end()) served->counters = old->second->counters;
    }
    registry->emplace(map.name, std::move(served));
  }
  link_alias_domains(config, *registry);
  return std::shared_ptr<const resolver::Registry>{std::move(registry)};
}

}  // namespace maproom::app
