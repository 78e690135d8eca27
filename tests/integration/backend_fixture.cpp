#include "integration/backend_fixture.hpp"

#include <boost/asio/co_spawn.hpp>
#include <stdexcept>

#include "support/run_coroutine.hpp"

namespace maproom::test {
namespace asio = boost::asio;
namespace {

/// Owns what the fetch refers to.
asio::awaitable<Result<backend::Fetched>> fetch(backend::Pool& pool, std::string text, std::string key,
                                                backend::Deadline deadline) {
  const auto query = query::QueryTemplate::parse(std::move(text));
  if (!query) co_return query.error();
  auto answer = co_await pool.fetch(*query, key, deadline);
  co_return answer;
}

asio::awaitable<void> hand_over(asio::awaitable<Result<backend::Fetched>> asking,
                                std::function<void(Result<backend::Fetched>)> answered) {
  auto answer = co_await std::move(asking);
  answered(std::move(answer));
}

}  // namespace

PrivateMariadb& probe_server() {
  static PrivateMariadb server;
  static const bool prepared = [] {
    server.sql("CREATE DATABASE probe CHARACTER SET utf8mb4");
    for (const char* host : {"localhost", "127.0.0.1"})
      server.sql("CREATE USER reader@'" + std::string{host} +
                 "' IDENTIFIED BY 'secret'; GRANT SELECT, INSERT, EXECUTE ON probe.* TO reader@'" + host +
                 "'; GRANT PROCESS ON *.* TO reader@'" + host + "'");
    return true;
  }();
  static_cast<void>(prepared);
  return server;
}

PoolTest::~PoolTest() {
  for (auto& one : pools_) one->stop();
  io.restart();
  io.run_for(std::chrono::seconds{10});
}

backend::ConnectionSettings PoolTest::settings(std::size_t connections) const {
  backend::ConnectionSettings with;
  with.hosts = {{Endpoint::Kind::unix_socket, {}, 0, server.socket()}};
  with.user = "reader";
  with.password = "secret";
  with.database = "probe";
  with.connections = connections;
  return with;
}

backend::ConnectionSettings PoolTest::over_tcp(const std::string& host, int port) {
  backend::ConnectionSettings with;
  with.hosts = {{Endpoint::Kind::inet, host, static_cast<std::uint16_t>(port), {}}};
  with.user = "reader";
  with.password = "secret";
  with.database = "probe";
  return with;
}

backend::Pool& PoolTest::pool(backend::ConnectionSettings with) {
  pools_.push_back(std::make_unique<backend::Pool>(io.get_executor(), std::move(with)));
  return *pools_.back();
}

PoolTest::Answer PoolTest::ask(backend::Pool& pool, const std::string& query, const std::string& key,
                               milliseconds limit) {
  return run_coroutine(io, fetch(pool, query, key, Clock::now() + limit));
}

void PoolTest::start_asking(backend::Pool& pool, const std::string& query, milliseconds limit,
                            std::function<void(Answer)> answered) {
  asio::co_spawn(io, hand_over(fetch(pool, query, "key", Clock::now() + limit), std::move(answered)),
                 [](std::exception_ptr error) {
                   if (error) std::rethrow_exception(error);
                 });
}

bool PoolTest::pump_until(const std::function<bool()>& condition, milliseconds limit) {
  const auto end = Clock::now() + limit;
  while (!condition()) {
    if (Clock::now() >= end) return false;
    io.restart();
    io.run_one_for(milliseconds{5});
  }
  return true;
}

std::string PoolTest::value(const Answer& answer) {
  if (!answer) return "<" + answer.error().detail + ">";
  const auto& rows = answer->rows.rows;
  if (rows.size() != 1 || rows[0].size() != 1) return "<" + std::to_string(rows.size()) + " rows>";
  return rows[0][0].value_or("<NULL>");
}

}  // namespace maproom::test
