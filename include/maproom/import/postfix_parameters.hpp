#pragma once
// PostfixParameters: what a main.cf says, word for word and expanded, with Postfix's defaults for what it does not say.
// Pure: who runs postconf, or asks the system for its name, is the caller.
//
// Where postconf is there, its -x output gives the value of everything that is not set, and has to agree with what we
// make of everything that is; where they differ, or where a value refers to a parameter that is not known, there is a
// doubt, and nothing that depends on it may be imported.

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "maproom/config/main_cf_syntax.hpp"
#include "maproom/core/result.hpp"
#include "maproom/import/expand.hpp"

namespace maproom::imports {

class PostfixParameters {
 public:
  /// `directory`: main.cf's, absolute, which is $config_directory. Error: "line N: ...", as Postfix would not start.
  /// By itself: with the defaults of Postfix 3.7; `host_name` as gethostname(2) has it.
  [[nodiscard]] static Result<PostfixParameters> by_itself(std::string_view main_cf, const std::string& directory,
                                                           const std::string& host_name);
  /// With what "postconf -c DIRECTORY -x" prints.
  [[nodiscard]] static Result<PostfixParameters> with_postconf(std::string_view main_cf, std::string_view postconf_x);

  [[nodiscard]] bool is_set(std::string_view name) const { return given_.contains(name); }
  /// As main.cf has it, unexpanded; empty if it is not set.
  [[nodiscard]] std::string raw(std::string_view name) const;
  /// Expanded, and the default if it is not set; empty if there is no such parameter. A doubtful one as well as it
  /// goes.
  [[nodiscard]] std::string value(std::string_view name) const;
  /// Why value() is not to be relied on.
  [[nodiscard]] std::optional<std::string> doubt(std::string_view name) const;
  /// What main.cf or the default says, not expanded; nullopt: there is no such parameter.
  [[nodiscard]] std::optional<Setting> setting(std::string_view name) const;
  /// Any text with the parameters that it refers to.
  [[nodiscard]] Result<Expanded> expand(std::string_view text) const;
  /// The names that main.cf sets, sorted.
  [[nodiscard]] std::vector<std::string> names() const;
  /// Oddities of the file: "line N: ...".
  [[nodiscard]] const std::vector<std::string>& warnings() const noexcept { return warnings_; }

 private:
  struct Value {
    std::string text;
    bool final = false;  ///< expanded already
  };
  [[nodiscard]] static Result<PostfixParameters> parse(std::string_view main_cf);

  std::map<std::string, config::Definition, std::less<>> given_;
  std::map<std::string, Value, std::less<>> defaults_;
  std::map<std::string, std::string, std::less<>> postconf_;  ///< what postconf says of those that are set
  bool has_postconf_ = false;
  std::vector<std::string> warnings_;
};

/// Runs of white space as one blank: postconf prints values so.
[[nodiscard]] std::string with_single_blanks(std::string_view text);

}  // namespace maproom::imports
