#pragma once
// A plan in the making: what is known of the host, what has been decided, and what refers to it. Pure.

#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "maproom/import/plan.hpp"
#include "maproom/import/table_list.hpp"
#include "parameter_facts.hpp"

namespace maproom::imports {

using Names = std::set<std::string, std::less<>>;

struct Draft {
  const PostfixParameters& parameters;
  const std::vector<Service>& services;
  const ImportWorld& world;
  ImportPlan plan{};
  Names done{};                     ///< parameters that have been looked at
  Names changed{};                  ///< those of plan.changes
  std::vector<std::string> left{};  ///< those of plan.left

  void change(std::string_view name, std::string value);
  void warn(std::string_view name, const std::string& what);
  void leave(std::string_view name, const std::string& why);

  /// The reference that an unset parameter is, if it is one.
  [[nodiscard]] std::optional<std::string_view> follows(std::string_view name) const;
  /// Whether a value refers to a parameter that is changed, by whatever way.
  [[nodiscard]] bool refers_to_changed(std::string_view raw) const;
};

/// The names behind the dollar signs of a value.
void names_in(std::string_view text, Names& names);

/// What follows from the changes: for what is left, for proxymap(8), for services with parameters of their own.
void draw_consequences(Draft& draft);

}  // namespace maproom::imports
