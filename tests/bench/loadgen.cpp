// loadgen: asks a tcp_table or socketmap server as Postfix asks it, checks every answer, and says how fast they came.
// Exit status: 0 when every answer was right, 1 when not, 64 for a wrong call.

#include <CLI/CLI.hpp>
#include <cstdio>
#include <fstream>
#include <iostream>

#include "load.hpp"
#include "socket.hpp"

namespace {

using namespace maproom;
using namespace maproom::bench;

struct Options {
  std::string protocol = "tcp";
  std::string connect;
  std::string map;
  std::string keys;
  std::size_t connections = 1;
  std::size_t idle = 0;
  double seconds = 5;
  bool warm = false;
  bool json = false;
};

/// Lines KEY TAB VALUE; without a value, "not found" is expected.
Result<std::vector<Lookup>> read_lookups(const Options& options, Protocol protocol) {
  std::ifstream file{options.keys};
  if (!file) return fail(Errc::invalid, options.keys + ": cannot be read");
  std::vector<Lookup> lookups;
  for (std::string line; std::getline(file, line);) {
    const auto tab = std::min(line.find('\t'), line.size());
    const auto value = std::string_view{line}.substr(std::min(tab + 1, line.size()));
    lookups.push_back(make_lookup(protocol, options.map, std::string_view{line}.substr(0, tab), value));
  }
  if (lookups.empty()) return fail(Errc::invalid, options.keys + ": holds no keys");
  return lookups;
}

void print(const Options& options, const Outcome& outcome) {
  const auto& latencies = outcome.latencies;
  const auto rate = outcome.seconds > 0 ? static_cast<double>(latencies.count()) / outcome.seconds : 0;
  const auto* format =
      options.json
          ? "{\"protocol\": \"%s\", \"connections\": %zu, \"seconds\": %.3f, \"lookups\": %ju, \"per_second\": %.0f, "
            "\"p50_us\": %.1f, \"p99_us\": %.1f, \"max_us\": %.1f, \"wrong\": %ju, \"temporary\": %ju, "
            "\"broken\": %ju, \"unanswered\": %ju}\n"
          : "%s, %zu connections, %.1f s: %ju lookups, %.0f/s, p50 %.1f us, p99 %.1f us, max %.1f us; "
            "wrong %ju, temporary %ju, broken %ju, unanswered %ju\n";
  std::printf(format, options.protocol.c_str(), options.connections, outcome.seconds,
              static_cast<std::uintmax_t>(latencies.count()), rate, latencies.percentile_us(0.5),
              latencies.percentile_us(0.99), latencies.max_us(), static_cast<std::uintmax_t>(outcome.wrong),
              static_cast<std::uintmax_t>(outcome.temporary), static_cast<std::uintmax_t>(outcome.broken),
              static_cast<std::uintmax_t>(outcome.unanswered));
}

int failed(const Error& error, int status) {
  std::cerr << "loadgen: " << error.detail << '\n';
  return status;
}

int run(const Options& options) {
  Target target;
  const auto endpoint = Endpoint::parse(options.connect);
  if (!endpoint) return failed(endpoint.error(), 64);
  target.endpoint = *endpoint;
  target.protocol = options.protocol == "tcp" ? Protocol::tcp : Protocol::socketmap;
  if (!options.keys.empty()) {
    auto lookups = read_lookups(options, target.protocol);
    if (!lookups) return failed(lookups.error(), 64);
    target.lookups = std::move(*lookups);
  }
  const std::chrono::milliseconds duration{static_cast<std::int64_t>(options.seconds * 1000)};
  raise_file_limit();

  if (options.idle > 0) {
    const auto closed = hold_idle(target, options.idle, duration);
    if (!closed) return failed(closed.error(), 1);
    if (*closed > 0)
      return failed(fail(Errc::unavailable, std::to_string(*closed) + " idle connections closed by the server"), 1);
    return 0;
  }
  if (target.lookups.empty()) return failed(fail(Errc::invalid, "--keys is missing"), 64);
  if (options.warm)
    if (const auto asked = ask_each_once(target); !asked) return failed(asked.error(), 1);
  const auto outcome = run_load(target, options.connections, duration);
  if (!outcome) return failed(outcome.error(), 1);
  print(options, *outcome);
  if (!outcome->example.empty()) std::cerr << "loadgen: first trouble: " << outcome->example << '\n';
  return outcome->good() ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  Options options;
  CLI::App app{"Asks a tcp_table or socketmap server as Postfix does and checks every answer"};
  app.add_option("--protocol", options.protocol)->check(CLI::IsMember({"tcp", "socketmap"}))->capture_default_str();
  app.add_option("--connect", options.connect, "inet:ADDRESS:PORT or unix:PATH")->required();
  app.add_option("--map", options.map, "socketmap: the map's name");
  app.add_option("--keys", options.keys, "file of KEY TAB VALUE; no value: not found");
  app.add_option("--connections", options.connections)->check(CLI::Range(1, 60000))->capture_default_str();
  app.add_option("--seconds", options.seconds)->check(CLI::Range(0.001, 86400.0))->capture_default_str();
  app.add_option("--idle", options.idle, "hold so many idle connections instead (one lookup on each, with --keys)");
  app.add_flag("--warm", options.warm, "ask every key once first, unmeasured");
  app.add_flag("--json", options.json);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 64;
  }
  return run(options);
}
