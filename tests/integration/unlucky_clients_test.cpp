// Clients that are slow, mad or many: they cost what is stated, get what is theirs, and keep nobody else waiting.
// docs/testing.md, "Hostile clients and unlucky machines", has the table.

#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <utility>

#include "integration/world.hpp"
#include "support/wire.hpp"

namespace maproom::test {
namespace {

const std::string ask_for_hosted = "38:virtual_mailbox_domains hosted.example,";
const std::string hosted = "4:OK 1,";

/// A client of the Unix socket with nothing but its descriptor.
class Client {
 public:
  explicit Client(const std::string& path) : descriptor_{::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)} {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    const timeval patience{20, 0};
    for (const int side : {SO_SNDTIMEO, SO_RCVTIMEO})
      ::setsockopt(descriptor_, SOL_SOCKET, side, &patience, sizeof patience);
    path.copy(address.sun_path, sizeof address.sun_path - 1);
    if (descriptor_ < 0 || ::connect(descriptor_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
      throw std::runtime_error{"cannot connect to " + path};
  }
  ~Client() {
    if (descriptor_ >= 0) ::close(descriptor_);
  }
  Client(Client&& other) noexcept : descriptor_{std::exchange(other.descriptor_, -1)} {}
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;
  Client& operator=(Client&&) = delete;
  void send(const std::string& bytes) const {
    if (::send(descriptor_, bytes.data(), bytes.size(), MSG_NOSIGNAL) < 0) throw std::runtime_error{"cannot send"};
  }
  [[nodiscard]] std::string receive() const {
    char bytes[256];
    const auto n = ::recv(descriptor_, bytes, sizeof bytes, 0);
    return {bytes, n < 0 ? 0 : static_cast<std::size_t>(n)};
  }
  void say_no_more() const { ::shutdown(descriptor_, SHUT_WR); }

 private:
  int descriptor_;
};

/// A line of /proc/PID/status, in its unit.
std::size_t status_of(pid_t pid, const std::string& name) {
  std::ifstream file{"/proc/" + std::to_string(pid) + "/status"};
  for (std::string line; std::getline(file, line);)
    if (line.starts_with(name + ":")) return std::stoul(line.substr(name.size() + 1));
  return 0;
}

std::size_t descriptors_of(pid_t pid) {
  const auto each = std::filesystem::directory_iterator{"/proc/" + std::to_string(pid) + "/fd"};
  return static_cast<std::size_t>(std::distance(begin(each), end(each)));
}

/// How many descriptors this process and those that it starts may have: as many as wanted, where root may raise the
/// limit.
rlim_t allow_descriptors(rlim_t wanted) {
  rlimit limit{wanted, wanted};
  if (::setrlimit(RLIMIT_NOFILE, &limit) == 0) return wanted;
  ::getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
  return limit.rlim_cur;
}

TEST(UnluckyClients, TwentyThousandIdleConnectionsCostLittleAndGoWithoutATrace) {
  constexpr std::size_t documented_bytes_each = 2'048;  // docs/performance.md; of every build
  // A container may let nobody have so many; then it is as many as it lets.
  const std::size_t many = std::min<std::size_t>(20'000, allow_descriptors(21'000) - 1'000);
  ASSERT_GT(many, 2'000U);
  World world{"[server]\nmax_connections = 21000\n"};
  world.start();
  const auto pid = world.daemon.pid();
  // What the first few cost once is no cost of each.
  {
    std::vector<Client> warm;
    for (int i = 0; i < 100; ++i) warm.emplace_back(world.socketmap_path());
    for (const auto& each : warm) each.send(ask_for_hosted);
    for (const auto& each : warm) ASSERT_EQ(each.receive(), hosted);
  }
  const auto before = status_of(pid, "VmRSS");
  const auto descriptors = descriptors_of(pid);
  {
    std::vector<Client> idle;
    for (std::size_t i = 0; i < many; ++i) {
      idle.emplace_back(world.socketmap_path());
      idle.back().send(ask_for_hosted);
      ASSERT_EQ(idle.back().receive(), hosted) << i;
    }
    const auto each = (status_of(pid, "VmRSS") - before) * 1024 / many;
    RecordProperty("bytes_each", std::to_string(each));
    std::printf("%zu connections, %zu bytes each\n", many, each);
    EXPECT_LT(each, documented_bytes_each);
    EXPECT_GE(descriptors_of(pid), many);
    EXPECT_EQ(Wire{world.port("virtual_alias_maps")}.ask_tcp("anna@hosted.example"), "200 anna@hosted.example\n");
    idle.front().send(ask_for_hosted);
    EXPECT_EQ(idle.front().receive(), hosted);
  }
  EXPECT_TRUE(wait_until([&] { return descriptors_of(pid) < descriptors + 50; })) << descriptors_of(pid);
}

TEST(UnluckyClients, SlowWritersKeepNobodyWaitingAndGetTheirAnswers) {
  World world;
  world.start();
  std::vector<Client> slow;
  for (int i = 0; i < 300; ++i) {
    slow.emplace_back(world.socketmap_path());
    slow.back().send(ask_for_hosted.substr(0, 30));
  }
  EXPECT_EQ(Wire{world.port("virtual_mailbox_domains")}.ask_tcp("nowhere.example").substr(0, 4), "500 ");
  for (const char byte : ask_for_hosted.substr(30))
    for (const auto& each : slow) each.send({byte});
  for (const auto& each : slow) EXPECT_EQ(each.receive(), hosted);
}

TEST(UnluckyClients, WhoeverSaysThatHeIsDoneGetsWhatHeHasAskedForAndThenTheEnd) {
  World world;
  world.start();
  const Client client{world.socketmap_path()};
  client.send(ask_for_hosted + ask_for_hosted + ask_for_hosted.substr(0, 10));
  client.say_no_more();
  std::string all;
  for (auto more = client.receive(); !more.empty(); more = client.receive()) all += more;
  EXPECT_EQ(all, hosted + hosted) << "the half request has no answer";
}

TEST(UnluckyClients, AStormOfConnectionsThatAreResetLeavesNothingBehind) {
  World world;
  world.start();
  const auto pid = world.daemon.pid();
  const auto before = descriptors_of(pid);
  const auto port = world.port("virtual_mailbox_domains");
  for (int i = 0; i < 2'000; ++i) {
    const int client = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<std::uint16_t>(port));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    ASSERT_EQ(::connect(client, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0) << i;
    const std::string request = "get hosted.example\nget nowhere";
    if (i % 2 == 0) {
      ASSERT_GT(::send(client, request.data(), request.size(), MSG_NOSIGNAL), 0);
    }
    const linger reset{1, 0};
    ::setsockopt(client, SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
    ::close(client);
  }
  EXPECT_EQ(Wire{port}.ask_tcp("hosted.example"), "200 1\n");
  EXPECT_TRUE(wait_until([&] { return descriptors_of(pid) < before + 10; })) << descriptors_of(pid);
  EXPECT_EQ(world.daemon.stop(), 0) << world.daemon.log();
}

}  // namespace
}  // namespace maproom::test
