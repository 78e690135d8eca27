#include "support/daemon.hpp"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <csignal>
#include <nlohmann/json.hpp>
#include <sstream>
#include <stdexcept>

namespace maproom::test {

int Ports::operator[](const std::string& name) {
  const auto [it, fresh] = ports_.try_emplace(name, 0);
  if (fresh) it->second = free_port();
  return it->second;
}

Daemon::Daemon() {
  notify_ = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  dir_.path("notify").copy(address.sun_path, sizeof address.sun_path - 1);
  if (::bind(notify_, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0)
    throw std::runtime_error{"bind notify"};
}

Daemon::~Daemon() {
  process_.stop(SIGKILL);
  ::close(notify_);
}

void Daemon::configure(const std::string& toml) {
  const bool has_admin = toml.find("[admin]") != std::string::npos;
  std::string text = toml;
  const auto control = "control = \"unix:" + dir_.path("control") + "\"\n";
  if (has_admin)
    text.insert(text.find("[admin]") + 8, control);
  else
    text += "\n[admin]\n" + control;
  static_cast<void>(dir_.write("maproom.toml", text));
}

void Daemon::start(const std::map<std::string, std::string>& environment, const std::vector<int>& descriptors_from_3) {
  auto all = environment;
  all["NOTIFY_SOCKET"] = dir_.path("notify");
  notified_.clear();
  process_ = Process{{MAPROOM_BINARY, "serve", "--config", config()}, dir_.path("log"), all, descriptors_from_3};
  const auto ready = [this] {
    if (notifications().find("READY=1") != std::string::npos) return true;
    if (!process_.running()) throw std::runtime_error{"maproom ended: " + log()};
    return false;
  };
  if (!wait_until(ready)) throw std::runtime_error{"maproom is not ready: " + log()};
}

int Daemon::stop() { return process_.stop(SIGTERM); }
void Daemon::kill() { process_.stop(SIGKILL); }

std::string Daemon::notifications() {
  char buffer[512];
  for (;;) {
    const auto n = ::recv(notify_, buffer, sizeof buffer, 0);
    if (n <= 0) return notified_;
    notified_.append(buffer, static_cast<std::size_t>(n)).append("\n");
  }
}

std::size_t Daemon::log_lines(const std::vector<std::string>& words) const {
  std::istringstream lines{log()};
  std::size_t count = 0;
  for (std::string line; std::getline(lines, line);) {
    bool all = true;
    for (const auto& word : words) all = all && line.find(word) != std::string::npos;
    if (all) ++count;
  }
  return count;
}

CommandResult Daemon::run(std::vector<std::string> command) const {
  command.insert(command.begin(), MAPROOM_BINARY);
  command.insert(command.end(), {"--config", config()});
  return run_command(command);
}

std::uint64_t Daemon::counter(const std::string& map, const std::string& name) const {
  const auto result = run({"status", "--json"});
  const auto json = nlohmann::json::parse(result.out);
  for (const auto& each : json["maps"])
    if (each["name"] == map) return each[name].get<std::uint64_t>();
  throw std::runtime_error{"no map " + map};
}

}  // namespace maproom::test
