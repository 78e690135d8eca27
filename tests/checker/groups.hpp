#pragma once
// Groups: the keys that the checker changes and asks for. Each group has one writer, so that its states follow one
// another. Pure.

#include <string>
#include <vector>

namespace maproom::checker {

/// Of the table `alias`: two addresses and the catch-all of one domain.
constexpr int alias_groups = 24;
/// Of the table `numbers`, which has integers only: one key each.
constexpr int number_groups = 4;
/// What the writers write to.
constexpr int written_groups = alias_groups + number_groups;
/// Of the table `mailbox`, whose rows nobody changes: the first address of each group of aliases, so that an address
/// that is an alias is a mailbox too.
constexpr int mailbox_groups = alias_groups;
constexpr int groups = written_groups + mailbox_groups;
constexpr const char* mailbox_value = "box";

[[nodiscard]] constexpr bool is_of_aliases(int group) { return group < alias_groups; }
[[nodiscard]] constexpr bool is_of_mailboxes(int group) { return group >= written_groups; }
[[nodiscard]] constexpr bool is_of_numbers(int group) { return !is_of_aliases(group) && !is_of_mailboxes(group); }
/// Its first key is always found, wherever its row stands.
[[nodiscard]] constexpr bool is_invariant(int group) { return is_of_aliases(group) && group % 3 == 0; }

/// Without a row when the daemons start: its domain is new to them when the first one comes.
[[nodiscard]] constexpr bool is_new(int group) { return is_of_numbers(group) || group % 3 == 1; }

/// The first ones, which change most often.
constexpr int hot_groups = 4;

[[nodiscard]] std::vector<std::string> keys_of(int group);
/// The maps that hold them.
[[nodiscard]] const std::vector<std::string>& maps_of(int group);
/// The keys that one may ask for, each with its candidates in Postfix's order, itself first.
[[nodiscard]] std::vector<std::vector<std::string>> questions_of(int group);

}  // namespace maproom::checker
