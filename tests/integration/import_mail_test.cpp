// One Postfix with the mysql: tables of a system, another one switched over by what `maproom import` printed: whoever
// says what to whom hears the same from both.

#include "integration/import_fixture.hpp"
#include "support/private_postfix.hpp"
#include "support/smtp.hpp"

namespace maproom::test {
namespace {

/// "check_client_access mysql:/x", or the table by itself, which means the same in a list of its kind.
enum class Tables { with_restriction, without_restriction };

class ImportMailTest : public ImportTest, public testing::WithParamInterface<Tables> {
 protected:
  /// What the system's main.cf sets, but for what a Postfix of a test has of its own, and services that are not here.
  std::map<std::string, std::string> settings() const {
    std::map<std::string, std::string> all;
    for (const auto& line : lines_of(postconf("-xn"))) {
      const auto equals = line.find(" =");
      all[line.substr(0, equals)] = equals + 3 <= line.size() ? line.substr(equals + 3) : "";
    }
    for (const auto* const own : {"config_directory", "compatibility_level", "inet_interfaces", "alias_maps",
                                  "alias_database", "header_checks", "myhostname", "mydestination", "myorigin"})
      all.erase(own);
    const std::regex elsewhere{",? *check_(policy_service \\{[^}]*\\}|sender_access regexp:[^ ,]*)"};
    for (auto& [name, value] : all) value = std::regex_replace(value, elsewhere, "");
    return all;
  }

  /// The values of the commands under "# Switch:", with the ports of this test.
  std::map<std::string, std::string> switched() const {
    std::map<std::string, std::string> all;
    for (const auto& line : lines_of(imported_.out)) {
      if (line == "# Switch back:") break;
      const auto begin = line.find(" -e '");
      if (begin == std::string::npos) continue;
      const auto equals = line.find(" = ", begin);
      all[line.substr(begin + 5, equals - begin - 5)] = line.substr(equals + 3, line.size() - equals - 4);
    }
    return all;
  }
};

/// Every reply to every conversation.
std::string replies(const PrivatePostfix& postfix, const std::vector<std::string>& senders,
                    const std::vector<std::string>& recipients) {
  std::string all;
  for (const auto* const client : {"127.0.0.66", "127.0.0.99", "127.0.7.1"})
    for (const auto& sender : senders)
      for (const auto& recipient : recipients) {
        SmtpClient smtp{postfix.port(), client};
        const auto reply = smtp.try_recipient(sender, recipient);
        all += std::string{client} + " <" + sender + "> <" + recipient + "> " + std::to_string(reply.code) + " " +
               reply.text + "\n";
      }
  return all;
}

std::size_t count(const std::string& text, const std::string& word) {
  std::size_t found = 0;
  for (auto at = text.find(word); at != std::string::npos; at = text.find(word, at + 1)) ++found;
  return found;
}

TEST_P(ImportMailTest, TheSwitchedPostfixSaysTheSame) {
  bring("ispconfig");
  if (GetParam() == Tables::without_restriction)
    static_cast<void>(
        dir_.write("postfix/main.cf",
                   std::regex_replace(read_text(dir_.path("postfix/main.cf")),
                                      std::regex{"check_(client|sender|recipient)_access proxy:"}, "proxy:"),
                   0644));
  shared_mariadb().sql(
      "INSERT INTO mail_access (source, access, type) VALUES ('127.0.0.99', 'REJECT by address', 'client'), "
      "('127.0.7', 'REJECT by network', 'client'), ('b.example', 'REJECT by domain', 'sender'); "
      "UPDATE mail_user SET greylisting = 'n'",
      "ispconfig");
  for (const auto* const text : {"virtual-mailman", "transport-mailman"})
    ASSERT_EQ(run_command({"postmap", "-c", dir_.path("postfix"), "hash:" + dir_.path("postfix/" + std::string{text})})
                  .status,
              0);
  // proxymap(8) opens its tables as the user postfix.
  for (const auto& entry : std::filesystem::directory_iterator{dir_.path("postfix")})
    run_command({"chgrp", "postfix", entry.path()});
  import_and_serve();

  const std::vector<std::string> senders{"", "x@elsewhere.example", "x@sub.spam.example", "ben+x@b.example",
                                         "anna@a.example"};
  const std::vector<std::string> recipients{
      "list-request@a.example", "INFO@a.example",   "anna@a.example",    "nobody@a.example",  "nobody+x@a.example",
      "ben@b.example",          "nobody@b.example", "x@old.example",     "x@relayed.example", "x@sub.relayed.example",
      "x@foreign.example",      "closed@a.example", "\"a b\"@a.example", "x@lists.example"};
  auto main_cf = settings();
  // Text tables are read once they have settled, and then every map answers.
  ask({{"virtual_alias_maps", "list@a.example", found("list")}, {"transport_maps", "a@b.example", not_found()}});
  const auto before = replies(PrivatePostfix{main_cf}, senders, recipients);
  const std::regex address{"tcp:127\\.0\\.0\\.1:([0-9]+)"};
  for (auto& [name, value] : switched()) {
    const std::string passwords = "socketmap:unix:maproom-passwords/socketmap:";
    if (value.starts_with(passwords)) {
      main_cf[name] = "socketmap:unix:" + dir_.path("passwords/socketmap:") + value.substr(passwords.size());
      continue;
    }
    std::smatch match;
    std::string moved;
    for (auto rest = value; std::regex_search(rest, match, address); value = rest) {
      moved += match.prefix().str() + "tcp:127.0.0.1:" + std::to_string(ports_[match[1].str()]);
      rest = match.suffix().str();
    }
    ASSERT_NE(moved, "") << name;
    main_cf[name] = moved + value;
  }
  const std::regex elsewhere{",? *check_(policy_service \\{[^}]*\\}|sender_access regexp:[^ ,]*)"};
  for (auto& [name, value] : main_cf) value = std::regex_replace(value, elsewhere, "");
  const auto after = replies(PrivatePostfix{main_cf}, senders, recipients);
  EXPECT_THAT(new_lines(after, before), testing::IsEmpty());
  EXPECT_EQ(after.size(), before.size());
  // The conversations are worth something: they meet acceptance, every kind of refusal, and no error.
  for (const auto* const said :
       {" 250 ", "User unknown", "by address", "by network", "by domain", "550 5.7.1", "Relay access denied", "closed"})
    EXPECT_GT(count(before, said), 0U) << said << "\n" << before;
  EXPECT_EQ(count(before, " 451 "), 0U) << before;
}

INSTANTIATE_TEST_SUITE_P(Tables, ImportMailTest, testing::Values(Tables::with_restriction, Tables::without_restriction),
                         [](const auto& each) {
                           return each.param == Tables::with_restriction ? "WithRestriction" : "WithoutRestriction";
                         });

}  // namespace
}  // namespace maproom::test
