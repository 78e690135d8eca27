#include "checker/reader.hpp"

#include <map>
#include <stdexcept>
#include <thread>

#include "checker/writer.hpp"
#include "support/wire.hpp"

namespace maproom::checker {
using Clock = std::chrono::steady_clock;
using namespace std::chrono_literals;

Reader::Reader(int daemon, std::vector<std::pair<std::string, int>> ports_of_maps, unsigned seed, int groups)
    : daemon_{daemon}, ports_{std::move(ports_of_maps)}, random_{seed}, groups_{groups} {}

void Reader::run(const std::atomic<bool>& stop) {
  std::map<std::string, test::Wire> wires;
  while (!stop) {
    const auto& [map, port] = ports_[random_() % ports_.size()];
    const int group = static_cast<int>(random_() % static_cast<unsigned>(groups_));
    const auto keys = keys_of_group(group);
    const auto& key = keys[random_() % 2];
    Read read{group, daemon_, map, {Clock::now(), {}, {key, keys[2]}, std::nullopt}};
    try {
      auto wire = wires.find(map);
      if (wire == wires.end()) wire = wires.emplace(map, test::Wire{port}).first;
      read.answer.called = Clock::now();
      const auto line = wire->second.ask_tcp(key);
      read.answer.returned = Clock::now();
      if (line.size() < 5) throw std::runtime_error{"closed"};
      if (line[0] == '2') read.answer.value = line.substr(4, line.size() - 5);
      if (line[0] == '4')
        errors_.push_back(read.answer.returned);
      else
        reads_.push_back(std::move(read));
    } catch (const std::runtime_error&) {
      wires.erase(map);
      std::this_thread::sleep_for(10ms);
    }
    std::this_thread::sleep_for(std::chrono::microseconds{200 + random_() % 600});
  }
}

}  // namespace maproom::checker
