#include "maproom/commands/verify/postfix_folder.hpp"

#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <system_error>

#include "maproom/config/text_file.hpp"
#include "maproom/import/import.hpp"

namespace maproom::commands {

namespace fs = std::filesystem;

Result<PostfixFolder> PostfixFolder::make(const std::string& main_cf, bool smtputf8_enable) {
  config::Definitions host;
  std::error_code none;
  fs::path file = main_cf.empty() ? "/etc/postfix/main.cf" : main_cf;
  if (main_cf != "none" && (!main_cf.empty() || fs::exists(file, none))) {
    if (fs::is_directory(file, none)) file /= "main.cf";
    const auto text = config::read_text_file(file.string());
    if (!text) return text.error();
    auto definitions = config::parse_main_cf(*text);
    if (!definitions) return fail(Errc::invalid, file.string() + ": " + definitions.error().detail);
    host = std::move(*definitions);
    const auto settings = imports::read_postfix_settings(file.string());
    if (!settings) return settings.error();
    smtputf8_enable = settings->smtputf8_enable;
  }

  const char* parent = std::getenv("TMPDIR");
  std::string path = std::string{parent == nullptr ? "/tmp" : parent} + "/maproom-postmap-XXXXXX";
  if (::mkdtemp(path.data()) == nullptr)
    return fail(Errc::unavailable, path + ": " + std::generic_category().message(errno));
  PostfixFolder folder{path};
  for (const auto& [name, text] : {std::pair{"main.cf", postmap_main_cf(host, smtputf8_enable)}, {"master.cf", ""}}) {
    std::ofstream stream{path + "/" + name};
    stream << text;
    stream.close();
    if (!stream) return fail(Errc::unavailable, path + "/" + name + ": cannot be written");
  }
  // Postfix waits until the file was last written a while ago.
  fs::last_write_time(path + "/main.cf", fs::file_time_type::clock::now() - std::chrono::hours{1}, none);
  return folder;
}

PostfixFolder::~PostfixFolder() {
  std::error_code none;
  if (!path_.empty()) fs::remove_all(path_, none);
}

}  // namespace maproom::commands
