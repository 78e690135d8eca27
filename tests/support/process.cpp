#include "support/process.hpp"

#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <mutex>
#include <random>
#include <stdexcept>
#include <thread>
#include <utility>

namespace maproom::test {
namespace {

std::vector<char*> pointers(const std::vector<std::string>& words) {
  std::vector<char*> all;
  for (const auto& word : words) all.push_back(const_cast<char*>(word.c_str()));
  all.push_back(nullptr);
  return all;
}

[[noreturn]] void exec(const std::vector<std::string>& command, const std::map<std::string, std::string>& environment) {
  for (const auto& [name, value] : environment) ::setenv(name.c_str(), value.c_str(), 1);
  // What LISTEN_PID must say is only known here.
  if (environment.contains("LISTEN_FDS")) ::setenv("LISTEN_PID", std::to_string(::getpid()).c_str(), 1);
  const auto arguments = pointers(command);
  ::execvp(arguments[0], arguments.data());
  ::_exit(127);
}

int exit_status(int status) { return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status); }

}  // namespace

Process::Process(const std::vector<std::string>& command, const std::string& log,
                 const std::map<std::string, std::string>& environment, const std::vector<int>& descriptors_from_3) {
  pid_ = ::fork();
  if (pid_ < 0) throw std::runtime_error{"fork failed"};
  if (pid_ > 0) return;
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);  // a test that crashes leaves nothing behind
  const int out = ::open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0644);
  ::dup2(out, 1);
  ::dup2(out, 2);
  const int null = ::open("/dev/null", O_RDONLY);
  ::dup2(null, 0);
  std::vector<int> high;
  for (const int descriptor : descriptors_from_3) high.push_back(::fcntl(descriptor, F_DUPFD, 100));
  int next = 3;
  for (const int descriptor : high) ::dup2(descriptor, next++);
  ::close_range(static_cast<unsigned>(next), ~0U, 0);
  exec(command, environment);
}

Process::~Process() {
  if (pid_ > 0 && status_ < 0) stop(SIGKILL);
}

Process::Process(Process&& other) noexcept : pid_{std::exchange(other.pid_, -1)}, status_{other.status_} {}

Process& Process::operator=(Process&& other) noexcept {
  if (pid_ > 0 && status_ < 0) stop(SIGKILL);
  pid_ = std::exchange(other.pid_, -1);
  status_ = other.status_;
  return *this;
}

bool Process::running() {
  if (pid_ <= 0 || status_ >= 0) return false;
  int status = 0;
  if (::waitpid(pid_, &status, WNOHANG) == pid_) status_ = exit_status(status);
  return status_ < 0;
}

void Process::signal(int number) const {
  if (pid_ > 0 && status_ < 0) ::kill(pid_, number);
}

void Process::pause() const {
  signal(SIGSTOP);
  const auto still = [this] {
    for (const auto& thread : std::filesystem::directory_iterator{"/proc/" + std::to_string(pid_) + "/task"}) {
      std::ifstream file{thread.path() / "stat"};
      std::string stat;
      std::getline(file, stat);
      const auto name_end = stat.rfind(')');
      if (name_end == std::string::npos || stat.compare(name_end, 4, ") T ") != 0) return false;
    }
    return true;
  };
  if (!wait_until(still)) throw std::runtime_error{"the process does not stop"};
}

int Process::stop(int number) {
  signal(number);
  if (number == SIGKILL) return wait();
  if (!wait_until([this] { return !running(); })) signal(SIGKILL);
  return wait();
}

int Process::wait() {
  if (pid_ > 0 && status_ < 0) {
    int status = 0;
    while (::waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
    }
    status_ = exit_status(status);
  }
  return status_;
}

CommandResult run_command(const std::vector<std::string>& command, const std::string& input,
                          const std::map<std::string, std::string>& environment) {
  int in[2], out[2], err[2];
  if (::pipe2(in, O_CLOEXEC) != 0 || ::pipe2(out, O_CLOEXEC) != 0 || ::pipe2(err, O_CLOEXEC) != 0)
    throw std::runtime_error{"pipe failed"};
  const pid_t pid = ::fork();
  if (pid == 0) {
    ::dup2(in[0], 0);
    ::dup2(out[1], 1);
    ::dup2(err[1], 2);
    exec(command, environment);
  }
  ::close(in[0]);
  ::close(out[1]);
  ::close(err[1]);
  // Inputs are small against a pipe's buffer, or the command reads all before it writes.
  std::signal(SIGPIPE, SIG_IGN);
  for (std::size_t at = 0; at < input.size();) {
    const auto n = ::write(in[1], input.data() + at, input.size() - at);
    if (n <= 0) break;
    at += static_cast<std::size_t>(n);
  }
  ::close(in[1]);
  CommandResult result;
  pollfd both[2] = {{out[0], POLLIN, 0}, {err[0], POLLIN, 0}};
  int open = 2;
  while (open > 0) {
    ::poll(both, 2, -1);
    for (auto& each : both) {
      if (each.fd < 0 || each.revents == 0) continue;
      char buffer[4096];
      const auto n = ::read(each.fd, buffer, sizeof buffer);
      if (n > 0) {
        (&each == both ? result.out : result.err).append(buffer, static_cast<std::size_t>(n));
      } else {
        ::close(each.fd);
        each.fd = -1;
        --open;
      }
    }
  }
  int status = 0;
  ::waitpid(pid, &status, 0);
  result.status = exit_status(status);
  return result;
}

int free_port() {
  // Below the ports that the kernel gives to clients, and locked until the test ends: a port that was only looked at
  // could be given away again, here or in a test that runs beside this one. Byte N of the file stands for port N.
  static std::mutex mutex;
  const std::lock_guard one_at_a_time{mutex};
  constexpr int first = 20000;
  constexpr int count = 12000;
  static int next = static_cast<int>(std::random_device{}() % count);
  static const int locks =
      ::open((std::filesystem::temp_directory_path() / ("maproom-test-ports-" + std::to_string(::geteuid()))).c_str(),
             O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  for (int tried = 0; tried < count; ++tried) {
    const int port = first + next++ % count;
    struct flock lock {};
    lock.l_type = F_WRLCK;
    lock.l_start = port;
    lock.l_len = 1;
    if (::fcntl(locks, F_OFD_SETLK, &lock) != 0) continue;
    const int descriptor = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<std::uint16_t>(port));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    const bool bound = ::bind(descriptor, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0;
    ::close(descriptor);
    if (bound) return port;
  }
  throw std::runtime_error{"no free port"};
}

bool wait_until(const std::function<bool()>& condition, std::chrono::seconds limit) {
  const auto end = std::chrono::steady_clock::now() + limit;
  while (!condition()) {
    if (std::chrono::steady_clock::now() >= end) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds{5});
  }
  return true;
}

}  // namespace maproom::test
