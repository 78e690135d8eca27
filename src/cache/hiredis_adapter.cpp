#include "hiredis_adapter.hpp"

namespace maproom::cache {
namespace asio = boost::asio;

HiredisAdapter::HiredisAdapter(const asio::any_io_executor& executor, redisAsyncContext* context, ReplyGuard& guard)
    : context_{context}, guard_{guard}, socket_{executor, context->c.fd} {}

std::shared_ptr<HiredisAdapter> HiredisAdapter::attach(const asio::any_io_executor& executor,
                                                       redisAsyncContext* context, ReplyGuard& guard) {
  using Owner = std::shared_ptr<HiredisAdapter>;
  static constexpr auto self = [](void* data) -> HiredisAdapter& { return **static_cast<Owner*>(data); };
  auto adapter = std::make_shared<HiredisAdapter>(executor, context, guard);
  auto& hooks = context->ev;
  hooks.data = std::make_unique<Owner>(adapter).release();  // freed in cleanup, which hiredis calls once
  hooks.addRead = [](void* data) {
    self(data).want_read_ = true;
    self(data).read();
  };
  hooks.delRead = [](void* data) { self(data).want_read_ = false; };
  hooks.addWrite = [](void* data) {
    self(data).want_write_ = true;
    self(data).write();
  };
  hooks.delWrite = [](void* data) { self(data).want_write_ = false; };
  hooks.cleanup = [](void* data) {
    const std::unique_ptr<Owner> owned{static_cast<Owner*>(data)};
    (*owned)->cleanup();
  };
  return adapter;
}

void HiredisAdapter::read() {
  if (context_ == nullptr || !want_read_ || reading_) return;
  reading_ = true;
  auto handler = [self = shared_from_this()](const boost::system::error_code& error) {
    self->reading_ = false;
    if (error || self->context_ == nullptr) return;
    ::redisAsyncHandleRead(self->context_);  // may free the context
    if (self->context_ != nullptr && ReplyGuard::overfull(self->context_)) {
      self->guard_.refuse("it sends a reply that is too long");
      ::redisAsyncFree(self->context_);
    }
    self->read();
  };
  socket_.async_wait(asio::posix::stream_descriptor::wait_read, std::move(handler));
}

void HiredisAdapter::write() {
  if (context_ == nullptr || !want_write_ || writing_) return;
  writing_ = true;
  auto handler = [self = shared_from_this()](const boost::system::error_code& error) {
    self->writing_ = false;
    if (error || self->context_ == nullptr) return;
    ::redisAsyncHandleWrite(self->context_);  // may free the context
    self->write();
  };
  socket_.async_wait(asio::posix::stream_descriptor::wait_write, std::move(handler));
}

void HiredisAdapter::cleanup() {
  context_ = nullptr;
  want_read_ = want_write_ = false;
  socket_.release();
}

}  // namespace maproom::cache
