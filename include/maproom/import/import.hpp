#pragma once
// import: reads main.cf (and asks postconf, where it is installed), writes maproom.toml and prints the commands to
// switch.

#include <string>
#include <vector>

#include "maproom/core/result.hpp"
#include "maproom/import/addresses.hpp"
#include "maproom/import/asked_databases.hpp"
#include "maproom/map/postfix_settings.hpp"

namespace maproom::imports {

struct ImportOptions {
  std::string main_cf;
  std::string folder = ".";  ///< where maproom.toml goes
  AddressChoices choices{};
  AskDatabases ask_databases{};      ///< none: they are not asked
  std::vector<std::string> leave{};  ///< parameters that stay as they are
};

/// What is left as it is, and why, goes to standard error. No file is ever overwritten, and Postfix is not touched.
/// 0 done; 65 (EX_DATAERR) nothing to import; 66 (EX_NOINPUT) no main.cf; 73 (EX_CANTCREAT) a file cannot be written,
/// or is there already.
int run_import(const ImportOptions& options);

struct PostfixOnHost {
  PostfixParameters parameters;
  std::vector<Service> services;  ///< empty if there is no master.cf beside it
};
[[nodiscard]] Result<PostfixOnHost> read_postfix(const std::string& main_cf);

/// The parameters that [postfix] mirrors, as this main.cf and Postfix's defaults have them: what an import would write.
[[nodiscard]] Result<map::PostfixSettings> read_postfix_settings(const std::string& main_cf);

}  // namespace maproom::imports
