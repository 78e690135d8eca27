#include "maproom/app/text_tables.hpp"

#include <spdlog/spdlog.h>
#include <sys/stat.h>

#include <cerrno>
#include <chrono>
#include <optional>
#include <system_error>

#include "maproom/config/text_file.hpp"
#include "maproom/core/log.hpp"
#include "maproom/map/substitution.hpp"

namespace maproom::app {
namespace {

constexpr std::chrono::seconds settling_time{1};

/// Changes whenever the file does.
struct Signature {
  dev_t device;
  ino_t inode;
  off_t size;
  std::int64_t written;  ///< nanoseconds of Unix time
  friend bool operator==(const Signature&, const Signature&) = default;
};

std::optional<Signature> signature_of(const std::string& path) {
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0) return std::nullopt;
  return Signature{status.st_dev, status.st_ino, status.st_size,
                   std::int64_t{status.st_mtim.tv_sec} * 1'000'000'000 + status.st_mtim.tv_nsec};
}

/// A time in the future comes from a clock that was wrong, not from somebody who writes now.
bool is_settled(const Signature& signature) {
  const auto now =
      std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::system_clock::now().time_since_epoch());
  const auto age = now - std::chrono::nanoseconds{signature.written};
  return age > settling_time || age < -settling_time;
}

}  // namespace

struct TextTables::File {
  std::string path;
  Reading reading;
  std::weak_ptr<map::CurrentFile> current;
  std::optional<Signature> read;  ///< of what `current` holds

  void look(map::CurrentFile& target) {
    const auto before = signature_of(path);
    if (!before) {
      trouble(path + ": " + std::generic_category().message(errno));
      return;
    }
    if (read == before || !is_settled(*before)) return;
    const auto text = config::read_text_table(path);
    if (!text) {
      trouble(text.error().detail);
      return;
    }
    if (signature_of(path) != before) return;
    const bool again = target.table != nullptr;
    auto parsed = map::FileTable::parse(target.kind, *text, reading.smtputf8_enable);
    if (parsed && !reading.may_substitute && parsed->substitutes())
      parsed = fail(Errc::invalid, std::string{map::why_no_substitution});
    if (!parsed) {
      trouble(path + ": " + parsed.error().detail);
      read = before;
      return;
    }
    auto table = std::make_shared<const map::FileTable>(std::move(*parsed));
    spdlog::info("event=text_table_read file={} keys={}", path, table->size());
    if (again)
      for (const auto& warning : table->warnings()) spdlog::warn("event=config_warning what=\"{}: {}\"", path, warning);
    target.table = std::move(table);
    read = before;
  }

  void trouble(const std::string& what) const {
    log_limited(LogLevel::error, "text_table_unreadable", path,
                fmt::format("what=\"{}\" then=\"its last reading stays in force\"", what));
  }
};

TextTables::TextTables() = default;
TextTables::~TextTables() = default;

std::shared_ptr<const map::CurrentFile> TextTables::of(const std::string& file, const Reading& reading) {
  auto& slot = files_[{file, reading}];
  if (slot)
    if (auto current = slot->current.lock()) return current;
  auto current = std::make_shared<map::CurrentFile>(map::CurrentFile{reading.kind, nullptr});
  slot = std::make_unique<File>(File{file, reading, current, std::nullopt});
  slot->look(*current);
  return current;
}

void TextTables::look() {
  for (auto each = files_.begin(); each != files_.end();) {
    const auto current = each->second->current.lock();
    if (current) each->second->look(*current);
    each = current ? std::next(each) : files_.erase(each);
  }
}

bool TextTables::all_read() const {
  for (const auto& [name, file] : files_)
    if (const auto current = file->current.lock(); current && current->table == nullptr) return false;
  return true;
}

}  // namespace maproom::app
