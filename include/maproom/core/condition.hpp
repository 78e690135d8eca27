#pragma once
// Condition: coroutines of one executor wait until somebody says that something has changed, or until a deadline. The
// only condition variable here; for a pause alone there is sleep_for() (core/deadline.hpp).

#include <algorithm>
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <memory>
#include <utility>
#include <vector>

#include "maproom/core/clock.hpp"

namespace maproom {

/// As with any condition variable, what is waited for is looked at before and after: who begins to wait later than a
/// notify_all() is not woken by it. The executor runs one thing at a time. A wait may outlive the Condition. Copies are
/// one and the same.
class Condition {
 public:
  explicit Condition(boost::asio::any_io_executor executor) : executor_{std::move(executor)} {}

  /// Wakes all who wait now. They go on later, never within this call.
  void notify_all() {
    for (auto* waiter : std::exchange(*waiters_, {})) {
      waiter->woken = true;
      waiter->timer.cancel();
    }
  }

  /// true: woken; false: it is `end`, or the coroutine was cancelled.
  [[nodiscard]] boost::asio::awaitable<bool> wait_until(TimePoint end) {
    Waiter self{boost::asio::steady_timer{executor_, end}};
    const Place place{waiters_, self};
    co_await self.timer.async_wait(boost::asio::as_tuple(boost::asio::use_awaitable));
    co_return self.woken;
  }
  [[nodiscard]] boost::asio::awaitable<bool> wait_for(Clock::duration limit) {
    return wait_until(Clock::now() + limit);
  }

 private:
  struct Waiter {
    boost::asio::steady_timer timer;
    bool woken = false;
  };
  using Waiters = std::vector<Waiter*>;
  /// In the list for as long as the wait lives.
  struct Place {
    Place(std::shared_ptr<Waiters> list, Waiter& own) : waiters{std::move(list)}, waiter{own} {
      waiters->push_back(&waiter);
    }
    ~Place() { std::erase(*waiters, &waiter); }
    Place(const Place&) = delete;
    Place& operator=(const Place&) = delete;
    std::shared_ptr<Waiters> waiters;
    Waiter& waiter;
  };

  boost::asio::any_io_executor executor_;
  std::shared_ptr<Waiters> waiters_ = std::make_shared<Waiters>();
};

}  // namespace maproom
