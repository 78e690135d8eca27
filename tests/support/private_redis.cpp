#include "support/private_redis.hpp"

#include <csignal>
#include <stdexcept>

namespace maproom::test {

PrivateRedis::PrivateRedis(std::vector<std::string> options, bool started)
    : port_{free_port()}, options_{std::move(options)} {
  if (started) start();
}

PrivateRedis::~PrivateRedis() { process_.stop(SIGKILL); }

void PrivateRedis::start() {
  std::vector<std::string> command{
      "redis-server", "--port",   std::to_string(port_), "--bind", "127.0.0.1", "--unixsocket", socket(), "--save", "",
      "--dir",        dir_.path()};
  command.insert(command.end(), options_.begin(), options_.end());
  process_ = Process{command, dir_.path("log")};
  const auto answers = [this] {
    if (!process_.running()) throw std::runtime_error{"redis-server ended: " + read_text(dir_.path("log"))};
    return run_command({"redis-cli", "-s", socket(), "PING"}).status == 0;
  };
  if (!wait_until(answers)) throw std::runtime_error{"redis-server does not answer"};
}

void PrivateRedis::stop() { process_.stop(SIGKILL); }
void PrivateRedis::pause() const { process_.pause(); }
void PrivateRedis::resume() const { process_.signal(SIGCONT); }

std::string PrivateRedis::command(const std::vector<std::string>& words) const {
  std::vector<std::string> all{"redis-cli", "-s", socket()};
  all.insert(all.end(), words.begin(), words.end());
  auto out = run_command(all).out;
  while (out.ends_with('\n')) out.pop_back();
  return out;
}

}  // namespace maproom::test
