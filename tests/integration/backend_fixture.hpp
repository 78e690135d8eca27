#pragma once
// A pool against a real MariaDB, and the verbs of its tests: ask, and let time pass until something is so.

#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>
#include <chrono>
#include <functional>
#include <memory>
#include <string>

#include "maproom/backend/pool.hpp"
#include "support/private_mariadb.hpp"

namespace maproom::test {

/// The test program's server, with a database `probe` and an account `reader`, password "secret".
PrivateMariadb& probe_server();

class PoolTest : public testing::Test {
 protected:
  using Clock = std::chrono::steady_clock;
  using milliseconds = std::chrono::milliseconds;
  using Answer = Result<backend::Fetched>;

  ~PoolTest() override;

  PrivateMariadb& server = probe_server();
  boost::asio::io_context io{1};

  [[nodiscard]] backend::ConnectionSettings settings(std::size_t connections = 4) const;
  /// The account over TCP.
  [[nodiscard]] static backend::ConnectionSettings over_tcp(const std::string& host, int port);
  backend::Pool& pool(backend::ConnectionSettings with);
  backend::Pool& pool() { return pool(settings()); }

  /// Asks and waits for the answer.
  Answer ask(backend::Pool& pool, const std::string& query, const std::string& key = "key",
             milliseconds limit = milliseconds{5000});
  /// Asks and goes on; `answered` is called with the answer.
  void start_asking(backend::Pool& pool, const std::string& query, milliseconds limit,
                    std::function<void(Answer)> answered);
  /// Runs the loop until the condition holds; false: not within the limit.
  bool pump_until(const std::function<bool()>& condition, milliseconds limit = milliseconds{20'000});

  /// The answer's one value; an error's text in angle brackets.
  static std::string value(const Answer& answer);

 private:
  std::vector<std::unique_ptr<backend::Pool>> pools_;
};

}  // namespace maproom::test
