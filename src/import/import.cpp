#include "maproom/import/import.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netdb.h>
#include <netinet/in.h>
#include <spawn.h>
#include <spdlog/spdlog.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <sysexits.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <filesystem>
#include <memory>
#include <optional>
#include <set>
#include <system_error>
#include <vector>

#include "maproom/config/config.hpp"
#include "maproom/config/text_file.hpp"
#include "maproom/import/clashes.hpp"
#include "maproom/import/output.hpp"
#include "maproom/import/plan.hpp"

extern char** environ;

namespace maproom::imports {
namespace {

namespace fs = std::filesystem;

int complain(int status, const std::string& text) {
  fmt::print(stderr, "maproom: {}\n", text);
  return status;
}

void warn(const std::string& text) { fmt::print(stderr, "warning: {}\n", text); }

/// What postconf prints; nullopt: it is not installed, or has nothing to say, and then `why` says so.
std::optional<std::string> run_postconf(std::vector<std::string> words, std::string& why) {
  words.insert(words.begin(), "postconf");
  std::vector<char*> arguments;
  for (auto& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return std::nullopt;
  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawn_file_actions_adddup2(&actions, ends[1], 1);
  // It warns of every table that it cannot open; what is of interest here is found out otherwise.
  ::posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0);
  pid_t pid = 0;
  const int error = ::posix_spawnp(&pid, "postconf", &actions, nullptr, arguments.data(), environ);
  ::posix_spawn_file_actions_destroy(&actions);
  ::close(ends[1]);
  std::string text;
  if (error == 0) {
    std::array<char, 16384> buffer{};
    for (;;) {
      const auto n = ::read(ends[0], buffer.data(), buffer.size());
      if (n < 0 && errno == EINTR) continue;
      if (n <= 0) break;
      text.append(buffer.data(), static_cast<std::size_t>(n));
    }
    int status = 0;
    while (::waitpid(pid, &status, 0) < 0 && errno == EINTR) {
    }
    if (status != 0 || text.empty()) {
      for (const auto& word : words) why += (why.empty() ? "" : " ") + word;
      why += " fails (run it to see why); main.cf is read without it";
      text.clear();
    }
  }
  ::close(ends[0]);
  return text.empty() ? std::nullopt : std::optional{std::move(text)};
}

std::string host_name() {
  std::array<char, 256> name{};
  if (::gethostname(name.data(), name.size() - 1) != 0) return "localhost";
  return name.data();
}

std::optional<std::string> text_of(const sockaddr* address) {
  if (address == nullptr || (address->sa_family != AF_INET && address->sa_family != AF_INET6)) return std::nullopt;
  std::array<char, NI_MAXHOST> text{};
  const socklen_t size = address->sa_family == AF_INET ? sizeof(sockaddr_in) : sizeof(sockaddr_in6);
  if (::getnameinfo(address, size, text.data(), text.size(), nullptr, 0, NI_NUMERICHOST) != 0) return std::nullopt;
  return std::string{text.data()};
}

/// A word of inet_interfaces. Addresses that only mean something on one link (fe80::1%eth0) are in no recipient.
std::vector<std::string> addresses_of(const std::string& word) {
  std::vector<std::string> found;
  const auto add = [&found](const sockaddr* address) {
    if (auto text = text_of(address); text && text->find('%') == std::string::npos) found.push_back(std::move(*text));
  };
  if (word == "all" || word == "loopback-only") {
    ifaddrs* list = nullptr;
    if (::getifaddrs(&list) != 0) return found;
    const std::unique_ptr<ifaddrs, decltype(&::freeifaddrs)> owner{list, &::freeifaddrs};
    for (const auto* each = list; each != nullptr; each = each->ifa_next)
      if (word == "all" || (each->ifa_flags & static_cast<unsigned>(IFF_LOOPBACK)) != 0) add(each->ifa_addr);
    return found;
  }
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* list = nullptr;
  if (::getaddrinfo(word.c_str(), nullptr, &hints, &list) != 0) return found;
  const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> owner{list, &::freeaddrinfo};
  for (const auto* each = list; each != nullptr; each = each->ai_next) add(each->ai_addr);
  return found;
}

/// Files that are new, and gone again unless all of them could be written.
class NewFiles {
 public:
  NewFiles() = default;
  NewFiles(const NewFiles&) = delete;
  NewFiles& operator=(const NewFiles&) = delete;
  ~NewFiles() {
    for (const auto& path : written_) ::unlink(path.c_str());
  }
  /// Why it cannot be written.
  std::optional<std::string> write(const NewFile& file) {
    const int descriptor = ::open(file.path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
    if (descriptor < 0)
      return errno == EEXIST
                 ? file.path + " is there already and stays as it is; move it away, or give another --output"
                 : file.path + ": cannot be written: " + std::generic_category().message(errno);
    written_.push_back(file.path);
    std::size_t at = 0;
    while (at < file.text.size()) {
      const auto n = ::write(descriptor, file.text.data() + at, file.text.size() - at);
      if (n < 0 && errno == EINTR) continue;
      if (n < 0) break;
      at += static_cast<std::size_t>(n);
    }
    const bool closed = ::close(descriptor) == 0;
    if (at == file.text.size() && closed) return std::nullopt;
    return file.path + ": cannot be written: " + std::generic_category().message(errno);
  }
  void keep() { written_.clear(); }

 private:
  std::vector<std::string> written_;
};

/// `proxy_read_maps`: Postfix's own default.
Result<PostfixParameters> read_parameters(const fs::path& file, const std::string& text, std::string& proxy_read_maps) {
  const auto directory = file.parent_path().string();
  std::string why;
  // postconf knows its file by this name only.
  if (file.filename() == "main.cf")
    if (const auto said = run_postconf({"-c", directory, "-x"}, why)) {
      proxy_read_maps = run_postconf({"-dh", "proxy_read_maps"}, why).value_or("");
      return PostfixParameters::with_postconf(text, *said);
    }
  if (!why.empty()) warn(why);
  return PostfixParameters::by_itself(text, directory, host_name());
}

std::vector<Service> read_services(const fs::path& main_cf) {
  const auto file = main_cf.parent_path() / "master.cf";
  const auto text = config::read_text_file(file.string());
  if (text) return parse_master_cf(*text);
  warn(text.error().detail + ": services with parameters of their own (-o) are not looked at");
  return {};
}

/// hash: and its like are what postmap(1) made of the text at some time; Maproom reads the text as it is.
void tell_of_old_tables(const ImportPlan& plan) {
  for (const auto& imported : plan.maps)
    for (const auto& table : imported.tables)
      for (const auto* const suffix : {".db", ".lmdb", ".cdb"}) {
        std::error_code no_such_file;
        const auto made = fs::last_write_time(table.path + suffix, no_such_file);
        if (table.is_file && table.kind == map::FileKind::text && !no_such_file &&
            made < fs::last_write_time(table.path, no_such_file))
          warn(imported.name + ": " + table.path + " was changed after " + table.path + suffix +
               " was made of it; Maproom reads the former (run postmap, and the two are the same)");
      }
}

/// A list of words for a shell, each once.
class ShellWords {
 public:
  void add(const std::string& word) {
    if (seen_.insert(word).second) text_ += " " + shell_quoted(word);
  }
  [[nodiscard]] const std::string& text() const { return text_; }

 private:
  std::set<std::string> seen_;
  std::string text_;
};

/// The daemon has a user of its own, and table files hold passwords.
void tell_who_must_read(const ImportPlan& plan) {
  ShellWords files, folders;
  for (const auto& imported : plan.maps)
    for (const auto& table : imported.tables) {
      struct stat status {};
      if (::stat(table.path.c_str(), &status) != 0) continue;
      if ((status.st_mode & S_IROTH) == 0) files.add(table.path);
      for (auto folder = fs::path{table.path}.parent_path(); folder != folder.root_path();
           folder = folder.parent_path())
        if (::stat(folder.c_str(), &status) == 0 && (status.st_mode & S_IXOTH) == 0) folders.add(folder.string());
    }
  if (files.text().empty() && folders.text().empty()) return;
  fmt::print(
      "# The daemon's user has to read these too, and to enter their folders; Postfix still does. (An editor that puts "
      "a\n"
      "# new file in the place of the old one takes the right away again.)\n"
      "command -v setfacl > /dev/null || apt-get install -y acl\n");
  if (!folders.text().empty()) fmt::print("setfacl -m u:maproom:x{}\n", folders.text());
  if (!files.text().empty()) fmt::print("setfacl -m u:maproom:r{}\n", files.text());
  fmt::print("\n");
}

/// The daemon asks as the users of the mysql_table(5) files, from the host where Postfix did: they may SELECT already.
void tell_what_to_grant(const AskedDatabases& asked) {
  if (asked.accounts.empty()) return;
  std::string all;
  for (const auto& account : asked.accounts) all += (all.empty() ? "" : ", ") + account;
  fmt::print(
      "# With the change feed mail flows through an outage of the database, and changes are seen at once: [feed] "
      "binlog =\n"
      "# true in maproom.toml, the binlog on (log_bin, binlog_format = ROW), and on the server that is written to:\n"
      "#   GRANT REPLICATION SLAVE, BINLOG MONITOR ON *.* TO {};\n\n",
      all);
}

void tell_of_clashes(const ImportPlan& plan, const std::string& folder, const std::string& config_file) {
  const auto found = clashes(plan, {"/etc/maproom", folder}, config_file);
  if (found.empty()) return;
  for (const auto& each : found) warn(each);
  warn(
      "what is another instance's would answer this Postfix; unless it is the daemon of this very import, give "
      "--base-port N and --prefix WORD");
}

}  // namespace

int run_import(const ImportOptions& options) {
  // Not canonical: where main.cf is a link, its folder is still the one that Postfix is told.
  const auto file = fs::absolute(options.main_cf).lexically_normal();
  const auto text = config::read_text_file(file.string());
  if (!text) return complain(EX_NOINPUT, text.error().detail);
  std::error_code error;
  const auto folder = fs::canonical(options.folder, error);
  if (error || !fs::is_directory(folder, error))
    return complain(EX_CANTCREAT, "--output: " + options.folder + " is no folder");

  std::string proxy_read_maps;
  const auto parameters = read_parameters(file, *text, proxy_read_maps);
  if (!parameters) return complain(EX_DATAERR, file.string() + ": " + parameters.error().detail);
  const auto services = read_services(file);
  spdlog::set_level(spdlog::level::off);  // what a database says to its pool is told otherwise
  ImportWorld world{config::read_text_table, addresses_of, folder.string(), proxy_read_maps, options.choices, {}};
  world.leave.insert(options.leave.begin(), options.leave.end());
  auto plan = make_plan(*parameters, services, world);
  const auto asked = options.ask_databases ? options.ask_databases(plan) : AskedDatabases{};
  for (const auto& [name, what] : asked.too_long) world.too_long_for_tcp.insert(name);
  if (!asked.too_long.empty()) plan = make_plan(*parameters, services, world);
  for (const auto& left : plan.left) warn("left as it is: " + left);
  for (const auto& name : options.leave)
    if (std::none_of(plan.left.begin(), plan.left.end(),
                     [&](const auto& each) { return each.starts_with(name + ":"); }))
      warn("--leave " + name + ": it asks no mysql: table, so there is nothing to leave");
  for (const auto& warning : plan.warnings) warn(warning);
  for (const auto& [name, what] : asked.too_long)
    warn(name + ": " + what + ": it is asked over the socketmap, which carries 100000");
  for (const auto& note : asked.notes) warn(note);
  tell_of_old_tables(plan);
  if (plan.maps.empty())
    return complain(EX_DATAERR,
                    file.string() + (plan.left.empty() ? " names no mysql: table; there is nothing to import"
                                                       : " has no mysql: table that Maproom can take over"));

  const auto config_file = (folder / "maproom.toml").string();
  tell_of_clashes(plan, folder.string(), config_file);
  NewFiles files;
  for (const auto& each : plan.files)
    if (const auto why = files.write(each)) return complain(EX_CANTCREAT, *why);
  if (const auto why = files.write({config_file, to_toml(plan, file.string())})) return complain(EX_CANTCREAT, *why);
  if (const auto config = config::read_config(config_file); !config)
    return complain(EX_SOFTWARE,
                    "what was made of it is no configuration; please report this:\n" + config.error().detail);
  files.keep();
  fmt::print("# {}: {} maps\n", config_file, plan.maps.size());
  for (const auto& each : plan.files)
    fmt::print("# {}: a table that stood in main.cf itself (inline:), used from here\n", each.path);
  fmt::print("\n");
  tell_who_must_read(plan);
  tell_what_to_grant(asked);
  fmt::print("{}", to_commands(plan, file.parent_path().string(), config_file));
  return EX_OK;
}

Result<PostfixOnHost> read_postfix(const std::string& main_cf) {
  const auto file = fs::absolute(main_cf).lexically_normal();
  const auto text = config::read_text_file(file.string());
  if (!text) return text.error();
  std::string unused;
  auto parameters = read_parameters(file, *text, unused);
  if (!parameters) return fail(Errc::invalid, file.string() + ": " + parameters.error().detail);
  const auto services = config::read_text_file((file.parent_path() / "master.cf").string());
  return PostfixOnHost{std::move(*parameters), services ? parse_master_cf(*services) : std::vector<Service>{}};
}

Result<map::PostfixSettings> read_postfix_settings(const std::string& main_cf) {
  const auto file = fs::absolute(main_cf).lexically_normal();
  const auto text = config::read_text_file(file.string());
  if (!text) return text.error();
  std::string unused;
  const auto parameters = read_parameters(file, *text, unused);
  if (!parameters) return fail(Errc::invalid, file.string() + ": " + parameters.error().detail);
  std::vector<std::string> left_out;  // an import says what it cannot copy
  return copy_postfix_settings(*parameters, {config::read_text_table, addresses_of, {}, {}}, left_out);
}

}  // namespace maproom::imports
