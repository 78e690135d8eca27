#include "maproom/net/session.hpp"

#include <sys/socket.h>

#include <array>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <cerrno>
#include <utility>

#include "maproom/core/deadline.hpp"
#include "maproom/ops/log.hpp"

namespace maproom::net {
namespace asio = boost::asio;

namespace {

// Postfix gives each of its own operations 100 s (dict_tcp.c DICT_TCP_TMOUT, dict_sockmap.c); a client slower than that
// is not Postfix.
constexpr std::chrono::seconds client_limit{100};

// Read into by whichever session is readable: one thread, and nothing of it survives an await.
constexpr std::size_t scratch_bytes = 64 * 1024;
thread_local std::array<char, scratch_bytes> scratch;  // NOLINT: see above

void release(std::string& buffer) {
  if (buffer.capacity() > 1024)
    std::string{}.swap(buffer);
  else
    buffer.clear();
}

}  // namespace

Session::Session(Socket socket, const proto::Codec& codec, std::string map, SessionContext& context)
    : socket_{std::move(socket)}, codec_{codec}, map_{std::move(map)}, context_{context} {
  context_.sessions.insert(this);
}

Session::~Session() { context_.sessions.erase(this); }

void Session::drain() {
  draining_ = true;
  if (!busy_) {
    boost::system::error_code ignored;
    socket_.cancel(ignored);
  }
}

void Session::abort() {
  draining_ = true;
  boost::system::error_code ignored;
  socket_.close(ignored);
}

asio::awaitable<void> Session::run() {
  while (!draining_) {
    if (pending_.empty()) {
      boost::system::error_code error;
      co_await socket_.async_wait(Socket::wait_read, asio::redirect_error(asio::use_awaitable, error));
      if (error) co_return;
    } else {
      const bool ready = co_await wait_within_limit(Socket::wait_read);
      if (!ready) co_return;
    }
    const auto got = ::recv(socket_.native_handle(), scratch.data(), scratch.size(), MSG_DONTWAIT);
    if (got == 0) co_return;
    if (got < 0) {
      if (errno == EAGAIN || errno == EINTR) continue;
      co_return;
    }
    busy_ = true;
    std::string_view input{scratch.data(), static_cast<std::size_t>(got)};
    std::string joined;
    if (!pending_.empty()) {
      joined = std::move(pending_);
      pending_.clear();
      joined.append(input);
      input = joined;
    }
    const bool go_on = co_await serve(input);
    const bool sent = co_await flush();
    busy_ = false;
    if (!go_on || !sent) co_return;
  }
}

asio::awaitable<bool> Session::serve(std::string_view input) {
  std::string kept;  // what an await would otherwise leave in the shared scratch
  proto::Request request;
  request.searched = std::exchange(searched_, 0);
  for (;;) {
    switch (codec_.next(input, request)) {
      case proto::Next::need_more:
        // A copy of its own first: `input` may lie in what is about to be replaced.
        pending_ = std::string{input};
        searched_ = request.searched;
        co_return true;
      case proto::Next::close:
        ++context_.protocol_errors;
        ops::log_limited(ops::Level::warning, "protocol_error", map_,
                         "map=" + map_ + " what=\"" + std::string{request.problem} + "; connection closed\"");
        output_ += codec_.closing_reply();
        co_return false;
      case proto::Next::malformed_answer:
        ++context_.protocol_errors;
        ops::log_limited(ops::Level::warning, "malformed_request", map_,
                         "map=" + map_ + " what=\"" + std::string{request.problem} + "\"");
        output_ += codec_.malformed_reply();
        continue;
      case proto::Next::request:
        break;
    }
    ++context_.requests;
    const std::string_view name = map_.empty() ? request.map : std::string_view{map_};
    const auto found = context_.registry->find(name);
    if (found == context_.registry->end()) {
      ops::log_limited(ops::Level::error, "unknown_map", "", "map=\"" + std::string{name.substr(0, 64)} + "\"");
      codec_.append_reply(output_, Answer::temporary("unknown map"));
      continue;
    }
    if (const auto answer = context_.resolver.from_memory(*found->second, request.key)) {
      reply(*found->second, *answer);
    } else {
      const std::shared_ptr<resolver::ServedMap> map = found->second;
      std::string key{request.key};
      // The earlier answers of a pipeline do not wait for this one.
      std::string rest{input};
      kept = std::move(rest);
      input = kept;
      request.searched = 0;
      if (!output_.empty()) {
        const bool sent = co_await flush();
        if (!sent) co_return false;
      }
      const Answer slow = co_await context_.resolver.resolve(map, std::move(key));
      reply(*map, slow);
    }
    if (output_.size() >= scratch_bytes) {
      std::string rest{input};
      kept = std::move(rest);
      input = kept;
      request.searched = 0;
      const bool sent = co_await flush();
      if (!sent) co_return false;
    }
  }
}

void Session::reply(const resolver::ServedMap& map, const Answer& answer) {
  if (answer.is_found() && !codec_.fits(answer)) {
    ++map.counters->too_long;
    ops::log_limited(ops::Level::error, "result_too_long", map.map.name,
                     "map=" + map.map.name + " bytes=" + std::to_string(answer.text().size()) +
                         " what=\"longer than the protocol allows: temporary error; a socketmap takes 100000 bytes\"");
  }
  codec_.append_reply(output_, answer);
}

asio::awaitable<bool> Session::flush() {
  std::size_t done = 0;
  while (done < output_.size()) {
    const auto sent =
        ::send(socket_.native_handle(), output_.data() + done, output_.size() - done, MSG_DONTWAIT | MSG_NOSIGNAL);
    if (sent >= 0) {
      done += static_cast<std::size_t>(sent);
    } else if (errno == EAGAIN) {
      const bool writable = co_await wait_within_limit(Socket::wait_write);
      if (!writable) co_return false;
    } else if (errno != EINTR) {
      co_return false;
    }
  }
  release(output_);
  co_return true;
}

asio::awaitable<bool> Session::wait_within_limit(Socket::wait_type what) {
  const auto ready = co_await within(client_limit, wait(what));
  co_return ready&&* ready;
}

asio::awaitable<bool> Session::wait(Socket::wait_type what) {
  boost::system::error_code error;
  co_await socket_.async_wait(what, asio::redirect_error(asio::use_awaitable, error));
  co_return !error;
}

}  // namespace maproom::net
