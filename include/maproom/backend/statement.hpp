#pragma once
// What can be told about a statement from its first word. Pure.
//
// A pool asks two things: may a statement be sent again when the connection died under it, and may it have changed the
// session (autocommit, sql_mode, a transaction left open) that later statements of other lookups would inherit.

#include <string_view>

namespace maproom::backend {

/// SELECT, WITH, VALUES or SHOW, behind blanks, comments and opening parentheses. Anything else, above all CALL, and
/// everything in doubt (an executable comment) is not one.
[[nodiscard]] bool only_reads(std::string_view statement);

}  // namespace maproom::backend
