// Section 2.3 of the lookup specification, row by row: what Postfix's dict_sockmap.c sends and what it accepts.

#include "maproom/proto/socketmap.hpp"

#include <gtest/gtest.h>

#include "maproom/proto/limits.hpp"
#include "maproom/proto/netstring.hpp"
#include "support/codec_stream.hpp"

namespace maproom::proto {
namespace {

using namespace test;
using namespace std::string_literals;
using Events = std::vector<Event>;

const SocketmapCodec codec;

std::string frame(std::string_view payload) {
  std::string out;
  append_netstring(out, payload);
  return out;
}

TEST(SocketmapRequest, IsMapSpaceKeyAsInPostfixsExample) {
  EXPECT_EQ(events_of(codec, "10:nm a b%\t\xC3\xBC,"), Events{request("nm", "a b%\t\xC3\xBC")});
}

TEST(SocketmapRequest, EndsTheMapAtTheFirstSpaceAndTakesAnyByteAfterIt) {
  const std::string key = " \0\n\r,:%20\xFF get x"s;
  EXPECT_EQ(events_of(codec, frame("virtual_alias_maps " + key)), Events{request("virtual_alias_maps", key)});
}

TEST(SocketmapRequest, AnEmptyKeyIsARequestSinceMysqlAnswersItWithNotFound) {
  EXPECT_EQ(events_of(codec, frame("map ")), Events{request("map", "")});
}

TEST(SocketmapRequest, AWholeFrameWithoutAMapOrAKeyIsAnsweredAndTheNextOneStillCounts) {
  for (const auto* bad : {"", "map", " ", " key", "map\tkey"}) {
    Stream stream{codec};
    stream.feed(frame(bad) + frame("m next"));
    EXPECT_EQ(stream.events(), (Events{malformed(), request("m", "next")})) << bad;
    EXPECT_NE(stream.problem(), "") << bad;
  }
}

TEST(SocketmapRequest, ABadFrameCloses) {
  for (const auto* bad :
       {":,", "03:m a,", "3 :m a,", "-3:m a,", "+3:m a,", "3:m ab", "3:m a\n", "get a\n", "\n", "x"}) {
    Stream stream{codec};
    stream.feed(frame("m first") + bad);
    EXPECT_EQ(stream.events(), (Events{request("m", "first"), close()})) << bad;
    EXPECT_NE(stream.problem(), "") << bad;
  }
}

TEST(SocketmapRequest, ALineFeedBehindAFrameCloses) {
  EXPECT_EQ(events_of(codec, "3:m a,\n"), (Events{request("m", "a"), close()}));
}

TEST(SocketmapRequest, APayloadOfTheLimitIsReadAndALongerOneClosesBeforeItArrives) {
  const auto payload = [](std::size_t size) { return "m " + std::string(size - 2, 'k'); };
  for (const std::size_t size : {socketmap_request_max - 1, socketmap_request_max})
    EXPECT_EQ(events_in_pieces(codec, frame(payload(size)), 4096), Events{request("m", std::string(size - 2, 'k'))});
  EXPECT_EQ(events_of(codec, std::to_string(socketmap_request_max + 1)), Events{close()});
  EXPECT_EQ(events_of(codec, std::to_string(socketmap_request_max * 10)), Events{close()});
  EXPECT_EQ(codec.max_request(), frame(payload(socketmap_request_max)).size());
}

TEST(SocketmapRequest, PipelinedFramesGiveOneEventEachInOrder) {
  EXPECT_EQ(events_of(codec, frame("m a") + frame("n b") + frame("c") + "5:m d"),
            (Events{request("m", "a"), request("n", "b"), malformed()}));
}

TEST(SocketmapRequest, IsTheSameHoweverTheBytesArrive) {
  const auto bytes = frame("m a") + frame("other b c\n") + frame("") + frame("m ,,:") + frame("m ") + "01";
  const auto whole = events_of(codec, bytes);
  ASSERT_EQ(whole.size(), 6U);
  for (std::size_t at = 0; at <= bytes.size(); ++at) {
    Stream stream{codec};
    stream.feed(std::string_view{bytes}.substr(0, at));
    stream.feed(std::string_view{bytes}.substr(at));
    EXPECT_EQ(stream.events(), whole) << "split at " << at;
  }
  EXPECT_EQ(events_in_pieces(codec, bytes, 1), whole);
}

TEST(SocketmapReply, FoundIsOkWithTheRawValue) {
  EXPECT_EQ(reply_to(codec, Answer::found("a b%\xC3\xBC")), "9:OK a b%\xC3\xBC,");
}

TEST(SocketmapReply, NotFoundHasItsSpace) { EXPECT_EQ(reply_to(codec, Answer::not_found()), "9:NOTFOUND ,"); }

TEST(SocketmapReply, TemporaryIsTempWithItsReason) {
  EXPECT_EQ(reply_to(codec, Answer::temporary("database away")), "18:TEMP database away,");
}

TEST(SocketmapReply, TemporaryWithoutAReasonHasAText) {
  EXPECT_EQ(reply_to(codec, Answer::temporary("")), "20:TEMP temporary error,");
}

TEST(SocketmapReply, ALongReasonIsCut) {
  const auto answer = Answer::temporary(std::string(200000, 'x'));
  EXPECT_TRUE(codec.fits(answer));
  EXPECT_LE(reply_to(codec, answer).size(), 1000U);
}

TEST(SocketmapReply, APayloadOf100000BytesIsSentAndALongerOneIsTemporary) {
  for (const std::size_t payload : {99999U, 100000U}) {
    const auto answer = Answer::found(std::string(payload - 3, 'v'));
    EXPECT_TRUE(codec.fits(answer));
    EXPECT_EQ(reply_to(codec, answer), frame("OK " + answer.text()));
  }
  const auto answer = Answer::found(std::string(100001 - 3, 'v'));
  EXPECT_FALSE(codec.fits(answer));
  EXPECT_EQ(reply_to(codec, answer), "20:TEMP result too long,");
}

TEST(SocketmapReply, AValueWithANulIsTemporaryBecausePostfixWouldCutIt) {
  const auto answer = Answer::found("\0joe"s);
  EXPECT_FALSE(codec.fits(answer));
  EXPECT_EQ(reply_to(codec, answer), "31:TEMP result contains a NUL byte,");
}

TEST(SocketmapReply, ARefusalIsTemporaryAndCanonicalAndAViolationIsClosedWithoutAWord) {
  const auto reply = read_netstring(codec.malformed_reply(), 100);
  ASSERT_EQ(reply.state, Netstring::State::complete);
  EXPECT_EQ(reply.size, codec.malformed_reply().size());
  EXPECT_EQ(reply.payload, "TEMP malformed request");
  EXPECT_EQ(codec.closing_reply(), "");
}

TEST(SocketmapReply, RepliesAreAppendedOneBehindTheOther) {
  std::string out;
  codec.append_reply(out, Answer::found("a"));
  codec.append_reply(out, Answer::not_found());
  EXPECT_EQ(out, "4:OK a,9:NOTFOUND ,");
}

}  // namespace
}  // namespace maproom::proto
