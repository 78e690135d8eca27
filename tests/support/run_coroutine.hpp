#pragma once
// Runs one coroutine on a private io_context to its end and hands over what it returned or threw.

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <exception>
#include <functional>
#include <optional>

namespace maproom::test {

/// Runs `context` until it has no more work; throws if a coroutine never came to its end.
void run_to_end(boost::asio::io_context& context, const bool& finished);

template <class T>
boost::asio::awaitable<void> keep(boost::asio::awaitable<T> coroutine, std::optional<T>& result) {
  T value = co_await std::move(coroutine);
  result.emplace(std::move(value));
}

template <class T>
T run_coroutine(boost::asio::io_context& context, boost::asio::awaitable<T> coroutine) {
  std::optional<T> result;
  std::exception_ptr error;
  bool finished = false;
  boost::asio::co_spawn(context, keep(std::move(coroutine), result), [&](std::exception_ptr e) {
    error = e;
    finished = true;
  });
  run_to_end(context, finished);
  if (error) std::rethrow_exception(error);
  return std::move(*result);
}

}  // namespace maproom::test
