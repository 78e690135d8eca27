#include "maproom/core/spawn.hpp"

#include <spdlog/spdlog.h>

#include <boost/asio/co_spawn.hpp>
#include <cstdlib>
#include <exception>

namespace maproom {
namespace {

/// There may be too little memory even for this line; then it is left out.
void tell(const std::string& task, const std::exception_ptr& error, const char* then) noexcept {
  try {
    try {
      std::rethrow_exception(error);
    } catch (const std::exception& e) {
      spdlog::error("event=bug task=\"{}\" what=\"{}\" then=\"{}\"", task, e.what(), then);
    } catch (...) {
      spdlog::error("event=bug task=\"{}\" what=\"not a std::exception\" then=\"{}\"", task, then);
    }
  } catch (...) {  // NOLINT(bugprone-empty-catch): there is nobody left to tell
  }
}

}  // namespace

void spawn(const boost::asio::any_io_executor& executor, std::string name, boost::asio::awaitable<void> coroutine) {
  boost::asio::co_spawn(executor, std::move(coroutine), [name = std::move(name)](const std::exception_ptr& error) {
    if (error) tell(name, error, "the daemon lives on without it");
  });
}

void spawn_essential(const boost::asio::any_io_executor& executor, std::string name,
                     boost::asio::awaitable<void> coroutine) {
  boost::asio::co_spawn(executor, std::move(coroutine), [name = std::move(name)](const std::exception_ptr& error) {
    if (!error) return;
    tell(name, error, "the process ends");
    spdlog::default_logger()->flush();
    std::_Exit(exit_of_a_bug);  // nothing can be trusted to be torn down
  });
}

void log_contained(const std::string& name, const std::exception_ptr& error) noexcept {
  tell(name, error, "it ends alone");
}

boost::asio::awaitable<bool> contain(std::string name, boost::asio::awaitable<void> coroutine) {
  try {
    co_await std::move(coroutine);
    co_return true;
  } catch (...) {
    log_contained(name, std::current_exception());
  }
  co_return false;
}

}  // namespace maproom
