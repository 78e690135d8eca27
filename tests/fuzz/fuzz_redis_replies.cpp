// What somebody who answers in a Redis' place may send: hiredis' reader with the guard, read as hiredis reads it for
// the link. However the bytes come, no reply is handed on that was not asked for, or that is beyond the bounds; and
// after a refusal there is nothing more.

#include <algorithm>
#include <cstring>
#include <string>
#include <vector>

#include "property.hpp"
#include "reply_guard.hpp"

namespace {

using namespace maproom::cache;
using maproom::fuzz::require;

/// One connection, as the link has it.
class Connection {
 public:
  explicit Connection(std::size_t owed) : owed_{owed} {
    std::memset(&context_, 0, sizeof context_);
    context_.c.reader = redisReaderCreate();
    guard_.watch(&context_);
  }
  ~Connection() { redisReaderFree(context_.c.reader); }
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  /// As redisProcessCallbacks() (hiredis' async.c): each whole reply goes to whoever asked. false: the link has ended.
  bool feed(std::string_view bytes) {
    if (redisReaderFeed(context_.c.reader, bytes.data(), bytes.size()) != REDIS_OK) return false;
    for (;;) {
      void* reply = nullptr;
      const auto owed = owed_;
      if (redisReaderGetReply(context_.c.reader, &reply) != REDIS_OK) {
        require(reply == nullptr, "what was refused is no reply");
        require(context_.c.reader->err != 0, "a refusal ends the reading");
        return false;
      }
      if (reply == nullptr) return !ReplyGuard::overfull(&context_);
      require(owed > 0, "every reply was asked for");
      require(guard_.problem() == nullptr, "nothing comes after a refusal");
      --owed_;
      bytes_ = 0;
      look_at(*static_cast<redisReply*>(reply));
      require(bytes_ <= ReplyGuard::most_bytes, "no reply is larger than may be");
      shape_ += '\n';
      context_.c.reader->fn->freeObject(reply);
    }
  }
  [[nodiscard]] const std::string& shape() const { return shape_; }

 private:
  void look_at(const redisReply& reply) {
    shape_ += std::to_string(reply.type) + ' ';
    switch (reply.type) {
      case REDIS_REPLY_ARRAY:
        require(reply.elements <= ReplyGuard::most_elements, "no reply has more elements than may be");
        bytes_ += reply.elements * sizeof(void*);
        for (std::size_t i = 0; i < reply.elements; ++i) {
          require(reply.element[i] != nullptr, "every element is there");
          look_at(*reply.element[i]);
        }
        break;
      case REDIS_REPLY_INTEGER:
        shape_ += std::to_string(reply.integer);
        break;
      case REDIS_REPLY_STRING:
      case REDIS_REPLY_STATUS:
      case REDIS_REPLY_ERROR:
        bytes_ += static_cast<std::size_t>(reply.len);
        shape_.append(reply.str, static_cast<std::size_t>(reply.len));
        break;
      default:
        break;
    }
  }

  std::size_t owed_;
  ReplyGuard guard_{owed_};
  redisAsyncContext context_;
  std::size_t bytes_ = 0;
  std::string shape_;  ///< of all replies, with what they say
};

std::string replies(std::size_t owed, std::string_view bytes, std::size_t piece) {
  Connection connection{owed};
  for (; !bytes.empty(); bytes.remove_prefix(std::min(piece, bytes.size())))
    if (!connection.feed(bytes.substr(0, piece))) break;
  return connection.shape();
}

}  // namespace

/// The first byte is how many replies are owed, the second one how the rest comes in pieces.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  const auto bytes = maproom::fuzz::as_text(data, size).substr(2);
  const std::size_t owed = data[0] % 8;
  const auto whole = replies(owed, bytes, bytes.size() + 1);
  require(replies(owed, bytes, 1 + data[1]) == whole, "a stream in pieces gives the same replies");
  return 0;
}
