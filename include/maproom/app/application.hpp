#pragma once
// Application: the composition root. Creates every long-lived object, owns it, starts, reloads and drains it, in one
// order. One thread, one event loop; nothing is shared with another thread, so there is nothing to lock.

#include <memory>
#include <string>

#include "maproom/config/config.hpp"

namespace maproom::app {

class Application {
 public:
  /// Opens all sockets. Throws std::runtime_error with a message for the operator when one cannot be opened.
  explicit Application(config::Config config);
  ~Application();
  Application(const Application&) = delete;
  Application& operator=(const Application&) = delete;

  /// Serves until SIGTERM or SIGINT, then finishes the requests under way. SIGHUP reloads.
  void run();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace maproom::app
