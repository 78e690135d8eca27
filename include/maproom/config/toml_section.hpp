#pragma once
// TomlSection: one table of the configuration file, read setting by setting. It knows which settings were asked for, so
// that what is left over is an unknown setting, and collects every error with file, line and setting.

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "maproom/config/in_force.hpp"
#include "maproom/core/endpoint.hpp"
#include "maproom/core/result.hpp"

namespace maproom::config {

/// Errors and warnings of one file, in the order found.
struct Findings {
  std::vector<std::string> errors, warnings;
  /// Every setting that was looked for, "cache.memory", "maps.relay_domains.query": what the program knows, so that a
  /// test can compare it with conf/maproom.toml and the manual.
  std::set<std::string> known;
  /// Every setting that was read, with its value and where that came from; secrets masked.
  std::vector<SettingInForce> in_force;
};

class TomlSection {
 public:
  struct Node;  ///< hides toml++, which is heavy
  /// The whole file. Error: it cannot be read, or is no TOML; "FILE:LINE:COLUMN: ...".
  [[nodiscard]] static Result<TomlSection> read(const std::string& file, Findings& findings);
  ~TomlSection();
  TomlSection(TomlSection&&) noexcept;
  TomlSection& operator=(TomlSection&&) noexcept;

  /// Each leaves its target alone when the setting is absent, and notes an error when its value is of no use.
  void get(std::string_view name, std::string& target);
  void get(std::string_view name, bool& target);
  void get(std::string_view name, std::int64_t& target, std::int64_t least, std::int64_t most);
  void get_duration(std::string_view name, std::chrono::milliseconds& target);
  void get_bytes(std::string_view name, std::uint64_t& target);
  void get_list(std::string_view name, std::vector<std::string>& target);  ///< a string counts as a list of one
  void get_endpoint(std::string_view name, std::optional<Endpoint>& target);
  void get_endpoints(std::string_view name, std::vector<Endpoint>& target);

  [[nodiscard]] bool has(std::string_view name);
  [[nodiscard]] bool is_list(std::string_view name);
  [[nodiscard]] bool is_string(std::string_view name);
  /// A table of this name; nullopt if absent (or if it is no table, which is an error).
  [[nodiscard]] std::optional<TomlSection> section(std::string_view name);
  /// The same, without settings if it is absent: for sections whose settings have other sources too.
  [[nodiscard]] TomlSection section_or_empty(std::string_view name);
  /// All sub-tables, in the file's order.
  [[nodiscard]] std::vector<std::pair<std::string, TomlSection>> sections();
  /// The elements of an array of tables.
  [[nodiscard]] std::vector<TomlSection> elements(std::string_view name);

  /// For values that are not what a get() left in its target. `from`: where a value that the file does not give comes
  /// from; empty: "default".
  void in_force(std::string_view name, const std::string& value, const std::string& from = {});
  void in_force(std::string_view name, const std::vector<std::string>& value, const std::string& from = {});
  /// Only where the value of a setting that the file does not give comes from.
  void follows(std::string_view name, const std::string& from);
  /// A line of a mysql_table(5) file; `from` empty: its default.
  void in_table_file(const std::string& path, std::string_view name, const std::string& value, const std::string& from);

  void error(std::string_view name, const std::string& what);
  void warn(std::string_view name, const std::string& what);
  /// Notes an error for each setting nobody asked for, with the nearest known name.
  void finish();
  /// "maps.relay_domains.listen"; of the section itself if `name` is empty.
  [[nodiscard]] std::string full_name(std::string_view name = {}) const;
  /// "FILE:LINE" of this section, or of one of its settings.
  [[nodiscard]] std::string origin(std::string_view name = {}) const;

 private:
  explicit TomlSection(std::unique_ptr<Node> node);
  /// nullopt: absent, or no string, which is then noted as an error.
  void record(std::string_view name, std::string value);
  std::optional<std::string> string_at(std::string_view name, std::string_view expected);
  std::unique_ptr<Node> node_;
};

/// The word of `known` that `word` is most likely meant to be; empty: none is near.
[[nodiscard]] std::string nearest(std::string_view word, const std::vector<std::string>& known);

}  // namespace maproom::config
