// maproom_checker: the proof that the cache is never wrong. Writers change a real MariaDB, readers ask two daemons that
// share one Redis, a seeded schedule breaks things; every answer is judged afterwards against what was committed when.
// At the end, after quiet, every answer that memory and Redis would still give is held against the table.
//
// docs/testing.md, "The checker", says what counts as right. The same seed gives the same schedule.

#include <CLI/CLI.hpp>

#include "checker/faults.hpp"
#include "checker/record.hpp"
#include "checker/round.hpp"
#include "checker/verdict.hpp"
#include "checker/world.hpp"

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
  bool shared_machine = false;
  bool replica = false;
};

int trouble(const World& world, const std::string& what) {
  std::printf("TROUBLE: %s\n%s\n", what.c_str(), world.logs().c_str());
  return 2;
}

int check(const Options& options) {
  std::printf("seed %u, %d s\n", options.seed, options.seconds);
  std::fflush(stdout);
  std::mt19937 random{options.seed};
  World world{options.replica ? Servers::two : Servers::one};
  Faults faults{world, static_cast<unsigned>(random()), {.names = options.faults}};
  Round round{world, random, {}};
  world.start_daemons();
  if (!world.wait_healthy()) return trouble(world, "the feeds do not become healthy");

  const auto begun = Clock::now();
  const auto why = round.run(faults, begun + std::chrono::seconds{options.seconds}, [&](const std::string& name) {
    if (!options.verbose) return;
    std::printf("%6lld ms %s\n", static_cast<long long>((Clock::now() - begun) / 1ms), name.c_str());
    std::fflush(stdout);
  });
  const auto ended = Clock::now();
  if (!why.empty()) return trouble(world, why);

  const auto histories = round.histories();
  const auto& readers = round.readers();
  if (!options.record.empty()) record(options.record, begun, histories, readers, faults, world);
  Tally tally;
  tally.has_the_machine = !options.shared_machine;
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
  app.add_flag("--shared-machine", options.shared_machine,
               "others have a part of the machine: answers that are later than 100 ms are told, and are not wrong");
  CLI11_PARSE(app, argc, argv);
  try {
    return maproom::checker::check(options);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "maproom_checker: %s\n", error.what());
    return 2;
  }
}
