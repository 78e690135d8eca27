#pragma once
// Trial: would a pool with these settings be let in? One connection is made and closed again. For a reload, so that a
// password with a typing mistake is told while the old connections still answer, and not by the first lookup.

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <string>

#include "maproom/backend/backend.hpp"
#include "maproom/backend/connection_settings.hpp"

namespace maproom::backend {

enum class Admission {
  let_in,   ///< a host let us in
  refused,  ///< none did, and one refuses for a reason that no waiting mends: password, user, database, option file
  unknown,  ///< no host answers, or it serves nobody now
};

struct Trial {
  Admission admission = Admission::unknown;
  std::string detail;  ///< one line, no secrets; empty when let in
};

/// The hosts in their order. Ends by `deadline`.
[[nodiscard]] boost::asio::awaitable<Trial> try_settings(boost::asio::any_io_executor executor,
                                                         ConnectionSettings settings, Deadline deadline);

}  // namespace maproom::backend
