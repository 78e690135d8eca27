#include "checker/groups.hpp"

namespace maproom::checker {

std::vector<std::string> keys_of(int group) {
  if (is_of_mailboxes(group)) return {keys_of(group - written_groups).front()};
  const auto number = std::to_string(group);
  if (is_of_numbers(group)) return {number + "@n.example"};
  const auto domain = "@g" + number + ".example";
  return {"a" + domain, "b" + domain, domain};
}

const std::vector<std::string>& maps_of(int group) {
  static const std::vector<std::string> of_aliases{"aliases", "keyed"};
  static const std::vector<std::string> of_numbers{"numbers"};
  static const std::vector<std::string> of_mailboxes{"mailboxes"};
  return is_of_mailboxes(group) ? of_mailboxes : is_of_numbers(group) ? of_numbers : of_aliases;
}

std::vector<std::vector<std::string>> questions_of(int group) {
  const auto keys = keys_of(group);
  // The numbers' map has no catch-all: its query needs the part before the @.
  if (!is_of_aliases(group)) return {{keys[0]}};
  return {{keys[0], keys[2]}, {keys[1], keys[2]}};
}

}  // namespace maproom::checker
