#pragma once
// ReplyGuard: what a Redis, or whoever answers in its place, may make hiredis keep: a reply to what was asked, of a
// bounded size. hiredis itself takes any number of elements, bulks of any size, and ends the process with an assertion
// where a reply comes that nobody asked for (async.c, redisProcessCallbacks). Its reader calls functions of its user
// for each piece; one that gives no object ends the link with an error.

#include <hiredis/async.h>
#include <hiredis/hiredis.h>

#include <cstddef>

namespace maproom::cache {

class ReplyGuard {
 public:
  /// The longest value of ours is 100,000 bytes (postfix_socketmap_reply_max). What somebody else has written under our
  /// names may be larger, and is a miss; but not for ever.
  static constexpr std::size_t most_bytes = std::size_t{16} << 20;
  static constexpr std::size_t most_elements = 1024;

  /// `outstanding`: replies that are owed. It and the guard outlive the context.
  explicit ReplyGuard(const std::size_t& outstanding) : outstanding_{outstanding} {}
  void watch(redisAsyncContext* context);
  /// What has been read and makes no whole reply yet is more than any reply may be.
  [[nodiscard]] static bool overfull(const redisAsyncContext* context) {
    return context->c.reader != nullptr && context->c.reader->len > most_bytes;
  }
  /// Why the link was ended; null: it was not, or not by this.
  [[nodiscard]] const char* problem() const noexcept { return problem_; }
  void refuse(const char* problem) { problem_ = problem; }

 private:
  static bool accepts(const redisReadTask* task, std::size_t bytes);
  const std::size_t& outstanding_;
  std::size_t bytes_ = 0;  ///< of the reply that is being read
  const char* problem_ = nullptr;
};

}  // namespace maproom::cache
