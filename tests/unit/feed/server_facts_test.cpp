#include "maproom/feed/server_facts.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace maproom::feed {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::Optional;

query::ResultSet good_variables() {
  return {true,
          {{"log_bin", "ON"},
           {"binlog_format", "ROW"},
           {"binlog_row_image", "FULL"},
           {"log_slave_updates", "OFF"},
           {"gtid_slave_pos", ""},
           {"slave_run_triggers_for_rbr", "NO"},
           {"wsrep_on", "OFF"}}};
}
query::ResultSet quiet() {
  return {true, {{"Slaves_running", "0"}, {"Com_start_slave", "0"}, {"Com_start_all_slaves", "0"}}};
}
query::ResultSet a_place() { return {true, {{"bin.000001", "4711", "", ""}}}; }

ServerFacts facts(const std::string& name = {}, const std::string& value = {}) {
  auto variables = good_variables();
  auto status = quiet();
  for (auto* list : {&variables, &status})
    for (auto& row : list->rows)
      if (*row[0] == name) row[1] = value;
  return read_facts(variables, status, a_place());
}

TEST(ServerFacts, OfAPrimaryThatWritesRowsAreGood) {
  EXPECT_EQ(why_not_followed(facts()), std::nullopt);
  EXPECT_THAT(warnings_of(facts()), IsEmpty());
  EXPECT_EQ(facts().place, (FilePlace{"bin.000001", 4711}));
}

TEST(ServerFacts, OfWhomReplicatesWithoutWritingItDownAreNot) {
  for (const auto& [name, value] : std::vector<std::pair<std::string, std::string>>{{"gtid_slave_pos", "0-1-5"},
                                                                                    {"Slaves_running", "1"},
                                                                                    {"Com_start_slave", "1"},
                                                                                    {"Com_start_all_slaves", "2"},
                                                                                    {"wsrep_on", "ON"}}) {
    auto other = facts(name, value);
    EXPECT_THAT(why_not_followed(other), Optional(HasSubstr("log_slave_updates = ON"))) << name;
    other.log_slave_updates = true;
    EXPECT_EQ(why_not_followed(other), std::nullopt) << name;
  }
}

TEST(ServerFacts, OfAReplicaWhoseTriggersActUnseenAreNot) {
  auto replica = facts("slave_run_triggers_for_rbr", "YES");
  EXPECT_EQ(why_not_followed(replica), std::nullopt) << "a primary applies no row events";
  replica.log_slave_updates = true;
  replica.gtid_slave_pos = "0-1-5";
  EXPECT_THAT(why_not_followed(replica), Optional(HasSubstr("slave_run_triggers_for_rbr")));
}

TEST(ServerFacts, OfABinlogThatIsOffClosedOrFilteredAreNot) {
  EXPECT_THAT(why_not_followed(facts("log_bin", "OFF")), Optional(HasSubstr("mariadb-binlog.cnf")));
  EXPECT_THAT(why_not_followed(read_facts(good_variables(), quiet(), {})), Optional(HasSubstr("closed")));
  for (const std::vector<std::optional<std::string>>& place :
       {std::vector<std::optional<std::string>>{"bin.000001", "4", "mail", ""}, {"bin.000001", "4", "", "other"}})
    EXPECT_THAT(why_not_followed(read_facts(good_variables(), quiet(), {true, {place}})),
                Optional(HasSubstr("binlog_ignore_db")));
}

TEST(ServerFacts, NameTheClusterOfANode) {
  EXPECT_EQ(facts().cluster.cluster, "");
  auto status = quiet();
  status.rows.push_back({"wsrep_cluster_state_uuid", "da1b41eb-ecaa-11f1-b6d4-6ecbb9dd30c2"});
  status.rows.push_back({"wsrep_last_committed", "119"});
  EXPECT_EQ(read_facts(good_variables(), status, a_place()).cluster.cluster, "da1b41eb-ecaa-11f1-b6d4-6ecbb9dd30c2");
  EXPECT_EQ(cluster_place_of(status).committed, 119U);
  EXPECT_EQ(cluster_place_of({true, {{"wsrep_cluster_state_uuid", "00000000-0000-0000-0000-000000000000"}}}).cluster,
            "");
}

TEST(ServerFacts, OfAServerBuiltWithoutGaleraAreGood) {
  auto variables = good_variables();
  variables.rows.pop_back();
  EXPECT_EQ(why_not_followed(read_facts(variables, quiet(), a_place())), std::nullopt);
}

TEST(ServerFacts, StatementsAndCutImagesAreWarnedOf) {
  EXPECT_THAT(warnings_of(facts("binlog_format", "MIXED")), testing::ElementsAre(HasSubstr("MIXED")));
  EXPECT_THAT(warnings_of(facts("binlog_row_image", "MINIMAL")), testing::ElementsAre(HasSubstr("MINIMAL")));
}

}  // namespace
}  // namespace maproom::feed
