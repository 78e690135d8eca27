#include "checker/record.hpp"

#include <fmt/chrono.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "checker/groups.hpp"

namespace maproom::checker {
using Json = nlohmann::ordered_json;

void record(const std::string& folder, Time begun, const std::map<int, const History*>& histories,
            const std::vector<std::unique_ptr<Reader>>& readers, const Faults& faults, const World& world) {
  const std::filesystem::path in{folder};
  std::filesystem::create_directories(in);
  const auto at = [&](Time time) { return std::chrono::duration<double, std::milli>(time - begun).count(); };

  std::ofstream commits{in / "commits.jsonl"};
  for (const auto& [group, history] : histories)
    for (const auto& commit : history->commits)
      commits << Json{{"table", is_of_mailboxes(group) ? "mailbox"
                                : is_of_numbers(group) ? "numbers"
                                                       : "alias"},
                      {"keys", keys_of(group)},
                      {"what", commit.what},
                      {"xa", commit.of_xa},
                      {"called", at(commit.called)},
                      {"returned", at(commit.returned)},
                      {"gtid", commit.gtid},
                      {"after", commit.after}}
              << '\n';

  std::ofstream answers{in / "answers.jsonl"};
  for (const auto& reader : readers)
    for (const auto& read : reader->reads()) {
      Json line{{"daemon", read.daemon},
                {"map", read.map},
                {"key", read.answer.candidates.front()},
                {"called", at(read.answer.called)},
                {"returned", at(read.answer.returned)},
                {"value", read.answer.value ? Json(*read.answer.value) : Json(nullptr)}};
      if (!read.trace.empty()) line["trace"] = Json::parse(read.trace);
      answers << line << '\n';
    }
  std::ofstream failures{in / "failures.jsonl"};
  for (const auto& reader : readers)
    for (const auto& failure : reader->failures())
      failures << Json{{"daemon", failure.daemon},
                       {"called", at(failure.called)},
                       {"returned", at(failure.returned)},
                       {"why", failure.why}}
               << '\n';

  std::ofstream windows{in / "faults.jsonl"};
  for (const auto& fault : faults.windows())
    windows << Json{{"name", fault.name},
                    {"begin", at(fault.begin)},
                    {"end", at(fault.end)},
                    {"daemons", fault.daemons},
                    {"felt", fault.felt}}
            << '\n';

  const auto ago = std::chrono::duration_cast<std::chrono::system_clock::duration>(Time::clock::now() - begun);
  std::ofstream{in / "began.txt"} << fmt::format("{:%Y-%m-%dT%H:%M:%S}\n", std::chrono::system_clock::now() - ago);
  for (std::size_t i = 0; i < world.daemons.size(); ++i)
    std::ofstream{in / fmt::format("daemon-{}.log", i)} << world.daemons[i].log();
}

}  // namespace maproom::checker
