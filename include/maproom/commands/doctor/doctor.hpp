#pragma once
// doctor: looks at this host and says what to change. Reads only.

#include <string>

namespace maproom::commands {

struct DoctorOptions {
  std::string main_cf;  ///< a file, or the folder that holds it; empty: /etc/postfix, if there is one; "none": none
  std::string as;       ///< the user to be while MariaDB and Redis are asked; as run_check()'s
  bool json = false;
  bool strict = false;
};

/// 0: good, or warnings; 1: warnings with `strict`; 64: no such user as named; 78: errors, or a configuration that is
/// no good.
int run_doctor(const std::string& config_file, const DoctorOptions& options);

}  // namespace maproom::commands
