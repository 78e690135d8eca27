#pragma once
// Handshake: the one part of a connect that libmariadb does not suspend. Its TLS handshake reads and polls in our
// thread, without a limit. A non-blocking descriptor, its MARIADB_OPT_IO_WAIT hook and its connect time-out bound that
// to about a second and a half; the TLS tests in tests/integration hold a silent peer against it (libmariadb 3.3).

#include <mysql.h>

#include "maproom/backend/backend.hpp"

namespace maproom::backend {

/// While it lives, wait_in_handshake() may wait until the deadline, but never for long. Does not nest.
class HandshakeScope {
 public:
  explicit HandshakeScope(Deadline deadline);
  ~HandshakeScope();
  HandshakeScope(const HandshakeScope&) = delete;
  HandshakeScope& operator=(const HandshakeScope&) = delete;
};

/// For mysql_options(MARIADB_OPT_IO_WAIT): above 0 ready, 0 not in time. Outside of a handshake nobody may wait in the
/// loop's thread: 0 at once.
int wait_in_handshake(my_socket socket, my_bool is_read, int ignored_timeout);

}  // namespace maproom::backend
