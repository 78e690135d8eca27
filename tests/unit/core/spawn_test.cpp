#include "maproom/core/spawn.hpp"

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <new>

namespace maproom {
namespace {

namespace asio = boost::asio;

asio::awaitable<void> lacks_memory() {
  throw std::bad_alloc{};
  co_return;
}
asio::awaitable<void> ends() { co_return; }

TEST(Spawn, AnEssentialTaskThatThrowsEndsTheProcess) {
  EXPECT_EXIT(
      {
        asio::io_context loop;
        spawn_essential(loop.get_executor(), "sessions", lacks_memory());
        loop.run();
      },
      testing::ExitedWithCode(exit_of_a_bug), "");
}

TEST(Spawn, OneThatComesToItsEndDoesNot) {
  asio::io_context loop;
  spawn_essential(loop.get_executor(), "sessions", ends());
  loop.run();
}

TEST(Spawn, WorkThatIsBegunAnewEndsAlone) {
  asio::io_context loop;
  spawn(loop.get_executor(), "flight", lacks_memory());
  loop.run();
}

asio::awaitable<void> report(asio::awaitable<void> work, bool& well) {
  well = co_await contain("session", std::move(work));
}

TEST(Contain, TellsWhetherTheWorkCameToItsEnd) {
  asio::io_context loop;
  bool threw = true, ended = false;
  spawn(loop.get_executor(), "test", report(lacks_memory(), threw));
  spawn(loop.get_executor(), "test", report(ends(), ended));
  loop.run();
  EXPECT_FALSE(threw);
  EXPECT_TRUE(ended);
}

}  // namespace
}  // namespace maproom
