#pragma once
// What the clients of the two-Postfix harness say: every row's key in many spellings, a cross product of odd localparts
// and of domains of every class, clients, names, senders. Deterministic: samples are drawn with a fixed seed.

#include <string>
#include <vector>

namespace maproom::test::two_postfix {

/// One transaction, or one command, after a greeting.
struct Dialogue {
  std::string service = "smtp";             ///< which smtpd: smtp, limited, xclient, xforward, postscreen
  std::string source = "127.0.0.1";         ///< where the connection comes from
  std::vector<std::string> greeting = {};   ///< EHLO, XCLIENT; said once for neighbours that have the same one
  std::vector<std::string> lines = {};      ///< "." stands for a message, said only where DATA was accepted
  std::string sender = {}, recipient = {};  ///< for the message's header
};

struct DialogueOptions {
  bool smtputf8 = true;
  bool every_row = true;   ///< each row's key at least as it is and with an extension
  int every_nth = 1;       ///< how much of the other spellings is drawn
  int every_nth_pair = 1;  ///< how much of the cross product is drawn
};

[[nodiscard]] std::vector<Dialogue> make_dialogues(const DialogueOptions& options);

}  // namespace maproom::test::two_postfix
