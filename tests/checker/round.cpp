#include "checker/round.hpp"

#include <atomic>
#include <exception>
#include <thread>

#include "checker/groups.hpp"

namespace maproom::checker {
using namespace std::chrono_literals;
namespace {

/// Each group with one writer.
std::vector<std::unique_ptr<Writer>> make_writers(World& world, std::mt19937& random, const Load& load) {
  constexpr int writers = 2;
  std::vector<std::unique_ptr<Writer>> all;
  for (int w = 0; w < writers; ++w) {
    std::vector<int> own;
    for (int group = w; group < written_groups; group += writers) own.push_back(group);
    all.push_back(std::make_unique<Writer>(world, random(), own, load.longest_pause));
  }
  return all;
}

std::vector<std::unique_ptr<Reader>> make_readers(World& world, std::mt19937& random, const Load& load) {
  std::vector<std::unique_ptr<Reader>> all;
  for (unsigned d = 0; d < world.daemons.size(); ++d) {
    std::vector<std::pair<std::string, int>> ports;
    for (const char* map : {"aliases", "keyed", "numbers", "mailboxes"}) ports.emplace_back(map, world.ports[d][map]);
    const auto add = [&](const Ask& ask, Reader::Pace pace, Reader::Taste taste) {
      if (pace.most < 1s) pace = {pace.least * load.rarer, pace.most * load.rarer};
      all.push_back(std::make_unique<Reader>(d, ask, pace, taste, random()));
    };
    for (int i = 0; i < 2; ++i) add(by_wire(ports), {200us, 800us}, Reader::Taste::all);
    // While the others wait for an answer that does not come, these ask again.
    for (int i = 0; i < 8; ++i) add(by_wire(ports), {50ms, 3000ms}, Reader::Taste::hot);
    add(by_control(world.daemons[d].path("control")), {2ms, 8ms}, Reader::Taste::all);
  }
  return all;
}

}  // namespace

Round::Round(World& world, std::mt19937& random, const Load& load)
    : writers_{make_writers(world, random, load)}, readers_{make_readers(world, random, load)} {
  for (int group = written_groups; group < groups; ++group)
    unchanged_[group].before = {{keys_of(group).front(), mailbox_value}};
}

std::string Round::run(Faults& faults, Time end, const std::function<void(const std::string&)>& told) {
  std::atomic<bool> stop{false};
  std::vector<std::string> died(writers_.size() + 1);  // one place for each thread, this one last
  const auto guarded = [](std::string& why, const auto& work) {
    try {
      work();
    } catch (const std::exception& error) {
      why = error.what();
    }
  };
  std::vector<std::thread> threads;
  for (std::size_t i = 0; i < writers_.size(); ++i)
    threads.emplace_back([&, i] { guarded(died[i], [&] { writers_[i]->run(stop); }); });
  for (const auto& reader : readers_) threads.emplace_back([&] { reader->run(stop); });
  guarded(died.back(), [&] { faults.run(end, told); });
  stop = true;
  for (auto& thread : threads) thread.join();
  for (const auto& why : died)
    if (!why.empty()) return why;
  return {};
}

std::map<int, const History*> Round::histories() const {
  std::map<int, const History*> all;
  for (const auto& writer : writers_)
    for (const auto& [group, history] : writer->histories()) all[group] = &history;
  for (const auto& [group, history] : unchanged_) all[group] = &history;
  return all;
}

}  // namespace maproom::checker
