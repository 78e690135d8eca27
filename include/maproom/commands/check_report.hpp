#pragma once
// CheckReport: what `check` has found. A line is printed as it is found, for a person; as JSON all of them stand in one
// document at the end. `doctor` reads the JSON.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace maproom::commands {

/// What a finding is about.
enum class About : std::uint8_t {
  configuration,
  postfix,  ///< [postfix] beside main.cf
  files,    ///< what the service's user can read and make
  tables,   ///< queries, indexes, stored values
  feed,
  redis,
  itself,  ///< how the check was done
};

struct CheckFinding {
  enum class Level : std::uint8_t { note, warning, error } level = Level::note;
  About about = About::tables;
  std::string what;
};

class CheckReport {
 public:
  explicit CheckReport(bool json) : json_{json} {}

  void note(About about, std::string what) { add({CheckFinding::Level::note, about, std::move(what)}); }
  void warn(About about, std::string what) { add({CheckFinding::Level::warning, about, std::move(what)}); }
  void error(About about, std::string what) { add({CheckFinding::Level::error, about, std::move(what)}); }

  [[nodiscard]] bool has_errors() const noexcept { return has(CheckFinding::Level::error); }
  [[nodiscard]] bool has_warnings() const noexcept { return has(CheckFinding::Level::warning); }
  /// Once, at the end: the JSON, or, where all is well, `good` for a person.
  void finish(const std::string& good) const;

 private:
  void add(CheckFinding finding);
  [[nodiscard]] bool has(CheckFinding::Level level) const noexcept;
  bool json_;
  std::vector<CheckFinding> findings_;
};

/// Of a report's JSON; nullopt: it is none.
[[nodiscard]] std::optional<std::vector<CheckFinding>> check_findings(std::string_view json);

}  // namespace maproom::commands
