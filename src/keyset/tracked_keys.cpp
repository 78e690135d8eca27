#include "maproom/keyset/tracked_keys.hpp"

namespace maproom::keyset {
namespace {

// So many changes while one set is read are told from "anything" at too high a price.
constexpr std::size_t most_touched = 100'000;

}  // namespace

void TrackedKeys::touch(std::string_view key) {
  if (loading_) {
    if (touched_.size() < most_touched)
      touched_.emplace_back(key);
    else
      loading_ = false;
  }
  if (!keys_) return;
  worn_ = true;
  if (auto* texts = std::get_if<TextKeys>(&*keys_))
    texts->add(key);
  else
    keys_.reset();  // a text that stands for a network is the query's business
}

void TrackedKeys::lose() {
  keys_.reset();
  loading_ = false;
  touched_.clear();
}

void TrackedKeys::begin_load(TimePoint now) {
  loading_ = true;
  loading_since_ = now;
  touched_.clear();
}

void TrackedKeys::end_load(Keys keys) {
  if (!loading_) return;
  loading_ = false;
  keys_ = std::move(keys);
  read_at_ = loading_since_;
  worn_ = false;
  for (const auto& key : std::exchange(touched_, {})) touch(key);
}

bool TrackedKeys::lacks(std::string_view key) const {
  return keys_ && std::visit([&](const auto& keys) { return !keys.may_hold(key); }, *keys_);
}

bool TrackedKeys::lists(std::string_view key) const { return keys_ && !lacks(key) && of() == Of::keys; }

Of TrackedKeys::of() const {
  const auto* texts = keys_ ? std::get_if<TextKeys>(&*keys_) : nullptr;
  return texts == nullptr ? Of::keys : texts->of();
}

std::size_t TrackedKeys::size() const {
  return keys_ ? std::visit([](const auto& keys) { return keys.size(); }, *keys_) : 0;
}

std::size_t TrackedKeys::bytes() const {
  return keys_ ? std::visit([](const auto& keys) { return keys.bytes(); }, *keys_) : 0;
}

}  // namespace maproom::keyset
