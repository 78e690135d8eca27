// The terminal of the live views: its width, its keys, and how it is left.

#include <poll.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <string_view>

#include "maproom/commands/top.hpp"

namespace maproom::commands {
namespace {

volatile std::sig_atomic_t ended = 0;

bool is_capable() {
  const char* const kind = std::getenv("TERM");
  return ::isatty(STDOUT_FILENO) != 0 && kind != nullptr && std::string_view{kind} != "dumb" && *kind != '\0';
}

/// Keys come one by one and unseen, and the screen is one of its own, until this ends. Signals that end the view are
/// let through only while it waits, so that none gets lost in between.
class Screen {
 public:
  Screen() : drawn_{is_capable()}, keys_{drawn_ && ::isatty(STDIN_FILENO) != 0} {
    sigset_t ending;
    sigemptyset(&ending);
    for (const int signal : {SIGINT, SIGTERM, SIGHUP, SIGWINCH}) {
      struct sigaction action {};
      action.sa_handler = signal == SIGWINCH ? [](int) {} : [](int) { ended = 1; };
      ::sigaction(signal, &action, nullptr);
      sigaddset(&ending, signal);
    }
    ::sigprocmask(SIG_BLOCK, &ending, &waiting_);
    if (keys_ && ::tcgetattr(STDIN_FILENO, &before_) == 0) {
      auto raw = before_;
      raw.c_lflag &= ~static_cast<tcflag_t>(ICANON | ECHO);
      ::tcsetattr(STDIN_FILENO, TCSANOW, &raw);
    } else {
      keys_ = false;
    }
    if (drawn_) std::fputs("\x1b[?1049h\x1b[?25l", stdout);
  }
  ~Screen() {
    if (drawn_) std::fputs("\x1b[?25h\x1b[?1049l", stdout);
    std::fflush(stdout);
    if (keys_) ::tcsetattr(STDIN_FILENO, TCSANOW, &before_);
  }
  Screen(const Screen&) = delete;
  Screen& operator=(const Screen&) = delete;

  void begin_frame() const {
    if (drawn_) std::fputs("\x1b[H\x1b[2J", stdout);
  }
  /// false: the user has seen enough.
  [[nodiscard]] bool wait(std::chrono::milliseconds time) const {
    std::fflush(stdout);
    pollfd key{STDIN_FILENO, POLLIN, 0};
    const timespec limit{time.count() / 1000, time.count() % 1000 * 1'000'000};
    const int ready = ::ppoll(&key, keys_ ? 1 : 0, &limit, &waiting_);
    if (ended != 0) return false;
    if (ready <= 0) return true;
    char pressed = 0;
    return ::read(STDIN_FILENO, &pressed, 1) == 1 && pressed != 'q' && pressed != 'Q';
  }
  [[nodiscard]] std::size_t columns() const {
    winsize size{};
    if (!drawn_ || ::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col == 0) return 1000;
    return size.ws_col;
  }

 private:
  bool drawn_;
  bool keys_;
  termios before_{};
  sigset_t waiting_{};
};

}  // namespace

Colours wanted_colours() {
  const char* const none = std::getenv("NO_COLOR");
  return is_capable() && (none == nullptr || *none == '\0') ? Colours::ansi : Colours::none;
}

int watch(const WatchOptions& options, const std::function<int(std::size_t columns)>& frame) {
  ended = 0;
  const Screen screen;
  for (unsigned shown = 1;; ++shown) {
    screen.begin_frame();
    const int status = frame(screen.columns());
    if (shown == options.frames || !screen.wait(options.interval)) return status;
  }
}

}  // namespace maproom::commands
