// Every way in which what a map says can change, each behind a kept "not found", a kept value and a key set; on servers
// of many configurations. The cases are the files of this folder: see case.hpp.

#include <gtest/gtest.h>

#include <iostream>
#include <memory>

#include "integration/feed_world.hpp"
#include "integration/matrix/world.hpp"

namespace maproom::test::matrix {
namespace {

struct Server {
  const char* name;
  std::vector<std::string> options;  ///< beside, or in the place of, those of conf/mariadb-binlog.cnf
  std::vector<const char*> files;
};

const std::vector<Server>& servers() {
  static const std::vector<Server> all{
      {"row", {}, {"rows", "relations", "rights"}},
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

/// One at a time; those of one server stand together.
PrivateMariadb& running(const Server& server) {
  static const Server* now = nullptr;
  static std::unique_ptr<PrivateMariadb> mariadb;
  if (now != &server) {
    mariadb.reset();
    auto options = binlog_options();
    options.insert(options.end(), server.options.begin(), server.options.end());
    mariadb = std::make_unique<PrivateMariadb>(options);
    now = &server;
  }
  return *mariadb;
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
  std::string name = std::string{tested.param.server->name} + "_" + tested.param.file;
  std::replace(name.begin(), name.end(), '-', '_');
  return name;
});

}  // namespace
}  // namespace maproom::test::matrix
