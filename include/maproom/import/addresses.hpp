#pragma once
// Where the maps of an import listen, and how main.cf names them there. Pure.
//
// Every process of Postfix that asks a map has to reach it: with inet_protocols = ipv6 (in main.cf, or -o on one
// service of master.cf) libc finds no 127.0.0.1, and each lookup is a temporary error. Any service may come to ask any
// map, so all of them count. The Unix socket lies in the queue directory and is named from there: that is where each of
// Postfix's processes works, chrooted or not (global/mail_conf.c, master/*_server.c: chdir).

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "maproom/import/master_cf.hpp"
#include "maproom/import/postfix_parameters.hpp"

namespace maproom::imports {

enum class Via : std::uint8_t { tcp, socketmap_unix, socketmap_inet };

inline constexpr int usual_base_port = 10040;

/// What a person may choose.
struct AddressChoices {
  std::optional<Via> via{};  ///< default: tcp, where all of Postfix can reach it
  /// Maps from here on, the socketmap service at + 8, the status page at + 9, further maps from + 10.
  int base_port = usual_base_port;
  std::string prefix{};  ///< of a second instance on this host; empty: the first
};

struct Addresses {
  Via via = Via::tcp;
  std::string host = "127.0.0.1";  ///< of everything inet:, in brackets if it is IPv6
  int base_port = usual_base_port;
  std::string prefix;
  std::string queue_directory = "/var/spool/postfix";
  std::string postfix_group = "postfix";  ///< that its processes run with

  /// The socket of all maps, in Maproom's notation.
  [[nodiscard]] std::string socketmap() const;
  /// Below the queue directory.
  [[nodiscard]] std::string socket_folder() const;
  /// The socket of maps of passwords, which stands in a folder of its own that only Postfix may enter.
  [[nodiscard]] std::string password_folder() const;
  /// The name of a map of `name`.
  [[nodiscard]] std::string map_name(std::string_view name) const;
  /// The control socket; empty: the usual one.
  [[nodiscard]] std::string control() const;
  /// What stands for a map in main.cf; `port` 0: it is a socketmap.
  [[nodiscard]] std::string word(const std::string& map, int port) const;
  [[nodiscard]] std::string password_word(const std::string& map) const;
};

/// `warnings`: what was chosen otherwise than asked for, and why.
[[nodiscard]] Addresses choose_addresses(const PostfixParameters& parameters, const std::vector<Service>& services,
                                         const AddressChoices& choices, std::vector<std::string>& warnings);

/// What all of Postfix speaks: an address of the family can be reached by every service.
struct Families {
  bool ipv4 = true, ipv6 = true;
};
[[nodiscard]] Families common_families(const PostfixParameters& parameters, const std::vector<Service>& services);

}  // namespace maproom::imports
