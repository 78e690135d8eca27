// Every way in which what a map says can change, each behind a kept "not found", a kept value and a key set; on servers
// of many configurations. The cases are the files of this folder: see case.hpp.

#include <gtest/gtest.h>

#include <iostream>
#include <memory>

#include "integration/matrix/world.hpp"

namespace maproom::test::matrix {
namespace {

struct Server {
  const char* name;
  std::vector<std::string> options;  ///< beside, or in the place of, those of conf/mariadb-binlog.cnf
  std::vector<const char*> files;
  bool replica = false;
};

const std::vector<Server>& servers() {
  static const std::vector<Server> all{
      {"row", {}, {"rows", "tables", "columns", "relations", "objects", "rights", "types"}},
      {"server", {}, {"server"}},
      {"unseen", {}, {"unseen"}},
      {"statement", {"--binlog-format=STATEMENT"}, {"formats"}},
      {"mixed", {"--binlog-format=MIXED"}, {"formats"}},
      {"minimal", {"--binlog-row-image=MINIMAL"}, {"formats"}},
      {"noblob", {"--binlog-row-image=NOBLOB", "--binlog-row-metadata=FULL"}, {"formats"}},
      {"compressed",
       {"--log-bin-compress=ON", "--log-bin-compress-min-len=10", "--binlog-checksum=NONE",
        "--binlog-annotate-row-events=OFF", "--binlog-row-metadata=FULL"},
       {"formats"}},
      {"folded", {"--lower-case-table-names=1"}, {"formats"}},
      {"replica", {"--log-slave-updates=ON", "--slave-parallel-threads=4"}, {"formats"}, true},
      {"encrypted",
       {"--plugin-load-add=file_key_management", "--file-key-management-filename={keys}", "--encrypt-binlog=ON",
        "--innodb-encrypt-tables=ON", "--innodb-encrypt-log=ON"},
       {"formats"}},
  };
  return all;
}

struct Run {
  const Server* server;
  const char* file;
};

std::vector<Run> runs() {
  std::vector<Run> all;
  for (const auto& server : servers())
    for (const auto* file : server.files) all.push_back({&server, file});
  return all;
}

/// One at a time; the runs of one server stand together.
Servers& running(const Server& server) {
  static const Server* now = nullptr;
  static std::unique_ptr<Servers> servers;
  if (now != &server) {
    servers.reset();
    servers = std::make_unique<Servers>(server.options, server.replica);
    now = &server;
  }
  return *servers;
}

class MatrixTest : public testing::TestWithParam<Run> {};

TEST_P(MatrixTest, EachAnswerIsTheTruthWithinTheBound) {
  World world{running(*GetParam().server), read_cases(GetParam().file)};
  world.run();
  const auto& judged = world.judgements();
  std::cout << "judged: " << judged.cases << " cases behind " << judged.not_found << " \"not found\", " << judged.value
            << " values, " << judged.set << " of key sets; slowest " << judged.slowest.count() << " ms ("
            << judged.slowest_case << ")\n";
}

INSTANTIATE_TEST_SUITE_P(All, MatrixTest, testing::ValuesIn(runs()), [](const auto& tested) {
  std::string name = std::string{tested.param.server->name} + "_on_" + tested.param.file;
  std::replace(name.begin(), name.end(), '-', '_');
  return name;
});

}  // namespace
}  // namespace maproom::test::matrix
