#include "integration/two_postfix_outcome.hpp"

#include <fstream>
#include <memory>
#include <regex>
#include <sstream>
#include <stdexcept>

#include "support/process.hpp"

namespace maproom::test::two_postfix {
namespace {

std::string message_of(const Dialogue& dialogue, const std::string& subject) {
  // An empty or broken address would be rewritten into something of the moment.
  const auto header = [](const std::string& name, const std::string& address) {
    return address.empty() || address.find_first_of("<>") != std::string::npos ? std::string{}
                                                                               : name + ": <" + address + ">\r\n";
  };
  return header("From", dialogue.sender) + header("To", dialogue.recipient) + "Subject: " + subject +
         "\r\n\r\nhello\r\n.";
}

/// Everything the mail log says about one message.
struct Life {
  std::string sender;
  std::size_t recipients = 0;
  std::multiset<std::string> results;
  std::vector<std::string> bounces;  ///< queue ids of the messages that were made of it
  bool removed = false, bounced = false;

  [[nodiscard]] bool over() const {
    if (removed) return true;
    // What is deferred stays in the queue; what else became of the message must be told by now.
    return recipients > 0 && results.size() >= recipients && (!bounced || sender.empty() || !bounces.empty());
  }
};

std::string without(std::string text, const std::regex& pattern) { return std::regex_replace(text, pattern, ""); }

class LogReader {
 public:
  explicit LogReader(const std::string& file) : stream_{file, std::ios::binary} {}

  /// Takes in what was written since the last call.
  void read_on() {
    stream_.clear();
    for (std::string chunk; std::getline(stream_, chunk);) {
      line_ += chunk;
      if (stream_.eof()) return;  // the rest of the line has yet to come
      take(line_);
      line_.clear();
    }
  }
  [[nodiscard]] const Life& life(const std::string& id) { return lives_[id]; }

 private:
  void take(const std::string& line) {
    // "Nov 23 09:00:00 host tuser/discard[123]: QUEUEID: to=<...>, ..."
    static const std::regex shape{R"(^\S+ +\S+ \S+ \S+ ([^\[ ]+)\[[0-9]+\]: ([0-9A-Za-z]{10,}): (.*)$)"};
    std::smatch match;
    if (!std::regex_match(line, match, shape)) return;
    const std::string service = match[1];
    const std::string rest = match[3];
    auto& life = lives_[match[2]];
    static const std::regex active{R"(^from=<(.*)>, size=[0-9]+, nrcpt=([0-9]+) \(queue active\)$)"};
    static const std::regex made{R"(sender non-delivery notification: ([0-9A-Za-z]+)$)"};
    std::smatch part;
    if (std::regex_match(rest, part, active)) {
      life.sender = part[1];
      life.recipients = std::stoul(part[2]);
    } else if (rest == "removed") {
      life.removed = true;
    } else if (std::regex_search(rest, part, made)) {
      life.bounces.push_back(part[1]);
    } else if (rest.starts_with("to=<")) {
      static const std::regex moment{R"( (delay|delays|conn_use)=[^,]*,)"};
      static const std::regex suspended{R"(delivery temporarily suspended: )"};
      static const std::regex relay{R"( relay=[^,]*,)"};
      auto result = without(rest, moment);
      // Which of several messages to a failing host met the failure itself is a matter of time.
      if (result.find("status=deferred") != std::string::npos) result = without(without(result, suspended), relay);
      life.bounced = life.bounced || result.find("status=bounced") != std::string::npos;
      const bool deferred = result.find("status=deferred") != std::string::npos;
      life.results.insert((deferred ? "" : service + ": ") + result);
    }
  }

  std::ifstream stream_;
  std::string line_;
  std::map<std::string, Life> lives_;
};

bool is_over(LogReader& log, const std::string& id) {
  const auto& life = log.life(id);
  if (!life.over()) return false;
  for (const auto& bounce : life.bounces)
    if (!is_over(log, bounce)) return false;
  return true;
}

void collect(LogReader& log, const std::string& id, const std::string& prefix, std::multiset<std::string>& fate) {
  const auto& life = log.life(id);
  fate.insert(prefix + "sender <" + life.sender + ">, " + std::to_string(life.recipients) + " recipients");
  for (const auto& result : life.results) fate.insert(prefix + result);
  for (const auto& bounce : life.bounces) collect(log, bounce, prefix + "bounce: ", fate);
}

std::string header_of(const std::string& data, const std::string& name) {
  std::istringstream lines{data};
  for (std::string line; std::getline(lines, line) && !line.empty();)
    if (line.starts_with(name + ": ")) return line.substr(name.size() + 2);
  return {};
}

}  // namespace

std::vector<Outcome> hold(const std::vector<Dialogue>& dialogues, const ServicePorts& ports, const std::string& tag) {
  static const std::regex queued{R"(queued as ([0-9A-Za-z]+))"};
  std::vector<Outcome> outcomes;
  std::unique_ptr<SmtpClient> client;
  const Dialogue* previous = nullptr;
  for (const auto& dialogue : dialogues) {
    Outcome outcome;
    int code = 0;
    const auto say = [&](const std::string& line, const std::string& shown) {
      const auto reply = client->say(line);
      code = reply.code;
      std::smatch match;
      if (std::regex_search(reply.all, match, queued)) outcome.queue_ids.push_back(match[1]);
      outcome.transcript.push_back("C: " + shown + "\nS: " + std::regex_replace(reply.all, queued, "queued"));
    };
    try {
      const bool same = client && previous->service == dialogue.service && previous->source == dialogue.source &&
                        previous->greeting == dialogue.greeting;
      if (same) {
        client->say("RSET");
      } else {
        client = std::make_unique<SmtpClient>(ports.at(dialogue.service), dialogue.source);
        for (const auto& line : dialogue.greeting) say(line, line);
      }
      previous = &dialogue;
      for (const auto& line : dialogue.lines) {
        if (line != ".")
          say(line, line);
        else if (code == 354)
          say(message_of(dialogue, tag + "-" + std::to_string(outcomes.size()) + "-"), "(message)");
      }
    } catch (const std::runtime_error& lost) {
      outcome.transcript.push_back(std::string{"lost: "} + lost.what());
      client.reset();
    }
    outcomes.push_back(std::move(outcome));
  }
  return outcomes;
}

void settle(std::vector<Outcome>& outcomes, const PrivatePostfix& postfix) {
  LogReader log{postfix.log_file()};
  std::size_t done = 0;
  const auto all_over = [&] {
    log.read_on();
    for (; done < outcomes.size(); ++done)
      for (const auto& id : outcomes[done].queue_ids)
        if (!is_over(log, id)) return false;
    return true;
  };
  if (!wait_until(all_over, std::chrono::seconds{120})) {
    std::string why = "Postfix is not done with dialogue " + std::to_string(done) + ":";
    for (const auto& line : outcomes[done].transcript) why += "\n" + line;
    std::istringstream lines{postfix.log()};
    for (std::string line; std::getline(lines, line);)
      for (const auto& id : outcomes[done].queue_ids)
        if (line.find(id) != std::string::npos) why += "\n" + line;
    throw std::runtime_error{why};
  }
  for (auto& outcome : outcomes)
    for (const auto& id : outcome.queue_ids) collect(log, id, "", outcome.fate);
}

void add_sunk(std::vector<Outcome>& outcomes, const std::vector<SunkMessage>& messages, const std::string& tag) {
  for (const auto& message : messages) {
    const auto subject = header_of(message.data, "Subject");
    if (!subject.starts_with(tag + "-")) continue;
    auto text = "sink: login=" + message.login + " from=<" + message.sender + "> to=";
    for (const auto& recipient : message.recipients) text += "<" + recipient + ">";
    text += " From: " + header_of(message.data, "From") + " To: " + header_of(message.data, "To");
    outcomes.at(std::stoul(subject.substr(tag.size() + 1))).fate.insert(text);
  }
}

std::string describe(const Dialogue& dialogue, const Outcome& outcome) {
  std::string text;
  for (const auto& line : dialogue.greeting) text += "(" + line + ") ";
  for (const auto& line : outcome.transcript) text += "\n  " + line;
  for (const auto& line : outcome.fate) text += "\n  => " + line;
  return text + "\n";
}

}  // namespace maproom::test::two_postfix
