#include "integration/two_postfix_dialogues.hpp"

#include <algorithm>
#include <random>

#include "integration/two_postfix_maps.hpp"

namespace maproom::test::two_postfix {
namespace {

using Strings = std::vector<std::string>;

/// Who the client is said to be (XCLIENT).
struct Client {
  std::string attributes;
  std::string helo = "client.far.example";
};

const Client stranger{"NAME=[UNAVAILABLE] ADDR=198.51.100.66"};
const Client trusted{"NAME=[UNAVAILABLE] ADDR=192.0.2.1"};

const Strings localparts{"joe",
                         "Joe",
                         "joe+Foo-Bar",
                         "joe-Foo+bar",
                         "joe+own",
                         "JOE+OWN",
                         "joe+",
                         "+joe",
                         "-joe",
                         "joe++x",
                         R"("joe")",
                         R"("a b")",
                         R"("A b+X")",
                         R"("a b+")",
                         R"("q+A b")",
                         R"("in ner")",
                         R"("in ner+E")",
                         R"("c d")",
                         R"("c d-e")",
                         R"("a@b")",
                         R"("a@b+x")",
                         R"(a@b)",
                         R"(back\sl)",
                         R"("back\\slash")",
                         R"("quo\"te")",
                         R"("inner quote\"")",
                         "owner-l",
                         "Owner-L+x",
                         "l-request",
                         "L-Request+e",
                         "l-x",
                         "postmaster",
                         "PostMaster",
                         "postmaster+x",
                         "MAILER-DAEMON",
                         "double-bounce",
                         "double-bounce+x",
                         "nobody",
                         "nobody+x",
                         "x%y",
                         "x!y",
                         "jörg",
                         "JÖRG+Ext",
                         "ünï+É",
                         "Straße",
                         "STRASSE+ß",
                         "a..b",
                         ".a",
                         "a.",
                         R"("")",
                         "carl",
                         "Carl+Reply",
                         "bob",
                         "Bob+x",
                         "loc",
                         "Loc+Y",
                         "Ann-E+f",
                         "office+own",
                         "office+Other",
                         "bob%relay.example",
                         "relay.example!bob",
                         "anyone"};

const Strings domains{"alias.example",
                      "Alias.Example",
                      "alias.example.",
                      "sub.alias.example",
                      "old.example",
                      "catch.example",
                      "moved.example",
                      "bücher.example",
                      "Straße.example",
                      "STRASSE.example",
                      "mbox.example",
                      "MBox.Example.",
                      "mboxall.example",
                      "müller.example",
                      "relay.example",
                      "Sub.Relay.Example",
                      "relayall.example",
                      "relay.example..",
                      "local.example",
                      "Boxes.Local.Example",
                      "test.example",
                      "canon.example",
                      "route.example",
                      "Sub.Route.Example",
                      "deep.sub.route.example",
                      "sub.dotted.example",
                      "dotted.example",
                      "access.example",
                      "ümlaut.example",
                      "ÜMLAUT.example",
                      "far.example",
                      "tree.far.example",
                      "a.tree.far.example",
                      "[127.0.0.1]",
                      "[192.0.2.99]",
                      "[192.0.2.25]",
                      "[IPv6:::1]",
                      "[203.0.113.5]",
                      "example"};

const Strings odd_recipients{"loc",
                             "postmaster",
                             "Loc+Y",
                             R"("a b")",
                             "nobody",
                             "jörg",
                             "",
                             "@",
                             "@alias.example",
                             "joe@",
                             "<>",
                             R"("<>")",
                             "@hop.example:joe@alias.example",
                             "@hop.example,@next.example:carl+x@relay.example",
                             "@local.example:joe@alias.example",
                             "carl%relay.example@local.example",
                             "carl%relay.example@[127.0.0.1]",
                             "relay.example!carl",
                             "local.example!relay.example!carl",
                             "a%b%local.example@test.example",
                             "joe@alias@relay.example",
                             "joe@local.example@alias.example",
                             R"("joe@alias.example"@local.example)",
                             R"("carl@relay.example")",
                             "joe @alias.example",
                             "joe@alias .example",
                             "(comment)joe@alias.example",
                             R"("joe"+x@alias.example)",
                             R"("a"."b"@alias.example)",
                             "joe@[alias.example]",
                             "joe@127.0.0.1",
                             "joe@[::1]",
                             "joe@[IPv6:2001:db8::1]",
                             "joe@-alias.example",
                             "joe@alias_example",
                             "joe@.alias.example",
                             "joe@alias..example",
                             R"("tab	in"@relay.example)",
                             "owner-none@alias.example",
                             "Owner-None+x@alias.example",
                             "joe-request@alias.example",
                             "Joe-Request+x@alias.example",
                             "joe-none-request@alias.example",
                             "carl-request@relay.example",
                             "-request@alias.example",
                             "bang-Ext@alias.example",
                             "Bang+Ext@alias.example",
                             "percent-Ext@alias.example",
                             "Percent+Ext@alias.example",
                             "MAILER-DAEMON@alias.example",
                             "Mailer-Daemon+x@alias.example",
                             "double-bounce@alias.example",
                             "Double-Bounce-x@alias.example",
                             "twice@relay.example",
                             "anyone@twice.example",
                             "anyone@sub.twice.example",
                             R"(""@route.example)",
                             R"(""@access.example)",
                             "hop@route.example",
                             "same@route.example",
                             "User+X@Route.Example",
                             "stop@route.example",
                             "later@route.example",
                             "boxed@boxes.local.example",
                             "Boxed+own@boxes.local.example",
                             "boxed-x@boxes.local.example",
                             "fallen@boxes.local.example",
                             "Fallen+x@boxes.local.example",
                             "nobody@boxes.local.example",
                             "bob+X@mbox.example",
                             "anyone@other.boxes.local.example",
                             "joe@xn--bcher-kva.example",
                             "someone@[192.0.2.98]",
                             "some%one@far.example",
                             "JÖRG@Bücher.example",
                             "JÖRG+Ext@BÜCHER.example",
                             "ÜNÏ+X@alias.example",
                             "JÖRG@relay.example",
                             "Jörg+É@relay.example",
                             "STRASSE@relay.example",
                             "STRAßE@relay.example",
                             "Jörg@STRAßE.example",
                             "anyone@ÜMLAUT.example",
                             "JÖRG@local.example"};

class Builder {
 public:
  explicit Builder(DialogueOptions options) : options_{options} {}

  std::vector<Dialogue> run() {
    for (const auto& recipient : odd_recipients) {
      message(trusted, "sender@far.example", recipient);
      if (drawn(options_.every_nth)) message(stranger, "sender@far.example", recipient);
    }
    for (const char* list : {"alias", "mailbox", "local", "relay_recipients", "transport", "recipient_access",
                             "recipient_canonical", "canonical", "recipient_bcc", "relocated"})
      for (const auto& recipient : drawn_spellings(list)) message(trusted, "sender@far.example", recipient);
    for (const auto& domain : domains)
      for (const auto& localpart : localparts)
        if (drawn(options_.every_nth_pair))
          message(drawn(2) ? trusted : stranger, "sender@far.example", localpart + "@" + domain);

    const std::vector<std::pair<const char*, const char*>> senders{{"sender_access", "anyone@access.example"},
                                                                   {"sender_canonical", "rcpt@sink.example"},
                                                                   {"canonical", "someone@far.example"},
                                                                   {"sender_bcc", "carl@relay.example"},
                                                                   {"sender_relayhost", "someone@far.example"},
                                                                   {"sender_transport", "someone@far.example"},
                                                                   {"generic", "rcpt@sink.example"},
                                                                   {"relocated", "someone@far.example"},
                                                                   {"login", "carl@relay.example"}};
    for (const auto& [list, recipient] : senders)
      for (const auto& sender : drawn_spellings(list)) message(trusted, sender, recipient);
    for (const auto& localpart : localparts)
      for (const char* domain : {"sender.example", "spam.example", "Local.Example", "a.dotted.example"})
        if (drawn(options_.every_nth_pair)) message(trusted, localpart + "@" + domain, "someone@far.example");
    for (const char* sender : {"", "<>", "loc", "@hop.example:hop@sender.example", "anywhere+x@[203.0.113.5]",
                               R"(""@sender.example)", "x@Straßer.example"})
      for (const char* recipient : {"someone@far.example", "carl@relay.example", "full@access.example"})
        message(trusted, sender, recipient);

    // Several recipients of one message: what is the same in the end goes out once.
    many("sender@far.example", {"joe@alias.example", "Joe+x@alias.example", "self@alias.example", "bob@mbox.example"});
    many("watched@sender.example", {"list@alias.example", "carl@relay.example", "someone@far.example"});
    many("", {"joe+x@alias.example", "known@catch.example", "other@catch.example", "nobody@relay.example"});
    many("canon+X@sender.example", {"rc+E@canon.example", "both@canon.example", "step1+E@canon.example"});

    clients();
    logins();
    helos();
    delivery_by_smtp();
    services();
    return std::move(all_);
  }

 private:
  static bool is_ascii(const std::string& text) {
    return std::none_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) >= 0x80; });
  }

  [[nodiscard]] bool drawn(int one_of) { return random_() % static_cast<unsigned>(one_of) == 0; }

  Strings drawn_spellings(const std::string& list) {
    Strings all;
    for (const auto& key : keys_of(list)) {
      const auto each = spellings(key, "local.example");
      for (std::size_t i = 0; i < each.size(); ++i)
        if ((options_.every_row && i < 2) || drawn(options_.every_nth)) all.push_back(each[i]);
    }
    return all;
  }

  /// A row's key as somebody might write it: with extensions, in capitals, in a subdomain.
  static Strings spellings(const std::string& key, const std::string& default_domain) {
    if (key == "<>" || key == "\"<>\"" || key == "*") return {""};
    auto at = key.rfind('@');
    auto localpart = key.substr(0, at);
    auto domain = at == std::string::npos ? default_domain : key.substr(at + 1);
    if (domain.empty()) domain = "sender.example";
    if (at == std::string::npos && key.find('.') != std::string::npos) {  // a domain
      domain = key.front() == '.' ? "sub" + key : key;
      localpart = "anyone";
    }
    if (localpart.empty()) localpart = "Anyone";
    // An internal form is written in quotes.
    if (localpart.find_first_of(" @\\") != std::string::npos && localpart.front() != '"') {
      std::string quoted;
      for (const char c : localpart) quoted += (c == '"' || c == '\\' ? "\\" : "") + std::string{c};
      localpart = '"' + quoted + '"';
    }
    const auto extended = [&](const std::string& extension) {
      if (localpart.back() == '"') return localpart.substr(0, localpart.size() - 1) + extension + '"';
      return localpart + extension;
    };
    auto capitals = localpart;
    std::transform(capitals.begin(), capitals.end(), capitals.begin(),
                   [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c; });
    return {localpart + "@" + domain, extended("+Ext") + "@" + domain, extended("-Ext+own") + "@" + domain,
            capitals + "@" + domain, localpart + "@Sub." + domain};
  }

  static Strings greeting_of(const Client& client) {
    return {"EHLO proxy.example", "XCLIENT " + client.attributes, "EHLO " + client.helo};
  }
  [[nodiscard]] std::string mail_from(const std::string& sender, const std::string& recipient) const {
    const bool wanted = options_.smtputf8 && !(is_ascii(sender) && is_ascii(recipient));
    // Some without the option, as old clients do.
    return "MAIL FROM:<" + sender + ">" + (wanted && (sender.size() + recipient.size()) % 5 != 0 ? " SMTPUTF8" : "");
  }
  void message(const Client& client, const std::string& sender, const std::string& recipient) {
    all_.push_back({.greeting = greeting_of(client),
                    .lines = {mail_from(sender, recipient), "RCPT TO:<" + recipient + ">", "DATA", "."},
                    .sender = sender,
                    .recipient = recipient});
  }
  void many(const std::string& sender, const Strings& recipients) {
    message(trusted, sender, recipients.front());
    auto& lines = all_.back().lines;
    for (std::size_t i = 1; i < recipients.size(); ++i)
      lines.insert(lines.end() - 2, "RCPT TO:<" + recipients[i] + ">");
  }
  void try_only(const Client& client, const std::string& sender, const Strings& recipients) {
    Dialogue dialogue{.greeting = greeting_of(client), .lines = {mail_from(sender, "")}};
    for (const auto& recipient : recipients) dialogue.lines.push_back("RCPT TO:<" + recipient + ">");
    all_.push_back(dialogue);
  }

  void clients() {
    const Strings addresses{"192.0.2.1",
                            "192.0.2.2",
                            "192.0.3.1",
                            "198.51.100.7",
                            "198.51.100.9",
                            "198.51.100.222",
                            "127.0.0.44",
                            "127.0.0.1",
                            "203.0.113.5",
                            "203.0.113.6",
                            "203.0.113.7",
                            "203.0.9.9",
                            "203.1.2.3",
                            "IPV6:2001:db8::1",
                            "IPV6:2001:DB8:0:0::1",
                            "IPV6:2001:db8:1::1",
                            "IPV6:2001:db8:5::5",
                            "IPV6:2001:db8:5::6",
                            "IPV6:2001:db8:0:0:9::1",
                            "IPV6:2001:db8::9:0:0:1",
                            "IPV6:::ffff:198.51.100.7",
                            "IPV6:::ffff:198.51.100.9",
                            "IPV6:::1",
                            "IPV6:fe80::1"};
    const Strings names{"[UNAVAILABLE]",    "[TEMPUNAVAIL]",   "client.example",      "Deep.Client.Example",
                        "a.client.example", "trusted.example", "Sub.Trusted.Example", "a.dotted.example",
                        "dotted.example",   "net.example",     "Dunno.Net.Example",   "x.dunno.net.example",
                        "unknown.example",  "example"};
    for (const auto& address : addresses)
      for (std::size_t i = 0; i < names.size(); ++i) {
        if (i > 0 && (i + address.size()) % 4 != 0) continue;
        Client client{"NAME=" + names[i] + " ADDR=" + address};
        if (i % 2 == 1) client.attributes += " REVERSE_NAME=Host.Rev.Example";
        try_only(client, "sender@far.example", {"someone@far.example", "anyone@access.example"});
      }
    for (const auto& name : names)
      try_only({"NAME=" + name + " ADDR=198.51.100.66"}, "sender@far.example",
               {"someone@far.example", "anyone@access.example"});
  }

  void logins() {
    for (const char* login : {"owner", "Anna", "ben", "carl", "domainowner", "loc", "banned", "Banned", "nobody"})
      for (const char* sender :
           {"owner@sender.example", "Owner+Ext@Sender.Example", "shared@sender.example", "own+ext@sender.example",
            "own+other@sender.example", R"("quoted owner"@sender.example)", R"("quoted owner+x"@sender.example)",
            R"("inner owner"@sender.example)", "any@owned.example", "any@sub.owned.example", "loginloc@local.example",
            "LoginLoc+X@test.example", "nobody@local.example", "free@far.example", ""})
        if (options_.every_row || drawn(options_.every_nth))
          try_only({trusted.attributes + " LOGIN=" + login}, sender, {"anyone@access.example"});
  }

  void helos() {
    for (const char* helo :
         {"helo.example", "Sub.Helo.Example", "ok.helo.example", "a.ok.helo.example", "a.dotted.example",
          "dotted.example", "[203.0.113.9]", "203.0.113.9", "203.0.113.10", "[203.0.113.10]", "[IPv6:2001:db8::1]",
          "PlainName", "helo.ümlaut.example", "helo.example.", "..", "unknown"})
      try_only({stranger.attributes, helo}, "sender@far.example", {"anyone@access.example"});
  }

  /// What smtp(8) asks: generic addresses, TLS policies, passwords.
  void delivery_by_smtp() {
    for (const char* sender :
         {"loc@local.example", "Loc+Own@local.example", "loc+Ext@local.example", "locgen+X@local.example",
          "any+x@boxes.local.example", R"("g q+x"@local.example)", "Upper@Local.Example", "plain@sender.example", ""})
      for (const char* recipient : {"rcpt@sink.example", "Rcpt+X@Sink.example", "other@sink.example"})
        message(trusted, sender, recipient);
    for (const char* hop : {"tls1", "tls2", "tls3", "tls4", "tls5", "tls6"})
      message(trusted, "sender@far.example", std::string{hop} + "@far.example");
  }

  /// What is asked outside of mail transactions, or by smtpd(8)s of their own.
  void services() {
    for (const char* domain : {"etrn.example", "Sub.Etrn.Example", "dotted.example", "a.dotted.example",
                               "flush.example", "Sub.Flush.Example", "other.example", "relay.example", "[203.0.113.9]"})
      all_.push_back({.greeting = greeting_of(trusted), .lines = {"ETRN " + std::string{domain}}});
    for (const char* source : {"127.0.0.51", "127.0.0.52", "127.0.0.1"})
      for (int i = 0; i < 3; ++i)
        all_.push_back({.service = "limited",
                        .source = source,
                        .greeting = {"EHLO client.example"},
                        .lines = {"MAIL FROM:<sender@far.example>"}});
    for (const char* source : {"127.0.0.71", "127.0.0.72", "127.0.0.73", "127.0.0.74"})
      all_.push_back(
          {.service = "postscreen", .source = source, .greeting = {"EHLO client.example"}, .lines = {"NOOP"}});
    for (const char* source : {"127.0.0.61", "127.0.0.62", "127.0.0.63"})
      for (const char* service : {"xclient", "xforward"})
        all_.push_back({.service = service, .source = source, .greeting = {"EHLO client.example"}, .lines = {"NOOP"}});
  }

  DialogueOptions options_;
  std::mt19937 random_{20261123};  // its numbers are the same everywhere, unlike those of distributions
  std::vector<Dialogue> all_;
};

}  // namespace

std::vector<Dialogue> make_dialogues(const DialogueOptions& options) { return Builder{options}.run(); }

}  // namespace maproom::test::two_postfix
