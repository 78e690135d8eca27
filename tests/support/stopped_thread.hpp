#pragma once
// One thread of a process of ours that stands still, while the others go on (ptrace(2)).

#include <sys/types.h>

#include <string>

namespace maproom::test {

class StoppedThread {
 public:
  /// `name` as /proc tells it. Throws if there is none, or it cannot be stopped. It goes on at the end of the object's
  /// life, which must be in the thread that made it.
  StoppedThread(pid_t process, const std::string& name);
  ~StoppedThread();
  StoppedThread(const StoppedThread&) = delete;
  StoppedThread& operator=(const StoppedThread&) = delete;

 private:
  pid_t thread_ = 0;
};

}  // namespace maproom::test
