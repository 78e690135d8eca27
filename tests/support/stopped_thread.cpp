#include "support/stopped_thread.hpp"

#include <sys/ptrace.h>
#include <sys/wait.h>

#include <filesystem>
#include <stdexcept>

#include "support/temp_dir.hpp"

namespace maproom::test {

StoppedThread::StoppedThread(pid_t process, const std::string& name) {
  for (const auto& task : std::filesystem::directory_iterator{"/proc/" + std::to_string(process) + "/task"})
    if (read_text(task.path() / "comm") == name + "\n") thread_ = std::stoi(task.path().filename());
  if (thread_ == 0 || ::ptrace(PTRACE_SEIZE, thread_, nullptr, nullptr) != 0 ||
      ::ptrace(PTRACE_INTERRUPT, thread_, nullptr, nullptr) != 0 || ::waitpid(thread_, nullptr, __WALL) != thread_)
    throw std::runtime_error{"cannot stop the thread " + name};
}

StoppedThread::~StoppedThread() { ::ptrace(PTRACE_DETACH, thread_, nullptr, nullptr); }

}  // namespace maproom::test
