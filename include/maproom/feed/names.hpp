#pragma once
// Names of databases, tables and columns, compared so that no two spellings of one are ever taken for two. Pure.
//
// With lower_case_table_names = 1 or 2 (MariaDB manual, "Identifier Case-sensitivity") the query, information_schema
// and the binlog may spell one name in three ways. Where the server does tell capitals apart, two tables taken for one
// only drop more.

#include <string>
#include <string_view>

namespace maproom::feed {

/// A to Z as a to z.
[[nodiscard]] std::string lower(std::string_view text);

/// May the two be one name? Letters beyond ASCII may stand for any other of them.
[[nodiscard]] bool may_be_one_name(std::string_view a, std::string_view b);

}  // namespace maproom::feed
