#pragma once
// What the databases of an import say beforehand: values too long for tcp: (4096 bytes with every odd one as %XX), and
// as whom the users of the mysql_table(5) files are known to the server. Who asks them is the caller of run_import.

#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

namespace maproom::imports {

struct ImportPlan;

struct AskedDatabases {
  std::map<std::string, std::string> too_long{};  ///< map -> what was found, for a person; no value is quoted
  std::set<std::string> accounts{};               ///< 'user'@'host', as GRANT takes it
  std::vector<std::string> notes{};               ///< what could not be looked at, and why
};
using AskDatabases = std::function<AskedDatabases(const ImportPlan&)>;

}  // namespace maproom::imports
