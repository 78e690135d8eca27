// Section 2.1 of the lookup specification, row by row: what Postfix's dict_tcp.c sends and what it accepts.

#include "maproom/proto/tcp_table.hpp"

#include <gtest/gtest.h>

#include "maproom/proto/limits.hpp"
#include "maproom/proto/percent.hpp"
#include "support/codec_stream.hpp"

namespace maproom::proto {
namespace {

using namespace test;
using namespace std::string_literals;
using Events = std::vector<Event>;

const TcpTableCodec codec;

TEST(TcpTableRequest, IsGetSpaceKeyLf) {
  EXPECT_EQ(events_of(codec, "get joe@x.example\n"), Events{request("joe@x.example")});
}

TEST(TcpTableRequest, IsUnquotedAsInPostfixsExample) {
  EXPECT_EQ(events_of(codec, "get A%20b%25c%09%C3%BC\"<>[]:@x\n"), Events{request("A b%c\t\xC3\xBC\"<>[]:@x")});
}

TEST(TcpTableRequest, TakesHexDigitsOfEitherCase) {
  EXPECT_EQ(events_of(codec, "get %c3%Bc\n"), Events{request("\xC3\xBC")});
}

TEST(TcpTableRequest, TakesRawBytesAsTheyAre) {
  EXPECT_EQ(events_of(codec, "get a b \t\xFF\n"), Events{request("a b \t\xFF")});
  EXPECT_EQ(events_of(codec, "get  a\n"), Events{request(" a")});
}

TEST(TcpTableRequest, KeepsAKeyWithANulWhole) { EXPECT_EQ(events_of(codec, "get a%00b\n"), Events{request("a\0b"s)}); }

TEST(TcpTableRequest, KeepsAQuotedCrAndLf) { EXPECT_EQ(events_of(codec, "get a%0Ab%0D\n"), Events{request("a\nb\r")}); }

TEST(TcpTableRequest, AnEmptyKeyIsARequestSinceMysqlAnswersItWithNotFound) {
  EXPECT_EQ(events_of(codec, "get \n"), Events{request("")});
}

TEST(TcpTableRequest, WhatIsNotUnderstoodIsAnsweredAndTheNextLineStillCounts) {
  for (const auto* bad : {"put a b", "PUT a b", "get", "", " get a", "GET a", "get\ta", "quit", "get a%", "get a%4",
                          "get %zz", "get 100% sure", "get a\r", "\r", "200 a", "3:a b,"}) {
    Stream stream{codec};
    stream.feed(bad + "\nget next\n"s);
    EXPECT_EQ(stream.events(), (Events{malformed(), request("next")})) << bad;
    EXPECT_NE(stream.problem(), "") << bad;
  }
}

TEST(TcpTableRequest, ALineOfTheLimitIsReadAndALongerOneCloses) {
  const auto line = [](std::size_t size) { return "get " + std::string(size - 5, 'k') + "\n"; };
  for (const std::size_t piece : {std::size_t{4096}, tcp_request_max * 2}) {
    EXPECT_EQ(events_in_pieces(codec, line(tcp_request_max - 1), piece),
              Events{request(std::string(tcp_request_max - 6, 'k'))});
    EXPECT_EQ(events_in_pieces(codec, line(tcp_request_max), piece),
              Events{request(std::string(tcp_request_max - 5, 'k'))});
    EXPECT_EQ(events_in_pieces(codec, line(tcp_request_max + 1), piece), Events{close()});
  }
  EXPECT_EQ(codec.max_request(), tcp_request_max);
}

TEST(TcpTableRequest, AKeyOfTwentyThousandBytesIsNoTrouble) {
  const std::string key(20000, '\xFC');
  EXPECT_EQ(events_of(codec, "get " + quote(key) + "\n"), Events{request(key)});
}

TEST(TcpTableRequest, PipelinedLinesGiveOneEventEachInOrder) {
  EXPECT_EQ(events_of(codec, "get a\nget %62\nput x\nget c"), (Events{request("a"), request("b"), malformed()}));
}

TEST(TcpTableRequest, IsTheSameHoweverTheBytesArrive) {
  const auto bytes = "get A%20b%25c\nput x\nget\nget %\nget plain\nget \n"s;
  const auto whole = events_of(codec, bytes);
  ASSERT_EQ(whole.size(), 6U);
  for (std::size_t at = 0; at <= bytes.size(); ++at) {
    Stream stream{codec};
    stream.feed(bytes.substr(0, at));
    stream.feed(bytes.substr(at));
    EXPECT_EQ(stream.events(), whole) << "split at " << at;
  }
  EXPECT_EQ(events_in_pieces(codec, bytes, 1), whole);
}

TEST(TcpTableRequest, AHugeLineIsSearchedOnceHoweverSmallItsPieces) {
  std::string_view input;
  const std::string bytes(tcp_request_max - 1, 'k');
  Request out;
  for (std::size_t size = 1; size <= bytes.size(); ++size) {
    input = std::string_view{bytes}.substr(0, size);
    ASSERT_EQ(codec.next(input, out), Next::need_more);
    ASSERT_EQ(out.searched, size);
  }
}

TEST(TcpTableRequest, AHugeKeyLeavesNoBufferBehindWhenTheConnectionIsIdle) {
  const auto bytes = "get " + quote(std::string(20000, ' ')) + "\n";
  Request out;
  std::string_view input = bytes;
  ASSERT_EQ(codec.next(input, out), Next::request);
  ASSERT_EQ(codec.next(input, out), Next::need_more);
  EXPECT_LE(out.unquoted.capacity(), 1024U);
}

TEST(TcpTableReply, FoundIs200WithTheQuotedValue) {
  EXPECT_EQ(reply_to(codec, Answer::found("a b%\xC3\xBC")), "200 a%20b%25%C3%BC\n");
}

TEST(TcpTableReply, NotFoundIs500SpaceText) { EXPECT_EQ(reply_to(codec, Answer::not_found()), "500 not%20found\n"); }

TEST(TcpTableReply, TemporaryIs400WithItsReasonQuotedToo) {
  EXPECT_EQ(reply_to(codec, Answer::temporary("100% bad\nluck")), "400 100%25%20bad%0Aluck\n");
}

TEST(TcpTableReply, TemporaryWithoutAReasonHasAText) {
  EXPECT_EQ(reply_to(codec, Answer::temporary("")), "400 temporary%20error\n");
}

TEST(TcpTableReply, ALongReasonIsCutSoThatTheLineFits) {
  const auto reply = reply_to(codec, Answer::temporary(std::string(5000, ' ')));
  EXPECT_LE(reply.size(), postfix_tcp_reply_max);
  EXPECT_TRUE(reply.starts_with("400 %20%20"));
  EXPECT_TRUE(reply.ends_with("%20\n"));
  EXPECT_TRUE(codec.fits(Answer::temporary(std::string(5000, ' '))));
}

TEST(TcpTableReply, AReplyLineOf4096BytesAfterQuotingIsSentAndALongerOneIsTemporary) {
  const auto value = [](std::size_t line) { return std::string(line - 5, 'v'); };
  const auto quoted = [](std::size_t line) {
    return std::string((line - 5) % 3, 'v') + std::string((line - 5) / 3, ' ');
  };
  for (const auto& [text, size] : {std::pair{value(4095), 4095U}, std::pair{value(4096), 4096U},
                                   std::pair{quoted(4095), 4095U}, std::pair{quoted(4096), 4096U}}) {
    const auto answer = Answer::found(text);
    EXPECT_TRUE(codec.fits(answer));
    EXPECT_EQ(reply_to(codec, answer).size(), size);
    EXPECT_TRUE(reply_to(codec, answer).starts_with("200 "));
  }
  for (const auto& text : {value(4097), quoted(4097), value(100000)}) {
    const auto answer = Answer::found(text);
    EXPECT_FALSE(codec.fits(answer));
    EXPECT_EQ(reply_to(codec, answer), "400 result%20too%20long\n");
  }
}

TEST(TcpTableReply, AValueWithANulIsTemporaryBecausePostfixWouldCutIt) {
  const auto answer = Answer::found("\0joe"s);
  EXPECT_FALSE(codec.fits(answer));
  EXPECT_EQ(reply_to(codec, answer), "400 result%20contains%20a%20NUL%20byte\n");
}

TEST(TcpTableReply, EveryReplyIsOneLineThatPostfixUnderstands) {
  const Answer answers[] = {Answer::found("x"),  Answer::found("\n\n"),     Answer::found(std::string(5000, '\n')),
                            Answer::not_found(), Answer::temporary("a\nb"), Answer::temporary("")};
  std::vector<std::string> replies{std::string{codec.malformed_reply()}, std::string{codec.closing_reply()}};
  for (const auto& answer : answers) replies.push_back(reply_to(codec, answer));
  for (const auto& reply : replies) {
    ASSERT_GE(reply.size(), 5U);
    EXPECT_EQ(reply.find('\n'), reply.size() - 1) << reply;
    EXPECT_EQ(reply[3], ' ') << reply;
    EXPECT_NE(std::string{"245"}.find(reply[0]), std::string::npos) << reply;
    EXPECT_TRUE(unquote(std::string_view{reply}.substr(4, reply.size() - 5))) << reply;
  }
}

TEST(TcpTableReply, RefusalsAreTemporary) {
  EXPECT_EQ(codec.malformed_reply(), "400 malformed%20request\n");
  EXPECT_EQ(codec.closing_reply(), "400 request%20too%20long\n");
}

TEST(TcpTableReply, RepliesAreAppendedOneBehindTheOther) {
  std::string out;
  codec.append_reply(out, Answer::found("a"));
  codec.append_reply(out, Answer::not_found());
  EXPECT_EQ(out, "200 a\n500 not%20found\n");
}

}  // namespace
}  // namespace maproom::proto
