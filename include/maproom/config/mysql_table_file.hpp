#pragma once
// A mysql_table(5) file, as Postfix 3.7 to 3.10 reads it (docs/postfix-lookups.md, 6.1, 6.3, 6.4;
// global/dict_mysql.c). Pure: files named in `domain` are read by the caller.

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "maproom/backend/connection_settings.hpp"
#include "maproom/core/result.hpp"
#include "maproom/map/table.hpp"

namespace maproom::config {

struct MysqlTableFile {
  map::TableSettings table;
  backend::ConnectionSettings connection;
  std::vector<std::string> warnings;  ///< "line N: ..."
};

/// The text of a file, or why it cannot be read.
using ReadFile = std::function<Result<std::string>(const std::string& path)>;

/// Error: "line N: SETTING: what is wrong; what was expected". `connections`: the pool's bound.
[[nodiscard]] Result<MysqlTableFile> parse_mysql_table_file(std::string_view text, std::size_t connections,
                                                            const ReadFile& read_file);

/// The `domain` match list: names, "!name", and "/file" whose lines hold more of the same.
[[nodiscard]] Result<std::vector<std::string>> read_domain_list(std::string_view text, const ReadFile& read_file);

/// One of `hosts`: unix:/path, inet:host:port, host:port, host, localhost (the default Unix socket). A port may be the
/// name of a service, which is looked up on this host.
[[nodiscard]] Result<Endpoint> parse_mysql_host(std::string_view text);

/// Why this connection character set cannot be used safely, if it cannot.
[[nodiscard]] std::optional<std::string> charset_refusal(std::string_view charset);

}  // namespace maproom::config
