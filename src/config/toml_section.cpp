#include "maproom/config/toml_section.hpp"

#include <toml++/toml.h>

#include <algorithm>
#include <numeric>

#include "maproom/config/text_file.hpp"
#include "maproom/core/quantity.hpp"

namespace maproom::config {

namespace {

/// A quoted TOML name or value may hold anything; a message is one line of text.
std::string printable(const std::string& text) {
  std::string all;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte >= ' ' && byte != 0x7f) {
      all += c;
      continue;
    }
    constexpr std::string_view digits = "0123456789abcdef";
    all += {'\\', 'x', digits[byte >> 4U], digits[byte & 15U]};
  }
  return all;
}

std::string toml_text(std::string_view name, const std::string& value) {
  if (name == "password" && !value.empty()) return "\"********\"";
  std::string out{'"'};
  constexpr std::string_view digits = "0123456789abcdef";
  for (const char c : value) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\')
      out += {'\\', c};
    else if (byte < ' ' || byte == 0x7f)
      out += {'\\', 'u', '0', '0', digits[byte >> 4U], digits[byte & 15U]};
    else
      out += c;
  }
  return out + '"';
}

std::string toml_list(const std::vector<std::string>& values) {
  std::string out;
  for (const auto& value : values) out += (out.empty() ? "" : ", ") + toml_text({}, value);
  return "[" + out + "]";
}

}  // namespace

struct TomlSection::Node {
  std::shared_ptr<const toml::table> root;  ///< keeps the tree alive
  const toml::table* table = nullptr;
  std::string file;
  std::string path;  ///< "maps.relay_domains."
  Findings* findings = nullptr;
  std::set<std::string, std::less<>> asked;

  const toml::node* find(std::string_view name) {
    asked.emplace(name);
    findings->known.insert(path + std::string{name});
    return table->get(name);
  }
  [[nodiscard]] std::string line_of(const toml::node* node) const {
    const auto line = node->source().begin.line;
    return line == 0 ? file : file + ":" + std::to_string(line);  // 0: a section that is not in the file
  }
  /// The full name of a setting; if `name` is empty, that of the section itself, without a dot behind it.
  [[nodiscard]] std::string full_name(std::string_view name) const {
    auto full = path + std::string{name};
    if (name.empty() && full.ends_with('.')) full.pop_back();
    return full;
  }
};

namespace {

/// Does this line (from 1) set something to words without quotes? toml++ has guesses of its own then: "inf" for info.
bool is_unquoted(std::string_view text, std::size_t line) {
  for (; line > 1 && !text.empty(); --line) text.remove_prefix(std::min(text.find('\n'), text.size() - 1) + 1);
  text = text.substr(0, text.find('\n'));
  const auto equals = text.find('=');
  if (equals == std::string_view::npos) return false;
  auto value = text.substr(equals + 1);
  value = value.substr(0, value.find('#'));
  const auto first = value.find_first_not_of(" \t");
  if (first == std::string_view::npos || std::string_view{"\"'[{="}.find(value[first]) != std::string_view::npos)
    return false;
  return std::any_of(value.begin(), value.end(),
                     [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); });
}

}  // namespace

TomlSection::TomlSection(std::unique_ptr<Node> node) : node_{std::move(node)} {}
TomlSection::~TomlSection() = default;
TomlSection::TomlSection(TomlSection&&) noexcept = default;
TomlSection& TomlSection::operator=(TomlSection&&) noexcept = default;

Result<TomlSection> TomlSection::read(const std::string& file, Findings& findings) {
  const auto text = read_text_file(file);
  if (!text) return text.error();
  try {
    auto node = std::make_unique<Node>();
    node->root = std::make_shared<const toml::table>(toml::parse(*text, file));
    node->table = node->root.get();
    node->file = file;
    node->findings = &findings;
    return TomlSection{std::move(node)};
  } catch (const toml::parse_error& error) {
    const auto& at = error.source().begin;
    const auto what = is_unquoted(*text, at.line) ? std::string{"a text must stand in quotes: NAME = \"TEXT\""}
                                                  : std::string{error.description()};
    return fail(Errc::invalid,
                printable(file + ":" + std::to_string(at.line) + ":" + std::to_string(at.column) + ": " + what));
  }
}

std::string TomlSection::origin(std::string_view name) const {
  const auto* node = name.empty() ? nullptr : node_->table->get(name);
  return node_->line_of(node != nullptr ? node : static_cast<const toml::node*>(node_->table));
}

std::string TomlSection::full_name(std::string_view name) const { return node_->full_name(name); }

void TomlSection::record(std::string_view name, std::string value) {
  const bool given = node_->table->get(name) != nullptr;
  SettingInForce now{node_->full_name({}), std::string{name}, std::move(value), given ? origin(name) : "default",
                     given};
  auto& all = node_->findings->in_force;
  for (auto known = all.rbegin(); known != all.rend(); ++known)
    if (known->section == now.section && known->name == now.name) {
      *known = std::move(now);
      return;
    }
  all.push_back(std::move(now));
}

void TomlSection::in_force(std::string_view name, const std::string& value, const std::string& from) {
  record(name, value.empty() ? std::string{} : toml_text(name, value));
  if (!from.empty()) follows(name, from);
}

void TomlSection::in_force(std::string_view name, const std::vector<std::string>& value, const std::string& from) {
  record(name, toml_list(value));
  if (!from.empty()) follows(name, from);
}

void TomlSection::follows(std::string_view name, const std::string& from) {
  for (auto& known : node_->findings->in_force)
    if (known.section == node_->full_name({}) && known.name == name && !known.given) known.from = from;
}

void TomlSection::in_table_file(const std::string& path, std::string_view name, const std::string& value,
                                const std::string& from) {
  const bool secret = name == "password" && !value.empty();
  node_->findings->in_force.push_back({node_->full_name({}), std::string{name}, secret ? "********" : printable(value),
                                       from.empty() ? path + ": default" : from, !from.empty(), true});
}

void TomlSection::error(std::string_view name, const std::string& what) {
  node_->findings->errors.push_back(printable(origin(name) + ": " + node_->full_name(name) + ": " + what));
}

void TomlSection::warn(std::string_view name, const std::string& what) {
  node_->findings->warnings.push_back(printable(origin(name) + ": " + node_->full_name(name) + ": " + what));
}

std::optional<std::string> TomlSection::string_at(std::string_view name, std::string_view expected) {
  const auto* node = node_->find(name);
  if (node == nullptr) return std::nullopt;
  auto value = node->value_exact<std::string>();
  if (!value) error(name, "expected " + std::string{expected});
  return value;
}

void TomlSection::get(std::string_view name, std::string& target) {
  if (auto value = string_at(name, "a string in quotes")) target = std::move(*value);
  // Empty by default is not set; written out it would be a value, and for some an error.
  record(name, target.empty() && node_->table->get(name) == nullptr ? std::string{} : toml_text(name, target));
}

void TomlSection::get(std::string_view name, bool& target) {
  const auto* node = node_->find(name);
  if (node != nullptr) {
    if (const auto value = node->value_exact<bool>())
      target = *value;
    else
      error(name, "expected true or false");
  }
  record(name, target ? "true" : "false");
}

void TomlSection::get(std::string_view name, std::int64_t& target, std::int64_t least, std::int64_t most) {
  if (const auto* node = node_->find(name); node != nullptr) {
    const auto value = node->value_exact<std::int64_t>();
    if (value && *value >= least && *value <= most)
      target = *value;
    else
      error(name, "expected a whole number from " + std::to_string(least) + " to " + std::to_string(most));
  }
  record(name, std::to_string(target));
}

// The empty string is tried too: a setting that is there and does nothing would be a trap.

void TomlSection::get_duration(std::string_view name, std::chrono::milliseconds& target) {
  if (const auto text = string_at(name, "a duration in quotes, such as \"30 s\"")) {
    if (const auto value = parse_duration(*text))
      target = *value;
    else
      error(name, value.error().detail);
  }
  record(name, toml_text(name, format_duration(target)));
}

void TomlSection::get_bytes(std::string_view name, std::uint64_t& target) {
  if (const auto text = string_at(name, "a size in quotes, such as \"64 MiB\"")) {
    if (const auto value = parse_bytes(*text))
      target = *value;
    else
      error(name, value.error().detail);
  }
  record(name, toml_text(name, format_bytes(target)));
}

void TomlSection::get_list(std::string_view name, std::vector<std::string>& target) {
  const auto* node = node_->find(name);
  if (node == nullptr) return record(name, toml_list(target));
  if (const auto value = node->value_exact<std::string>()) {
    target = {*value};
    return record(name, toml_list(target));
  }
  std::vector<std::string> all;
  const auto* array = node->as_array();
  bool good = array != nullptr;
  if (array != nullptr)
    for (const auto& element : *array) {
      const auto value = element.value_exact<std::string>();
      good = good && value.has_value();
      if (value) all.push_back(*value);
    }
  if (good)
    target = std::move(all);
  else
    error(name, "expected a list of strings, such as [\"a\", \"b\"]");
  record(name, toml_list(target));
}

void TomlSection::get_endpoint(std::string_view name, std::optional<Endpoint>& target) {
  if (const auto text = string_at(name, "an address in quotes, such as \"inet:127.0.0.1:10040\"")) {
    if (auto endpoint = Endpoint::parse(*text))
      target = std::move(*endpoint);
    else
      error(name, endpoint.error().detail);
  }
  record(name, target ? toml_text(name, target->to_string()) : std::string{});
}

void TomlSection::get_endpoints(std::string_view name, std::vector<Endpoint>& target) {
  std::vector<std::string> texts;
  for (const auto& endpoint : target) texts.push_back(endpoint.to_string());
  get_list(name, texts);
  if (!has(name)) return;
  target.clear();
  for (const auto& text : texts) {
    if (auto endpoint = Endpoint::parse(text))
      target.push_back(std::move(*endpoint));
    else
      error(name, endpoint.error().detail);
  }
}

bool TomlSection::has(std::string_view name) { return node_->find(name) != nullptr; }

bool TomlSection::is_list(std::string_view name) {
  const auto* node = node_->find(name);
  return node != nullptr && node->is_array();
}

bool TomlSection::is_string(std::string_view name) {
  const auto* node = node_->find(name);
  return node != nullptr && node->is_string();
}

std::optional<TomlSection> TomlSection::section(std::string_view name) {
  node_->asked.emplace(name);
  const auto* node = node_->table->get(name);
  if (node == nullptr) return std::nullopt;
  const auto* table = node->as_table();
  if (table == nullptr) {
    error(name, "expected a section, [" + std::string{name} + "]");
    return std::nullopt;
  }
  auto inner = std::make_unique<Node>(*node_);
  inner->table = table;
  inner->path += std::string{name} + ".";
  inner->asked.clear();
  return TomlSection{std::move(inner)};
}

TomlSection TomlSection::section_or_empty(std::string_view name) {
  static const toml::table empty;
  if (auto given = section(name)) return std::move(*given);
  auto inner = std::make_unique<Node>(*node_);
  inner->table = &empty;
  inner->path += std::string{name} + ".";
  inner->asked.clear();
  return TomlSection{std::move(inner)};
}

std::vector<std::pair<std::string, TomlSection>> TomlSection::sections() {
  std::vector<std::pair<toml::source_index, std::string>> names;
  for (const auto& [key, node] : *node_->table) names.emplace_back(node.source().begin.line, std::string{key.str()});
  std::sort(names.begin(), names.end());
  std::vector<std::pair<std::string, TomlSection>> all;
  for (const auto& [line, name] : names)
    if (auto inner = section(name)) all.emplace_back(name, std::move(*inner));
  return all;
}

std::vector<TomlSection> TomlSection::elements(std::string_view name) {
  std::vector<TomlSection> all;
  const auto* node = node_->find(name);
  if (node == nullptr) return all;
  const auto* array = node->as_array();
  std::size_t number = 0;
  if (array != nullptr)
    for (const auto& element : *array) {
      const auto* table = element.as_table();
      if (table == nullptr) {
        array = nullptr;
        break;
      }
      auto inner = std::make_unique<Node>(*node_);
      inner->table = table;
      inner->path += std::string{name} + "[" + std::to_string(++number) + "].";
      inner->asked.clear();
      all.push_back(TomlSection{std::move(inner)});
    }
  if (array == nullptr || all.empty())
    error(name, "expected a list of at least one table, such as [{ query = \"...\" }, { mysql_table = \"/path\" }]");
  return all;
}

void TomlSection::finish() {
  const std::vector<std::string> known{node_->asked.begin(), node_->asked.end()};
  for (const auto& [key, value] : *node_->table) {
    const std::string name{key.str()};
    if (node_->asked.contains(name)) continue;
    const auto near = nearest(name, known);
    error(name, std::string{value.is_table() ? "unknown section" : "unknown setting"} +
                    (near.empty() ? std::string{} : "; did you mean " + near + "?"));
  }
}

std::string nearest(std::string_view word, const std::vector<std::string>& known) {
  const auto distance = [](std::string_view a, std::string_view b) {  // Levenshtein
    std::vector<std::size_t> row(b.size() + 1);
    std::iota(row.begin(), row.end(), std::size_t{0});
    for (std::size_t i = 0; i < a.size(); ++i) {
      std::size_t diagonal = row[0];
      row[0] = i + 1;
      for (std::size_t j = 0; j < b.size(); ++j) {
        const auto above = row[j + 1];
        row[j + 1] = std::min({row[j] + 1, above + 1, diagonal + (a[i] == b[j] ? 0 : 1)});
        diagonal = above;
      }
    }
    return row.back();
  };
  std::string best;
  // A third of the word may be wrong; two words of three letters that share one have nothing to do with each other.
  std::size_t least = std::max<std::size_t>(word.size() < 5 ? 1 : 2, word.size() / 3) + 1;
  for (const auto& candidate : known)
    if (const auto d = distance(word, candidate); d < least) {
      least = d;
      best = candidate;
    }
  return best;
}

}  // namespace maproom::config
