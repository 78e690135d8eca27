// The [postfix] section of an import: the parameters of main.cf that decide which keys are asked.

#include <algorithm>
#include <array>

#include "maproom/core/fold.hpp"
#include "maproom/core/ip_address.hpp"
#include "maproom/core/logical_lines.hpp"
#include "maproom/import/plan.hpp"
#include "maproom/import/table_list.hpp"
#include "maproom/import/words.hpp"

namespace maproom::imports {
namespace {

constexpr auto copied = std::to_array<std::string_view>(
    {"recipient_delimiter", "smtputf8_enable", "owner_request_special", "double_bounce_sender", "myorigin",
     "mydestination", "inet_interfaces", "proxy_interfaces", "propagate_unmatched_extensions",
     "parent_domain_matches_subdomains", "swap_bangpath", "allow_percent_hack"});

constexpr auto extension_classes =
    std::to_array<std::string_view>({"alias", "canonical", "forward", "generic", "include", "virtual"});

class Copier {
 public:
  Copier(const PostfixParameters& parameters, const ImportWorld& world, std::vector<std::string>& warnings)
      : parameters_{parameters}, world_{world}, warnings_{warnings} {}

  map::PostfixSettings copy() {
    map::PostfixSettings settings;
    for (const auto name : copied)
      if (const auto why = parameters_.doubt(name)) warn(name, *why + "; look at it in maproom.toml");
    settings.recipient_delimiter = text("recipient_delimiter", parameters_.value("recipient_delimiter"));
    settings.double_bounce_sender = text("double_bounce_sender", parameters_.value("double_bounce_sender"));
    boolean("smtputf8_enable", settings.smtputf8_enable);
    boolean("owner_request_special", settings.owner_request_special);
    boolean("swap_bangpath", settings.swap_bangpath);
    boolean("allow_percent_hack", settings.allow_percent_hack);
    settings.myorigin = text("myorigin", origin());
    for (const auto& word : words("mydestination")) destination(word, settings.mydestination, Depth::list);
    addresses("inet_interfaces", settings.inet_interfaces);
    addresses("proxy_interfaces", settings.proxy_interfaces);
    settings.propagate_unmatched_extensions.clear();
    for (const auto& word : words("propagate_unmatched_extensions")) {
      if (std::find(extension_classes.begin(), extension_classes.end(), word) != extension_classes.end())
        settings.propagate_unmatched_extensions.push_back(word);
      else
        warn("propagate_unmatched_extensions", "\"" + word + "\" is none of Postfix's words; it is left out");
    }
    settings.parent_domain_matches_subdomains.clear();
    for (const auto& word : words("parent_domain_matches_subdomains")) {
      if (word.find_first_of("$/:!") == std::string::npos)
        settings.parent_domain_matches_subdomains.push_back(word);
      else
        warn("parent_domain_matches_subdomains", "\"" + word + "\" is no name; it is left out");
    }
    return settings;
  }

 private:
  enum class Depth { list, file };

  void warn(std::string_view name, const std::string& what) { warnings_.push_back(std::string{name} + ": " + what); }

  /// TOML is UTF-8.
  std::string text(std::string_view name, std::string value) {
    if (is_valid_utf8(value)) return value;
    warn(name, "is not UTF-8, which maproom.toml has to be; it is left out");
    return {};
  }

  std::vector<std::string> words(std::string_view name) {
    std::vector<std::string> all;
    for (auto& word : split_words(text(name, parameters_.value(name)))) all.push_back(std::move(word.text));
    return all;
  }

  void boolean(std::string_view name, bool& target) {
    const auto value = parameters_.value(name);
    if (equals_ignoring_ascii_case(value, "yes"))
      target = true;
    else if (equals_ignoring_ascii_case(value, "no"))
      target = false;
    else
      warn(name, "expected yes or no; look at it in maproom.toml");
  }

  /// Debian's Postfix takes a path for the name of a file with the name.
  std::string origin() {
    auto value = parameters_.value("myorigin");
    if (value.starts_with('/')) {
      const auto text = world_.read_file(value);
      if (!text) {
        warn("myorigin", text.error().detail + "; set it in maproom.toml");
        return {};
      }
      value = trim(std::string_view{*text}.substr(0, text->find('\n')));
    }
    if (value.find_first_of("$/:") == std::string::npos) return value;
    warn("myorigin", "\"" + value + "\" is no name; set it in maproom.toml");
    return {};
  }

  void destination(const std::string& word, std::vector<std::string>& names, Depth depth) {
    if (word.starts_with('[') || word.find_first_of("$/:!") == std::string::npos) {
      names.push_back(word);
    } else if (word.starts_with('/') && depth == Depth::list) {
      const auto text = world_.read_file(word);
      if (!text) {
        warn("mydestination", text.error().detail + "; add its names in maproom.toml");
        return;
      }
      for (std::size_t at = 0; at < text->size();) {
        const auto end = std::min(text->find('\n', at), text->size());
        for (const auto& inner : split_words(this->text("mydestination", text->substr(at, end - at)))) {
          if (inner.text.starts_with('#')) break;  // the rest of the line is a comment
          destination(inner.text, names, Depth::file);
        }
        at = end + 1;
      }
    } else {
      warn("mydestination", "\"" + word +
                                "\" is no name: a local user whose domain only it knows is not asked for by the bare "
                                "name, unless you list the domain in maproom.toml");
    }
  }

  /// inet_protocols: Postfix has no address of a family that it does not speak.
  bool speaks(std::string_view family) const {
    for (const auto& word : split_words(parameters_.value("inet_protocols")))
      if (word.text == "all" || word.text == family) return true;
    return false;
  }

  void addresses(std::string_view name, std::vector<std::string>& target) {
    for (const auto& word : words(name)) {
      // An address as it is, also in brackets; anything else is for the system to know.
      const auto bare = word.starts_with('[') && word.ends_with(']') ? word.substr(1, word.size() - 2) : word;
      const auto found = parse_ip_address(bare) ? std::vector<std::string>{bare} : world_.addresses_of(word);
      if (found.empty()) warn(name, "\"" + word + "\" has no address here; add those it stands for in maproom.toml");
      for (const auto& address : found) {
        const auto parsed = parse_ip_address(address);
        if (!parsed) continue;
        auto text = to_string(*parsed);
        if (!speaks(text.find(':') == std::string::npos ? "ipv4" : "ipv6")) continue;
        if (std::find(target.begin(), target.end(), text) == target.end()) target.push_back(std::move(text));
      }
    }
  }

  const PostfixParameters& parameters_;
  const ImportWorld& world_;
  std::vector<std::string>& warnings_;
};

}  // namespace

map::PostfixSettings copy_postfix_settings(const PostfixParameters& parameters, const ImportWorld& world,
                                           std::vector<std::string>& warnings) {
  return Copier{parameters, world, warnings}.copy();
}

bool is_copied_setting(std::string_view name) { return std::find(copied.begin(), copied.end(), name) != copied.end(); }

}  // namespace maproom::imports
