#include "maproom/commands/verify/program.hpp"

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <system_error>

namespace maproom::commands {
namespace {

/// The two ends of a pipe, closed at the end of life.
struct Pipe {
  std::array<int, 2> ends{-1, -1};
  Pipe() {
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) ends = {-1, -1};
  }
  ~Pipe() {
    close(0);
    close(1);
  }
  Pipe(const Pipe&) = delete;
  Pipe& operator=(const Pipe&) = delete;
  void close(std::size_t end) {
    if (ends[end] >= 0) ::close(ends[end]);
    ends[end] = -1;
  }
};

/// false: it is at its end.
bool take(int descriptor, std::string& text) {
  std::array<char, 16384> buffer{};
  const auto n = ::read(descriptor, buffer.data(), buffer.size());
  if (n > 0) text.append(buffer.data(), static_cast<std::size_t>(n));
  return n > 0 || (n < 0 && errno == EINTR);
}

}  // namespace

Result<ProgramOutput> run_program(std::vector<std::string> words, const std::string& input) {
  std::vector<char*> arguments;
  for (auto& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  Pipe in;
  Pipe out;
  Pipe err;
  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawn_file_actions_adddup2(&actions, in.ends[0], 0);
  ::posix_spawn_file_actions_adddup2(&actions, out.ends[1], 1);
  ::posix_spawn_file_actions_adddup2(&actions, err.ends[1], 2);
  pid_t pid = 0;
  const int error = ::posix_spawnp(&pid, arguments[0], &actions, nullptr, arguments.data(), environ);
  ::posix_spawn_file_actions_destroy(&actions);
  if (error != 0) return fail(Errc::unavailable, words[0] + ": " + std::generic_category().message(error));
  in.close(0);
  out.close(1);
  err.close(1);
  ::fcntl(in.ends[1], F_SETFL, O_NONBLOCK);
  const auto old = std::signal(SIGPIPE, SIG_IGN);  // it may end before it has read all
  ProgramOutput output;
  std::size_t written = 0;
  while (out.ends[0] >= 0 || err.ends[0] >= 0) {
    if (written == input.size()) in.close(1);
    std::array<pollfd, 3> wanted{
        {{in.ends[1], POLLOUT, 0}, {out.ends[0], POLLIN, 0}, {err.ends[0], POLLIN, 0}}};  // negative ones are ignored
    if (::poll(wanted.data(), wanted.size(), -1) < 0 && errno != EINTR) break;
    if (wanted[0].revents != 0) {
      const auto n = ::write(in.ends[1], input.data() + written, input.size() - written);
      if (n > 0) written += static_cast<std::size_t>(n);
      if (n < 0 && errno != EAGAIN && errno != EINTR) in.close(1);
    }
    if (wanted[1].revents != 0 && !take(out.ends[0], output.out)) out.close(0);
    if (wanted[2].revents != 0 && !take(err.ends[0], output.err)) err.close(0);
  }
  std::signal(SIGPIPE, old);
  int status = 0;
  while (::waitpid(pid, &status, 0) < 0 && errno == EINTR) continue;
  output.status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  return output;
}

}  // namespace maproom::commands
