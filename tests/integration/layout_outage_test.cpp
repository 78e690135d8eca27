// The layouts that people have (layouts/*.layout), each as its postmaster would move it: the mysql: tables of main.cf,
// `maproom import`, the change feed on, and nothing else. Then MariaDB goes away for longer than any time to live. From
// clients and senders never seen before, mail to every recipient that was known goes to the same places as with
// mysql: in calm, over both protocols; unknown ones wait, and nobody is refused who would not have been.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <regex>
#include <sstream>

#include "integration/feed_world.hpp"
#include "support/private_postfix.hpp"
#include "support/smtp.hpp"

namespace maproom::test {
namespace {

constexpr std::chrono::milliseconds longest_ttl{100};  // as configured below

struct Layout {
  std::map<std::string, std::string> sections;  ///< "main.cf", "aliases.cf", ...
  std::vector<std::string> known, unknown, foreign, waits;
};

Layout read_layout(const std::string& name) {
  Layout layout;
  std::istringstream text{read_text(MAPROOM_SOURCE_DIR "/tests/integration/layouts/" + name + ".layout")};
  std::string section;
  for (std::string line; std::getline(text, line);) {
    if (line.starts_with("#### "))
      section = line.substr(5);
    else if (section != "mail")
      layout.sections[section] += line + "\n";
    else if (const auto blank = line.find(' '); blank != std::string::npos)
      (line.starts_with("known")     ? layout.known
       : line.starts_with("unknown") ? layout.unknown
       : line.starts_with("waits")   ? layout.waits
                                     : layout.foreign)
          .push_back(line.substr(blank + 1));
  }
  return layout;
}

std::map<std::string, std::string> parameters_of(const std::string& main_cf) {
  std::map<std::string, std::string> all;
  std::istringstream text{main_cf};
  for (std::string line; std::getline(text, line);)
    if (const auto equals = line.find(" = "); equals != std::string::npos)
      all[line.substr(0, equals)] = line.substr(equals + 3);
  return all;
}

std::string replaced(std::string text, const std::string& what, const std::string& with) {
  for (auto at = text.find(what); at != std::string::npos; at = text.find(what, at + with.size()))
    text.replace(at, what.size(), with);
  return text;
}

class LayoutOutageTest : public testing::TestWithParam<std::string> {
 protected:
  /// The layout's files and database, as they were before anybody heard of Maproom.
  void SetUp() override {
    layout_ = read_layout(GetParam());
    ASSERT_FALSE(layout_.known.empty());
    for (auto& [name, text] : layout_.sections) {
      text = replaced(text, "@DIR@", dir_.path("postfix"));
      text = replaced(text, "@MAILBOX@", std::to_string(mailbox_.port()));
      text = replaced(text, "@RELAY@", std::to_string(relay_.port()));
      if (name.empty() || name == "schema.sql" || name == "main.cf") continue;
      if (name.ends_with(".cf")) {
        const bool more = text.find("\nexpansion_limit") != std::string::npos;
        text = "user = mail\npassword = secret\ndbname = mail\nhosts = unix:" + mariadb_.socket() +
               "\nquery = " + (more ? text : replaced(text, "\n", "\n  "));
      }
      static_cast<void>(dir_.write("postfix/" + name, text + "\n", 0644));
      if (!name.ends_with(".cf")) {
        ASSERT_EQ(run_command({"postmap", "-c", own_postmap(), "hash:" + dir_.path("postfix/" + name)}).status, 0);
      }
    }
    mariadb_.sql(
        "CREATE DATABASE mail; CREATE USER mail@localhost IDENTIFIED BY 'secret'; GRANT SELECT ON mail.* TO "
        "mail@localhost; GRANT REPLICATION SLAVE, BINLOG MONITOR ON *.* TO mail@localhost");
    mariadb_.sql(layout_.sections.at("schema.sql"), "mail");
    before_ = parameters_of(layout_.sections.at("main.cf"));
    before_["smtpd_relay_restrictions"] = "permit_mynetworks, reject_unauth_destination";
    static_cast<void>(
        dir_.write("postfix/main.cf", "compatibility_level = 3.6\n" + layout_.sections.at("main.cf"), 0644));
    static_cast<void>(dir_.write("postfix/master.cf", "smtp inet n - n - - smtpd\n", 0644));
  }

  std::string own_postmap() {
    if (!std::filesystem::exists(dir_.path("postmap/main.cf")))
      static_cast<void>(dir_.write("postmap/main.cf", "compatibility_level = 3.6\n", 0644));
    return dir_.path("postmap");
  }

  /// `maproom import`, and what its user adds: the feed. Here the times to live are short, too.
  void import_and_serve() {
    std::filesystem::last_write_time(dir_.path("postfix/main.cf"),
                                     std::filesystem::file_time_type::clock::now() - std::chrono::minutes{1});
    std::filesystem::create_directory(dir_.path("new"));
    const auto imported =
        run_command({MAPROOM_BINARY, "import", dir_.path("postfix/main.cf"), "--output", dir_.path("new")});
    ASSERT_EQ(imported.status, 0) << imported.err;
    auto toml = read_text(dir_.path("new/maproom.toml"));
    std::smatch match;
    const std::regex address{"\"inet:127\\.0\\.0\\.1:([0-9]+)\""};
    std::string moved;
    auto rest = toml;
    for (; std::regex_search(rest, match, address); rest = match.suffix().str())
      moved += match.prefix().str() + "\"inet:127.0.0.1:" + std::to_string(ports_[match[1].str()]) + "\"";
    toml = moved + rest;
    toml = replaced(toml, "[socketmap]\nlisten = [",
                    "[socketmap]\nlisten = [\"unix:" + daemon_.path("socketmap") + "\", ");
    daemon_.configure(toml +
                      "\n[feed]\nbinlog = true\n[cache]\npositive_ttl = \"100 ms\"\nnegative_ttl = \"100 ms\"\n");
    daemon_.start();
    by_port_ = by_name_ = before_;
    const std::regex change{" -e '([a-z_0-9]+) = ([^\n]*)'"};
    auto text = imported.out.substr(0, imported.out.find("# Switch back:"));
    for (; std::regex_search(text, match, change); text = match.suffix().str()) {
      auto value = match[2].str();
      std::string tcp, socketmap;
      std::smatch table;
      const std::regex reference{"tcp:127\\.0\\.0\\.1:([0-9]+)"};
      for (; std::regex_search(value, table, reference); value = table.suffix().str()) {
        tcp += table.prefix().str() + "tcp:127.0.0.1:" + std::to_string(ports_[table[1].str()]);
        socketmap +=
            table.prefix().str() + "socketmap:unix:" + daemon_.path("socketmap") + ":" + map_at(ports_[table[1].str()]);
      }
      by_port_[match[1].str()] = tcp + value;
      by_name_[match[1].str()] = socketmap + value;
    }
    ASSERT_NE(by_port_, before_);
  }

  [[nodiscard]] nlohmann::json status() const { return nlohmann::json::parse(daemon_.run({"status", "--json"}).out); }

  [[nodiscard]] std::string map_at(int port) const {
    const auto toml = read_text(daemon_.config());
    const auto at = toml.find("\"inet:127.0.0.1:" + std::to_string(port) + "\"");
    const auto begin = toml.rfind("[maps.", at) + 6;
    return toml.substr(begin, toml.find(']', begin) - begin);
  }

  /// The names of maps whose keys are not all known.
  [[nodiscard]] std::set<std::string> incomplete() const {
    std::set<std::string> names;
    for (const auto& each : status().at("maps"))
      if (!each.contains("key_set") || !each.at("key_set").at("complete").get<bool>()) names.insert(each.at("name"));
    return names;
  }

  /// From a client and a sender that nobody has seen.
  SmtpReply send(const PrivatePostfix& postfix, const std::string& recipient, const std::string& subject) {
    const auto number = ++count_;
    const auto client = "127.0." + std::to_string(1 + number / 250) + "." + std::to_string(1 + number % 250);
    SmtpClient smtp{postfix.port(), client};
    return smtp.send("sender@never-" + std::to_string(number) + ".example", {recipient}, subject);
  }

  struct Places {
    std::vector<std::string> mailbox, relay;
    bool operator==(const Places&) const = default;
  };
  Places places_of(const std::string& subject) {
    return {mailbox_.recipients_of(subject), relay_.recipients_of(subject)};
  }
  /// Sends to each of `recipients` and waits until all of it has come where it should.
  void arrives(const PrivatePostfix& postfix, const std::vector<std::string>& recipients, const std::string& when) {
    std::map<std::string, std::string> subjects;
    for (const auto& recipient : recipients) {
      const auto subject = "message-" + std::to_string(count_ + 1) + "-";
      const auto reply = send(postfix, recipient, subject);
      EXPECT_EQ(reply.code, 250) << when << ": " << recipient << ": " << reply.text << "\n" << daemon_.log();
      if (reply.code == 250) subjects[recipient] = subject;
    }
    for (const auto& [recipient, subject] : subjects) {
      const auto& there = expected_.at(recipient);
      EXPECT_TRUE(wait_until([&, subject = subject] { return places_of(subject) == there; }))
          << when << ": " << recipient << "\n"
          << postfix.log() << daemon_.log();
    }
  }

  Layout layout_;
  PrivateMariadb mariadb_{binlog_options()};
  SmtpSink mailbox_, relay_;
  TempDir dir_;
  Ports ports_;
  Daemon daemon_;
  std::map<std::string, std::string> before_, by_port_, by_name_;
  std::map<std::string, Places> expected_;
  int count_ = 0;
};

TEST_P(LayoutOutageTest, MailToKnownRecipientsFlowsAfterImportAlone) {
  auto recipients = layout_.known;
  recipients.insert(recipients.end(), layout_.waits.begin(), layout_.waits.end());
  {
    // What mysql: does.
    const PrivatePostfix postfix{before_};
    std::map<std::string, std::string> subjects;
    for (const auto& recipient : recipients) {
      subjects[recipient] = "message-" + std::to_string(count_ + 1) + "-";
      const auto reply = send(postfix, recipient, subjects[recipient]);
      ASSERT_EQ(reply.code, 250) << recipient << ": " << reply.text << "\n" << postfix.log();
    }
    const std::regex queued{"qmgr\\[[0-9]+\\]: [0-9A-F]+: removed"};
    ASSERT_TRUE(wait_until([&] {
      const auto log = postfix.log();
      return std::distance(std::sregex_iterator{log.begin(), log.end(), queued}, std::sregex_iterator{}) ==
             static_cast<std::ptrdiff_t>(recipients.size());
    })) << postfix.log();
    for (const auto& [recipient, subject] : subjects) {
      expected_[recipient] = places_of(subject);
      ASSERT_NE(expected_[recipient], Places{}) << recipient << postfix.log();
    }
    for (const auto& recipient : layout_.unknown) ASSERT_EQ(send(postfix, recipient, "x").code, 550) << recipient;
    for (const auto& recipient : layout_.foreign) ASSERT_EQ(send(postfix, recipient, "x").code, 554) << recipient;
  }

  import_and_serve();
  ASSERT_FALSE(HasFatalFailure());
  ASSERT_TRUE(wait_until([&] { return incomplete().empty(); }))
      << testing::PrintToString(incomplete()) << daemon_.log();
  const PrivatePostfix by_port{by_port_};
  const PrivatePostfix by_name{by_name_};
  // Half of them over each protocol: both ask the same maps.
  for (std::size_t i = 0; i < recipients.size(); ++i) arrives(i % 2 == 0 ? by_port : by_name, {recipients[i]}, "warm");
  const auto warm = std::chrono::steady_clock::now();
  ASSERT_TRUE(wait_until([&] {
    const auto now = std::chrono::steady_clock::now();
    const std::chrono::milliseconds proven_ago{status().at("feed").at("proven_ago_ms").get<std::int64_t>()};
    return proven_ago >= proven_ago.zero() && proven_ago < now - warm;
  })) << daemon_.log();

  mariadb_.stop();
  // Until nothing is known any more but what was known then, and every time to live has passed.
  const auto begun = std::chrono::steady_clock::now();
  ASSERT_TRUE(wait_until([&] {
    static_cast<void>(send(by_port, layout_.known[0], "x"));
    return !status().at("feed").at("healthy").get<bool>() && daemon_.log_lines({"event=all_databases_down"}) > 0 &&
           std::chrono::steady_clock::now() - begun > 3 * longest_ttl;
  })) << daemon_.log();
  for (const auto* postfix : {&by_port, &by_name}) {
    arrives(*postfix, layout_.known, "in the outage");
    for (const auto& recipient : layout_.unknown) {
      const auto reply = send(*postfix, recipient, "x");
      EXPECT_EQ(reply.code / 100, 4) << recipient << ": " << reply.text;
    }
    for (const auto& recipient : layout_.foreign) {
      const auto reply = send(*postfix, recipient, "x");
      EXPECT_TRUE(reply.code == 554 || reply.code / 100 == 4) << recipient << ": " << reply.text;
    }
  }
  std::map<std::string, std::string> waiting;
  for (const auto& recipient : layout_.waits) {
    waiting[recipient] = "message-" + std::to_string(count_ + 1) + "-";
    EXPECT_EQ(send(by_port, recipient, waiting[recipient]).code, 250) << recipient;
  }
  EXPECT_EQ(daemon_.log_lines({"event=bug"}), 0U);

  mariadb_.start();
  ASSERT_TRUE(wait_until([&] {
    return status().at("feed").at("healthy").get<bool>() && daemon_.log_lines({"event=database_up"}) > 0;
  })) << daemon_.log();
  for (const auto& recipient : layout_.unknown)
    EXPECT_TRUE(wait_until([&] { return send(by_port, recipient, "x").code == 550; })) << recipient << daemon_.log();
  // qmgr(8) keeps the last address that could not be resolved for a while, unless another one comes between.
  for (const auto& [recipient, subject] : waiting)
    EXPECT_TRUE(wait_until([&, subject = subject, &there = expected_.at(recipient)] {
      static_cast<void>(send(by_port, layout_.known[0], "x"));
      return places_of(subject) == there;
    })) << recipient
        << by_port.log();
  arrives(by_name, recipients, "afterwards");
}

INSTANTIATE_TEST_SUITE_P(Layouts, LayoutOutageTest,
                         testing::Values("froxlor", "iredmail", "ispconfig", "ispmail", "mailcow", "modoboa", "mx",
                                         "postfixadmin", "vimbadmin"),
                         [](const auto& each) { return each.param; });

}  // namespace
}  // namespace maproom::test
