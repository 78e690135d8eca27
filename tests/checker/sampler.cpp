#include "checker/sampler.hpp"

#include <fmt/format.h>

#include <filesystem>
#include <set>
#include <sstream>

#include "support/temp_dir.hpp"

namespace maproom::checker {
using namespace std::chrono_literals;
namespace {
namespace fs = std::filesystem;

/// A line of /proc/PID/status in KiB; 0: the process is gone.
unsigned long kib(const std::string& status, const std::string& name) {
  const auto at = status.find("\n" + name + ":");
  return at == std::string::npos ? 0 : std::stoul(status.substr(at + name.size() + 2));
}

/// The inodes of TCP connections to this port that stand, as /proc/net/tcp shows them.
std::set<std::string> connections_to(int port) {
  const auto remote_port = fmt::format(":{:04X}", port);
  std::set<std::string> inodes;
  std::istringstream lines{test::read_text("/proc/net/tcp")};
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words{line};
    std::string number, local, remote, state, skipped, inode;
    words >> number >> local >> remote >> state;
    for (int i = 0; i < 5; ++i) words >> skipped;
    words >> inode;
    if (remote.ends_with(remote_port) && state == "01") inodes.insert("socket:[" + inode + "]");
  }
  return inodes;
}

}  // namespace

Sampler::Sampler(const World& world, const std::string& file, milliseconds interval)
    : world_{world}, file_{file}, interval_{interval} {
  file_ << "seconds,daemon,pid,rss_kib,anonymous_kib,descriptors,sql_connections\n";
  thread_ = std::thread{[this] { run(); }};
}

Sampler::~Sampler() {
  stop_ = true;
  thread_.join();
}

void Sampler::run() {
  const auto begun = std::chrono::steady_clock::now();
  for (auto next = begun; !stop_; std::this_thread::sleep_for(100ms)) {
    const auto now = std::chrono::steady_clock::now();
    if (now < next) continue;
    next = now + interval_;
    for (std::size_t i = 0; i < world_.daemons.size(); ++i)
      sample(i, std::chrono::duration<double>(now - begun).count());
    file_.flush();
  }
}

void Sampler::sample(std::size_t daemon, double seconds) {
  const auto pid = world_.daemons[daemon].pid();
  const fs::path process = "/proc/" + std::to_string(pid);
  const auto status = test::read_text(process / "status");
  const auto rss = kib(status, "VmRSS");
  if (pid <= 0 || rss == 0) return;  // it is being restarted
  const auto sql = connections_to(world_.entrance());
  std::size_t descriptors = 0;
  std::size_t connections = 0;
  std::error_code error;
  for (fs::directory_iterator each{process / "fd", error}, end; !error && each != end; each.increment(error)) {
    ++descriptors;
    std::error_code gone;
    if (sql.contains(fs::read_symlink(each->path(), gone).string())) ++connections;
  }
  if (!error)
    file_ << fmt::format("{:.1f},{},{},{},{},{},{}\n", seconds, daemon, pid, rss, kib(status, "RssAnon"), descriptors,
                         connections);
}

}  // namespace maproom::checker
