#include "maproom/commands/verify/postmap.hpp"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <system_error>
#include <vector>

#include "maproom/commands/verify/program.hpp"
#include "maproom/core/logical_lines.hpp"

namespace maproom::commands {
namespace {

constexpr std::size_t keys_at_a_time = 500;

/// postmap reads keys by line, and so does who reads its answers.
bool fits_into_a_line(const std::string& key) {
  return !key.empty() &&
         std::none_of(key.begin(), key.end(), [](char c) { return c == '\n' || c == '\t' || c == '\0'; });
}

/// Found keys and their values; nullopt: the lines cannot be told apart (a value of several lines).
std::optional<std::map<std::string, std::string>> read_lines(const std::string& out,
                                                             const std::vector<std::string>& keys) {
  std::map<std::string, std::string> found;
  for (std::size_t at = 0; at < out.size();) {
    const auto end = std::min(out.find('\n', at), out.size());
    const auto line = out.substr(at, end - at);
    at = end + 1;
    const auto tab = line.find('\t');
    if (tab == std::string::npos || std::find(keys.begin(), keys.end(), line.substr(0, tab)) == keys.end())
      return std::nullopt;
    found[line.substr(0, tab)] = line.substr(tab + 1);
  }
  return found;
}

/// What is said of the keys that were asked. Lines about main.cf itself, or about lines of a file that Postfix skips,
/// are repeated by every postmap and tell nothing of a lookup.
std::string complaints(const std::string& text, bool of_file) {
  std::string kept;
  for (std::size_t at = 0; at < text.size();) {
    const auto end = std::min(text.find('\n', at), text.size());
    const auto line = text.substr(at, end - at);
    at = end + 1;
    if (line.empty() || line.find("overriding earlier entry") != std::string::npos ||
        line.find("unused parameter") != std::string::npos ||
        line.find(": empty lookup result for: ") != std::string::npos)  // which Postfix ignores, and so is "not found"
      continue;
    // With the second one, of an empty result of a pattern table, Postfix's lookup fails.
    if (of_file && line.find(": warning: ") != std::string::npos &&
        line.find(": empty string result is not allowed") == std::string::npos)
      continue;
    kept += (kept.empty() ? "" : "; ") + line;
  }
  return kept;
}

std::string one_line(std::string text) {
  std::replace(text.begin(), text.end(), '\n', ' ');
  std::replace(text.begin(), text.end(), '\r', ' ');
  return text;
}

}  // namespace

std::optional<std::string> mysql_table_text(const config::TableConfig& table) {
  const auto& c = table.connection;
  const auto& s = table.settings;
  // Its lines become one, where a comment would swallow what follows.
  const bool several = s.query.find('\n') != std::string::npos;
  if (several && (s.query.find("--") != std::string::npos || s.query.find('#') != std::string::npos))
    return std::nullopt;
  if (c.password != trim(c.password) || s.domain_names_nothing) return std::nullopt;
  std::string text;
  const auto line = [&text](const std::string& name, const std::string& value) {
    if (!value.empty()) text += name + " = " + one_line(value) + "\n";
  };
  std::string hosts;
  for (const auto& host : c.hosts) hosts += (hosts.empty() ? "" : " ") + host.to_string();
  line("hosts", hosts);
  line("user", c.user);
  line("password", c.password);
  line("dbname", c.database);
  line("option_file", c.option_file);
  // An empty group reads none; Postfix's default is [client].
  text += "option_group = " + c.option_group + "\n";
  line("tls_CAfile", c.tls_ca_file);
  line("tls_CApath", c.tls_ca_path);
  line("tls_cert_file", c.tls_cert_file);
  line("tls_key_file", c.tls_key_file);
  line("tls_ciphers", c.tls_ciphers);
  if (c.tls_verify_cert) line("tls_verify_cert", "yes");
  line("query", s.query);
  line("result_format", s.result_format);
  std::string domain;
  for (const auto& each : s.domain) domain += (domain.empty() ? "" : " ") + each;
  line("domain", domain);
  if (s.expansion_limit > 0) line("expansion_limit", std::to_string(s.expansion_limit));
  if (!s.require_result_set) line("require_result_set", "no");
  return text;
}

Result<PostmapTable> PostmapTable::make(const config::TableConfig& table, const PostfixFolder& postfix) {
  if (!table.text_file.empty()) {
    const auto type = table.file_kind == map::FileKind::text ? "texthash" : std::string{to_string(table.file_kind)};
    return PostmapTable{postfix, type + ":" + table.text_file, {}, map::is_pattern(table.file_kind)};
  }
  if (table.mysql_table) return PostmapTable{postfix, "mysql:" + table.origin, {}};
  const auto text = mysql_table_text(table);
  if (!text) return fail(Errc::invalid, table.origin + ": cannot be written as a mysql_table(5) file for postmap");
  const char* folder = std::getenv("TMPDIR");
  std::string path = std::string{folder == nullptr ? "/tmp" : folder} + "/maproom-verify-XXXXXX";
  const int descriptor = ::mkstemp(path.data());  // mode 0600: it may hold a password
  if (descriptor < 0) return fail(Errc::invalid, path + ": " + std::generic_category().message(errno));
  PostmapTable made{postfix, "mysql:" + path, path};
  const bool written = ::write(descriptor, text->data(), text->size()) == static_cast<ssize_t>(text->size());
  ::close(descriptor);
  if (!written) return fail(Errc::invalid, path + ": cannot be written");
  return made;
}

PostmapTable::~PostmapTable() {
  if (!file_.empty()) ::unlink(file_.c_str());
}

Result<PostmapTable::Answer> PostmapTable::ask_one(const std::string& key) const {
  // An empty key, one that holds a NUL, and "-" (a list on standard input) cannot be handed to it.
  if (key == "-") return Answer{std::nullopt, "postmap -q cannot ask for \"-\""};
  if (key.empty() || key.find('\0') != std::string::npos) return Answer{};
  const auto ran = run_program({"postmap", "-c", postfix_->path(), "-q", key, name_}, {});
  if (!ran) return ran.error();
  const auto text = complaints(ran->err, of_file());
  auto value = ran->out;
  if (value.ends_with('\n')) value.pop_back();
  if (ran->status == 0 && !value.empty()) return Answer{std::move(value), {}};
  if (text.find("unsupported dictionary type") != std::string::npos)
    return fail(Errc::unavailable, text + " (Debian: install postfix-mysql)");
  if (text.empty()) return Answer{};
  return Answer{std::nullopt, text};
}

Result<std::map<std::string, PostmapTable::Answer>> PostmapTable::ask(const std::set<std::string>& keys) const {
  std::map<std::string, Answer> answers;
  std::vector<std::string> batch;
  const auto one_by_one = [&]() -> Result<void> {
    for (const auto& key : batch) {
      auto answer = ask_one(key);
      if (!answer) return answer.error();
      answers.insert_or_assign(key, std::move(*answer));
    }
    return {};
  };
  const auto all_at_once = [&]() -> Result<void> {
    std::string input;
    for (const auto& key : batch) input += key + "\n";
    const auto ran = run_program({"postmap", "-c", postfix_->path(), "-q", "-", name_}, input);
    if (!ran) return ran.error();
    // An error ends the whole batch, and a value of several lines makes it unreadable.
    const auto found = complaints(ran->err, of_file()).empty() ? read_lines(ran->out, batch) : std::nullopt;
    if (!found) return one_by_one();
    for (const auto& key : batch) {
      const auto value = found->find(key);
      answers.insert_or_assign(key, Answer{value == found->end() ? std::nullopt : std::optional{value->second}, {}});
    }
    return {};
  };
  for (const auto& key : keys) {
    if (!fits_into_a_line(key)) {
      auto answer = ask_one(key);
      if (!answer) return answer.error();
      answers.insert_or_assign(key, std::move(*answer));
      continue;
    }
    batch.push_back(key);
    if (batch.size() < keys_at_a_time) continue;
    if (auto asked = all_at_once(); !asked) return asked.error();
    batch.clear();
  }
  if (!batch.empty())
    if (auto asked = all_at_once(); !asked) return asked.error();
  return answers;
}

}  // namespace maproom::commands
