#include "integration/matrix/sql.hpp"

#include <stdexcept>

namespace maproom::test::matrix {

Sql::Sql(const std::string& socket, const std::string& user, const std::string& password, const std::string& database)
    : link_{mysql_init(nullptr)} {
  mysql_options(link_.get(), MYSQL_SET_CHARSET_NAME, "utf8mb4");
  if (mysql_real_connect(link_.get(), nullptr, user.c_str(), password.c_str(),
                         database.empty() ? nullptr : database.c_str(), 0, socket.c_str(),
                         CLIENT_MULTI_STATEMENTS) == nullptr)
    throw std::runtime_error{mysql_error(link_.get())};
}

std::vector<Sql::Row> Sql::run(const std::string& statements) {
  std::vector<Row> rows;
  bool had_rows = false;
  int more = mysql_real_query(link_.get(), statements.data(), statements.size()) == 0 ? 0 : 1;
  while (more == 0) {
    if (auto* const result = mysql_store_result(link_.get()); result != nullptr) {
      const std::unique_ptr<MYSQL_RES, void (*)(MYSQL_RES*)> owner{result, mysql_free_result};
      for (auto* row = had_rows ? nullptr : mysql_fetch_row(result); row != nullptr; row = mysql_fetch_row(result)) {
        const auto* const lengths = mysql_fetch_lengths(result);
        auto& mine = rows.emplace_back();
        for (unsigned i = 0; i < mysql_num_fields(result); ++i)
          mine.push_back(row[i] == nullptr ? std::nullopt : std::optional{std::string{row[i], lengths[i]}});
      }
      had_rows = true;
    }
    more = mysql_next_result(link_.get());
  }
  if (mysql_errno(link_.get()) != 0) throw std::runtime_error{mysql_error(link_.get())};
  return rows;
}

std::string Sql::quoted(const std::string& text) {
  std::string quoted(2 * text.size() + 1, '\0');
  quoted.resize(mysql_real_escape_string(link_.get(), quoted.data(), text.data(), text.size()));
  return quoted;
}

}  // namespace maproom::test::matrix
