#include "maproom/app/password_folder.hpp"

#include <grp.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <system_error>

namespace maproom::app {
namespace {

std::string octal(mode_t mode) {
  std::array<char, 8> text{};
  std::snprintf(text.data(), text.size(), "%04o", mode & 07777U);
  return text.data();
}

/// An access control list may let anybody in, whatever the mode says.
bool has_access_list(const std::string& folder) {
  return ::lgetxattr(folder.c_str(), "system.posix_acl_access", nullptr, 0) > 0;
}

/// Who may rename a folder's parents may put another folder in its place.
std::optional<std::string> open_parent(const std::string& folder) {
  for (auto parent = std::filesystem::path{folder}.parent_path();; parent = parent.parent_path()) {
    struct stat status {};
    if (::stat(parent.c_str(), &status) != 0) return parent.string() + ": " + std::generic_category().message(errno);
    const bool writable = (status.st_mode & (S_IWGRP | S_IWOTH)) != 0 && (status.st_mode & S_ISVTX) == 0;
    if (writable || (status.st_uid != 0 && status.st_uid != ::geteuid()))
      return parent.string() + " (mode " + octal(status.st_mode) +
             ") can be changed by others than root and this service";
    if (parent == parent.root_path()) return std::nullopt;
  }
}

}  // namespace

std::optional<std::string> password_folder_problem(const std::string& folder, const std::string& group) {
  const auto* const known = ::getgrnam(group.c_str());
  if (known == nullptr) return "there is no group \"" + group + "\" (socketmap.passwords_group)";
  const auto mend = "; expected a folder of its own that only the group " + group + " may enter: install -d -o " +
                    std::to_string(::geteuid()) + " -g " + group + " -m 0750 " + folder;
  struct stat status {};
  if (::lstat(folder.c_str(), &status) != 0) return folder + ": " + std::generic_category().message(errno) + mend;
  if (!S_ISDIR(status.st_mode)) return folder + " is no folder" + mend;
  const auto mode = " (mode " + octal(status.st_mode) + ")";
  if ((status.st_mode & S_IRWXO) != 0) return folder + mode + " lets everybody of this host at the passwords" + mend;
  if (status.st_uid != 0 && status.st_uid != ::geteuid())
    return folder + " belongs to the user " + std::to_string(status.st_uid) + mend;
  if (status.st_gid != known->gr_gid)
    return folder + " belongs to the group " + std::to_string(status.st_gid) + ", not to " + group + mend;
  if ((status.st_mode & S_IXGRP) == 0) return folder + mode + " lets nobody of the group in" + mend;
  if ((status.st_mode & S_IWGRP) != 0) return folder + mode + " lets the group put another socket in its place" + mend;
  if (has_access_list(folder)) return folder + " has an access control list, which may let others in" + mend;
  return open_parent(folder);
}

}  // namespace maproom::app
