#pragma once
// The tables of the two-Postfix harness: every parameter that can point at Maproom, its mysql_table(5) files, and the
// rows behind them. Nearly every row's value names the row, so that a reply tells which candidate was found.

#include <string>
#include <vector>

namespace maproom::test::two_postfix {

struct TestedMap {
  std::string name;                  ///< in main.cf as {name}; Maproom's socketmap name
  std::string parameter;             ///< what Maproom is told
  std::vector<std::string> queries;  ///< one mysql_table(5) file each, in order
};

/// `with_star`: transport_maps has a `*` row.
[[nodiscard]] std::vector<TestedMap> tested_maps(bool with_star);

/// Statements for the sample database. `sink_port`: where an SMTP server waits that offers neither STARTTLS nor more.
[[nodiscard]] std::string rows(int sink_port);

/// What a list of the rows knows, "alias" and "mailbox" besides those of table `pair`.
[[nodiscard]] std::vector<std::string> keys_of(const std::string& list);

/// What must have been seen of each row's value when all was said, if it can be seen at all. Rows that Postfix never
/// finds have "never" in their value.
[[nodiscard]] std::vector<std::string> marks();

/// The discard(8) services that the rows send mail to: they log the next hop, and their own name.
[[nodiscard]] std::string transports();

}  // namespace maproom::test::two_postfix
