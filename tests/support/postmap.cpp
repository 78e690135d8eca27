#include "support/postmap.hpp"

#include <chrono>
#include <filesystem>

#include "support/process.hpp"

namespace maproom::test {

std::ostream& operator<<(std::ostream& out, const Judged& judged) {
  switch (judged.kind) {
    case Judged::Kind::found:
      return out << "found \"" << judged.text << '"';
    case Judged::Kind::not_found:
      return out << "not found";
    case Judged::Kind::error:
      return out << "error: " << judged.text;
  }
  return out;
}

Judged found(std::string value) { return {Judged::Kind::found, std::move(value)}; }
Judged not_found() { return {Judged::Kind::not_found, {}}; }
Judged error() { return {Judged::Kind::error, {}}; }

Postmap::Postmap() {
  // A fresh machine has no main.cf; this one holds nothing but what postmap wants to know.
  static_cast<void>(dir_.write("main.cf",
                               "compatibility_level = 3.6\nqueue_directory = " + dir_.path("queue") +
                                   "\ndata_directory = " + dir_.path("data") + "\nmyhostname = test.example\n",
                               0644));
  static_cast<void>(dir_.write("master.cf", "", 0644));
  // Postfix reads a file that is younger than two seconds again and again until it is not.
  std::filesystem::last_write_time(dir_.path("main.cf"),
                                   std::filesystem::file_time_type::clock::now() - std::chrono::hours{1});
}

Judged Postmap::query(const std::string& key, const std::string& table) const {
  auto result = run_command({"postmap", "-c", dir_.path(), "-q", key, table});
  if (result.out.ends_with('\n')) result.out.pop_back();
  if (result.status == 0) return found(result.out);
  if (result.err.empty()) return not_found();
  return {Judged::Kind::error, result.err};
}

}  // namespace maproom::test
