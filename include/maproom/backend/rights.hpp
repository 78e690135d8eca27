#pragma once
// Rights: what an account of MariaDB may do beyond what Maproom needs of it. Pure.
//
// It needs SELECT on what the maps ask for, EXECUTE where a query calls something, SHOW VIEW at most, and, for the
// change feed, REPLICATION SLAVE and BINLOG MONITOR (MariaDB manual, GRANT). SELECT on *.* is more than that: it shows
// the password hashes of the server's own accounts and every other database.

#include <string>
#include <string_view>
#include <vector>

namespace maproom::backend {

/// "INSERT, UPDATE ON `mail`.*", several of them separated by "; "; empty: nothing is too much. `grants`: the rows of
/// SHOW GRANTS; what cannot be read in them is passed over. `follows`: the account is the change feed's. Passwords,
/// which the rows may hold, do not get into the outcome.
[[nodiscard]] std::string excess_rights(const std::vector<std::string>& grants, bool follows);

}  // namespace maproom::backend
