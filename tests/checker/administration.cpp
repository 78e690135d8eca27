#include "checker/administration.hpp"

#include <csignal>
#include <filesystem>
#include <stdexcept>
#include <thread>

#include "support/wire.hpp"

namespace maproom::checker {
using namespace std::chrono_literals;
namespace {

constexpr unsigned both = 3;

void demand(bool right, const std::string& what, const test::CommandResult& result) {
  if (!right)
    throw std::runtime_error{what + ": status " + std::to_string(result.status) + "\n" + result.out + result.err};
}

}  // namespace

Administration::Administration(World& world) : world_{world} {
  const auto table = [&](const std::string& name, const std::string& query) {
    const auto file =
        postfix_.write(name + ".cf", "hosts = unix:" + world_.primary().socket() +
                                         "\nuser = maproom\npassword = secret\ndbname = mail\nquery = " + query + "\n");
    return " mysql:" + file;
  };
  const auto main_cf = postfix_.write(
      "main.cf",
      "virtual_alias_maps =" + table("alias", "SELECT goto FROM alias WHERE address = '%s'") +
          "\nrelay_recipient_maps =" + table("mailbox", "SELECT maildir FROM mailbox WHERE username = '%s'") + "\n",
      0644);
  // Postfix waits until a main.cf was last written a while ago.
  std::filesystem::last_write_time(main_cf, std::filesystem::file_time_type::clock::now() - 1min);
}

void Administration::add_to(Faults& faults) {
  const auto add = [&](const std::string& name, Takes takes, std::function<unsigned(unsigned)> work) {
    faults.add("admin-" + name, takes, [this, name, work = std::move(work)](unsigned n) {
      try {
        return work(n);
      } catch (const std::runtime_error& error) {
        ++wrong_;
        std::printf("WRONG: %s: %s\n", name.c_str(), error.what());
        return both;
      }
    });
  };
  add("reload", Takes::nothing, [this](unsigned) { return reload(); });
  add("reload-refused", Takes::nothing, [this](unsigned n) { return reload_what_is_bad(n % 2); });
  // The new map's tables are looked up anew.
  add("maps-change", Takes::feed, [this](unsigned n) { return add_a_map_and_take_it_away(n % 2); });
  add("import", Takes::nothing, [this](unsigned) { return import(); });
  add("many-rows", Takes::nothing, [this](unsigned n) { return many_rows(n); });
}

unsigned Administration::reload() {
  for (const auto& daemon : world_.daemons) {
    const auto result = daemon.run({"reload"});
    demand(result.status == 0, "reload", result);
  }
  return both;
}

unsigned Administration::reload_what_is_bad(unsigned daemon) {
  world_.configure(daemon, "[maps.bad]\nparameter = \"no_such_maps\"\n");
  // The command reads the file as well, and so it is the signal that brings it to the daemon.
  const auto refused = [&] { return world_.daemons[daemon].log_lines({"event=reload_refused"}); };
  const auto before = refused();
  world_.daemons[daemon].signal(SIGHUP);
  const bool seen = test::wait_until([&] { return refused() > before; });
  world_.configure(daemon);
  if (!seen) throw std::runtime_error{"a bad configuration is not refused"};
  return both;
}

unsigned Administration::add_a_map_and_take_it_away(unsigned daemon) {
  auto& port = world_.ports[daemon];
  world_.configure(daemon,
                   "[maps.extra]\nparameter = \"exact\"\nlisten = \"inet:127.0.0.1:" + std::to_string(port["extra"]) +
                       "\"\nquery = \"SELECT maildir FROM mailbox WHERE username = '%s'\"\n");
  auto result = world_.daemons[daemon].run({"reload"});
  demand(result.status == 0, "reload with one map more", result);
  {
    test::Wire wire{port["extra"]};
    if (const auto line = wire.ask_tcp("a@g0.example"); !line.starts_with("200 "))
      throw std::runtime_error{"the new map says " + line};
  }
  world_.configure(daemon);
  result = world_.daemons[daemon].run({"reload"});
  demand(result.status == 0, "reload with one map less", result);
  return 1U << daemon;
}

unsigned Administration::import() {
  const auto folder = postfix_.path("imported");
  std::filesystem::remove_all(folder);
  std::filesystem::create_directory(folder);
  auto result = test::run_command({MAPROOM_BINARY, "import", postfix_.path("main.cf"), "--output", folder});
  demand(result.status == 0, "import", result);
  const auto config = folder + "/maproom.toml";
  const auto text = test::read_text(config);
  if (imported_.empty()) imported_ = text;
  demand(text == imported_, "an import that writes something else than before", result);
  result = test::run_command({MAPROOM_BINARY, "check", "--config", config});
  demand(result.status == 0 && result.out.find("2 maps") != std::string::npos, "check of what was imported", result);
  return both;
}

/// Rows that nobody asks for come in one transaction, and go in another one.
unsigned Administration::many_rows(unsigned number) {
  world_.primary().sql(
      "INSERT INTO mail.alias (address, goto) SELECT CONCAT('user', seq, '@many', seq % 50, '.example'), "
      "CONCAT('box', seq, '@target.example') FROM seq_1_to_3000",
      "mail");
  std::this_thread::sleep_for(milliseconds{200 + number % 3000});
  world_.primary().sql("DELETE FROM mail.alias WHERE address LIKE '%@many%.example'");
  return both;
}

}  // namespace maproom::checker
