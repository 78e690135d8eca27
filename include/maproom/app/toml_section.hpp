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

#include "maproom/core/result.hpp"
#include "maproom/net/endpoint.hpp"

namespace maproom::app {

/// Errors and warnings of one file, in the order found.
struct Findings {
  std::vector<std::string> errors, warnings;
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
  void get_endpoint(std::string_view name, std::optional<net::Endpoint>& target);
  void get_endpoints(std::string_view name, std::vector<net::Endpoint>& target);

  [[nodiscard]] bool has(std::string_view name);
  [[nodiscard]] bool is_list(std::string_view name);
  /// A table of this name; nullopt if absent (or if it is no table, which is an error).
  [[nodiscard]] std::optional<TomlSection> section(std::string_view name);
  /// All sub-tables, in the file's order.
  [[nodiscard]] std::vector<std::pair<std::string, TomlSection>> sections();
  /// The elements of an array of tables.
  [[nodiscard]] std::vector<TomlSection> elements(std::string_view name);

  void error(std::string_view name, const std::string& what);
  void warn(std::string_view name, const std::string& what);
  /// Notes an error for each setting nobody asked for, with the nearest known name.
  void finish();
  /// "FILE:LINE" of this section, or of one of its settings.
  [[nodiscard]] std::string origin(std::string_view name = {}) const;

 private:
  explicit TomlSection(std::unique_ptr<Node> node);
  std::unique_ptr<Node> node_;
};

/// The word of `known` that `word` is most likely meant to be; empty: none is near.
[[nodiscard]] std::string nearest(std::string_view word, const std::vector<std::string>& known);

}  // namespace maproom::app
