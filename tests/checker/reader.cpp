#include "checker/reader.hpp"

#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <thread>

#include "checker/groups.hpp"
#include "maproom/proto/percent.hpp"
#include "support/wire.hpp"

namespace maproom::checker {
using Clock = std::chrono::steady_clock;
using namespace std::chrono_literals;

Ask by_wire(std::vector<std::pair<std::string, int>> ports_of_maps) {
  struct Wires {
    std::map<std::string, int> ports;
    std::map<std::string, test::Wire> open{};
  };
  const auto wires = std::make_shared<Wires>(Wires{{ports_of_maps.begin(), ports_of_maps.end()}});
  return [wires](const std::string& map, const std::string& key) -> Reply {
    try {
      auto wire = wires->open.find(map);
      if (wire == wires->open.end()) wire = wires->open.emplace(map, test::Wire{wires->ports.at(map)}).first;
      const auto line = wire->second.ask_tcp(key);
      if (line.size() < 5) throw std::runtime_error{"closed"};
      const auto text = proto::unquote(line.substr(4, line.size() - 5)).value_or("");
      return {line[0] == '2'   ? Reply::Kind::found
              : line[0] == '5' ? Reply::Kind::not_found
                               : Reply::Kind::temporary,
              text,
              {}};
    } catch (const std::runtime_error&) {
      wires->open.erase(map);
      throw;
    }
  };
}

Ask by_control(std::string socket) {
  return [socket = std::move(socket)](const std::string& map, const std::string& key) -> Reply {
    test::Wire wire{socket};
    const auto body = nlohmann::json{{"map", map}, {"key", key}}.dump();
    wire.send("POST /query HTTP/1.1\r\nHost: checker\r\nConnection: close\r\nContent-Length: " +
              std::to_string(body.size()) + "\r\n\r\n" + body);
    std::string said;
    for (auto line = wire.line(); !line.empty(); line = wire.line()) said += line;
    const auto begin = said.find("\r\n\r\n");
    const auto json = nlohmann::json::parse(said.substr(std::min(begin, said.size())), nullptr, false);
    if (!json.is_object()) throw std::runtime_error{"closed"};
    const std::string kind = json.at("kind");
    return {kind == "found"       ? Reply::Kind::found
            : kind == "not found" ? Reply::Kind::not_found
                                  : Reply::Kind::temporary,
            json.at("text"), json.dump()};
  };
}

Reader::Reader(unsigned daemon, Ask ask, Pace pace, Taste taste, unsigned seed)
    : daemon_{daemon}, ask_{std::move(ask)}, pace_{pace}, taste_{taste}, random_{seed} {}

void Reader::run(const std::atomic<bool>& stop) {
  while (!stop) {
    const bool all = taste_ == Taste::all;
    const auto group = static_cast<int>(random_() % static_cast<unsigned>(all ? groups : hot_groups));
    const auto& maps = maps_of(group);
    const auto& map = maps[all ? random_() % maps.size() : 0];
    auto questions = questions_of(group);
    auto& candidates = questions[all ? random_() % questions.size() : 0];
    const auto called = Clock::now();
    try {
      const auto reply = ask_(map, candidates.front());
      const auto returned = Clock::now();
      if (reply.kind == Reply::Kind::temporary)
        failures_.push_back({daemon_, called, returned, reply.text});
      else
        reads_.push_back({group,
                          daemon_,
                          map,
                          {called, returned, std::move(candidates),
                           reply.kind == Reply::Kind::found ? std::optional{reply.text} : std::nullopt},
                          reply.trace});
    } catch (const std::runtime_error&) {
      failures_.push_back({daemon_, called, Clock::now(), {}});
      std::this_thread::sleep_for(10ms);
    }
    const auto spread = static_cast<unsigned>((pace_.most - pace_.least).count());
    std::this_thread::sleep_for(pace_.least + std::chrono::microseconds{random_() % spread});
  }
}

}  // namespace maproom::checker
