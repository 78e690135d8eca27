#include "maproom/backend/trial.hpp"

#include "maproom/backend/link.hpp"

namespace maproom::backend {
namespace asio = boost::asio;

asio::awaitable<Trial> try_settings(asio::any_io_executor executor, ConnectionSettings settings, Deadline deadline) {
  Trial trial;
  for (const auto& host : settings.hosts) {
    Link link{executor};
    const auto connected = co_await link.connect(settings, host, deadline);
    if (connected) {
      link.close();
      co_return Trial{Admission::let_in, {}};
    }
    // A host's refusal says more than another one's silence.
    if (link.refuses_us() && trial.admission != Admission::refused)
      trial = {Admission::refused, connected.error().detail};
    else if (trial.detail.empty())
      trial.detail = connected.error().detail;
  }
  co_return trial;
}

}  // namespace maproom::backend
