// A key that a derived key set lacks never has a row: random queries over random tables, and MariaDB judges.
//
// MAPROOM_LISTING_SECONDS and MAPROOM_LISTING_SEED: another length than the tests' own, and another beginning
// (scripts/prove-listings).

#include <gtest/gtest.h>
#include <mysql.h>

#include <chrono>
#include <cstdlib>
#include <iostream>
#include <optional>

#include "integration/listing/random_select.hpp"
#include "maproom/feed/watch.hpp"
#include "maproom/keyset/text_keys.hpp"
#include "maproom/query/listing.hpp"
#include "maproom/query/query_template.hpp"
#include "support/private_mariadb.hpp"

namespace maproom::test {
namespace {

using Clock = std::chrono::steady_clock;

struct Handle {
  explicit Handle(const PrivateMariadb& server) : mysql{::mysql_init(nullptr)} {
    ::mysql_options(mysql, MYSQL_SET_CHARSET_NAME, "utf8mb4");
    if (::mysql_real_connect(mysql, nullptr, "root", nullptr, "proof", 0, server.socket().c_str(), 0) == nullptr)
      throw std::runtime_error{::mysql_error(mysql)};
  }
  ~Handle() { ::mysql_close(mysql); }
  Handle(const Handle&) = delete;
  Handle& operator=(const Handle&) = delete;

  struct Rows {
    bool first_is_text = false;
    std::vector<std::vector<std::optional<std::string>>> rows;
  };
  /// nullopt: the server refuses it.
  std::optional<Rows> run(const std::string& statement) const {
    if (::mysql_real_query(mysql, statement.data(), statement.size()) != 0) return std::nullopt;
    auto* result = ::mysql_store_result(mysql);
    Rows all;
    if (result == nullptr) return ::mysql_errno(mysql) == 0 ? std::optional{all} : std::nullopt;
    constexpr unsigned binary_charset = 63;
    all.first_is_text = ::mysql_fetch_field_direct(result, 0)->charsetnr != binary_charset;
    const auto columns = ::mysql_num_fields(result);
    while (auto* const row = ::mysql_fetch_row(result)) {
      const auto* lengths = ::mysql_fetch_lengths(result);
      auto& values = all.rows.emplace_back();
      for (unsigned i = 0; i < columns; ++i)
        values.push_back(row[i] == nullptr ? std::nullopt : std::optional{std::string(row[i], lengths[i])});
    }
    ::mysql_free_result(result);
    return all;
  }
  MYSQL* mysql;
};

feed::Schema schema_of(const std::vector<RandomTable>& tables) {
  feed::Schema schema;
  for (const auto& table : tables) {
    schema.tables.push_back({"proof", table.name, "BASE TABLE", "InnoDB", {}});
    for (const auto& column : table.columns)
      schema.tables.back().columns.push_back({column.name, column.text, false, false});
  }
  return schema;
}

/// Both kinds of set, loaded as the daemon does. nullopt: there is none.
std::optional<std::vector<keyset::TextKeys>> sets_of(const Handle& server, const query::Listing& listing,
                                                     const std::string& template_text) {
  std::vector<keyset::TextKeys> sets{keyset::TextKeys{keyset::Of::keys, listing.forms()},
                                     keyset::TextKeys{keyset::Of::domains, listing.forms()}};
  for (const auto& part : listing.parts) {
    const auto listed = server.run(part.statement);
    if (!listed) {
      const std::string error = ::mysql_error(server.mysql);
      // Columns whose collations do not go together: the query itself fails as well, or does without them.
      EXPECT_NE(error.find("Illegal mix of collations"), std::string::npos) << error << "\n"
                                                                            << part.statement << "\n"
                                                                            << template_text;
      return std::nullopt;
    }
    for (const auto& row : listed->rows) {
      if (!row[0]) continue;
      if (!listed->first_is_text) return std::nullopt;
      for (auto& set : sets) set.add(*row[0]);
    }
  }
  return sets;
}

bool has_value(const Handle::Rows& found) {
  for (const auto& row : found.rows)
    for (const auto& value : row)
      if (value && !value->empty()) return true;
  return false;
}

struct Count {
  std::uint64_t queries = 0, listed = 0, lacked = 0, held = 0, found = 0, refused = 0;
};

long from_environment(const char* name, long otherwise) {
  const char* text = std::getenv(name);
  return text == nullptr ? otherwise : std::strtol(text, nullptr, 10);
}

class ListingProof : public testing::Test {
 protected:
  ListingProof() {
    mariadb.sql("CREATE DATABASE proof");
    server.emplace(mariadb);
  }

  void prove(RandomSelect& random, const feed::Schema& schema) {
    const auto text = random.query();
    const auto compiled = query::QueryTemplate::parse(text);
    ASSERT_TRUE(compiled) << text << ": " << compiled.error().detail;
    ++count.queries;
    std::vector<std::string> names;
    const query::ColumnsOf columns = [&](std::string_view, std::string_view table) {
      const auto* found = feed::table_of(schema, "proof", table);
      names.clear();
      if (found != nullptr)
        for (const auto& column : found->columns) names.push_back(column.name);
      return found == nullptr ? nullptr : &names;
    };
    const auto listing = query::listing_of(text, columns);
    if (!listing || feed::watch_of(*listing, "proof", schema).anything) return;
    const auto sets = sets_of(*server, *listing, text);
    if (!sets) return;
    ++count.listed;
    for (const auto& key : random.keys()) {
      if (!compiled->needs().met_by(key)) continue;
      const auto found = server->run(compiled->bind(key, {}).value());
      if (!found) {
        ++count.refused;
        continue;
      }
      const bool value = has_value(*found);
      count.found += value ? 1 : 0;
      for (const auto& set : *sets) {
        ++(set.may_hold(key) ? count.held : count.lacked);
        if (set.may_hold(key) || !value) continue;
        std::string parts;
        for (const auto& part : listing->parts) parts += "\n  " + to_string(part.form) + ": " + part.statement;
        FAIL() << "a wrong \"not found\" for " << key << "\n" << text << parts;
      }
    }
  }

  PrivateMariadb mariadb;
  std::optional<Handle> server;
  Count count;
};

TEST_F(ListingProof, AKeyThatTheSetLacksNeverHasARow) {
  const std::chrono::seconds length{from_environment("MAPROOM_LISTING_SECONDS", 30)};
  auto seed = static_cast<std::uint32_t>(from_environment("MAPROOM_LISTING_SEED", 1));
  constexpr std::uint64_t fewest_queries = 2'000;
  const auto end = Clock::now() + length;
  while (Clock::now() < end || count.queries < fewest_queries) {
    RandomSelect random{seed++};
    for (const auto& statement : random.make_tables())
      ASSERT_TRUE(server->run(statement)) << statement << ": " << ::mysql_error(server->mysql);
    const auto schema = schema_of(random.tables());
    for (int i = 0; i < 50; ++i) {
      prove(random, schema);
      if (HasFatalFailure()) {
        ADD_FAILURE() << "seed " << seed - 1;
        return;
      }
    }
  }
  std::cout << count.queries << " queries, " << count.listed << " with a listing; of the keys asked " << count.lacked
            << " lacked, " << count.held << " held, " << count.found << " found; " << count.refused
            << " refused by the server\n";
  // Nobody is wrong where nobody was asked.
  EXPECT_GT(count.listed, count.queries / 5);
  EXPECT_GT(count.lacked, count.held / 5);
  EXPECT_GT(count.found, count.listed / 2);
}

}  // namespace
}  // namespace maproom::test
