#include "support/run_coroutine.hpp"

#include <stdexcept>

namespace maproom::test {

void run_to_end(boost::asio::io_context& context, const bool& finished) {
  context.restart();
  while (!finished && context.run_one() > 0) {
  }
  if (!finished) throw std::logic_error("the coroutine never came to its end");
}

}  // namespace maproom::test
