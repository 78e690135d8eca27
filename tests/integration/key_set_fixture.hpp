#pragma once
// A followed database, and a daemon with the maps that a test names; "LISTEN" in a map's section is its tcp: port.

#include <gtest/gtest.h>

#include <map>
#include <nlohmann/json.hpp>
#include <optional>

#include "integration/feed_world.hpp"
#include "support/wire.hpp"

namespace maproom::test {

class KeySetTest : public testing::Test {
 protected:
  KeySetTest() { make_followed_database(mariadb); }

  void start(const std::string& maps, const std::string& cache = {}) {
    std::string text = maps;
    for (std::string::size_type at = 0; (at = text.find("LISTEN", at)) != std::string::npos;)
      text.replace(at, 6, "listen = \"inet:127.0.0.1:" + std::to_string(followed_port(text, at)) + "\"");
    followed.emplace(Followed::Wish{.mariadb = mariadb, .cache = cache, .maps = text});
    followed->start();
  }
  /// The port of the section that `at` stands in.
  int followed_port(const std::string& text, std::string::size_type at) {
    const auto begin = text.rfind("[maps.", at) + 6;
    return ports[text.substr(begin, text.find(']', begin) - begin)];
  }
  [[nodiscard]] nlohmann::json status(const std::string& map) const {
    const auto all = nlohmann::json::parse(followed->daemon.run({"status", "--json"}).out);
    for (const auto& each : all.at("maps"))
      if (each.at("name") == map) return each;
    throw std::runtime_error{"no map " + map};
  }
  [[nodiscard]] bool complete(const std::string& map) const {
    return status(map).at("key_set").at("complete").get<bool>();
  }
  [[nodiscard]] bool wait_complete(const std::string& map) const {
    return wait_until([&] { return complete(map); });
  }
  std::string ask(const std::string& map, const std::string& key) {
    auto& wire = wires.try_emplace(map, ports[map]).first->second;
    return wire.ask_tcp(key);
  }
  /// Each key is not found.
  void lacks_all(const std::string& map, const std::vector<std::string>& keys) {
    Wire wire{ports[map]};
    constexpr std::size_t batch = 500;
    for (std::size_t begin = 0; begin < keys.size(); begin += batch) {
      const auto end = std::min(keys.size(), begin + batch);
      std::string requests;
      for (auto i = begin; i < end; ++i) requests += "get " + keys[i] + "\n";
      wire.send(requests);
      for (auto i = begin; i < end; ++i) ASSERT_EQ(wire.line().substr(0, 4), "500 ") << keys[i];
    }
  }
  [[nodiscard]] std::uint64_t queries(const std::string& map) const {
    return followed->daemon.counter(map, "database");
  }

  PrivateMariadb mariadb{binlog_options()};
  Ports ports;
  std::optional<Followed> followed;
  std::map<std::string, Wire> wires;
};

}  // namespace maproom::test
