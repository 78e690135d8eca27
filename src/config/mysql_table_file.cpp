#include "maproom/config/mysql_table_file.hpp"

#include <netdb.h>
#include <netinet/in.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>

#include "indented_parameters.hpp"
#include "maproom/config/main_cf_syntax.hpp"
#include "maproom/core/fold.hpp"

namespace maproom::config {
namespace {

constexpr std::string_view default_socket = "/run/mysqld/mysqld.sock";  // Debian's
constexpr std::uint16_t default_port = 3306;

constexpr auto known = std::to_array<std::string_view>({"hosts",
                                                        "user",
                                                        "password",
                                                        "dbname",
                                                        "query",
                                                        "table",
                                                        "select_field",
                                                        "where_field",
                                                        "additional_conditions",
                                                        "result_format",
                                                        "domain",
                                                        "expansion_limit",
                                                        "require_result_set",
                                                        "option_file",
                                                        "option_group",
                                                        "tls_cert_file",
                                                        "tls_key_file",
                                                        "tls_CAfile",
                                                        "tls_CApath",
                                                        "tls_ciphers",
                                                        "tls_verify_cert",
                                                        "charset",
                                                        "idle_interval",
                                                        "retry_interval"});

class Reader {
 public:
  explicit Reader(const Definitions& definitions) : definitions_{definitions} {}

  std::string text(std::string_view name, std::string_view fallback = {}) const {
    const auto found = definitions_.all.find(name);
    return found == definitions_.all.end() ? std::string{fallback} : found->second.value;
  }
  bool has(std::string_view name) const { return definitions_.all.contains(name); }
  Error error(std::string_view name, const std::string& what) const {
    const auto found = definitions_.all.find(name);
    const auto where =
        found == definitions_.all.end() ? std::string{} : "line " + std::to_string(found->second.line) + ": ";
    return fail(Errc::invalid, where + std::string{name} + ": " + what);
  }
  Result<bool> boolean(std::string_view name, bool fallback) const {
    const auto value = text(name, fallback ? "yes" : "no");
    if (equals_ignoring_ascii_case(value, "yes")) return true;
    if (equals_ignoring_ascii_case(value, "no")) return false;
    return error(name, "\"" + value + "\" is no boolean; expected yes or no");
  }
  Result<std::int64_t> integer(std::string_view name, std::int64_t fallback) const {
    const auto value = text(name, std::to_string(fallback));
    const bool plus = value.size() > 1 && value[0] == '+' && value[1] != '-';  // sscanf's %d takes it
    std::int64_t number = 0;
    const auto [end, ec] = std::from_chars(value.data() + (plus ? 1 : 0), value.data() + value.size(), number);
    if (ec == std::errc::invalid_argument || end != value.data() + value.size())
      return error(name, "\"" + value + "\" is no number; expected a plain decimal one");
    if (ec != std::errc{} || number < std::numeric_limits<std::int32_t>::min() ||
        number > std::numeric_limits<std::int32_t>::max())
      return error(name, "\"" + value + "\" is no number that Postfix takes; expected at most 2147483647");
    return number;
  }
  /// A time as postconf(5) writes it: a number with s, m, h, d or w; seconds without.
  Result<std::chrono::milliseconds> time(std::string_view name, std::chrono::seconds fallback) const {
    auto value = text(name, std::to_string(fallback.count()));
    std::int64_t factor = 1;
    if (!value.empty()) {
      switch (value.back()) {
        case 'w':
          factor = 7 * 86400;
          break;
        case 'd':
          factor = 86400;
          break;
        case 'h':
          factor = 3600;
          break;
        case 'm':
          factor = 60;
          break;
        case 's':
          break;
        default:
          factor = 0;
      }
    }
    if (factor == 0)
      factor = 1;
    else if (!value.empty())
      value.pop_back();
    std::int64_t number = 0;
    const auto [end, ec] = std::from_chars(value.data(), value.data() + value.size(), number);
    if (ec != std::errc{} || end != value.data() + value.size() || number < 0 || number > 10'000'000)
      return error(name, "\"" + text(name) + "\" is no time; expected a number with s, m, h, d or w");
    return std::chrono::milliseconds{number * factor * 1000};
  }

 private:
  const Definitions& definitions_;
};

/// "db.example" -> "db.exampl_": close enough to what was meant?
bool is_near(std::string_view a, std::string_view b) {
  if (a.size() + 1 < b.size() || b.size() + 1 < a.size()) return false;
  std::size_t differences = 0;
  for (std::size_t i = 0, j = 0; i < a.size() || j < b.size();) {
    if (i < a.size() && j < b.size() && a[i] == b[j]) {
      ++i, ++j;
      continue;
    }
    if (++differences > 1) return false;
    if (a.size() >= b.size()) ++i;
    if (b.size() >= a.size()) ++j;
  }
  return true;
}

}  // namespace

std::optional<std::string> charset_refusal(std::string_view charset) {
  static constexpr auto unsafe = std::to_array<std::string_view>(
      {"big5", "sjis", "cp932", "gbk", "gb2312", "gb18030", "ucs2", "utf16", "utf16le", "utf32", "eucjpms"});
  for (const auto name : unsafe)
    if (equals_ignoring_ascii_case(charset, name))
      return "\"" + std::string{charset} +
             "\": a key could change the statement in this character set (its characters may hold the bytes of a quote "
             "or a "
             "backslash); expected utf8mb4 or a single-byte one";
  return std::nullopt;
}

namespace {

/// Postfix takes the name of a service for a port (dict_mysql.c, find_inet_port: services(5)). Error: no such service.
Result<std::string> with_port_number(std::string_view text) {
  const auto bracket = text.find(']');
  const auto colon = text.find(':', bracket == std::string_view::npos ? (text.starts_with("inet:") ? 5 : 0) : bracket);
  if (colon == std::string_view::npos) return std::string{text};
  const std::string port{text.substr(colon + 1)};
  if (port.empty() || port.find_first_not_of("0123456789") == std::string::npos || port.find(':') != std::string::npos)
    return std::string{text};
  // One thread reads configurations.
  const auto* const service = ::getservbyname(port.c_str(), "tcp");  // NOLINT(concurrency-mt-unsafe)
  if (service == nullptr)
    return fail(Errc::invalid, "\"" + std::string{text} + "\": this host knows no service of the name " + port +
                                   " (services(5)); expected a port's number");
  return std::string{text.substr(0, colon + 1)} + std::to_string(ntohs(static_cast<std::uint16_t>(service->s_port)));
}

}  // namespace

Result<Endpoint> parse_mysql_host(std::string_view text) {
  // Any spelling of localhost, with or without a port, is the socket: the MySQL way (dict_mysql.c, host_init).
  auto name = text.starts_with("inet:") ? text.substr(5) : text;
  name = name.substr(0, name.rfind(':'));
  if (!text.starts_with("unix:") && equals_ignoring_ascii_case(name, "localhost"))
    return Endpoint{Endpoint::Kind::unix_socket, {}, 0, std::string{default_socket}};
  if (text.starts_with("unix:")) return Endpoint::parse(text, default_port);
  if (text.starts_with('/')) return Endpoint::parse("unix:" + std::string{text});
  const auto numbered = with_port_number(text);
  if (!numbered) return numbered.error();
  return Endpoint::parse(numbered->starts_with("inet:") ? *numbered : "inet:" + *numbered, default_port);
}

Result<std::vector<std::string>> read_domain_list(std::string_view text, const ReadFile& read_file) {
  std::vector<std::string> names;
  for (const auto& word : split_list(text)) {
    const auto marks = std::min(word.find_first_not_of('!'), word.size());
    const auto name = word.substr(marks);
    // match_ops.c: then it is the name of a table, whose keys are the domains.
    if (name.find(':') != std::string::npos && !name.starts_with('['))
      return fail(Errc::invalid, "\"" + word +
                                     "\" is a table, which Maproom does not ask here; expected names, or a file of "
                                     "names (/path)");
    if (!name.starts_with('/')) {
      names.push_back(word);
      continue;
    }
    auto content = read_file(name);
    if (!content) return content.error();
    for (std::size_t at = 0; at < content->size();) {
      const auto end = std::min(content->find('\n', at), content->size());
      const auto line = std::string_view{*content}.substr(at, end - at);
      at = end + 1;
      for (const auto& inner : split_list(line)) {
        if (inner.starts_with('#')) break;  // the rest of the line is a comment
        if (inner.find('/') == std::min(inner.find_first_not_of('!'), inner.size()))
          return fail(Errc::invalid, name + " names another file, " + inner + "; expected names only");
        if (inner.find(':') != std::string::npos && inner.find('[') == std::string::npos)
          return fail(Errc::invalid, name + " names a table, " + inner + "; expected names only");
        names.push_back(word.substr(0, marks) + inner);
      }
    }
  }
  return names;
}

namespace {

Result<MysqlTableFile> parse_definitions(std::string_view text, std::size_t connections, const ReadFile& read_file) {
  auto definitions = parse_main_cf(text);
  if (!definitions) return definitions.error();
  const Reader reader{*definitions};
  MysqlTableFile file;
  file.warnings = definitions->warnings;
  for (const auto& [name, definition] : definitions->all) {
    if (std::find(known.begin(), known.end(), name) != known.end()) continue;
    std::string hint;
    for (const auto& each : known)
      if (is_near(name, each)) hint = "; did you mean " + std::string{each} + "?";
    file.warnings.push_back("line " + std::to_string(definition.line) + ": unknown parameter " + name +
                            " is ignored, as Postfix does" + hint);
  }

  auto& table = file.table;
  table.query = reader.text("query");
  if (reader.has("query")) {  // then the legacy parameters are ignored
    if (table.query.empty()) return reader.error("query", "is empty; expected a SELECT statement");
  } else {
    const auto select = reader.text("select_field");
    const auto from = reader.text("table");
    const auto where = reader.text("where_field");
    for (const auto& [name, value] : {std::pair<std::string_view, const std::string&>{"table", from},
                                      {"select_field", select},
                                      {"where_field", where}})
      if (value.empty())
        return fail(Errc::invalid,
                    std::string{name} + ": is missing; expected query, or table, select_field and where_field");
    // dict_mysql.c's own words, so that the query is the same to the letter.
    table.query =
        "SELECT " + select + " FROM " + from + " WHERE " + where + "='%s' " + reader.text("additional_conditions");
  }
  table.result_format = reader.text("result_format", "%s");
  if (table.result_format.empty()) return reader.error("result_format", "is empty; expected a template such as %s");
  auto domain = read_domain_list(reader.text("domain"), read_file);
  if (!domain) return reader.error("domain", domain.error().detail);
  table.domain = std::move(*domain);
  table.domain_names_nothing = table.domain.empty() && !reader.text("domain").empty();
  const auto limit = reader.integer("expansion_limit", 0);
  if (!limit) return limit.error();
  table.expansion_limit = *limit;
  const auto require = reader.boolean("require_result_set", true);
  if (!require) return require.error();
  table.require_result_set = *require;

  auto& connection = file.connection;
  connection.connections = connections;
  connection.user = reader.text("user");
  connection.password = reader.text("password");
  connection.database = reader.text("dbname");
  if (connection.database.empty()) return fail(Errc::invalid, "dbname: is missing; expected the name of the database");
  auto hosts = split_list(reader.text("hosts"));
  if (hosts.empty()) hosts.emplace_back("localhost");
  for (const auto& host : hosts) {
    auto endpoint = parse_mysql_host(host);
    if (!endpoint) return reader.error("hosts", endpoint.error().detail);
    connection.hosts.push_back(std::move(*endpoint));
  }
  // Postfix asks Unix sockets before the network, and takes one of a kind at random; we keep the order within a kind.
  std::stable_partition(connection.hosts.begin(), connection.hosts.end(),
                        [](const Endpoint& e) { return e.kind == Endpoint::Kind::unix_socket; });
  connection.charset = reader.text("charset", "utf8mb4");
  if (const auto why = charset_refusal(connection.charset)) return reader.error("charset", *why);
  connection.option_file = reader.text("option_file");
  connection.option_group = reader.text("option_group", "client");
  connection.tls_ca_file = reader.text("tls_CAfile");
  connection.tls_ca_path = reader.text("tls_CApath");
  connection.tls_cert_file = reader.text("tls_cert_file");
  connection.tls_key_file = reader.text("tls_key_file");
  connection.tls_ciphers = reader.text("tls_ciphers");
  const auto verify = reader.boolean("tls_verify_cert", false);
  if (!verify) return verify.error();
  connection.tls_verify_cert = *verify;
  const auto idle = reader.time("idle_interval", std::chrono::seconds{60});
  if (!idle) return idle.error();
  connection.idle_interval = *idle;
  const auto retry = reader.time("retry_interval", std::chrono::seconds{60});  // read for its errors: ours is shorter
  if (!retry) return retry.error();
  return file;
}

}  // namespace

Result<MysqlTableFile> parse_mysql_table_file(std::string_view text, std::size_t connections,
                                              const ReadFile& read_file) {
  auto file = parse_definitions(text, connections, read_file);
  const auto indented = indented_parameters(text, known);
  if (file) {
    // A query is often written over several lines, and a column may be called as a parameter is.
    for (const auto& each : indented)
      if (each.continues != "query" && each.continues != "additional_conditions")
        file->warnings.push_back(blank_first(each));
    return file;
  }
  // A parameter that is missing, or has a strange value, for that reason.
  const auto& what = file.error().detail;
  for (const auto& each : indented)
    if (what.find(each.name + ": is missing") != std::string::npos ||
        (each.name == "query" && what.find(": is missing; expected query") != std::string::npos) ||
        (!each.continues.empty() && what.find(": " + each.continues + ": ") != std::string::npos))
      return fail(file.error().code, what + " (" + blank_first(each) + ")");
  return file;
}

}  // namespace maproom::config
