#pragma once
// The user that the daemon runs as: who it is, and what the host looks like from there. For `check`, which root runs
// and the service's user has to agree with: its files and folders, and the account of MariaDB that goes by the socket.

#include <sys/types.h>

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

/// `named`: empty: who owns the control socket, since that is whose daemon runs; without one what the unit
/// maproom.service says (User=, SupplementaryGroups=), else the user maproom, if there is one. nullopt: there is none,
/// it is who we are, or this process is not root and cannot become another. Error: no such user as named.
[[nodiscard]] Result<std::optional<ServiceUser>> find_service_user(const std::string& named,
                                                                   const std::string& control_socket);

/// Runs `work` in a child that is that user for good, and returns what it returns as exit status. Error: the kernel
/// does not let us (a user namespace without that user); then nothing was run. To be called while there is one thread.
[[nodiscard]] Result<int> run_as(const ServiceUser& user, const std::function<int()>& work);

/// For the user that this process is: why a file cannot be read, and what helps; nullopt: it can, or it is not there.
[[nodiscard]] std::optional<std::string> why_unreadable(const std::string& file, const std::string& user);
/// The same of making a socket in a folder. A folder that is not there is a reason.
[[nodiscard]] std::optional<std::string> why_unwritable(const std::string& folder, const std::string& user);

}  // namespace maproom::commands
