#pragma once
// Tables at work for the resolver's tests.

#include <memory>
#include <string>

#include "maproom/resolver/served_map.hpp"

namespace maproom::test {

/// "SELECT v FROM t WHERE k = '%s'", or another table than t, in this database.
inline resolver::ServedTable sql_table(std::string id, std::shared_ptr<backend::Backend> database,
                                       std::shared_ptr<feed::Ledger::Table> followed = nullptr,
                                       const std::string& name = "t") {
  map::TableSettings settings;
  settings.query = "SELECT v FROM " + name + " WHERE k = '%s'";
  return {resolver::SqlTable{std::move(id), map::Table::compile(std::move(settings), true).value(), std::move(database),
                             std::move(followed)},
          "test:1"};
}

}  // namespace maproom::test
