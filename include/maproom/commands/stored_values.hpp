#pragma once
// Stored values that Postfix takes for something else than was meant, one sentence each with what to do. Pure.
//
// Sources: transport(5), access(5), postconf(5) (sender_dependent_relayhost_maps, smtp_tls_policy_maps), and Postfix's
// trivial-rewrite, smtpd_check.c, smtp_tls_policy.c, cleanup_map1n.c for what becomes of such mail.

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace maproom::commands {

/// What is wrong with a value of this Postfix parameter; nullopt: nothing known. It reads behind `the value "..." of
/// KEY`, and shows of the value no control characters, and no more than the beginning. `virtual_is_wrong`: mailboxes
/// are a map of Maproom's; where virtual(8) delivers into them, import leaves virtual_mailbox_maps to it.
[[nodiscard]] std::optional<std::string> judge_value(std::string_view parameter, std::string_view value,
                                                     bool virtual_is_wrong);

/// Values of this parameter are one thing each (a transport, an action): several, joined with commas, are a mistake.
[[nodiscard]] bool takes_one_value(std::string_view parameter);

/// The addresses of an alias' value, folded to lower case.
[[nodiscard]] std::vector<std::string> alias_targets(std::string_view value);

/// Addresses, each with what it is an alias for; those that are no alias need not be there.
using Aliases = std::map<std::string, std::vector<std::string>>;
/// "a -> b -> a", a way from `start` back to an address on it; an alias that keeps its own address is none. nullopt:
/// there is none.
[[nodiscard]] std::optional<std::string> alias_loop(const Aliases& aliases, const std::string& start);

}  // namespace maproom::commands
