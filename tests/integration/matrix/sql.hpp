#pragma once
// A connection to MariaDB that stays open from one statement to the next, with what a session holds: transactions,
// temporary tables, variables.

#include <mysql.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace maproom::test::matrix {

class Sql {
 public:
  using Row = std::vector<std::optional<std::string>>;

  /// Throws when it cannot be had. `database` may be empty.
  Sql(const std::string& socket, const std::string& user, const std::string& password, const std::string& database);

  /// Statements separated by ";". The rows of the first that has any; throws with the server's message.
  std::vector<Row> run(const std::string& statements);
  [[nodiscard]] std::string quoted(const std::string& text);

 private:
  struct Close {
    void operator()(MYSQL* link) const { mysql_close(link); }
  };
  std::unique_ptr<MYSQL, Close> link_;
};

}  // namespace maproom::test::matrix
