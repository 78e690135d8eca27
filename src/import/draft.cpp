#include "draft.hpp"

namespace maproom::imports {

void Draft::change(std::string_view name, std::string value) {
  changed.emplace(name);
  Change made{std::string{name}, std::move(value), std::nullopt};
  if (parameters.is_set(name)) made.before = single_spaced(parameters.raw(name));
  plan.changes.push_back(std::move(made));
}

void Draft::warn(std::string_view name, const std::string& what) {
  plan.warnings.push_back(std::string{name} + ": " + what);
}

void Draft::leave(std::string_view name, const std::string& why) {
  left.emplace_back(name);
  plan.left.push_back(std::string{name} + ": " + why);
}

std::optional<std::string_view> Draft::follows(std::string_view name) const {
  if (parameters.is_set(name)) return std::nullopt;
  const auto value = [this](std::string_view of) { return with_single_blanks(parameters.value(of)); };
  for (const auto& each : followers)
    if (each.parameter == name && value(name) == value(each.follows())) return each.reference;
  return std::nullopt;
}

void names_in(std::string_view text, Names& names) {
  for (auto at = text.find('$'); at != std::string_view::npos; at = text.find('$', at)) {
    at = std::min(text.find_first_not_of("${( ", at), text.size());
    auto end = at;
    while (end < text.size() && (text[end] == '_' || (text[end] >= '0' && text[end] <= '9') ||
                                 (text[end] >= 'a' && text[end] <= 'z') || (text[end] >= 'A' && text[end] <= 'Z')))
      ++end;
    names.emplace(text.substr(at, end - at));
    at = end;
  }
}

bool Draft::refers_to_changed(std::string_view raw) const {
  Names seen;
  std::vector<std::string> open{std::string{raw}};
  while (!open.empty()) {
    Names names;
    names_in(open.back(), names);
    open.pop_back();
    for (const auto& name : names) {
      if (changed.contains(name)) return true;
      if (!seen.insert(name).second) continue;
      const auto reference = follows(name);
      open.push_back(reference ? std::string{*reference} : parameters.raw(name));
    }
  }
  return false;
}

}  // namespace maproom::imports
