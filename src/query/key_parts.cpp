#include "maproom/query/key_parts.hpp"

#include "maproom/query/query_template.hpp"

namespace maproom::query {

KeyParts split_at_last_at(std::string_view text) {
  const auto at = text.rfind('@');
  if (at == std::string_view::npos) return {text, {}, false};
  return {text.substr(0, at), text.substr(at + 1), true};
}

std::vector<std::string_view> labels_of(std::string_view text) {
  std::vector<std::string_view> labels;
  auto rest = split_at_last_at(text).domain;
  while (!rest.empty()) {
    const auto dot = rest.rfind('.');
    const auto label = dot == std::string_view::npos ? rest : rest.substr(dot + 1);
    if (!label.empty()) labels.push_back(label);
    rest = dot == std::string_view::npos ? std::string_view{} : rest.substr(0, dot);
  }
  return labels;
}

std::string_view part_of(std::string_view text, char expansion) {
  switch (expansion) {
    case 's':
    case 'S':
      return text;
    case 'u':
    case 'U':
      return split_at_last_at(text).user;
    case 'd':
    case 'D':
      return split_at_last_at(text).domain;
    default: {
      const auto labels = labels_of(text);
      const auto index = static_cast<std::size_t>(expansion - '1');
      return index < labels.size() ? labels[index] : std::string_view{};
    }
  }
}

bool KeyNeeds::met_by(std::string_view key) const {
  if (!user && !domain && labels == 0) return true;
  const auto parts = split_at_last_at(key);
  if (user && parts.has_at && parts.user.empty()) return false;
  if ((domain || labels > 0) && parts.domain.empty()) return false;
  return labels == 0 || labels_of(key).size() >= static_cast<std::size_t>(labels);
}

KeyNeeds operator|(KeyNeeds a, KeyNeeds b) {
  return {a.user || b.user, a.domain || b.domain, a.labels > b.labels ? a.labels : b.labels};
}

}  // namespace maproom::query
