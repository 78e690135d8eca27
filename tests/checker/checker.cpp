// maproom_checker: the proof that the cache is never wrong. Writers change a real MariaDB, readers ask two daemons that
// share one Redis, a seeded schedule breaks things; every answer is judged afterwards against what was committed when.
// At the end, after quiet, every answer that memory and Redis would still give is held against the table.
//
// docs/testing.md, "The checker", says what counts as right. The same seed gives the same schedule.

#include <CLI/CLI.hpp>

#include "checker/faults.hpp"
#include "checker/groups.hpp"
#include "checker/reader.hpp"
#include "checker/record.hpp"
#include "checker/verdict.hpp"
#include "checker/world.hpp"
#include "checker/writer.hpp"

namespace maproom::checker {
namespace {

using Clock = std::chrono::steady_clock;
using namespace std::chrono_literals;

struct Options {
  unsigned seed = 1;
  int seconds = 60;
  std::vector<std::string> faults;
  std::string record;
  bool verbose = false;
  bool replica = false;
};

/// Each group with one writer.
std::vector<std::unique_ptr<Writer>> make_writers(World& world, std::mt19937& random) {
  constexpr int writers = 2;
  std::vector<std::unique_ptr<Writer>> all;
  for (int w = 0; w < writers; ++w) {
    std::vector<int> own;
    for (int group = w; group < written_groups; group += writers) own.push_back(group);
    all.push_back(std::make_unique<Writer>(world, random(), own));
  }
  return all;
}

std::vector<std::unique_ptr<Reader>> make_readers(World& world, std::mt19937& random) {
  std::vector<std::unique_ptr<Reader>> all;
  for (unsigned d = 0; d < world.daemons.size(); ++d) {
    std::vector<std::pair<std::string, int>> ports;
    for (const char* map : {"aliases", "keyed", "numbers", "mailboxes"}) ports.emplace_back(map, world.ports[d][map]);
    const auto add = [&](const Ask& ask, Reader::Pace pace, Reader::Taste taste) {
      all.push_back(std::make_unique<Reader>(d, ask, pace, taste, random()));
    };
    for (int i = 0; i < 2; ++i) add(by_wire(ports), {200us, 800us}, Reader::Taste::all);
    // While the others wait for an answer that does not come, these ask again.
    for (int i = 0; i < 8; ++i) add(by_wire(ports), {50ms, 3000ms}, Reader::Taste::hot);
    add(by_control(world.daemons[d].path("control")), {2ms, 8ms}, Reader::Taste::all);
  }
  return all;
}

int trouble(const World& world, const std::string& what) {
  std::printf("TROUBLE: %s\n%s\n", what.c_str(), world.logs().c_str());
  return 2;
}

int check(const Options& options) {
  std::printf("seed %u, %d s\n", options.seed, options.seconds);
  std::fflush(stdout);
  std::mt19937 random{options.seed};
  World world{options.replica ? Servers::two : Servers::one};
  Faults faults{world, static_cast<unsigned>(random()), options.faults};
  const auto writers = make_writers(world, random);
  const auto readers = make_readers(world, random);
  world.start_daemons();
  if (!world.wait_healthy()) return trouble(world, "the feeds do not become healthy");

  const auto begun = Clock::now();
  std::atomic<bool> stop{false};
  std::vector<std::string> died(writers.size() + 1);  // one place for each thread, this one last
  const auto guarded = [](std::string& why, const auto& work) {
    try {
      work();
    } catch (const std::exception& error) {
      why = error.what();
    }
  };
  std::vector<std::thread> threads;
  for (std::size_t i = 0; i < writers.size(); ++i)
    threads.emplace_back([&, i] { guarded(died[i], [&] { writers[i]->run(stop); }); });
  for (const auto& reader : readers) threads.emplace_back([&] { reader->run(stop); });
  guarded(died.back(), [&] {
    faults.run(begun + std::chrono::seconds{options.seconds}, [&](const std::string& name) {
      if (!options.verbose) return;
      std::printf("%6lld ms %s\n", static_cast<long long>((Clock::now() - begun) / 1ms), name.c_str());
      std::fflush(stdout);
    });
  });
  stop = true;
  for (auto& thread : threads) thread.join();
  const auto ended = Clock::now();
  for (const auto& why : died)
    if (!why.empty()) return trouble(world, why);

  std::map<int, const History*> histories;
  for (const auto& writer : writers)
    for (const auto& [group, history] : writer->histories()) histories[group] = &history;
  std::map<int, History> unchanged;
  for (int group = written_groups; group < groups; ++group) {
    unchanged[group].before = {{keys_of(group).front(), mailbox_value}};
    histories[group] = &unchanged[group];
  }
  if (!options.record.empty()) record(options.record, begun, histories, readers, faults, world);
  Tally tally;
  tally.length = ended - begun;
  tally.faults_wanted = !faults.names().empty();
  tally.shares_redis = !options.replica;
  auto wrong = judge_all(histories, readers, faults, tally);
  const auto stale = look_for_what_is_stale_for_ever(world, tally);
  if (!stale) return trouble(world, stale.error().detail);
  wrong += *stale;
  if (wrong != 0) {
    std::printf("%zu WRONG\n", wrong);
    return 1;
  }
  const auto lacks = what_it_lacks(tally);
  for (const auto& lack : lacks) std::printf("TOO LITTLE TO PROVE ANYTHING: %s\n", lack.c_str());
  if (!lacks.empty()) return 2;
  std::printf("all answers were right\n");
  return 0;
}

}  // namespace
}  // namespace maproom::checker

int main(int argc, char** argv) {
  CLI::App app{"Looks for wrong answers of maproom's cache while everything around it breaks"};
  maproom::checker::Options options;
  app.add_option("--seed", options.seed, "of everything that is random (default 1)");
  app.add_option("--seconds", options.seconds, "of writing and reading (default 60)");
  app.add_option("--faults", options.faults, "only these; \"none\": no faults (default: all)")->delimiter(',');
  app.add_option("--record", options.record, "a folder for all commits, answers, faults and the daemons' logs");
  app.add_flag(
      "--replica", options.replica,
      "a primary and a replica, which the daemons prefer in opposite order: further faults, and none of the binlog");
  app.add_flag("--verbose", options.verbose, "tell each fault");
  CLI11_PARSE(app, argc, argv);
  try {
    return maproom::checker::check(options);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "maproom_checker: %s\n", error.what());
    return 2;
  }
}
