#include "maproom/commands/top.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace maproom::commands {
namespace {

using Json = nlohmann::ordered_json;

Json status(std::uint64_t found, std::uint64_t by_database, std::uint64_t temporary, const std::string& name = "m") {
  Json map{{"name", name},
           {"found", found},
           {"not_found", 0},
           {"temporary", temporary},
           {"lookups_by_database", by_database}};
  map["p99_us"] = 2500;
  Json all{{"version", "1"},
           {"uptime_s", 10},
           {"connections", 3},
           {"requests", found + temporary},
           {"well", temporary == 0}};
  all["verdict"] = temporary == 0 ? "All is well" : "MariaDB is away";
  all["pools"] = Json::array({{{"name", "db"}, {"down", temporary > 0}, {"open", 1}}});
  all["redis"] = nullptr;
  all["feed"] = {{"healthy", true}, {"lag_us", 120}};
  all["maps"] = Json::array({map});
  all["events"] = Json::array({{{"time", "10:00"}, {"level", "info"}, {"text", "ready"}}});
  return all;
}

TEST(TopFrame, ShowsRatesSinceTheFrameBefore) {
  const auto frame = top_frame(status(300, 30, 0), status(100, 10, 0), 2, 200, Colours::none);
  EXPECT_NE(frame.find("100.0 requests/s"), std::string::npos) << frame;
  EXPECT_NE(frame.find("m       100.0     100.0       0.0       0.0      90 %    2.5 ms"), std::string::npos) << frame;
  EXPECT_NE(frame.find("10:00 info    ready"), std::string::npos) << frame;
}

TEST(TopFrame, ADaemonThatWasRestartedCountsFromZero) {
  const auto frame = top_frame(status(20, 20, 0), status(5000, 10, 0), 2, 200, Colours::none);
  EXPECT_NE(frame.find("10.0 requests/s"), std::string::npos) << frame;
}

TEST(TopFrame, WithoutColoursHasNoEscapesAndWithThemMarksTrouble) {
  const auto now = status(0, 0, 4);
  EXPECT_EQ(top_frame(now, {}, 2, 200, Colours::none).find('\x1b'), std::string::npos);
  EXPECT_NE(top_frame(now, {}, 2, 200, Colours::ansi).find("\x1b[1;31mMariaDB is away\x1b[0m\n"), std::string::npos);
}

TEST(TopFrame, LinesAreCutAtTheTerminalsWidthAndNamesCannotSteerIt) {
  const auto frame = top_frame(status(1, 0, 0, "\x1b[2Jm"), {}, 2, 20, Colours::none);
  EXPECT_EQ(frame.find('\x1b'), std::string::npos);
  for (std::size_t at = 0; at < frame.size();) {
    const auto end = frame.find('\n', at);
    EXPECT_LE(end - at, 20U);
    at = end + 1;
  }
}

}  // namespace
}  // namespace maproom::commands
