#pragma once
// The user that the daemon runs as: who it is, and what the host looks like from there. For `check`, which root runs
// and the service's user has to agree with: its files and folders, and the account of MariaDB that goes by the socket.

#include <sys/types.h>

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "maproom/core/result.hpp"

namespace maproom::commands {

struct ServiceUser {
  std::string name;
  uid_t user = 0;
  gid_t group = 0;
  std::vector<gid_t> groups;  ///< all of them
};

/// Why nobody else is to be looked for.
enum class NoUser : std::uint8_t {
  self,       ///< the service's user is who we are
  missing,    ///< there is no such user yet
  forbidden,  ///< this process is not root, and cannot become another
};
struct ServiceUserSought {
  std::string name;
  std::optional<ServiceUser> user;
  NoUser why_none = NoUser::missing;  ///< counts without a user
};

/// `named`: empty: who owns the control socket, since that is whose daemon runs; without one what the unit
/// maproom.service says (User=), else the user maproom. The unit's own user has its SupplementaryGroups= too. Error: no
/// such user as named.
[[nodiscard]] Result<ServiceUserSought> find_service_user(const std::string& named, const std::string& control_socket);

/// Runs `work` in a child that is that user for good, and returns what it returns as exit status. Error: the kernel
/// does not let us (a user namespace without that user); then nothing was run. To be called while there is one thread.
[[nodiscard]] Result<int> run_as(const ServiceUser& user, const std::function<int()>& work);

/// For the user that this process is: why a file cannot be read, and what helps; nullopt: it can, or it is not there.
[[nodiscard]] std::optional<std::string> why_unreadable(const std::string& file, const std::string& user);
/// The same of making a socket in a folder. A folder that is not there is a reason.
[[nodiscard]] std::optional<std::string> why_unwritable(const std::string& folder, const std::string& user);

}  // namespace maproom::commands
