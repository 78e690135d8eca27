#include "maproom/commands/verify/text_keys.hpp"

#include <algorithm>
#include <set>

#include "maproom/config/main_cf_syntax.hpp"
#include "maproom/core/ip_address.hpp"
#include "maproom/core/logical_lines.hpp"

namespace maproom::commands {
namespace {

constexpr std::size_t shown_bytes = 160;
constexpr std::size_t before_difference = 40;

/// What stands between `mark` and `end`, at each place of the text.
template <class Take>
void each_between(std::string_view text, std::string_view mark, char end, Take take) {
  for (auto at = text.find(mark); at != std::string_view::npos; at = text.find(mark, at)) {
    at += mark.size();
    const auto stop = text.find(end, at);
    if (stop == std::string_view::npos) return;
    const auto found = text.substr(at, stop - at);
    if (found.find('\n') == std::string_view::npos) take(found);
  }
}

/// The text that an expression such as /^user@example\.org$/ is for; empty: it is for more than one.
std::string plain_text(std::string_view expression) {
  if (expression.starts_with('!') || expression.size() < 3) return {};
  const auto end = expression.rfind(expression.front());
  if (end == 0) return {};
  auto inner = expression.substr(1, end - 1);
  if (inner.starts_with('^')) inner.remove_prefix(1);
  if (inner.ends_with('$')) inner.remove_suffix(1);
  std::string text;
  for (std::size_t i = 0; i < inner.size(); ++i) {
    if (inner[i] == '\\' && i + 1 < inner.size()) {
      const char c = inner[++i];
      const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
      if (letter) return {};
      text += c;
    } else if (std::string_view{"[](){}*+?|.^$"}.find(inner[i]) != std::string_view::npos) {
      return {};
    } else {
      text += inner[i];
    }
  }
  return text;
}

}  // namespace

LoggedKeys keys_of_log(std::string_view log) {
  std::set<std::string> addresses;
  std::set<std::string> domains;
  std::set<std::string> clients;
  for (const auto mark : {"from=<", "to=<"})  // orig_to=< as well
    each_between(log, mark, '>', [&](std::string_view address) {
      if (address.empty()) return;
      addresses.emplace(address);
      if (const auto at = address.rfind('@'); at != std::string_view::npos) domains.emplace(address.substr(at + 1));
    });
  const auto add_host = [&](std::string_view host, bool client) {
    // name[address], name[address]:port
    const auto open = host.find('[');
    if (open == std::string_view::npos) return;
    const auto name = host.substr(0, open);
    const auto close = host.find(']', open);
    const auto address = host.substr(open + 1, (close == std::string_view::npos ? host.size() : close) - open - 1);
    if (client && parse_ip_address(address)) clients.emplace(address);
    if (!name.empty() && name != "unknown" && name != "none") domains.emplace(name);
  };
  for (const auto mark : {"client=", "onnect from "})  // "connect from", "disconnect from"
    each_between(log, mark, ']', [&](std::string_view host) {
      if (host.find_first_of(" ,") == std::string_view::npos) add_host(host, true);
    });
  each_between(log, "relay=", ',', [&](std::string_view host) { add_host(host, false); });
  return {{addresses.begin(), addresses.end()}, {domains.begin(), domains.end()}, {clients.begin(), clients.end()}};
}

std::vector<std::string> keys_for_profile(const LoggedKeys& logged, map::ProfileKind kind) {
  std::vector<std::string> keys;
  const auto add = [&keys](const std::vector<std::string>& more) { keys.insert(keys.end(), more.begin(), more.end()); };
  switch (kind) {
    case map::ProfileKind::client_list:
      add(logged.clients);
      break;
    case map::ProfileKind::domain_tree:
      add(logged.domains);
      break;
    case map::ProfileKind::access_host:
      add(logged.clients);
      add(logged.domains);
      break;
    case map::ProfileKind::exact:
    case map::ProfileKind::access_name:
    case map::ProfileKind::transport:
      add(logged.domains);
      add(logged.addresses);
      break;
    case map::ProfileKind::address:
    case map::ProfileKind::address_x:
    case map::ProfileKind::access_mail:
      add(logged.addresses);
      break;
  }
  return keys;
}

std::vector<std::string> keys_of_table(std::string_view file, map::FileKind kind) {
  std::vector<std::string> keys;
  for (const auto& line : logical_lines(file).all) {
    const auto content = trim(line.text);
    auto word = content.substr(0, content.find_first_of(white_space));
    if (kind == map::FileKind::pcre || kind == map::FileKind::regexp) {
      // An expression may hold blanks; what stands behind its second delimiter does not count.
      const auto second = content.size() < 2 ? std::string_view::npos : content.find(content.front(), 1);
      if (second == std::string_view::npos) continue;
      word = content.substr(0, second + 1);
      if (auto text = plain_text(word); !text.empty()) keys.push_back(std::move(text));
      continue;
    }
    if (kind == map::FileKind::cidr) {
      while (word.starts_with('!')) word.remove_prefix(1);
      word = word.substr(0, word.find('/'));
      if (!parse_ip_address(word)) continue;  // if, endif
    }
    if (word.starts_with('@'))
      keys.push_back("maproom-anybody" + std::string{word});
    else
      keys.emplace_back(word);
  }
  return keys;
}

std::vector<std::string> keys_of_list(std::string_view value) {
  std::vector<std::string> keys;
  for (auto& word : config::split_list(value)) {
    word.erase(0, word.find_first_not_of('!') == std::string::npos ? word.size() : word.find_first_not_of('!'));
    if (word.empty() || word.find_first_of("${}=") != std::string::npos || word.starts_with('/')) continue;
    // "[::1]/128", "192.0.2.0/24": the network's first address
    auto name = word.substr(0, word.find('/'));
    if (name.starts_with('[') && name.ends_with(']')) name = name.substr(1, name.size() - 2);
    if (name.find(':') != std::string::npos && !parse_ip_address(name)) continue;  // a table
    if (name.find_first_of(".@:") == std::string::npos) continue;                  // a number, yes, a service
    keys.push_back(std::move(name));
  }
  return keys;
}

std::string shortened(std::string_view value, std::string_view with) {
  std::size_t begin = 0;
  if (!with.empty() && value.size() > shown_bytes) {
    const auto differs = static_cast<std::size_t>(
        std::mismatch(value.begin(), value.end(), with.begin(), with.end()).first - value.begin());
    if (differs > shown_bytes - before_difference) begin = std::min(differs, value.size()) - before_difference;
  }
  std::string text = begin > 0 ? "..." : "";
  // Also those from U+0080 to U+009F, some of which a terminal obeys.
  bool after_c2 = false;
  for (const char c : value.substr(begin, shown_bytes)) {
    const auto byte = static_cast<unsigned char>(c);
    text += byte < 0x20 || byte == 0x7f || (after_c2 && byte < 0xa0) ? '?' : c;
    after_c2 = byte == 0xc2;
  }
  if (begin + shown_bytes < value.size()) text += "...";
  if (value.size() > shown_bytes) text += " (" + std::to_string(value.size()) + " bytes)";
  return text;
}

}  // namespace maproom::commands
