#include "maproom/feed/checkpoint.hpp"

#include <algorithm>
#include <limits>
#include <nlohmann/json.hpp>

namespace maproom::feed {
using Json = nlohmann::json;
namespace {

/// nlohmann would make some number of a negative or too large one.
template <class Integer>
Integer number(const Json& json, const char* name) {
  const auto& value = json.at(name);
  const auto whole = value.get<std::uint64_t>();
  if (!value.is_number_unsigned() || whole > std::numeric_limits<Integer>::max())
    throw Json::out_of_range::create(406, name, &json);
  return static_cast<Integer>(whole);
}

std::optional<Checkpoint> read(const Json& json) {
  try {
    Checkpoint checkpoint;
    checkpoint.server = json.at("server").get<std::string>();
    checkpoint.file = {json.at("file").get<std::string>(), number<std::uint32_t>(json, "created"),
                       number<std::uint32_t>(json, "server_id")};
    checkpoint.place = {checkpoint.file.file, number<std::uint64_t>(json, "offset")};
    const auto position = Position::parse(json.at("position").get<std::string>());
    if (!position || checkpoint.place.offset < 4) return std::nullopt;
    checkpoint.position = *position;
    return checkpoint;
  } catch (const Json::exception&) {
    return std::nullopt;
  }
}

}  // namespace

Checkpoints Checkpoints::parse(std::string_view text) {
  Checkpoints checkpoints;
  const auto json = Json::parse(text, nullptr, false);
  if (!json.is_array()) return checkpoints;
  for (const auto& each : json) {
    if (checkpoints.all_.size() >= most) break;
    if (auto checkpoint = read(each)) checkpoints.all_.push_back(std::move(*checkpoint));
  }
  return checkpoints;
}

std::string Checkpoints::to_string() const {
  auto json = Json::array();
  for (const auto& each : all_)
    json.push_back({{"server", each.server},
                    {"file", each.file.file},
                    {"created", each.file.created},
                    {"server_id", each.file.server},
                    {"offset", each.place.offset},
                    {"position", each.position.to_string()}});
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

void Checkpoints::add(Checkpoint checkpoint, bool replace) {
  if (replace && !all_.empty()) all_.pop_back();
  all_.push_back(std::move(checkpoint));
  if (all_.size() > most) all_.erase(all_.begin());
}

void Checkpoints::forget(const std::string& server) {
  std::erase_if(all_, [&](const Checkpoint& each) { return each.server == server; });
}

std::vector<Checkpoint> Checkpoints::of(const std::string& server) const {
  std::vector<Checkpoint> mine;
  std::copy_if(all_.begin(), all_.end(), std::back_inserter(mine),
               [&](const Checkpoint& each) { return each.server == server; });
  return mine;
}

}  // namespace maproom::feed
