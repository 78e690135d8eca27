#include "maproom/core/spawn.hpp"

#include <spdlog/spdlog.h>

#include <boost/asio/co_spawn.hpp>
#include <exception>

namespace maproom {

void spawn(const boost::asio::any_io_executor& executor, std::string name, boost::asio::awaitable<void> coroutine) {
  boost::asio::co_spawn(executor, std::move(coroutine), [name = std::move(name)](std::exception_ptr error) {
    if (!error) return;
    try {
      std::rethrow_exception(error);
    } catch (const std::exception& e) {
      spdlog::error("event=bug task={} what=\"{}\"", name, e.what());
    } catch (...) {
      spdlog::error("event=bug task={} what=\"not a std::exception\"", name);
    }
  });
}

}  // namespace maproom
