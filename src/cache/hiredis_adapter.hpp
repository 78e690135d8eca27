#pragma once
// HiredisAdapter: hiredis' six hooks for one asynchronous context, on Asio. Used by RedisLink alone.
//
// hiredis frees the context by itself (after a failed connect, a lost connection, or redisAsyncFree) and calls cleanup
// first: from then on `context` is null, and handlers that are still queued do nothing. The descriptor is hiredis':
// ours is released, never closed.

#include <hiredis/async.h>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <memory>

#include "reply_guard.hpp"

namespace maproom::cache {

class HiredisAdapter : public std::enable_shared_from_this<HiredisAdapter> {
 public:
  /// Before any other call with the context, so that hiredis' first wish to write is heard.
  static std::shared_ptr<HiredisAdapter> attach(const boost::asio::any_io_executor& executor,
                                                redisAsyncContext* context, ReplyGuard& guard);
  HiredisAdapter(const boost::asio::any_io_executor& executor, redisAsyncContext* context, ReplyGuard& guard);
  /// Null: hiredis has freed it.
  [[nodiscard]] redisAsyncContext* context() const noexcept { return context_; }

 private:
  void read();
  void write();
  void cleanup();

  redisAsyncContext* context_;
  ReplyGuard& guard_;
  boost::asio::posix::stream_descriptor socket_;
  bool want_read_ = false, want_write_ = false, reading_ = false, writing_ = false;
};

}  // namespace maproom::cache
