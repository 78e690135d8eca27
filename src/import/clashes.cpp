#include "maproom/import/clashes.hpp"

#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <filesystem>
#include <set>

#include "maproom/config/config.hpp"
#include "maproom/core/ip_address.hpp"
#include "parameter_facts.hpp"

namespace maproom::imports {
namespace {

namespace asio = boost::asio;
namespace fs = std::filesystem;

std::vector<Endpoint> endpoints_of(const ImportPlan& plan) {
  const auto& addresses = plan.addresses;
  std::vector<Endpoint> all;
  const auto add = [&all](const std::string& text) {
    if (auto endpoint = Endpoint::parse(text)) all.push_back(std::move(*endpoint));
  };
  for (const auto& map : plan.maps)
    if (map.port != 0) add("inet:" + addresses.host + ":" + std::to_string(map.port));
  add(addresses.socketmap());
  add("inet:" + addresses.host + ":" + std::to_string(addresses.base_port + admin_offset));
  if (!addresses.control().empty()) add("unix:" + addresses.control());
  return all;
}

std::set<std::string> endpoints_of(const config::Config& config) {
  std::set<std::string> all{config.control.to_string()};
  for (const auto& map : config.maps)
    if (map.listen) all.insert(map.listen->to_string());
  for (const auto& endpoint : config.socketmap_listen) all.insert(endpoint.to_string());
  if (config.passwords) all.insert(config.passwords->to_string());
  if (config.admin_listen) all.insert(config.admin_listen->to_string());
  return all;
}

bool answers(const Endpoint& endpoint) {
  asio::io_context context;
  boost::system::error_code error;
  if (endpoint.kind == Endpoint::Kind::unix_socket) {
    asio::local::stream_protocol::socket socket{context};
    socket.connect(asio::local::stream_protocol::endpoint{endpoint.path}, error);
  } else {
    const auto address = asio::ip::make_address(endpoint.host, error);
    if (error) return false;
    asio::ip::tcp::socket socket{context};
    socket.connect(asio::ip::tcp::endpoint{address, endpoint.port}, error);
  }
  return !error;
}

}  // namespace

std::vector<std::string> clashes(const ImportPlan& plan, const std::vector<std::string>& folders,
                                 const std::string& own) {
  std::vector<std::string> found;
  const auto wanted = endpoints_of(plan);
  for (const auto& endpoint : wanted)
    if (answers(endpoint)) found.push_back(endpoint.to_string() + " is listened on already");
  std::set<fs::path> others;
  for (const auto& folder : folders) {
    std::error_code none;
    for (const auto& entry : fs::directory_iterator{folder, none})
      if (entry.path().extension() == ".toml" && entry.path() != own) others.insert(entry.path());
  }
  for (const auto& other : others) {
    const auto config = config::read_config(other.string());
    if (!config) continue;  // of something else, or of a daemon that does not start
    const auto taken = endpoints_of(*config);
    for (const auto& endpoint : wanted)
      if (taken.contains(endpoint.to_string())) found.push_back(endpoint.to_string() + " is also in " + other.string());
  }
  return found;
}

}  // namespace maproom::imports
