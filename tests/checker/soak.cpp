// maproom_soak: the checker at a gentle pace and for hours, round after round, with daemons that live on from round to
// round: the first of them is never restarted. Beside lookups, changes and faults there are reloads and imports. What
// the daemons hold is written down all along; scripts/soak judges whether it stays flat, and draws it.
//
// Writes into --record: samples.csv (sampler.hpp), rounds.txt, faults.csv (seconds, name), and, where an answer was
// wrong, what the checker records. Status 0: no answer was wrong, 1: one was, 2: it could not be judged.

#include <CLI/CLI.hpp>
#include <filesystem>
#include <fstream>

#include "checker/administration.hpp"
#include "checker/record.hpp"
#include "checker/round.hpp"
#include "checker/sampler.hpp"
#include "checker/verdict.hpp"

namespace maproom::checker {
namespace {

using Clock = std::chrono::steady_clock;
using namespace std::chrono_literals;

struct Options {
  unsigned seed = 1;
  int seconds = 3600;
  std::string record = "soak";
  std::vector<std::string> faults;
};

constexpr auto round_length = 120s;
/// What a round's faults leave must not be seen in the next one.
constexpr auto rest_between = 6s;
constexpr Load gentle{.longest_pause = 400ms, .rarer = 60};

int trouble(const World& world, const std::string& what) {
  std::printf("TROUBLE: %s\n%s\n", what.c_str(), world.logs().c_str());
  return 2;
}

int soak(const Options& options) {
  namespace fs = std::filesystem;
  const fs::path record_folder{options.record};
  fs::create_directories(record_folder);
  std::ofstream rounds{record_folder / "rounds.txt"};
  std::ofstream told{record_folder / "faults.csv"};
  std::mt19937 random{options.seed};
  World world{Servers::one};
  world.start_daemons();
  if (!world.wait_healthy()) return trouble(world, "the feeds do not become healthy");
  const auto lives = world.daemons[0].pid();
  Administration administration{world};
  Tally tally;
  tally.has_the_machine = false;
  std::size_t wrong = 0;
  const auto begun = Clock::now();
  const auto seconds = [&] { return std::chrono::duration<double>(Clock::now() - begun).count(); };
  const auto ends = begun + std::chrono::seconds{options.seconds};
  {
    const Sampler sampler{world, record_folder / "samples.csv",
                          std::max<milliseconds>(1s, std::chrono::seconds{options.seconds} / 400)};
    for (int number = 1; Clock::now() + rest_between < ends; ++number) {
      world.primary().sql("DELETE FROM mail.alias; DELETE FROM mail.numbers");
      Faults faults{
          world, static_cast<unsigned>(random()), {.names = options.faults, .calmer = 6s, .spare_first = true}};
      administration.add_to(faults);
      Round round{world, random, gentle};
      if (!world.wait_healthy()) return trouble(world, "the feeds do not become healthy after a round");
      std::this_thread::sleep_for(rest_between);
      const auto from = Clock::now();
      const auto why = round.run(faults, std::min(ends, from + round_length),
                                 [&](const std::string& name) { told << seconds() << ',' << name << std::endl; });
      if (!why.empty()) return trouble(world, why);
      tally.length += Clock::now() - from;
      const auto bad = judge_all(round.histories(), round.readers(), faults, tally);
      if (bad != 0 && wrong == 0)
        record(record_folder / "wrong", from, round.histories(), round.readers(), faults, world);
      wrong += bad;
      rounds << "round " << number << ", until " << static_cast<int>(seconds()) << " s: " << faults.windows().size()
             << " faults, " << tally.commits << " commits so far, " << bad << " wrong" << std::endl;
      std::fflush(stdout);
    }
  }
  if (!world.daemons[0].running() || world.daemons[0].pid() != lives)
    return trouble(world, "the daemon that should live all along does not");
  const auto stale = look_for_what_is_stale_for_ever(world, tally);
  if (!stale) return trouble(world, stale.error().detail);
  wrong += *stale + administration.wrong();
  std::size_t answers = 0;
  std::size_t put_off = 0;
  std::size_t late = 0;
  for (const auto& daemon : tally.daemons) {
    answers += daemon.found + daemon.absent;
    put_off += daemon.put_off;
    late += daemon.behind;
  }
  std::size_t faults = 0;
  for (const auto& [name, fault] : tally.faults) faults += fault.times;
  // scripts/soak reads this line.
  rounds << "total: seed " << options.seed << ", " << static_cast<int>(tally.length.count()) << " s, " << answers
         << " answers, " << tally.commits << " commits, " << faults << " faults, " << put_off << " put off, " << late
         << " later than promised, " << wrong << " wrong" << std::endl;
  if (wrong != 0) return 1;
  const auto lacks = what_it_lacks(tally);
  for (const auto& lack : lacks) std::printf("TOO LITTLE TO PROVE ANYTHING: %s\n", lack.c_str());
  return lacks.empty() ? 0 : 2;
}

}  // namespace
}  // namespace maproom::checker

int main(int argc, char** argv) {
  CLI::App app{"Answers, memory, descriptors and SQL connections of daemons that serve for hours"};
  maproom::checker::Options options;
  app.add_option("--seed", options.seed, "of everything that is random (default 1)");
  app.add_option("--seconds", options.seconds, "(default 3600)");
  app.add_option("--record", options.record, "a folder for what is seen (default: soak)");
  app.add_option("--faults", options.faults, "only these beside what administrators do; \"none\" (default: all)")
      ->delimiter(',');
  CLI11_PARSE(app, argc, argv);
  try {
    return maproom::checker::soak(options);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "maproom_soak: %s\n", error.what());
    return 2;
  }
}
