#include "maproom/app/verify.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <spawn.h>
#include <sys/wait.h>
#include <sysexits.h>
#include <unistd.h>

#include <array>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <cerrno>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "maproom/app/config.hpp"
#include "maproom/app/registry.hpp"
#include "maproom/app/text_file.hpp"
#include "maproom/backend/pool.hpp"
#include "maproom/core/answer.hpp"
#include "maproom/core/spawn.hpp"
#include "maproom/map/query_shape.hpp"
#include "maproom/ops/http.hpp"
#include "maproom/proto/percent.hpp"

extern char** environ;

namespace maproom::app {
namespace asio = boost::asio;
namespace fs = std::filesystem;
namespace {

using Json = nlohmann::ordered_json;
constexpr std::size_t samples = 25;

std::string shown(const Answer& answer) {
  if (answer.is_not_found()) return "not found";
  return (answer.is_found() ? "\"" : "temporary error: ") + answer.text() + (answer.is_found() ? "\"" : "");
}

/// A folder that only its owner may enter: the files hold passwords.
class PrivateFolder {
 public:
  PrivateFolder() {
    auto name = (fs::temp_directory_path() / "maproom-verify-XXXXXX").string();
    if (::mkdtemp(name.data()) != nullptr) path_ = name;
  }
  PrivateFolder(const PrivateFolder&) = delete;
  PrivateFolder& operator=(const PrivateFolder&) = delete;
  ~PrivateFolder() {
    std::error_code gone;
    if (!path_.empty()) fs::remove_all(path_, gone);
  }
  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  std::string path_;
};

std::string drain(int descriptor) {
  std::string text;
  std::array<char, 4096> buffer{};
  for (;;) {
    const auto n = ::read(descriptor, buffer.data(), buffer.size());
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return text;
    text.append(buffer.data(), static_cast<std::size_t>(n));
  }
}

/// Lines about main.cf itself, which postmap repeats each time, tell nothing about the lookup.
std::string complaints(const std::string& text) {
  std::string kept;
  for (std::size_t at = 0; at < text.size();) {
    const auto end = std::min(text.find('\n', at), text.size());
    const auto line = text.substr(at, end - at);
    at = end + 1;
    if (line.find("overriding earlier entry") != std::string::npos ||
        line.find("unused parameter") != std::string::npos)
      continue;
    kept += (kept.empty() ? "" : "; ") + line;
  }
  return kept;
}

/// `postmap -q`, which exits with 1 both for "not found" and for an error; only standard error tells.
Answer postmap(const std::string& key, const std::string& table) {
  // "-" would be a list on standard input.
  if (key == "-") return Answer::temporary("postmap -q cannot ask for \"-\"");
  std::array<std::string, 4> words{"postmap", "-q", key, table};
  std::array<char*, 5> arguments{words[0].data(), words[1].data(), words[2].data(), words[3].data(), nullptr};
  int out[2];
  if (::pipe2(out, O_CLOEXEC) != 0) return Answer::temporary("no pipe");
  // Standard error goes to a file without a name, so that neither stream can block the other.
  const int errors = ::open(fs::temp_directory_path().c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
  ::posix_spawn_file_actions_adddup2(&actions, out[1], 1);
  if (errors >= 0) ::posix_spawn_file_actions_adddup2(&actions, errors, 2);
  pid_t pid = 0;
  const int failed = errors < 0 ? errno : ::posix_spawnp(&pid, "postmap", &actions, nullptr, arguments.data(), environ);
  ::posix_spawn_file_actions_destroy(&actions);
  ::close(out[1]);
  auto text = drain(out[0]);
  ::close(out[0]);
  int status = -1;
  std::string said;
  if (failed == 0) {
    while (::waitpid(pid, &status, 0) < 0 && errno == EINTR) {
    }
    ::lseek(errors, 0, SEEK_SET);
    said = complaints(drain(errors));
  }
  if (errors >= 0) ::close(errors);
  if (failed != 0) return Answer::temporary("postmap cannot be run: is Postfix installed?");
  if (text.ends_with('\n')) text.pop_back();
  if (status == 0) return Answer::found(std::move(text));
  return said.empty() && WIFEXITED(status) && WEXITSTATUS(status) == 1 ? Answer::not_found()
                                                                       : Answer::temporary("postmap: " + said);
}

/// The mysql_table(5) file of an inline table; nullopt: it cannot be written as one.
std::optional<std::string> as_mysql_table(const TableConfig& table) {
  const auto& s = table.settings;
  const auto& c = table.connection;
  std::string text;
  bool good = true;
  const auto set = [&](const char* name, std::string value) {
    if (value.empty()) return;
    const bool several_lines = value.find('\n') != std::string::npos;
    // A comment would swallow what follows once the lines are one.
    if (several_lines && (value.find("--") != std::string::npos || value.find('#') != std::string::npos)) good = false;
    if (several_lines)
      for (auto& letter : value)
        if (letter == '\n' || letter == '\r') letter = ' ';
    text += std::string{name} + " = " + value + "\n";
  };
  std::string hosts;
  for (const auto& host : c.hosts) hosts += (hosts.empty() ? "" : ", ") + host.to_string();
  set("hosts", hosts);
  set("user", c.user);
  // Postfix takes white space at the ends of a value away.
  if (c.password.find('\n') != std::string::npos || c.password.starts_with(' ') || c.password.ends_with(' '))
    return std::nullopt;
  set("password", c.password);
  set("dbname", c.database);
  set("option_file", c.option_file);
  set("option_group", c.option_group);
  set("tls_CAfile", c.tls_ca_file);
  set("tls_CApath", c.tls_ca_path);
  set("tls_cert_file", c.tls_cert_file);
  set("tls_key_file", c.tls_key_file);
  set("tls_ciphers", c.tls_ciphers);
  if (c.tls_verify_cert) set("tls_verify_cert", "yes");
  set("query", s.query);
  set("result_format", s.result_format);
  set("expansion_limit", std::to_string(s.expansion_limit));
  set("require_result_set", s.require_result_set ? "yes" : "no");
  std::string domains;
  for (const auto& name : s.domain) domains += (domains.empty() ? "" : ", ") + name;
  set("domain", domains);
  if (s.domain_names_nothing) return std::nullopt;
  return good ? std::optional{text} : std::nullopt;
}

/// Each table of a map as Postfix names it; empty where it cannot be asked.
std::vector<std::string> tables_of(const MapConfig& map, const PrivateFolder& folder, std::size_t& incomplete) {
  std::vector<std::string> tables;
  for (const auto& table : map.tables) {
    std::error_code none;
    if (!table.text_file.empty()) {
      tables.push_back("texthash:" + table.text_file);
    } else if (fs::is_regular_file(table.origin, none)) {
      tables.push_back("mysql:" + table.origin);
    } else {
      const auto text = as_mysql_table(table);
      const auto path = folder.path() + "/" + map.name + "-" + std::to_string(tables.size()) + ".cf";
      if (text) {
        std::ofstream file{path};
        fs::permissions(path, fs::perms::owner_read | fs::perms::owner_write, none);
        file << *text;
      }
      if (!text || !fs::is_regular_file(path, none)) {
        ++incomplete;
        fmt::print(stderr, "{}: map {}: cannot be written as a mysql_table(5) file, and is not verified\n",
                   table.origin, map.name);
        return {};
      }
      tables.push_back("mysql:" + path);
    }
  }
  return tables;
}

/// What Postfix's own tables say, by the rule of design 2: candidate by candidate, and for each table by table.
Answer postfix_answer(const map::Map& map, const std::vector<std::string>& tables, const std::string& key) {
  for (const auto& candidate : map.candidates(key))
    for (const auto& table : tables) {
      auto answer = postmap(candidate.key, table);
      if (answer.is_found()) return Answer::found(map.reply(candidate, answer.text()));
      if (answer.is_temporary()) return answer;
    }
  return Answer::not_found();
}

/// What the daemon answers, and from which tier.
Answer daemon_answer(const Config& config, const std::string& map, const std::string& key, std::string& tier) {
  const Json body{{"map", map}, {"key", proto::quote(key)}};
  const auto response = ops::http_call(config.control, "POST", "/query", body.dump());
  if (!response) return Answer::temporary(response.error().detail);
  const auto json = Json::parse(response->body, nullptr, false);
  if (response->status != 200 || !json.is_object()) return Answer::temporary("the daemon says: " + response->body);
  tier.clear();
  if (const auto steps = json.find("steps"); steps != json.end() && !steps->empty())
    tier = steps->back().value("from", "");
  const auto kind = json.value("kind", "");
  const auto text = json.value("text", "");
  if (kind == "found") return Answer::found(text);
  return kind == "not found" ? Answer::not_found() : Answer::temporary(text);
}

asio::awaitable<void> sample(const map::MapTable& table, backend::Backend& backend, std::chrono::milliseconds limit,
                             std::vector<std::string>& keys, std::string& why) {
  const auto shape = map::query_shape(table.table->query());
  if (!shape || (shape->expansion != 's' && shape->expansion != 'd')) co_return;
  std::string statement;
  for (const char c : map::key_listing(*shape, samples)) statement += c == '%' ? std::string{"%%"} : std::string{c};
  const auto listing = map::QueryTemplate::parse(statement);
  if (!listing) co_return;
  const std::string no_key = "maproom-verify@invalid";
  const auto rows = co_await backend.fetch(*listing, no_key, std::chrono::steady_clock::now() + limit);
  if (!rows) {
    why = rows.error().detail;
    co_return;
  }
  for (const auto& row : rows->rows.rows)
    if (!row.empty() && row[0] && !row[0]->empty())
      keys.push_back(shape->expansion == 'd' ? "maproom-verify@" + *row[0] : *row[0]);
}

/// Keys as they come besides the stored ones.
void derive(std::vector<std::string>& keys, const map::PostfixSettings& settings) {
  const auto stored = keys;
  for (const auto& key : stored) {
    auto upper = key;
    for (auto& c : upper)
      if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
    keys.push_back(upper);
    const auto sign = key.rfind('@');
    if (sign == std::string::npos) {
      keys.push_back("sub." + key);
      keys.push_back("maproom-verify@" + key);
      continue;
    }
    keys.push_back("maproom-verify" + key.substr(sign));
    if (!settings.recipient_delimiter.empty() && sign > 0)
      keys.push_back(key.substr(0, sign) + settings.recipient_delimiter[0] + "Ext" + key.substr(sign));
  }
  keys.emplace_back("maproom-verify@foreign.invalid");
  keys.emplace_back("foreign.invalid");
}

}  // namespace

int run_verify(const VerifyOptions& options) {
  const auto config = read_config(options.config_file);
  if (!config) {
    fmt::print(stderr, "{}\n", config.error().detail);
    return EX_CONFIG;
  }
  std::vector<std::string> given;
  if (!options.keys_file.empty()) {
    std::ifstream file{options.keys_file};
    if (!file) {
      fmt::print(stderr, "{}: cannot be read\n", options.keys_file);
      return EX_NOINPUT;
    }
    for (std::string line; std::getline(file, line);)
      if (!line.empty()) given.push_back(line);
  }
  asio::io_context loop{1};
  std::vector<std::pair<backend::ConnectionSettings, std::shared_ptr<backend::Pool>>> pools;
  const auto pool_of = [&](const backend::ConnectionSettings& settings) -> std::shared_ptr<backend::Backend> {
    for (const auto& [known, pool] : pools)
      if (known == settings) return pool;
    return pools.emplace_back(settings, std::make_shared<backend::Pool>(loop.get_executor(), settings)).second;
  };
  const auto text_of = [](const std::string&, bool) { return std::make_shared<const map::CurrentText>(); };
  const auto registry = make_registry(*config, pool_of, text_of, nullptr);
  if (!registry) {
    fmt::print(stderr, "{}\n", registry.error().detail);
    return EX_CONFIG;
  }
  if (!options.map.empty() && (*registry)->find(options.map) == (*registry)->end()) {
    fmt::print(stderr, "maproom: {}: no such map in {}\n", options.map, options.config_file);
    return EX_USAGE;
  }
  const PrivateFolder folder;
  if (folder.path().empty()) {
    fmt::print(stderr, "maproom: no temporary folder can be made\n");
    return EX_CANTCREAT;
  }
  std::map<std::string, std::vector<std::string>> keys;
  std::string why;
  std::size_t incomplete = 0;
  const auto collect = [&]() -> asio::awaitable<void> {
    for (const auto& [name, served] : **registry) {
      if (!options.map.empty() && name != options.map) continue;
      auto& list = keys[name];
      list = given;
      if (!given.empty()) continue;
      for (std::size_t i = 0; i < served->map.tables.size(); ++i)
        if (!served->map.tables[i].is_text())
          co_await sample(served->map.tables[i], *served->backends[i], served->map.deadline, list, why);
      derive(list, config->postfix);
    }
  };
  asio::co_spawn(loop, collect, [&pools](std::exception_ptr) {
    for (const auto& [settings, pool] : pools) pool->stop();
  });
  loop.run();
  if (!why.empty()) {
    ++incomplete;
    fmt::print(stderr, "maproom: keys cannot be sampled: {}\n", why);
  }

  std::size_t asked = 0;
  std::size_t different = 0;
  std::size_t stale = 0;
  for (const auto& wanted : config->maps) {
    const auto list = keys.find(wanted.name);
    if (list == keys.end()) continue;
    const auto tables = tables_of(wanted, folder, incomplete);
    if (tables.empty()) continue;
    const auto& map = (*registry)->at(wanted.name)->map;
    for (const auto& key : list->second) {
      std::string tier;
      auto theirs = postfix_answer(map, tables, key);
      auto ours = daemon_answer(*config, wanted.name, key, tier);
      ++asked;
      if (theirs == ours && !ours.is_temporary()) continue;
      if (!theirs.is_temporary() && !ours.is_temporary()) {
        // An answer from the cache may be older than a change: once more without it.
        const Json body{{"map", wanted.name}, {"key", proto::quote(key)}};
        static_cast<void>(ops::http_call(config->control, "POST", "/flush", body.dump()));
        theirs = postfix_answer(map, tables, key);
        ours = daemon_answer(*config, wanted.name, key, tier);
        if (theirs == ours && !ours.is_temporary()) {
          ++stale;
          fmt::print("{}: {}: was stale: now equal\n", wanted.name, key);
          continue;
        }
      }
      const bool failed = theirs.is_temporary() || ours.is_temporary();
      ++(failed ? incomplete : different);
      fmt::print("{}: {}: {}: Postfix: {}; Maproom: {}{} ({})\n", wanted.name, key,
                 failed ? "NOT COMPARED" : "DIFFERENT", shown(theirs), shown(ours), tier.empty() ? "" : " from " + tier,
                 wanted.tables.front().origin);
    }
  }
  fmt::print("{} keys asked, {} different, {} were stale, {} not compared\n", asked, different, stale, incomplete);
  if (different > 0) return 1;
  return incomplete > 0 || asked == 0 ? EX_TEMPFAIL : EX_OK;
}

}  // namespace maproom::app
