#include "reply_guard.hpp"

namespace maproom::cache {
namespace {

/// hiredis' own, which make the objects.
redisReplyObjectFunctions makers;  // NOLINT: the same for every reader, set before the first is watched
constexpr std::size_t object_bytes = sizeof(redisReply);

}  // namespace

bool ReplyGuard::accepts(const redisReadTask* task, std::size_t bytes) {
  auto& self = *static_cast<ReplyGuard*>(task->privdata);
  if (task->parent == nullptr) {
    // The callback of the reply before has run: it no longer counts.
    if (self.outstanding_ == 0) {
      self.problem_ = "it sends a reply that was not asked for";
      return false;
    }
    self.bytes_ = 0;
  }
  self.bytes_ += bytes + object_bytes;
  if (self.bytes_ <= most_bytes) return true;
  self.problem_ = "it sends a reply that is too long";
  return false;
}

void ReplyGuard::watch(redisAsyncContext* context) {
  auto& reader = *context->c.reader;
  problem_ = nullptr;
  static redisReplyObjectFunctions guarded = [&] {
    makers = *reader.fn;
    auto functions = makers;
    functions.createString = [](const redisReadTask* task, char* text, std::size_t size) -> void* {
      return accepts(task, size) ? makers.createString(task, text, size) : nullptr;
    };
    // The type of this number differs between versions of hiredis.
    functions.createArray = [](const redisReadTask* task, auto elements) -> void* {
      const auto count = static_cast<std::size_t>(elements);
      if (count > most_elements) {
        static_cast<ReplyGuard*>(task->privdata)->problem_ = "it sends a reply of too many elements";
        return nullptr;
      }
      return accepts(task, count * sizeof(void*)) ? makers.createArray(task, elements) : nullptr;
    };
    functions.createInteger = [](const redisReadTask* task, long long value) -> void* {
      return accepts(task, 0) ? makers.createInteger(task, value) : nullptr;
    };
    functions.createNil = [](const redisReadTask* task) -> void* {
      return accepts(task, 0) ? makers.createNil(task) : nullptr;
    };
    return functions;
  }();
  reader.fn = &guarded;
  reader.privdata = this;
}

}  // namespace maproom::cache
