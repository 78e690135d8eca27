// What is kept of a request that has not come to its end: little, and its answer is the one of all of it.

#include <gtest/gtest.h>

#include <random>

#include "maproom/proto/netstring.hpp"
#include "maproom/proto/socketmap.hpp"
#include "maproom/proto/tcp_table.hpp"
#include "support/codec_stream.hpp"

namespace maproom::proto {
namespace {

using namespace test;
using namespace std::string_literals;

const TcpTableCodec tcp;
const SocketmapCodec socketmap;

/// Keys above the limit have one answer, and so have names of maps.
std::vector<Event> as_answered(std::vector<Event> events) {
  for (auto& event : events) {
    if (event.map.size() > postfix_key_max) event = malformed();  // an error, as without a space
    if (event.key.size() > postfix_key_max) event.key = "too long";
  }
  return events;
}

/// Pieces of that size: the events are those of the whole, and little is kept between them.
void expect_same(const Codec& codec, const std::string& bytes, std::size_t piece, const std::string& what) {
  Stream stream{codec, true};
  for (std::size_t at = 0; at < bytes.size(); at += piece) stream.feed(std::string_view{bytes}.substr(at, piece));
  EXPECT_EQ(as_answered(stream.events()), as_answered(events_of(codec, bytes))) << what << " in pieces of " << piece;
  EXPECT_LE(stream.longest(), unfinished_max) << what << " in pieces of " << piece;
}

void expect_same(const Codec& codec, const std::string& bytes, const std::string& what) {
  for (const std::size_t piece : {1021U, 4096U, 65536U}) expect_same(codec, bytes, piece, what);
}

std::string repeated(std::size_t times, const std::string& text) {
  std::string all;
  for (std::size_t i = 0; i < times; ++i) all += text;
  return all;
}

TEST(Shortened, ALineIsAnsweredAsAWhole) {
  const std::string next = "\nget next\n";
  expect_same(tcp, "get " + std::string(300'000, 'k') + next, "plain");
  expect_same(tcp, "get " + repeated(100'000, "%20") + next, "quoted");
  expect_same(tcp, "get " + std::string(299'999, 'k') + "\r" + next, "with a CR at its end");
  expect_same(tcp, "get " + std::string(200'000, 'k') + "\r" + std::string(99'999, 'k') + next, "with a CR within");
  expect_same(tcp, "get " + std::string(200'000, 'k') + "%2" + next, "with a bad % at its end");
  expect_same(tcp, "get " + std::string(60'000, 'k') + "%zz" + std::string(200'000, 'k') + next, "with a bad % within");
  expect_same(tcp, "get %zz" + std::string(200'000, 'k') + next, "with a bad % in front");
  expect_same(tcp, "put " + std::string(300'000, 'k') + next, "of another word");
  expect_same(tcp, std::string(300'000, '\r') + next, "of nothing but CR");
  expect_same(tcp, "get " + std::string(tcp_request_max - 5, 'k') + next, "of the limit");
  expect_same(tcp, "get " + std::string(tcp_request_max - 4, 'k') + next, "beyond the limit");
  expect_same(tcp, "put " + std::string(tcp_request_max, 'k') + next, "of another word, beyond the limit");
}

TEST(Shortened, ANetstringIsAnsweredAsAWhole) {
  const auto frame = [](std::string_view payload) {
    std::string out;
    append_netstring(out, payload);
    return out + "6:m next,";
  };
  expect_same(socketmap, frame("map " + std::string(100'000, 'k')), "plain");
  expect_same(socketmap, frame("map " + std::string(100'000, ' ')), "of blanks");
  expect_same(socketmap, frame(std::string(100'000, 'm')), "without a blank");
  expect_same(socketmap, frame(std::string(100'000, 'm') + " key"), "with a long name");
  expect_same(socketmap, frame(std::string(60'000, 'm') + " " + std::string(45'000, 'k')), "long in both");
  expect_same(socketmap, frame(" " + std::string(100'000, 'k')), "without a name");
  const auto open = "100000:map " + std::string(99'996, 'k');
  expect_same(socketmap, open + ",6:m next,", "of the length it says");
  expect_same(socketmap, open + "k,6:m next,", "without a comma at its end");
}

TEST(Shortened, ARandomLineIsAnsweredAsAWhole) {
  std::mt19937 random{11};
  const std::vector<std::string> pieces{"k", "%20", "%41", "\r", " ", "abcdefgh", std::string(97, 'x')};
  int malformed_ones = 0;
  for (int round = 0; round < 60; ++round) {
    std::string line = round % 10 == 0 ? "put " : "get ";
    const auto size = 50'000 + random() % 250'000;
    // Half of the lines have a bad quote somewhere.
    const auto bad = round % 2 == 0 ? random() % size : size * 2;
    bool spoilt = false;
    while (line.size() < size) {
      line += pieces[random() % pieces.size()];
      if (!spoilt && line.size() > bad) {
        line += "%4x%%";
        spoilt = true;
      }
    }
    line += "\nget next\n";
    const auto whole = events_of(tcp, line);
    ASSERT_EQ(whole.size(), 2U);
    if (whole[0] == malformed()) ++malformed_ones;
    expect_same(tcp, line, 1 + random() % 9000, "round " + std::to_string(round));
  }
  EXPECT_GT(malformed_ones, 20);
  EXPECT_LT(malformed_ones, 60);
}

}  // namespace
}  // namespace maproom::proto
