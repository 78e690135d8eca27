#include "maproom/net/session.hpp"

#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <cerrno>
#include <utility>

#include "maproom/core/deadline.hpp"
#include "maproom/core/log.hpp"
#include "maproom/core/spawn.hpp"
#include "maproom/proto/limits.hpp"
#include "maproom/proto/percent.hpp"

namespace maproom::net {
namespace asio = boost::asio;
namespace {

// What a client has asked for and does not take is held up to about this; it is served again when it has taken it.
constexpr std::size_t most_unsent = 256 * 1024;
// As many requests of one session are served before others have their turn.
constexpr int turn = 64;

// An idle session keeps no buffer.
constexpr std::size_t kept_capacity = 4096;

// The codec hands on no more of a key than this, and such a key has no row.
static_assert(map::max_key_bytes == proto::postfix_key_max);

// A client that takes nothing for as long as Postfix would wait is gone.
constexpr std::chrono::seconds send_limit{100};

// Read into by whichever session is readable: one thread, and nothing of it survives an await.
constexpr std::size_t scratch_bytes = 64 * 1024;
std::array<char, scratch_bytes> scratch;  // NOLINT: see above

/// The session's own descriptor, watched by Asio for as long as the session is not in the set.
struct Borrowed {
  asio::posix::stream_descriptor descriptor;
  Borrowed(const asio::any_io_executor& executor, int own) : descriptor{executor, own} {}
  ~Borrowed() { descriptor.release(); }
  Borrowed(const Borrowed&) = delete;
  Borrowed& operator=(const Borrowed&) = delete;
};

asio::awaitable<bool> writable(asio::posix::stream_descriptor& descriptor) {
  boost::system::error_code error;
  co_await descriptor.async_wait(asio::posix::stream_descriptor::wait_write,
                                 asio::redirect_error(asio::use_awaitable, error));
  co_return !error;
}

}  // namespace

Session::Session(int descriptor, const proto::Codec& codec, std::string map, Door door, SessionSet& set)
    : descriptor_{descriptor}, codec_{codec}, map_{std::move(map)}, door_{door}, set_{set} {}

Session::Session(int descriptor, const proto::Codec& codec, std::shared_ptr<resolver::ServedMap> own, SessionSet& set)
    : descriptor_{descriptor}, codec_{codec}, map_{own->map.name}, own_{std::move(own)}, set_{set} {}

Session::~Session() { ::close(descriptor_); }

void Session::hang_up() const { ::shutdown(descriptor_, SHUT_RDWR); }

void Session::give_up() {
  given_up_ = true;
  holds_ = 0;
  if (!busy_) std::string{}.swap(pending_);
  hang_up();
}

namespace {

/// A text of a few letters has no memory of its own: it lies within the session.
std::size_t held_by(const std::string& text) { return text.capacity() > 64 ? text.capacity() : 0; }

/// Gives back memory that the text no longer needs; erase() gives none back.
void let_go_of_the_rest(std::string& text) {
  if (text.empty())
    std::string{}.swap(text);
  else if (text.capacity() > kept_capacity + 2 * text.size())
    text.shrink_to_fit();
}

}  // namespace

void Session::keep(std::string_view rest) {
  if (pending_.empty()) {
    pending_ = rest;
    return;
  }
  pending_.erase(0, pending_.size() - rest.size());
  let_go_of_the_rest(pending_);
}

void Session::come_to_rest(const std::string& out) {
  const auto bytes = held_by(out) + held_by(pending_) + held_by(slow_key_);
  if (given_up_ || bytes == holds_) return;
  const auto before = std::exchange(holds_, bytes);
  set_.hold(before, bytes);
}

void Session::on_readable() {
  if (given_up_) return set_.remove(*this);
  const auto got = ::recv(descriptor_, scratch.data(), scratch.size(), MSG_DONTWAIT);
  if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
  if (got <= 0) return set_.remove(*this);
  std::string_view input{scratch.data(), static_cast<std::size_t>(got)};
  if (!pending_.empty()) {
    pending_.append(input);
    input = pending_;
  }
  auto& out = set_.output_;
  out.clear();
  const auto progress = serve(input, out);
  if (!send_now(out)) return set_.remove(*this);
  if (progress == Progress::need_more && out.empty()) return come_to_rest(out);
  if (progress == Progress::close && out.empty()) return set_.remove(*this);
  busy_ = true;
  set_.unwatch(*this);
  spawn(set_.executor_, "session", go_on(*this, progress, std::exchange(out, {})));
}

Session::Progress Session::serve(std::string_view input, std::string& out) {
  proto::Request request;
  request.searched = std::exchange(searched_, 0);
  request.dropped = std::exchange(dropped_, 0);
  for (int served = 0;; ++served) {
    if (served == turn || out.size() >= most_unsent) {
      keep(input);
      return Progress::pause;
    }
    switch (codec_.next(input, request)) {
      case proto::Next::need_more:
        if (!input.empty() && pending_since_ == std::chrono::steady_clock::time_point{})
          pending_since_ = std::chrono::steady_clock::now();
        if (input.empty()) pending_since_ = {};
        keep(input);
        if (pending_.size() > proto::unfinished_max) {
          codec_.shorten(pending_, request);
          let_go_of_the_rest(pending_);
        }
        searched_ = request.searched;
        dropped_ = request.dropped;
        return Progress::need_more;
      case proto::Next::close:
        ++set_.protocol_errors;
        log_limited(LogLevel::warning, "protocol_error", map_,
                    "map=" + map_ + " what=\"" + std::string{request.problem} + "; connection closed\"");
        out += codec_.closing_reply();
        return Progress::close;
      case proto::Next::malformed_answer:
        ++set_.protocol_errors;
        log_limited(LogLevel::warning, "malformed_request", map_,
                    "map=" + map_ + " what=\"" + std::string{request.problem} + "\"");
        out += codec_.malformed_reply();
        continue;
      case proto::Next::request:
        break;
    }
    if (!own()) ++set_.requests;
    pending_since_ = {};
    const std::string_view name = map_.empty() ? request.map : std::string_view{map_};
    const auto map = own() ? own_ : set_.find(name, door_);
    if (map == nullptr) {
      ++set_.unknown_maps;
      log_limited(LogLevel::error, "unknown_map", "",
                  "map=\"" + proto::quote(name.substr(0, 64)) +
                      "\" what=\"Postfix asks for a map that is not configured, or not on this socket\"");
      codec_.append_reply(out, Answer::temporary("unknown map"));
      continue;
    }
    if (const auto answer = set_.resolver_.from_memory(*map, request.key)) {
      reply(*map, *answer, out);
      continue;
    }
    slow_map_ = map;
    slow_key_ = std::string{request.key};
    keep(input);
    return Progress::slow;
  }
}

void Session::reply(const resolver::ServedMap& map, const Answer& answer, std::string& out) const {
  const bool fits = !answer.is_found() || codec_.fits(answer);
  map.counters->sending(map_.empty() ? resolver::Protocol::socketmap : resolver::Protocol::tcp,
                        fits ? answer.kind() : Answer::Kind::temporary);
  if (!fits) {
    ++map.counters->too_long;
    map.counters->because(resolver::Trouble::unsendable);
    log_limited(
        LogLevel::error, "result_unsendable", map.map.name,
        "map=" + map.map.name + " bytes=" + std::to_string(answer.text().size()) +
            " what=\"too long for the protocol, or with a NUL: temporary error; a socketmap takes 100000 bytes\"");
  }
  codec_.append_reply(out, answer);
}

bool Session::send_now(std::string& out) const {
  std::size_t done = 0;
  while (done < out.size()) {
    const auto sent = ::send(descriptor_, out.data() + done, out.size() - done, MSG_DONTWAIT | MSG_NOSIGNAL);
    if (sent >= 0) {
      done += static_cast<std::size_t>(sent);
    } else if (errno == EAGAIN) {
      break;
    } else if (errno != EINTR) {
      return false;
    }
  }
  out.erase(0, done);
  if (out.empty() && out.capacity() > scratch_bytes) std::string{}.swap(out);
  if (!out.empty()) let_go_of_the_rest(out);
  return true;
}

asio::awaitable<bool> Session::send_all(std::string& out) {
  while (true) {
    if (!send_now(out)) co_return false;
    if (out.empty()) co_return true;
    come_to_rest(out);
    Borrowed own{set_.executor_, descriptor_};
    const auto ready = co_await within(send_limit, writable(own.descriptor));
    if (!ready || !*ready) co_return false;
  }
}

asio::awaitable<void> Session::go_on(Session& self, Progress progress, std::string out) {
  auto& set = self.set_;
  const bool well = co_await contain("session", go_slowly(self, progress, std::move(out)));
  if (!well) set.remove(self);
}

asio::awaitable<void> Session::go_slowly(Session& self, Progress progress, std::string out) {
  for (;;) {
    // The earlier answers of a pipeline do not wait for the next one.
    const bool sent = co_await self.send_all(out);
    if (!sent || self.given_up_ || progress == Progress::close) break;
    self.come_to_rest(out);
    if (progress == Progress::need_more) {
      if (self.set_.draining_) break;
      self.busy_ = false;
      self.set_.watch(self);
      co_return;
    }
    if (progress == Progress::pause) {
      co_await asio::post(self.set_.executor_, asio::use_awaitable);
      if (self.set_.draining_) break;
      progress = self.serve(self.pending_, out);
      continue;
    }
    const auto map = std::exchange(self.slow_map_, nullptr);
    const Answer answer = co_await self.set_.resolver_.resolve(map, std::exchange(self.slow_key_, {}));
    self.reply(*map, answer, out);
    if (self.set_.draining_) {
      progress = Progress::close;
      continue;
    }
    progress = self.serve(self.pending_, out);
  }
  self.set_.remove(self);
}

}  // namespace maproom::net
