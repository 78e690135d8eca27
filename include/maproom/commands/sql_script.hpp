#pragma once
// A file of SQL statements, one after the other, as migrations are made of: where each begins and ends. Pure.
//
// A statement ends at a semicolon that stands in no literal, quoted name or comment, nor in the body of a routine
// (CREATE PROCEDURE ... BEGIN ... END). The client's own DELIMITER is not known: the files are for the server.

#include <string>
#include <string_view>
#include <vector>

namespace maproom::commands {

/// Without their semicolons; comments before a statement belong to it, and what holds nothing else is none.
[[nodiscard]] std::vector<std::string> sql_statements(std::string_view script);

}  // namespace maproom::commands
