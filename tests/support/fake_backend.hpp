#pragma once
// FakeBackend: answers from a table in the test, at once or when the test lets it, and counts what it was asked.

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <map>
#include <string>
#include <vector>

#include "maproom/backend/backend.hpp"

namespace maproom::test {

class FakeBackend : public backend::Backend {
 public:
  std::map<std::string, std::string> rows;  ///< key -> the one row's one column
  std::vector<std::string> asked;
  std::vector<backend::Deadline> deadlines;  ///< of what was asked
  std::optional<Error> down;                 ///< every fetch fails with it
  std::chrono::steady_clock::time_point answered{};
  bool hold = false;  ///< fetches wait for release() or their deadline

  boost::asio::awaitable<Result<backend::Fetched>> fetch(const query::QueryTemplate&, const std::string& key,
                                                         backend::Deadline deadline) override {
    asked.push_back(key);
    deadlines.push_back(deadline);
    // The answer is fixed when the query is sent, as in a database.
    const auto found = rows.find(key);
    backend::Fetched fetched;
    if (found != rows.end()) fetched.rows.rows.push_back({found->second});
    fetched.host = "fake";
    if (hold) {
      boost::asio::steady_timer timer{co_await boost::asio::this_coro::executor, deadline};
      held_.push_back(&timer);
      boost::system::error_code error;
      co_await timer.async_wait(boost::asio::redirect_error(boost::asio::use_awaitable, error));
      if (!error) co_return fail(Errc::timeout, "fake: deadline");
    }
    if (down) co_return *down;
    answered = std::chrono::steady_clock::now();
    co_return fetched;
  }

  bool snapshots = false;                 ///< it can be asked for several keys as of one moment
  std::vector<std::string> asked_as_one;  ///< keys

  boost::asio::awaitable<Result<std::vector<backend::Fetched>>> fetch_as_one(
      const std::vector<backend::Asked>& questions, backend::Deadline) override {
    if (!snapshots) co_return fail(Errc::query, "fake: no snapshots");
    if (down) co_return *down;
    std::vector<backend::Fetched> answers;
    for (const auto& question : questions) {
      asked_as_one.push_back(question.key);
      backend::Fetched fetched;
      if (const auto found = rows.find(question.key); found != rows.end()) fetched.rows.rows.push_back({found->second});
      fetched.host = "fake";
      answers.push_back(std::move(fetched));
    }
    co_return answers;
  }

  [[nodiscard]] bool known_down() const override { return down && down->code == Errc::unavailable; }

  [[nodiscard]] std::chrono::steady_clock::time_point last_answered() const override { return answered; }

  void release() {
    hold = false;
    for (auto* timer : std::exchange(held_, {})) timer->cancel();
  }
  /// One of those held, the others wait on.
  void release(std::size_t which) {
    auto* timer = held_.at(which);
    held_.erase(held_.begin() + static_cast<std::ptrdiff_t>(which));
    timer->cancel();
  }
  [[nodiscard]] std::size_t held() const { return held_.size(); }

 private:
  std::vector<boost::asio::steady_timer*> held_;
};

}  // namespace maproom::test
