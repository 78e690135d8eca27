#pragma once
// master.cf, as far as an import has to know it (master(5)): which program a service runs, and which parameters it sets
// for itself with -o. Pure.

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace maproom::imports {

struct Service {
  std::string name, type;
  std::string program;                                          ///< "smtpd", "virtual", "pipe" ...
  std::vector<std::pair<std::string, std::string>> parameters;  ///< -o name=value, -o { name = value }
  bool chroot = false;
};

/// Lines that are no service are passed over: Postfix itself will say what is wrong with them.
[[nodiscard]] std::vector<Service> parse_master_cf(std::string_view text);

}  // namespace maproom::imports
