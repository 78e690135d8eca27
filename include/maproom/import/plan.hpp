#pragma once
// From what a main.cf says to the maps that take its mysql: tables over, the changes that let Postfix ask them, and the
// way back. Pure: files are read, and host names looked up, by the caller.
//
// A switch must not change one answer. What cannot be taken over in this way is left as it is, with the reason:
//
// - Lists of names (*_domains, mynetworks ...) are walked word by word, each with all of its keys, and exact tables
//   are asked one key only. There each run of mysql: words becomes a map in its place, whatever stands beside it.
// - All other lists of tables are walked key by key, table by table, and Postfix asks a tcp: table for the whole key
//   alone. There all tables together become one map, or none (docs/postfix-lookups.md, section 1). Pattern tables in
//   front of them may stay where they are if Postfix asks one form of each address (virtual and canonical maps): it
//   asks them the whole key before anything else. Where it asks two forms, the second one would come too late.
// - Restrictions have a table each: each becomes a map.
// - The parameter decides the keys that are asked. So a parameter which refers to another ($virtual_alias_maps) gets a
//   map of its own; one that is not set, and by default is another, only where the keys would differ.
// - What is left, but refers to what is changed, is written out as it was; and proxymap(8) may go on opening the tables
//   that are still asked through it, though no parameter of its list names them any more.

#include <functional>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "maproom/config/mysql_table_file.hpp"
#include "maproom/import/addresses.hpp"
#include "maproom/import/master_cf.hpp"
#include "maproom/import/postfix_parameters.hpp"
#include "maproom/map/file_kind.hpp"
#include "maproom/map/postfix_settings.hpp"

namespace maproom::imports {

struct ImportedTable {
  bool is_file = false;  ///< else a mysql_table(5) file
  std::string path;
  map::FileKind kind = map::FileKind::text;  ///< of a file
  friend bool operator==(const ImportedTable&, const ImportedTable&) = default;
};

struct ImportedMap {
  std::string name, parameter;
  int port = 0;  ///< of its tcp: table; 0: it is asked by its name, over the socketmap
  std::vector<ImportedTable> tables{};
  bool passwords = false;  ///< asked by its name too, over the socket of passwords
};

/// One parameter of main.cf.
struct Change {
  std::string parameter, value;
  std::optional<std::string> before;  ///< as main.cf has it; nullopt: it does not set it
};

struct NewFile {
  std::string path, text;
};

struct ImportPlan {
  Addresses addresses;
  map::PostfixSettings postfix;
  std::vector<ImportedMap> maps;
  std::vector<Change> changes;
  std::vector<NewFile> files;         ///< text and pattern tables made of inline: ones
  std::vector<std::string> left;      ///< "PARAMETER: why it is left as it is"
  std::vector<std::string> warnings;  ///< what else a postmaster should know
};

struct ImportWorld {
  config::ReadFile read_file;
  /// A word of inet_interfaces or proxy_interfaces ("all", "loopback-only", a host name) as addresses.
  std::function<std::vector<std::string>(const std::string& word)> addresses_of;
  std::string folder;  ///< where new files go, absolute
  /// Postfix's own proxy_read_maps, not expanded; this version's if empty.
  std::string default_proxy_read_maps;
  AddressChoices choices{};
  std::set<std::string, std::less<>> too_long_for_tcp{};  ///< maps, by name, that have values which tcp: cannot carry
  std::set<std::string, std::less<>> leave{};             ///< parameters that the postmaster wants to stay as they are
};

[[nodiscard]] ImportPlan make_plan(const PostfixParameters& parameters, const std::vector<Service>& services,
                                   const ImportWorld& world);

/// The [postfix] section; what cannot be copied is added to `warnings`.
[[nodiscard]] map::PostfixSettings copy_postfix_settings(const PostfixParameters& parameters, const ImportWorld& world,
                                                         std::vector<std::string>& warnings);
/// The names of main.cf that it copies.
[[nodiscard]] bool is_copied_setting(std::string_view name);

}  // namespace maproom::imports
