#pragma once
// From the configuration's maps to maps at work: compiles the tables, names their definitions, gives each its pool or
// its file.

#include <functional>
#include <memory>

#include "maproom/app/text_tables.hpp"
#include "maproom/config/config.hpp"
#include "maproom/core/result.hpp"
#include "maproom/feed/feed.hpp"
#include "maproom/resolver/served_map.hpp"

namespace maproom::app {

/// The pool for these settings: the same one for equal settings.
using PoolOf = std::function<std::shared_ptr<backend::Backend>(const backend::ConnectionSettings&)>;
/// The table of this file, as it is read with this smtputf8_enable.
using FileOf = std::function<std::shared_ptr<const map::CurrentFile>(const std::string&, const Reading&)>;

/// What the change feed is to follow, as the registry is made; null: there is no feed.
struct ToFollow {
  feed::Ledger& ledger;
  std::vector<feed::Definition> definitions;
};

/// `before`: the registry in force (or null), whose counters go on.
[[nodiscard]] Result<std::shared_ptr<const resolver::Registry>> make_registry(const config::Config& config,
                                                                              const PoolOf& pool_of,
                                                                              const FileOf& file_of,
                                                                              const resolver::Registry* before,
                                                                              ToFollow* follow = nullptr);

}  // namespace maproom::app
