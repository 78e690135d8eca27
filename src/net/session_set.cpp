#include "maproom/net/session_set.hpp"

#include <sys/epoll.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/system_error.hpp>
#include <cerrno>
#include <system_error>
#include <vector>

#include "maproom/core/log.hpp"
#include "maproom/core/spawn.hpp"
#include "maproom/net/session.hpp"

namespace maproom::net {
namespace asio = boost::asio;
namespace {

// Postfix gives each of its own operations 100 s (dict_tcp.c DICT_TCP_TMOUT, dict_sockmap.c): a client that has not
// completed its request by then is not Postfix.
constexpr std::chrono::seconds request_limit{100};
constexpr std::chrono::seconds sweep_interval{10};
// As many requests as are served before timers, MariaDB and Redis have their turn.
constexpr int batch = 256;

int open_epoll() {
  const int descriptor = ::epoll_create1(EPOLL_CLOEXEC);
  if (descriptor < 0) throw std::system_error{errno, std::generic_category(), "epoll_create1"};
  return descriptor;
}

}  // namespace

SessionSet::SessionSet(asio::any_io_executor executor, resolver::Resolver& resolver,
                       const std::shared_ptr<const resolver::Registry>& registry)
    : executor_{executor},
      resolver_{resolver},
      registry_{registry},
      epoll_{executor, open_epoll()},
      changed_{executor} {}

SessionSet::~SessionSet() = default;

void SessionSet::start() {
  spawn_essential(executor_, "sessions", wait_for_requests());
  spawn_essential(executor_, "sweep", end_the_slow());
}

void SessionSet::add(int descriptor, const proto::Codec& codec, const std::string& map, Door door) {
  take(std::make_unique<Session>(descriptor, codec, map, door, *this));
}

void SessionSet::add_own(int descriptor, const proto::Codec& codec, std::shared_ptr<resolver::ServedMap> map) {
  take(std::make_unique<Session>(descriptor, codec, std::move(map), *this));
}

void SessionSet::take(std::unique_ptr<Session> session) {
  auto& added = *session;
  sessions_.emplace(&added, std::move(session));
  if (added.own()) ++own_;
  watch(added);
}

std::shared_ptr<resolver::ServedMap> SessionSet::find(std::string_view map, Door door) const {
  const auto found = registry_->find(map);
  if (found == registry_->end() || found->second->passwords != (door == Door::passwords)) return nullptr;
  return found->second;
}

asio::awaitable<void> SessionSet::wait_for_requests() {
  std::array<epoll_event, batch> events{};
  while (!stopped_) {
    boost::system::error_code error;
    co_await epoll_.async_wait(asio::posix::stream_descriptor::wait_read,
                               asio::redirect_error(asio::use_awaitable, error));
    if (error && !stopped_) throw boost::system::system_error{error, "epoll"};
    if (error) co_return;
    const int ready = ::epoll_wait(epoll_.native_handle(), events.data(), batch, 0);
    // Each session stands in the set once, and ends only itself: the pointers of a batch stay good.
    for (int i = 0; i < ready; ++i) {
      auto& session = *static_cast<Session*>(events[static_cast<std::size_t>(i)].data.ptr);
      try {
        session.on_readable();
      } catch (...) {
        log_contained("session", std::current_exception());
        remove(session);
      }
    }
  }
}

asio::awaitable<void> SessionSet::end_the_slow() {
  while (!stopped_) {
    const auto due = Clock::now() + sweep_interval;
    while (!stopped_ && Clock::now() < due) static_cast<void>(co_await changed_.wait_until(due));
    if (stopped_) co_return;
    const auto then = std::chrono::steady_clock::now() - request_limit;
    std::vector<Session*> slow;
    for (const auto& [session, owned] : sessions_)
      if (session->stuck_since(then)) slow.push_back(session);
    for (auto* session : slow) remove(*session);
  }
}

void SessionSet::watch(Session& session) {
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.ptr = &session;
  if (::epoll_ctl(epoll_.native_handle(), EPOLL_CTL_ADD, session.descriptor(), &event) != 0) remove(session);
}

// Out of the set altogether: with an empty event mask a connection that hung up would still be reported, again and
// again.
void SessionSet::unwatch(Session& session) {
  ::epoll_ctl(epoll_.native_handle(), EPOLL_CTL_DEL, session.descriptor(), nullptr);
}

// Looks at every session where there is too much: some 10 us for 1,000 of them, and a client has to send 48 KiB, or to
// ask for 256 KiB, for each time.
void SessionSet::hold(std::size_t before, std::size_t now) {
  holds_ += now;
  holds_ -= before;
  while (holds_ > memory_limit_) {
    const auto most = std::max_element(sessions_.begin(), sessions_.end(), [](const auto& one, const auto& other) {
      return one.first->holds() < other.first->holds();
    });
    if (most == sessions_.end() || most->first->holds() == 0) return;
    log_limited(LogLevel::warning, "sessions_memory_full", "",
                "bytes=" + std::to_string(holds_) + " of_the_one=" + std::to_string(most->first->holds()) +
                    " what=\"clients that do not finish their requests, or do not take their answers; the connection "
                    "that holds most is closed\"");
    holds_ -= most->first->holds();
    most->first->give_up();
  }
}

void SessionSet::remove(Session& session) {
  holds_ -= session.holds();
  if (session.own()) --own_;
  sessions_.erase(&session);
  if (draining_ && size() == 0) changed_.notify_all();
}

asio::awaitable<bool> SessionSet::emptied(TimePoint end) {
  while (size() > 0 && Clock::now() < end) static_cast<void>(co_await changed_.wait_until(end));
  co_return size() == 0;
}

void SessionSet::end_all(Door door) {
  std::vector<Session*> idle;
  for (const auto& [session, owned] : sessions_) {
    if (session->door() != door) continue;
    if (session->busy())
      session->hang_up();
    else
      idle.push_back(session);
  }
  for (auto* session : idle) remove(*session);
}

void SessionSet::drain() {
  draining_ = true;
  std::vector<Session*> idle;
  for (const auto& [session, owned] : sessions_)
    if (!session->busy()) idle.push_back(session);
  for (auto* session : idle) remove(*session);
}

void SessionSet::stop() {
  drain();
  stopped_ = true;
  for (const auto& [session, owned] : sessions_) session->hang_up();
  changed_.notify_all();
  boost::system::error_code ignored;
  epoll_.cancel(ignored);
}

}  // namespace maproom::net
