#include "maproom/commands/cli.hpp"

#include <sysexits.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <map>

#include "maproom/app/serve.hpp"
#include "maproom/commands/commands.hpp"
#include "maproom/commands/doctor/doctor.hpp"
#include "maproom/commands/import_databases.hpp"
#include "maproom/commands/migrate.hpp"
#include "maproom/commands/show_config.hpp"
#include "maproom/commands/top.hpp"
#include "maproom/config/config.hpp"
#include "maproom/import/import.hpp"

namespace maproom::commands {
namespace {

constexpr const char* default_config = "/etc/maproom/maproom.toml";

/// Where the maps of an import are to listen.
void add_addresses(CLI::App& import, imports::AddressChoices& choices) {
  static const std::map<std::string, imports::Via> ways{{"tcp", imports::Via::tcp},
                                                        {"socketmap-unix", imports::Via::socketmap_unix},
                                                        {"socketmap-inet", imports::Via::socketmap_inet}};
  import
      .add_option_function<std::string>(
          "--via", [&choices](const std::string& word) { choices.via = ways.at(word);
},
          "how Postfix asks: tcp, socketmap-unix (in its queue directory; the fastest) or socketmap-inet; default: tcp, "
          "where all services of Postfix can reach it")
      ->type_name("WAY")
      ->check(CLI::IsMember(ways));
import.add_option("--base-port", choices.base_port, "the first of the ports; the usual maps follow it in order")
    ->type_name("N")
    ->check(CLI::Range(1024, 65000))
    ->capture_default_str();
  import
      .add_option("--prefix", choices.prefix,
                  "for a second instance on this host: before the names of its maps, and in those of its sockets")
      ->type_name("NAME")
      ->check([](const std::string& name) {
        const bool good = !name.empty() && name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789") == name.npos;
  return good ? std::string{} : std::string{"expected small letters and digits"};
  }  // namespace
);
}  // namespace maproom::commands

}  // namespace

int run_command_line(int argc, char** argv) {
  CLI::App cli{
      "maproom: a Postfix lookup-table service: answers tcp: and socketmap: tables from MariaDB, through a cache",
      "maproom"};
  cli.set_version_flag("--version", "maproom " MAPROOM_VERSION);
  cli.require_subcommand(1);
  cli.footer(
      "Examples:\n"
      "  maproom check                                      is the configuration good?\n"
      "  maproom query virtual_alias_maps joe@example.org   the answer Postfix would get\n"
      "  maproom query --explain transport_maps a@b.example where it comes from\n"
      "  maproom import /etc/postfix/main.cf                the configuration for a Postfix with mysql: tables\n"
      "  postconf -e 'relay_domains = tcp:127.0.0.1:10045'  switch one map\n"
      "See maproom(8) and maproom.toml(5).");
  std::string config = default_config;
  int status = EX_OK;
  const auto with_config = [&](CLI::App* command) {
    command->add_option("-c,--config", config, "the configuration file")->type_name("FILE")->capture_default_str();
    return command;
  };

  auto* serve = with_config(cli.add_subcommand("serve", "run the daemon, in the foreground"));
  serve->callback([&] { status = app::run_serve(config); });

  auto* check = with_config(cli.add_subcommand("check", "is the configuration good, and does every query run?"));
  CheckOptions inspection;
  check
      ->add_option("--main-cf", inspection.main_cf,
                   "compare [postfix] with this main.cf, or none; default: /etc/postfix, if it is there")
      ->type_name("FILE|DIR");
  check
      ->add_option("--as", inspection.as,
                   "be this user meanwhile; default: for root the service's user, who has to read all of it")
      ->type_name("USER");
  check->add_flag("--strict", inspection.strict, "exit status 1 if there are warnings");
  check->add_flag("--json", inspection.json, "as JSON");
  check->callback([&] { status = run_check(config, inspection); });

  auto* show_config = with_config(
      cli.add_subcommand("config", "the configuration in force, and where each value came from; secrets masked"));
  bool every = false;
  bool changed = false;
  auto* every_one = show_config->add_flag("--all", every, "every setting (the default)");
  show_config->add_flag("--changed", changed, "without those that have their default")->excludes(every_one);
  show_config->callback([&] { status = run_config(config, !changed); });

  auto* doctor = with_config(cli.add_subcommand(
      "doctor", "is this host all right, what mends it, and what would an outage of the database do?"));
  DoctorOptions examination;
  doctor->add_option("MAIN_CF", examination.main_cf, "a file or its folder, or none; default: /etc/postfix");
  doctor->add_option("--as", examination.as, "ask as this user; default: as of check")->type_name("USER");
  doctor->add_flag("--json", examination.json, "as JSON");
  doctor->add_flag("--strict", examination.strict, "exit status 1 if there are warnings");
  doctor->callback([&] { status = run_doctor(config, examination); });

  auto* query = with_config(cli.add_subcommand(
      "query", "one answer as Postfix would get it; exit status 0 found, 1 not found, 75 temporary error"));
  std::string map;
  std::string key;
  bool explain = false;
  bool json = false;
  query->add_option("MAP", map, "the map's name")->required();
  query->add_option("KEY", key, "the key as Postfix would send it")->required();
  query->add_flag(
      "--explain", explain,
      "tell each candidate key, where its answer came from, how old it is, the query, the rows and the time");
  query->add_flag("--json", json, "the explanation as JSON");
  query->callback([&] {
    status =
        run_query(config, map, key, explain ? Detail::explain : Detail::answer, json ? Output::json : Output::text);
  });

  auto* flush = with_config(cli.add_subcommand("flush", "drop cached answers, in memory and in Redis"));
  flush->add_option("MAP", map, "only this map");
  flush->add_option("KEY", key, "only this key");
  bool force = false;
  flush->add_flag("--force", force, "while the database is away, too, when it is the cache that keeps mail flowing");
  flush->callback([&] { status = run_flush(config, map, key, force); });

  auto* show = with_config(cli.add_subcommand("status", "maps, hit rates, connections, Redis"));
  show->add_flag("--json", json, "as JSON");
  bool watching = false;
  show->add_flag("--watch", watching, "again every two seconds, until q or Ctrl-C");
  show->callback([&] {
    const auto once = [&](std::size_t) { return run_status(config, json ? Output::json : Output::text); };
    status = watching ? watch({}, once) : once(0);
  });

  auto* top = with_config(cli.add_subcommand("top", "what is going on, live: rates, hits and times of each map"));
  double interval = 2;
  WatchOptions view;
  top->add_option("--interval", interval, "seconds between two frames")
      ->type_name("SECONDS")
      ->check(CLI::Range(0.1, 3600.0))
      ->capture_default_str();
  top->add_option("--count", view.frames, "end after so many frames; 0: go on until q or Ctrl-C")
      ->type_name("N")
      ->capture_default_str();
  top->add_flag("--json", json, "each frame as one line of JSON, as status --json has it");
  top->callback([&] {
    view.interval = std::chrono::milliseconds{static_cast<long>(interval * 1000)};
    status = run_top(config, json, view);
  });

  auto* reload = with_config(
      cli.add_subcommand("reload", "read the configuration again, as SIGHUP does, and tell what is wrong with it"));
  reload->callback([&] { status = run_reload(config); });

  auto* sockets = with_config(
      cli.add_subcommand("sockets", "what systemd has to listen on for this configuration, for maproom.socket"));
  sockets->callback([&] { status = run_sockets(config); });

  auto* verify = with_config(cli.add_subcommand(
      "verify", "ask Postfix's own tables and the daemon for the same keys; exit status 0 equal, 1 different"));
  VerifyOptions comparison;
  bool all = false;
  auto* one = verify->add_option("MAP", comparison.map, "the map's name");
  verify->add_flag("--all", all, "all maps")->excludes(one);
  verify->add_option("--keys", comparison.keys, "keys, one a line; default: a sample from the database")
      ->type_name("FILE");
  verify->add_option("--from-log", comparison.log, "a mail log: what was asked for, beside the sample")
      ->type_name("FILE");
  verify
      ->add_option("--least-found", comparison.least_found,
                   "fewer keys found of a map: it was not really tested; default: 3, and 1 with --keys")
      ->type_name("N");
  verify->add_option("--sample", comparison.sample, "so many values of each table, spread over it")
      ->type_name("N")
      ->capture_default_str();
  verify
      ->add_option("--main-cf", comparison.main_cf,
                   "ask as the Postfix with this main.cf, or as none; default: /etc/postfix, if it is there")
      ->type_name("FILE|DIR");
  verify->callback([&] {
    if (!all && comparison.map.empty()) throw CLI::RequiredError{"MAP or --all"};
    status = run_verify(config, comparison);
  });

  auto* migrate = with_config(cli.add_subcommand("migrate", "bring the database schema up to date"));
  MigrateOptions options;
  migrate->add_option("--to", options.to, "stop after this migration")->type_name("N");
  migrate->add_flag("--dry-run", options.dry_run, "say what would be applied, and apply nothing");
  migrate->add_option("--sql-dir", options.directory, "the folder of the migrations")
      ->type_name("DIR")
      ->capture_default_str();
  migrate->add_option("--host", options.host, "unix:/path or inet:HOST:PORT; default: the first of [mariadb] hosts")
      ->type_name("HOST");
  migrate->add_option("--database", options.database, "default: [mariadb] database")->type_name("NAME");
  migrate->add_option("--user", options.user, "a user that may create tables; default: the one you are logged in as")
      ->type_name("NAME");
  migrate->add_option("--password-file", options.password_file, "its password, on the first line")->type_name("FILE");
  migrate->callback([&] {
    options.config_file = config;
    options.config_given = migrate->get_option("--config")->count() > 0;
    status = run_migrate(options);
  });

  auto* import = cli.add_subcommand(
      "import", "make a configuration of the mysql: tables of a Postfix, and tell the commands to switch");
  imports::ImportOptions source;
  import->add_option("MAIN_CF", source.main_cf, "its main.cf; master.cf is looked for beside it")->required();
  import->add_option("-o,--output", source.folder, "the folder for maproom.toml; nothing is overwritten")
      ->type_name("DIR")
      ->capture_default_str();
  import->add_option("--leave", source.leave, "a parameter to leave as it is; may be given again")
      ->type_name("PARAMETER")
      ->allow_extra_args(false);
  add_addresses(*import, source.choices);
  import->callback([&] { source.ask_databases = ask_databases;
  status = imports::run_import(source);
});

try {
  cli.parse(argc, argv);
} catch (const CLI::ParseError& error) {
  return cli.exit(error) == 0 ? EX_OK : EX_USAGE;
}
return status;
}

}  // namespace maproom::commands
