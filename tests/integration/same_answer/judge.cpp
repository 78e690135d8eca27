#include "integration/same_answer/judge.hpp"

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <optional>
#include <stdexcept>
#include <string_view>

namespace maproom::test {
namespace {

struct Outcome {
  int status = -1;
  bool fatal = false;
  std::string out, err;
};

/// A descriptor that is closed at the end.
class Descriptor {
 public:
  explicit Descriptor(int number) : number_{number} {
    if (number < 0) throw std::runtime_error{"no descriptor left"};
  }
  ~Descriptor() { close(); }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  [[nodiscard]] int get() const { return number_; }
  void close() {
    if (number_ >= 0) ::close(number_);
    number_ = -1;
  }

 private:
  int number_;
};

bool has_fatal_line(std::string_view err) {
  constexpr std::string_view sign = "postmap: fatal: ";
  for (std::size_t at = 0; (at = err.find(sign, at)) != std::string_view::npos; at += sign.size())
    if ((at == 0 || err[at - 1] == '\n') && err.find('\n', at) != std::string_view::npos) return true;
  return false;
}

/// Runs it with `input` to its end. After a fatal error postmap sleeps for a second and ends; nothing more comes, so
/// it is stopped instead.
Outcome run_postmap(const std::vector<std::string>& arguments, const std::string& input) {
  const Descriptor in{::memfd_create("keys", MFD_CLOEXEC)};
  if (::write(in.get(), input.data(), input.size()) != static_cast<ssize_t>(input.size()))
    throw std::runtime_error{"cannot hand the keys over"};
  ::lseek(in.get(), 0, SEEK_SET);
  int out_pipe[2], err_pipe[2];
  if (::pipe2(out_pipe, O_CLOEXEC) != 0 || ::pipe2(err_pipe, O_CLOEXEC) != 0) throw std::runtime_error{"no pipe left"};
  const Descriptor out{out_pipe[0]}, err{err_pipe[0]};
  Descriptor out_end{out_pipe[1]}, err_end{err_pipe[1]};

  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawn_file_actions_adddup2(&actions, in.get(), 0);
  ::posix_spawn_file_actions_adddup2(&actions, out_end.get(), 1);
  ::posix_spawn_file_actions_adddup2(&actions, err_end.get(), 2);
  std::vector<char*> pointers;
  for (const auto& each : arguments) pointers.push_back(const_cast<char*>(each.c_str()));
  pointers.push_back(nullptr);
  pid_t pid = -1;
  const int failed = ::posix_spawnp(&pid, pointers[0], &actions, nullptr, pointers.data(), environ);
  ::posix_spawn_file_actions_destroy(&actions);
  if (failed != 0) throw std::runtime_error{"cannot run postmap"};
  out_end.close();
  err_end.close();

  Outcome outcome;
  std::array<pollfd, 2> both{{{out.get(), POLLIN, 0}, {err.get(), POLLIN, 0}}};
  std::array<std::string*, 2> texts{&outcome.out, &outcome.err};
  while (!outcome.fatal && (both[0].fd >= 0 || both[1].fd >= 0)) {
    ::poll(both.data(), both.size(), -1);
    for (std::size_t i = 0; i < both.size(); ++i) {
      if (both[i].fd < 0 || both[i].revents == 0) continue;
      std::array<char, 65536> chunk;
      const auto n = ::read(both[i].fd, chunk.data(), chunk.size());
      if (n > 0)
        texts[i]->append(chunk.data(), static_cast<std::size_t>(n));
      else
        both[i].fd = -1;
    }
    outcome.fatal = has_fatal_line(outcome.err);
  }
  if (outcome.fatal) ::kill(pid, SIGKILL);
  int status = 0;
  while (::waitpid(pid, &status, 0) < 0 && errno == EINTR) {
  }
  outcome.status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  if (!outcome.fatal && outcome.status != 0 && outcome.status != 1)
    throw std::runtime_error{"postmap ended with " + std::to_string(outcome.status) + ": " + outcome.err};
  return outcome;
}

/// The lines "KEY\tVALUE" of those keys that were found, in the keys' order. nullopt: not of that form.
std::optional<std::vector<Judged>> read_lines(std::string_view out, const Keys& keys) {
  std::vector<Judged> verdicts(keys.size(), not_found());
  std::size_t next = 0;
  while (!out.empty()) {
    const auto line = out.substr(0, out.find('\n'));
    const auto begins = [line](const std::string& key) {
      return line.starts_with(key) && line.substr(key.size()).starts_with('\t');
    };
    while (next < keys.size() && !begins(keys[next])) ++next;
    if (next == keys.size()) return std::nullopt;
    verdicts[next] = found(std::string{line.substr(keys[next].size() + 1)});
    ++next;
    out.remove_prefix(std::min(line.size() + 1, out.size()));
  }
  return verdicts;
}

class Lots {
 public:
  Lots(std::string folder, const Keys& tables) : folder_{std::move(folder)}, tables_{tables} {}

  Judged alone(const std::string& key) const {
    auto outcome = run_postmap(command(key), {});
    if (outcome.fatal) return {Judged::Kind::error, outcome.err};
    if (outcome.status == 1) return not_found();
    if (!outcome.out.ends_with('\n')) throw std::runtime_error{"postmap answers without a line end"};
    outcome.out.pop_back();
    return found(outcome.out);
  }

  std::vector<Judged> together(const Keys& keys) const {
    if (keys.empty()) return {};
    if (keys.size() == 1 && keys[0] != "-") return {alone(keys[0])};
    std::string input;
    for (const auto& key : keys) input += key + "\n";
    const auto outcome = run_postmap(command("-"), input);
    if (!outcome.fatal)
      if (auto verdicts = read_lines(outcome.out, keys)) return *verdicts;
    if (keys.size() == 1) return {{Judged::Kind::error, outcome.err}};
    const auto middle = keys.begin() + static_cast<std::ptrdiff_t>(keys.size() / 2);
    auto verdicts = together({keys.begin(), middle});
    auto rest = together({middle, keys.end()});
    verdicts.insert(verdicts.end(), std::make_move_iterator(rest.begin()), std::make_move_iterator(rest.end()));
    return verdicts;
  }

 private:
  std::vector<std::string> command(const std::string& key) const {
    std::vector<std::string> words{"postmap", "-c", folder_, "-q", key};
    words.insert(words.end(), tables_.begin(), tables_.end());
    return words;
  }

  std::string folder_;
  const Keys& tables_;
};

}  // namespace

Judge::Judge(bool smtputf8_enable) {
  static_cast<void>(dir_.write("main.cf",
                               "compatibility_level = 3.6\nqueue_directory = " + dir_.path("queue") +
                                   "\ndata_directory = " + dir_.path("data") + "\nmyhostname = test.example\n" +
                                   "smtputf8_enable = " + (smtputf8_enable ? "yes" : "no") + "\n",
                               0644));
  static_cast<void>(dir_.write("master.cf", "", 0644));
}

std::vector<Judged> Judge::ask(const Keys& tables, const Keys& keys, const std::vector<Judged>& hints) const {
  const Lots lots{dir_.path(), tables};
  std::vector<Judged> verdicts(keys.size());
  // Keys with a tab stand first: "a<tab>b<tab>value" is then theirs, not a line about the key "a".
  std::vector<std::size_t> with_tab, places;
  for (std::size_t i = 0; i < keys.size(); ++i) {
    const auto& hint = hints[i];
    const bool fits_a_line = keys[i].find('\n') == std::string::npos &&
                             (hint.kind != Judged::Kind::found || hint.text.find('\n') == std::string::npos);
    const bool together = fits_a_line && hint.kind != Judged::Kind::error;
    if (!together && keys[i] != "-")  // "-q -" is postmap's own sign
      verdicts[i] = lots.alone(keys[i]);
    else
      (keys[i].find('\t') == std::string::npos ? places : with_tab).push_back(i);
  }
  places.insert(places.begin(), with_tab.begin(), with_tab.end());
  Keys lot;
  for (const auto i : places) lot.push_back(keys[i]);
  auto answers = lots.together(lot);
  for (std::size_t i = 0; i < places.size(); ++i) verdicts[places[i]] = std::move(answers[i]);
  return verdicts;
}

}  // namespace maproom::test
