#pragma once
// within: an operation with a time limit; the only time-out mechanism beside the lookup's own deadline. sleep_for: a
// pause.
//
// Both the operation and the timer have come to their end when it returns, so nothing of the caller's is touched later.

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <chrono>
#include <optional>
#include <utility>
#include <variant>

namespace maproom {

/// Ends early only by cancellation.
inline boost::asio::awaitable<void> sleep_for(std::chrono::steady_clock::duration limit) {
  auto executor = co_await boost::asio::this_coro::executor;
  boost::asio::steady_timer timer{executor, limit};
  co_await timer.async_wait(boost::asio::as_tuple(boost::asio::use_awaitable));
}

/// nullopt: the limit passed first and the operation was cancelled. `operation` must not throw on cancellation.
template <class T>
boost::asio::awaitable<std::optional<T>> within(std::chrono::steady_clock::duration limit,
                                                boost::asio::awaitable<T> operation) {
  using namespace boost::asio::experimental::awaitable_operators;
  auto first = co_await (std::move(operation) || sleep_for(limit));
  if (first.index() != 0) co_return std::nullopt;
  co_return std::optional<T>{std::move(std::get<0>(first))};
}

}  // namespace maproom
