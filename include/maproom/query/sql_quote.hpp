#pragma once
// Quoting text for the inside of a literal, by the rules of the connection. Pure.

#include <string>
#include <string_view>

#include "maproom/query/query_template.hpp"

namespace maproom::query {

/// Appends `text` as it must stand in a literal that `quote` encloses. With backslash escapes, the same bytes that
/// mysql_real_escape_string(3) escapes; under NO_BACKSLASH_ESCAPES the enclosing quote is doubled (which that function
/// does for ' only). Right for utf8mb4 and every character set whose multi-byte characters hold no byte below 0x80.
void append_sql_quoted(std::string& out, std::string_view text, char quote, SqlMode mode);

}  // namespace maproom::query
