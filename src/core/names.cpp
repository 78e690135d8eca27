#include "maproom/core/names.hpp"

#include <netdb.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <system_error>
#include <thread>

#include "maproom/core/deadline.hpp"

namespace maproom {
namespace asio = boost::asio;
namespace {

/// Owned by the thread that asks and by all who wait.
struct Lookup {
  Lookup() = default;
  ~Lookup() { ::close(ended); }
  Lookup(const Lookup&) = delete;
  Lookup& operator=(const Lookup&) = delete;

  /// Readable for good once there is an outcome.
  int ended = ::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  std::mutex mutex;
  std::optional<Result<std::vector<std::string>>> outcome;
};

Result<std::vector<std::string>> ask(const std::string& host) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* list = nullptr;
  if (const int error = ::getaddrinfo(host.c_str(), nullptr, &hints, &list); error != 0)
    return fail(Errc::unavailable, ::gai_strerror(error));
  const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> owned{list, &::freeaddrinfo};
  std::vector<std::string> addresses;
  for (const auto* each = list; each != nullptr; each = each->ai_next) {
    std::array<char, NI_MAXHOST> text{};
    if (::getnameinfo(each->ai_addr, each->ai_addrlen, text.data(), text.size(), nullptr, 0, NI_NUMERICHOST) == 0)
      addresses.emplace_back(text.data());
  }
  return addresses;
}

std::shared_ptr<Lookup> lookup_of(const std::string& host) {
  // By the loop's thread alone.
  static std::map<std::string, std::weak_ptr<Lookup>> running;  // NOLINT
  std::erase_if(running, [](const auto& each) { return each.second.expired(); });
  if (const auto known = running.find(host); known != running.end()) {
    auto lookup = known->second.lock();
    const std::lock_guard lock{lookup->mutex};
    if (!lookup->outcome) return lookup;
  }
  auto lookup = std::make_shared<Lookup>();
  running[host] = lookup;
  std::thread{[lookup, host] {
    auto outcome = ask(host);
    const std::lock_guard lock{lookup->mutex};
    lookup->outcome = std::move(outcome);
    static_cast<void>(::eventfd_write(lookup->ended, 1));
  }}.detach();
  return lookup;
}

asio::awaitable<bool> readable(asio::posix::stream_descriptor& descriptor) {
  boost::system::error_code error;
  co_await descriptor.async_wait(asio::posix::stream_descriptor::wait_read,
                                 asio::redirect_error(asio::use_awaitable, error));
  co_return !error;
}

}  // namespace

asio::awaitable<Result<std::vector<std::string>>> addresses_of(asio::any_io_executor executor, std::string host,
                                                               TimePoint deadline) {
  const auto trouble = [&](Errc code, const std::string& what) {
    return fail(code, "cannot resolve " + host + ": " + what);
  };
  std::shared_ptr<Lookup> lookup;
  try {
    lookup = lookup_of(host);
  } catch (const std::system_error& error) {
    co_return trouble(Errc::unavailable, error.what());
  }
  const int copy = ::dup(lookup->ended);
  if (copy < 0) co_return trouble(Errc::unavailable, "no descriptor left");
  asio::posix::stream_descriptor ended{executor, copy};
  static_cast<void>(co_await within(deadline - Clock::now(), readable(ended)));
  const std::lock_guard lock{lookup->mutex};
  if (!lookup->outcome) co_return trouble(Errc::timeout, "no answer in time");
  if (!*lookup->outcome) co_return trouble(lookup->outcome->error().code, lookup->outcome->error().detail);
  co_return **lookup->outcome;
}

}  // namespace maproom
