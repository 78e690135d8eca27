#include "support/private_postfix.hpp"

#include <stdexcept>

#include "support/process.hpp"

namespace maproom::test {

PrivatePostfix::PrivatePostfix(const std::map<std::string, std::string>& main_cf, const std::string& more_services)
    : port_{free_port()} {
  std::map<std::string, std::string> all{
      {"compatibility_level", "3.6"},
      {"queue_directory", dir_.path("queue")},
      {"data_directory", dir_.path("data")},
      {"command_directory", "/usr/sbin"},
      {"daemon_directory", "/usr/lib/postfix/sbin"},
      {"mail_owner", "postfix"},
      {"setgid_group", "postdrop"},
      {"maillog_file", dir_.path("maillog")},
      {"maillog_file_prefixes", dir_.path()},
      {"myhostname", "test.example"},
      {"myorigin", "test.example"},
      {"mydestination", ""},
      {"mynetworks", ""},
      {"inet_interfaces", "127.0.0.1"},
      {"inet_protocols", "ipv4"},
      {"alias_maps", ""},
      {"alias_database", ""},
      // local(8) may know this machine's users: their mailboxes and .forward files are no part of a test.
      {"mail_spool_directory", dir_.path("spool")},
      {"forward_path", ""},
      {"local_recipient_maps", ""},
      {"smtp_host_lookup", "native"},
      {"disable_dns_lookups", "yes"},
      {"smtpd_peername_lookup", "no"},
      {"biff", "no"},
      {"minimal_backoff_time", "1s"},
      {"maximal_backoff_time", "2s"},
      {"queue_run_delay", "1s"},
  };
  for (const auto& [name, value] : main_cf) all[name] = value;
  std::string text;
  for (const auto& [name, value] : all) text += name + " = " + value + "\n";
  static_cast<void>(dir_.write("conf/main.cf", text, 0644));
  const std::string services =
      "127.0.0.1:" + std::to_string(port_) +
      " inet n - n - - smtpd\n"
      "pickup unix n - n 60 1 pickup\ncleanup unix n - n - 0 cleanup\nqmgr unix n - n 300 1 qmgr\n"
      "rewrite unix - - n - - trivial-rewrite\nbounce unix - - n - 0 bounce\ndefer unix - - n - 0 bounce\n"
      "trace unix - - n - 0 bounce\nverify unix - - n - 1 verify\nflush unix n - n 1000? 0 flush\n"
      "proxymap unix - - n - - proxymap\nproxywrite unix - - n - 1 proxymap\nsmtp unix - - n - - smtp\n"
      "relay unix - - n - - smtp\nlmtp unix - - n - - lmtp\nshowq unix n - n - - showq\nerror unix - - n - - error\n"
      "retry unix - - n - - error\ndiscard unix - - n - - discard\nlocal unix - n n - - local\n"
      "virtual unix - n n - - virtual\nanvil unix - - n - 1 anvil\nscache unix - - n - 1 scache\n"
      "tlsmgr unix - - n 1000? 1 tlsmgr\n"
      "postlog unix-dgram n - n - 1 postlogd\n";
  static_cast<void>(dir_.write("conf/master.cf", services + more_services, 0644));
  std::filesystem::create_directory(dir_.path("queue"));
  std::filesystem::create_directory(dir_.path("data"));
  std::filesystem::create_directory(dir_.path("spool"));
  std::filesystem::permissions(dir_.path("spool"), std::filesystem::perms::all | std::filesystem::perms::sticky_bit);
  run_command({"chown", "postfix", dir_.path("data")});
  const auto started = postfix("start");
  if (!started.empty()) throw std::runtime_error{"postfix start: " + started + log()};
}

PrivatePostfix::~PrivatePostfix() { static_cast<void>(postfix("stop")); }

std::string PrivatePostfix::postfix(const std::string& verb) const {
  const auto result = run_command({"postfix", "-c", dir_.path("conf"), verb});
  return result.status == 0 ? std::string{}
                            : result.out + result.err + "(status " + std::to_string(result.status) + ")";
}

void PrivatePostfix::flush() const { static_cast<void>(postfix("flush")); }

}  // namespace maproom::test
