#pragma once
// What comes of a dialogue: the replies, and what the mail log and the sink tell about each message that was accepted.
// Whatever differs between two runs of one Postfix (queue ids, process ids, delays) is left out.

#include <map>
#include <set>
#include <string>
#include <vector>

#include "integration/two_postfix_dialogues.hpp"
#include "support/private_postfix.hpp"
#include "support/smtp.hpp"

namespace maproom::test::two_postfix {

struct Outcome {
  std::vector<std::string> transcript;  ///< each line said, with its reply
  std::vector<std::string> queue_ids;   ///< of accepted messages
  std::multiset<std::string> fate;      ///< envelopes, recipients, transports, next hops, results
  friend bool operator==(const Outcome& a, const Outcome& b) {
    return a.transcript == b.transcript && a.fate == b.fate;
  }
};

/// The ports of one instance, by Dialogue::service.
using ServicePorts = std::map<std::string, int>;

/// Says all dialogues, one after another. `tag` stands in each message's subject, with the dialogue's number.
[[nodiscard]] std::vector<Outcome> hold(const std::vector<Dialogue>& dialogues, const ServicePorts& ports,
                                        const std::string& tag);

/// Waits until Postfix is done with every message, and fills in the fates.
/// Throws std::runtime_error if it is not done within two minutes.
void settle(std::vector<Outcome>& outcomes, const PrivatePostfix& postfix);

/// Adds what the sinks received of those messages.
void add_sunk(std::vector<Outcome>& outcomes, const std::vector<SunkMessage>& messages, const std::string& tag);

[[nodiscard]] std::string describe(const Dialogue& dialogue, const Outcome& outcome);

}  // namespace maproom::test::two_postfix
