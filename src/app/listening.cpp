#include "maproom/app/listening.hpp"

#include <fcntl.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include <filesystem>
#include <stdexcept>
#include <utility>

#include "maproom/app/password_folder.hpp"
#include "maproom/core/ip_address.hpp"
#include "maproom/core/spawn.hpp"
#include "maproom/net/listener.hpp"
#include "maproom/net/refusal.hpp"
#include "maproom/ops/http.hpp"
#include "maproom/ops/http_host.hpp"
#include "maproom/ops/systemd.hpp"

namespace maproom::app {
namespace asio = boost::asio;
namespace {

enum class Role { tcp_table, socketmap, passwords, admin, control };

struct Wanted {
  Role role;
  Endpoint endpoint;
  std::string map;      ///< tcp_table
  std::string setting;  ///< for messages
};

std::vector<Wanted> wanted_listeners(const config::Config& config) {
  std::vector<Wanted> all;
  for (const auto& map : config.maps)
    if (map.listen) all.push_back({Role::tcp_table, *map.listen, map.name, "maps." + map.name + ".listen"});
  for (const auto& endpoint : config.socketmap_listen)
    all.push_back({Role::socketmap, endpoint, {}, "socketmap.listen"});
  if (config.passwords) all.push_back({Role::passwords, *config.passwords, {}, "socketmap.passwords"});
  if (config.admin_listen) all.push_back({Role::admin, *config.admin_listen, {}, "admin.listen"});
  all.push_back({Role::control, config.control, {}, "admin.control"});
  return all;
}

/// "inet:127.0.0.1:10040" however an address was spelled.
std::string canonical(const Endpoint& endpoint) {
  if (endpoint.kind == Endpoint::Kind::inet)
    if (const auto address = parse_ip_address(endpoint.host)) {
      auto copy = endpoint;
      copy.host = to_string(*address);
      return copy.to_string();
    }
  return endpoint.to_string();
}

asio::awaitable<void> run_listener(std::shared_ptr<net::Listener> listener) { co_await listener->run(); }
asio::awaitable<void> run_refusal(std::shared_ptr<net::Refusal> refusal) { co_await refusal->run(); }

/// For an acceptor of its own.
int duplicate(int descriptor) {
  const int own = ::fcntl(descriptor, F_DUPFD_CLOEXEC, 3);
  if (own < 0) throw std::runtime_error{"cannot duplicate a listening socket"};
  return own;
}

int take_spare(std::vector<int>& spare, int descriptor) {
  if (spare.empty()) return duplicate(descriptor);
  const int own = spare.front();
  spare.erase(spare.begin());
  return own;
}

}  // namespace

/// One listening socket at work, whatever answers on it.
struct Listening::Serving {
  Wanted wanted;
  std::vector<int> descriptors;  ///< a duplicate of each, so that a reload can give the socket another role
  std::vector<int> spare;        ///< duplicates that its listeners, or those of its next role, begin with
  bool handed_over = false;      ///< by the service manager, whose socket file it is
  std::vector<std::shared_ptr<net::Listener>> listeners;
  std::vector<std::shared_ptr<ops::HttpServer>> servers;

  ~Serving() {
    stop();
    for (const auto* const all : {&descriptors, &spare})
      for (const int descriptor : *all) ::close(descriptor);
  }
  Serving() = default;
  Serving(const Serving&) = delete;
  Serving& operator=(const Serving&) = delete;

  void stop() {
    for (const auto& listener : listeners) listener->stop();
    for (const auto& server : servers) server->stop();
    listeners.clear();
    servers.clear();
  }

  void remove_socket_file() const {
    if (!handed_over && wanted.endpoint.kind == Endpoint::Kind::unix_socket) ::unlink(wanted.endpoint.path.c_str());
  }
};

/// A socket of the service manager's that nothing uses at present.
struct Listening::Unused {
  std::vector<int> descriptors, spare;  ///< see Serving
  std::vector<std::shared_ptr<net::Refusal>> refusals;

  ~Unused() {
    stop();
    for (const auto* const all : {&descriptors, &spare})
      for (const int descriptor : *all) ::close(descriptor);
  }
  Unused() = default;
  Unused(const Unused&) = delete;
  Unused& operator=(const Unused&) = delete;

  void stop() {
    for (const auto& refusal : refusals) refusal->stop();
    refusals.clear();
  }
};

Listening::Listening(asio::any_io_executor executor, net::SessionSet& sessions, ops::Control& control,
                     const std::size_t& max_connections, const net::Descriptors& descriptors)
    : executor_{std::move(executor)},
      sessions_{sessions},
      control_{control},
      max_connections_{max_connections},
      descriptors_{descriptors} {}
Listening::~Listening() = default;

void Listening::adopt() {
  for (const int descriptor : ops::take_listen_descriptors()) {
    const auto endpoint = net::endpoint_of(descriptor);
    if (!endpoint) {
      spdlog::warn("event=socket_unused what=\"{}\"", endpoint.error().detail);
      ::close(descriptor);
      continue;
    }
    auto& unused = unused_[canonical(*endpoint)];
    if (!unused) unused = std::make_shared<Unused>();
    unused->descriptors.push_back(descriptor);
  }
}

std::string Listening::use(const config::Config& config) {
  std::map<std::string, std::shared_ptr<Serving>> now;
  std::vector<std::shared_ptr<Serving>> fresh;
  std::string errors;
  for (const auto& wanted : wanted_listeners(config)) {
    const auto name = canonical(wanted.endpoint);
    if (wanted.role == Role::passwords) {
      const auto folder = std::filesystem::path{wanted.endpoint.path}.parent_path().string();
      if (const auto why = password_folder_problem(folder, config.passwords_group)) {
        errors += wanted.setting + ": " + *why + "\n";
        continue;
      }
    }
    auto serving = std::make_shared<Serving>();
    serving->wanted = wanted;
    if (now.contains(name)) {
      errors += wanted.setting + ": " + name + " is used twice\n";
      continue;
    }
    if (const auto old = serving_.find(name); old != serving_.end()) {
      if (old->second->wanted.role == wanted.role && old->second->wanted.map == wanted.map) {
        now[name] = old->second;
        continue;
      }
      for (const int descriptor : old->second->descriptors) serving->descriptors.push_back(duplicate(descriptor));
      serving->handed_over = old->second->handed_over;
    } else if (const auto given = unused_.find(name); given != unused_.end()) {
      for (const int descriptor : given->second->descriptors) serving->descriptors.push_back(duplicate(descriptor));
      serving->handed_over = true;
    } else {
      auto opened = net::open_listeners(wanted.endpoint, wanted.role == Role::control ? 0660 : 0666);
      if (!opened) {
        errors += wanted.setting + ": " + opened.error().detail + "\n";
        continue;
      }
      serving->descriptors = std::move(*opened);
    }
    now[name] = serving;
    fresh.push_back(serving);
  }
  if (!errors.empty()) {
    for (const auto& [name, opened] : now)
      if (!serving_.contains(name)) opened->remove_socket_file();
    errors.pop_back();
    return errors;
  }
  // Duplicating a descriptor may fail, so all duplicates are made before anything that works is stopped.
  const auto make_spare = [](const std::vector<int>& descriptors, std::vector<int>& spare) {
    while (spare.size() < descriptors.size()) spare.push_back(duplicate(descriptors[spare.size()]));
  };
  for (const auto& serving : fresh) make_spare(serving->descriptors, serving->spare);
  for (const auto& [name, old] : serving_)
    if (!now.contains(name) && old->handed_over) make_spare(old->descriptors, old->spare);
  admin_names_ = config.admin_hosts;
  if (config.admin_listen && !config.admin_listen->host.empty()) admin_names_.push_back(config.admin_listen->host);
  for (const auto& [name, old] : serving_)
    if (const auto kept = now.find(name); kept == now.end() || kept->second != old) {
      old->stop();
      // Whom the old folder let in, the next one may not.
      if (old->wanted.role == Role::passwords) sessions_.end_all(net::Door::passwords);
      if (kept != now.end()) continue;
      old->remove_socket_file();
      if (!old->handed_over) continue;
      auto& unused = unused_[name] = std::make_shared<Unused>();
      unused->descriptors = std::exchange(old->descriptors, {});
      unused->spare = std::exchange(old->spare, {});
      refuse(*unused, name);
    }
  for (const auto& serving : fresh) unused_.erase(canonical(serving->wanted.endpoint));
  for (const auto& serving : fresh) start(*serving);
  serving_ = std::move(now);
  return {};
}

void Listening::start(Serving& serving) {
  if (!begun_) return;
  for (const int descriptor : serving.descriptors) {
    const int own = take_spare(serving.spare, descriptor);
    const auto role = serving.wanted.role;
    if (role == Role::tcp_table || role == Role::socketmap || role == Role::passwords) {
      const auto door = role == Role::passwords ? net::Door::passwords : net::Door::usual;
      const proto::Codec& codec = role == Role::tcp_table ? static_cast<const proto::Codec&>(tcp_table_) : socketmap_;
      serving.listeners.push_back(std::make_shared<net::Listener>(executor_, own, codec, serving.wanted.map, door,
                                                                  sessions_, max_connections_, descriptors_));
      spawn_essential(executor_, "listener", run_listener(serving.listeners.back()));
    } else {
      const auto rights = role == Role::control ? ops::ControlRights::full : ops::ControlRights::read_only;
      ops::HostRule rule;  // the control socket is in no browser's reach
      if (role == Role::admin) rule = [this](std::string_view host) { return ops::host_allowed(host, admin_names_); };
      serving.servers.push_back(ops::HttpServer::start(
          executor_, own, [this, rights](ops::HttpRequest r) { return control_.answer(std::move(r), rights); },
          std::move(rule)));
    }
  }
}

void Listening::refuse(Unused& unused, const std::string& name) {
  if (!begun_) return;
  for (const int descriptor : unused.descriptors) {
    unused.refusals.push_back(std::make_shared<net::Refusal>(executor_, take_spare(unused.spare, descriptor), name));
    spawn_essential(executor_, "refusal", run_refusal(unused.refusals.back()));
  }
}

void Listening::report_unused() const {
  for (const auto& [name, unused] : unused_)
    spdlog::warn("event=socket_unused endpoint={} what=\"handed over, but no map or service listens there\"", name);
}

void Listening::begin() {
  begun_ = true;
  for (const auto& [name, serving] : serving_) start(*serving);
  for (const auto& [name, unused] : unused_) refuse(*unused, name);
}

void Listening::stop() {
  for (const auto& [name, serving] : serving_) serving->stop();
  for (const auto& [name, unused] : unused_) unused->stop();
}

void Listening::remove_socket_files() const {
  for (const auto& [name, serving] : serving_) serving->remove_socket_file();
}

}  // namespace maproom::app
