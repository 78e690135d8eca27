#pragma once
// The sample world behind all eight maps of the port table, each on a tcp: port of its own and all on socketmap:.

#include <string>

#include "support/daemon.hpp"
#include "support/postmap.hpp"
#include "support/private_mariadb.hpp"
#include "support/private_redis.hpp"

namespace maproom::test {

/// [maps.*] sections in the shape of conf/, and the rest; `more` is put in front, `redis` may be null.
[[nodiscard]] std::string sample_config(const PrivateMariadb& mariadb, const PrivateRedis* redis, Ports& ports,
                                        const std::string& socketmap_path, const std::string& cache = {});

/// "tcp", "socketmap-inet", "socketmap-unix": how Postfix would name the map's table.
[[nodiscard]] std::string table_of(const std::string& map, const std::string& protocol, Ports& ports,
                                   const std::string& socketmap_path);

/// One MariaDB for a whole test program: installing one takes longer than most tests.
PrivateMariadb& shared_mariadb();

}  // namespace maproom::test
