#pragma once
// ConnectionSettings: where and how to reach MariaDB; what mysql_table(5) calls hosts, user, password, dbname,
// charset, option_file, option_group and tls_*. Two maps with equal settings share one pool.

#include <chrono>
#include <cstddef>
#include <string>
#include <vector>

#include "maproom/core/endpoint.hpp"

namespace maproom::backend {

struct ConnectionSettings {
  /// In order of preference. mysql_table(5)'s "localhost" is the default Unix socket.
  std::vector<Endpoint> hosts;
  std::string user;
  std::string password;
  std::string database;
  std::string charset = "utf8mb4";
  std::string option_file;   ///< empty: none (mysql_table files: the library's defaults are read, see option_group)
  std::string option_group;  ///< empty: no option file is read at all
  std::string tls_ca_file, tls_ca_path, tls_cert_file, tls_key_file, tls_ciphers;
  bool tls_verify_cert = false;
  std::size_t connections = 4;                      ///< the pool's bound: never more SQL connections than this
  std::chrono::milliseconds idle_interval{60'000};  ///< a connection unused for longer is closed

  friend bool operator==(const ConnectionSettings&, const ConnectionSettings&) = default;
};

}  // namespace maproom::backend
