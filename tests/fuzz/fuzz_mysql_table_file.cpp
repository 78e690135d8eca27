// mysql_table(5) files of any bytes: what is taken is complete and safe, and what is refused says where and does not
// show the password. Input: the file.

#include <algorithm>
#include <string>

#include "maproom/config/mysql_table_file.hpp"
#include "maproom/map/text_table.hpp"
#include "property.hpp"

using namespace maproom;
using maproom::fuzz::require;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto text = fuzz::as_text(data, size);
  const config::ReadFile read_file = [](const std::string& path) -> Result<std::string> {
    if (path == "/domains") return std::string{"a.example, !b.example # c\n# d\n!!e.example\n"};
    return fail(Errc::invalid, path + ": cannot be read");
  };
  const auto file = config::parse_mysql_table_file(text, 4, read_file);
  if (!file) {
    require(!file.error().detail.empty(), "a refusal says why");
  } else {
    const auto& connection = file->connection;
    require(!connection.hosts.empty(), "there is a host to ask");
    require(!connection.database.empty(), "there is a database to ask");
    require(!file->table.query.empty(), "there is a query");
    require(!file->table.result_format.empty(), "there is a result_format");
    require(!config::charset_refusal(connection.charset), "the character set is one that quoting is right for");
    require(std::is_partitioned(connection.hosts.begin(), connection.hosts.end(),
                                [](const auto& host) { return host.kind == Endpoint::Kind::unix_socket; }),
            "Unix sockets come first");
    for (const bool smtputf8 : {false, true}) {
      const auto table = map::Table::compile(file->table, smtputf8);
      if (!table) {
        require(!table.error().detail.empty(), "a refusal says why");
        continue;
      }
      require(!table->asks(""), "an empty key is not asked");
      if (!file->table.domain.empty())
        require(!table->asks("user") && !table->asks("@a.example") && !table->asks("user@"),
                "with a domain list only whole addresses are asked");
    }
  }

  for (const bool smtputf8 : {false, true}) {
    const auto table = map::TextTable::parse(text, smtputf8);
    require(table.find("") == nullptr, "no text table holds an empty key");
    require(table.size() + table.warnings().size() <=
                2 * static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n') + 1),
            "a line of a text table is at most one entry and two warnings");
  }
  return 0;
}
