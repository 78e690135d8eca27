#include "maproom/net/pulse.hpp"

#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <boost/asio/buffer.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <cerrno>
#include <string_view>
#include <system_error>
#include <utility>

#include "maproom/core/spawn.hpp"

namespace maproom::net {
namespace asio = boost::asio;
namespace {

constexpr std::string_view question = "get quick\nget slow\n";
constexpr std::string_view quick_answer = "200 well\n";
constexpr std::string_view slow_answer = "400 ";

std::shared_ptr<resolver::ServedMap> map_of_its_own() {
  auto map = std::make_shared<resolver::ServedMap>();
  map->map.name = "pulse";
  map->map.deadline = std::chrono::seconds{1};
  auto one_line = std::make_shared<map::CurrentFile>();
  one_line->table =
      std::make_shared<map::FileTable>(map::FileTable::parse(map::FileKind::text, "quick well\n", true).value());
  map->tables.push_back({std::shared_ptr<const map::CurrentFile>{std::move(one_line)}, "pulse"});
  map->tables.push_back({std::make_shared<const map::CurrentFile>(), "pulse"});
  return map;
}

}  // namespace

Pulse::Pulse(asio::any_io_executor executor, SessionSet& sessions)
    : executor_{std::move(executor)},
      sessions_{sessions},
      map_{map_of_its_own()},
      client_{executor_},
      heard_{executor_} {
  open();
}
Pulse::~Pulse() = default;

void Pulse::open() {
  std::array<int, 2> pair{};
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair.data()) != 0)
    throw std::system_error{errno, std::generic_category(), "socketpair"};
  client_.assign(pair[0]);
  sessions_.add_own(pair[1], codec_, map_);
  spawn(executor_, "pulse", hear());
}

bool Pulse::ask() {
  if (stopped_) return false;
  if (!client_.is_open()) {
    try {
      open();
    } catch (const std::exception&) {
      return false;
    }
  }
  if (asked_) return true;
  // Nothing is under way, so that it fits into the socket.
  const auto sent = ::send(client_.native_handle(), question.data(), question.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
  asked_ = sent == static_cast<ssize_t>(question.size());
  return asked_;
}

asio::awaitable<bool> Pulse::beat(std::chrono::steady_clock::duration limit) {
  if (!ask()) co_return false;
  const auto before = answered_;
  static_cast<void>(co_await heard_.wait_for(limit));
  co_return answered_ > before;
}

asio::awaitable<void> Pulse::hear() {
  std::array<char, 256> bytes{};
  std::string answer;
  for (;;) {
    boost::system::error_code error;
    const auto count =
        co_await client_.async_read_some(asio::buffer(bytes), asio::redirect_error(asio::use_awaitable, error));
    if (error) break;
    answer.append(bytes.data(), count);
    if (std::count(answer.begin(), answer.end(), '\n') < 2) {
      if (answer.size() > bytes.size()) break;
      continue;
    }
    if (!answer.starts_with(quick_answer) || answer.compare(quick_answer.size(), slow_answer.size(), slow_answer) != 0)
      break;
    answer.clear();
    asked_ = false;
    ++answered_;
    heard_.notify_all();
  }
  // The session has come to its end, or speaks nonsense: the next beat begins with another one.
  boost::system::error_code ignored;
  client_.close(ignored);
  asked_ = false;
  heard_.notify_all();
}

void Pulse::stop() {
  stopped_ = true;
  boost::system::error_code ignored;
  client_.close(ignored);
}

}  // namespace maproom::net
