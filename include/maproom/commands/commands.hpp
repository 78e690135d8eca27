#pragma once
// The commands that talk to a running daemon over its control socket. Each returns the exit status.

#include <cstddef>
#include <optional>
#include <string>

namespace maproom::commands {

enum class Output : bool { text, json };
enum class Detail : bool { answer, explain };

/// As `postmap -q`: the value on standard output and 0; 1 not found; 75 (EX_TEMPFAIL) a temporary error, or no daemon.
int run_query(const std::string& config_file, const std::string& map, const std::string& key, Detail detail,
              Output output);
/// Empty `map`: all; empty `key`: the whole map.
int run_flush(const std::string& config_file, const std::string& map, const std::string& key, bool force);
int run_status(const std::string& config_file, Output output);
int run_reload(const std::string& config_file);
/// Prints socket_unit() of the configuration. 0, or 78: it has errors, which stand on standard error.
int run_sockets(const std::string& config_file);

struct VerifyOptions {
  std::string map;                         ///< empty: all
  std::string keys;                        ///< a file of keys, one a line; empty: made of values in the database
  std::string log;                         ///< a mail log, for the keys in it; beside those that are made
  std::size_t sample = 100;                ///< values of each table
  std::optional<std::size_t> least_found;  ///< fewer keys found of a map: not tested; default 3, 1 with `keys`
  std::string main_cf;                     ///< of that Postfix: as run_check()'s
};
/// Asks Postfix's own tables and the running daemon for the same keys, and prints each difference. 0: none; 1: some;
/// 75: some keys could not be compared, or too few were found of a map; 66: no such file of keys, log, or main.cf; 69:
/// postmap cannot ask any of the tables.
int run_verify(const std::string& config_file, const VerifyOptions& options);
struct CheckOptions {
  /// A file, or a folder that holds it, to compare [postfix] with; empty: /etc/postfix, if there is one; "none":
  /// nothing, for another host's configuration.
  std::string main_cf;
  /// The user to be while files are looked at and queries run; empty: for root the service's user, if there is one.
  std::string as;
  bool strict = false;
  bool json = false;
};
/// Reads the configuration and runs every query once; prints errors, and warns of what works but not as meant.
/// 0: good, whatever the warnings; 1: warnings with `strict`; 66 (EX_NOINPUT): no such main.cf; 78: errors.
int run_check(const std::string& config_file, const CheckOptions& options);

}  // namespace maproom::commands
