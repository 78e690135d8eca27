#include "maproom/commands/service_user.hpp"

#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <sysexits.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <system_error>

#include "maproom/commands/verify/program.hpp"
#include "maproom/config/main_cf_syntax.hpp"

namespace maproom::commands {
namespace {

const std::string usual_user = "maproom";  // NOLINT: read only

/// The child's exit status when it could not become that user; no command of ours ends with it.
constexpr int not_allowed = 200;

/// A property of the unit; empty where there is no systemd, or no such unit.
std::string property(const std::string& name) {
  const auto shown = run_program({"systemctl", "show", "--property", name, "--value", "maproom.service"}, {});
  if (!shown || shown->status != 0) return {};
  auto text = shown->out;
  while (text.ends_with('\n')) text.pop_back();
  return text;
}

std::string name_of_user(uid_t id) {
  const auto* entry = ::getpwuid(id);  // NOLINT(concurrency-mt-unsafe): one thread
  return entry == nullptr ? std::to_string(id) : entry->pw_name;
}
std::string name_of_group(gid_t id) {
  const auto* entry = ::getgrgid(id);  // NOLINT(concurrency-mt-unsafe): one thread
  return entry == nullptr ? std::to_string(id) : entry->gr_name;
}

bool may(const std::string& path, int what) { return ::faccessat(AT_FDCWD, path.c_str(), what, AT_EACCESS) == 0; }

/// What stands in the way at `path` itself. `letter`: of setfacl; `bits`: of the group.
std::string obstacle(const std::string& what, const std::string& path, const std::string& user,
                     const std::string& letter, mode_t bits) {
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0) return what;  // of a folder that may not be entered
  std::array<char, 16> mode{};
  std::snprintf(mode.data(), mode.size(), "%04o", static_cast<unsigned>(status.st_mode & 07777));
  const auto group = name_of_group(status.st_gid);
  auto text = what + " (mode " + mode.data() + ", " + name_of_user(status.st_uid) + ":" + group +
              "); setfacl -m u:" + user + ":" + letter + " " + path + " (Debian's package acl)";
  // Never root's group: it may read far more.
  if (status.st_gid != 0 && (status.st_mode & bits) == bits)
    text += ", or SupplementaryGroups=" + group + " in a drop-in (systemctl edit maproom)";
  else
    text += ", or chgrp " + user + " and chmod g+" + letter + " " + path;
  return text;
}

/// The first folder above that may not be entered.
std::optional<std::string> closed_folder(const std::string& path, const std::string& user) {
  std::filesystem::path folder;
  for (const auto& part : std::filesystem::path{path}.parent_path()) {
    folder /= part;
    if (may(folder.string(), X_OK)) continue;
    if (errno != EACCES) return std::nullopt;
    return obstacle("the service's user " + user + " may not enter " + folder.string(), folder.string(), user, "x",
                    S_IXGRP);
  }
  return std::nullopt;
}

}  // namespace

Result<ServiceUserSought> find_service_user(const std::string& named, const std::string& control_socket) {
  ServiceUserSought sought;
  auto& name = sought.name;
  name = named;
  const auto user_of_unit = property("User");
  struct stat status {};
  if (name.empty() && ::stat(control_socket.c_str(), &status) == 0) name = name_of_user(status.st_uid);
  if (name.empty()) name = user_of_unit;
  if (name.empty()) name = usual_user;
  const auto* entry = ::getpwnam(name.c_str());  // NOLINT(concurrency-mt-unsafe): one thread
  if (entry == nullptr) {
    if (named.empty()) return sought;
    return fail(Errc::invalid, "--as: there is no user " + named);
  }
  ServiceUser user{name, entry->pw_uid, entry->pw_gid, {}};
  if (user.user == ::geteuid()) {
    sought.why_none = NoUser::self;
    return sought;
  }
  if (named.empty() && ::geteuid() != 0) {
    sought.why_none = NoUser::forbidden;
    return sought;
  }
  int count = 64;
  user.groups.resize(static_cast<std::size_t>(count));
  if (::getgrouplist(name.c_str(), user.group, user.groups.data(), &count) < 0) {
    user.groups.resize(static_cast<std::size_t>(count));
    ::getgrouplist(name.c_str(), user.group, user.groups.data(), &count);
  }
  user.groups.resize(static_cast<std::size_t>(count));
  // Whoever named it: systemd gives them to this user's process.
  if (name == user_of_unit)
    for (const auto& group : config::split_list(property("SupplementaryGroups")))
      if (const auto* of = ::getgrnam(group.c_str()); of != nullptr)  // NOLINT(concurrency-mt-unsafe): one thread
        user.groups.push_back(of->gr_gid);
  sought.user = std::move(user);
  return sought;
}

Result<int> run_as(const ServiceUser& user, const std::function<int()>& work) {
  std::fflush(nullptr);
  const pid_t child = ::fork();
  if (child < 0) return fail(Errc::unavailable, "fork: " + std::generic_category().message(errno));
  if (child == 0) {
    if (::setgroups(user.groups.size(), user.groups.data()) != 0 ||
        ::setresgid(user.group, user.group, user.group) != 0 || ::setresuid(user.user, user.user, user.user) != 0)
      ::_exit(not_allowed);
    int status = EX_SOFTWARE;
    try {
      status = work();
    } catch (const std::exception& error) {
      std::fprintf(stderr, "maproom: %s\n", error.what());
    }
    std::fflush(nullptr);
    ::_exit(status);
  }
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) continue;
  if (!WIFEXITED(status)) return EX_SOFTWARE;
  if (WEXITSTATUS(status) == not_allowed) return fail(Errc::unavailable, "cannot become the user " + user.name);
  return WEXITSTATUS(status);
}

std::optional<std::string> why_unreadable(const std::string& file, const std::string& user) {
  if (may(file, R_OK)) return std::nullopt;
  if (errno != EACCES) return std::nullopt;
  if (auto folder = closed_folder(file, user)) return file + ": " + *folder;
  return file + ": " + obstacle("the service's user " + user + " may not read it", file, user, "r", S_IRGRP);
}

std::optional<std::string> why_unwritable(const std::string& folder, const std::string& user) {
  if (may(folder, W_OK | X_OK)) return std::nullopt;
  if (errno == ENOENT)
    return "the folder " + folder + " is not there; install -d -o " + user + " -g " + user + " -m 0755 " + folder;
  if (errno != EACCES) return std::nullopt;
  if (auto above = closed_folder(folder + "/x", user); above && !may(folder, X_OK)) return above;
  return "the service's user " + user + " may make no socket in " + folder + "; install -d -o " + user + " -g " + user +
         " -m 0755 " + folder + ", or let maproom.socket make it";
}

}  // namespace maproom::commands
