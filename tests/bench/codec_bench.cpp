// What the codecs themselves cost: reading one request and writing one reply, without a socket.

#include <benchmark/benchmark.h>

#include "maproom/proto/socketmap.hpp"
#include "maproom/proto/tcp_table.hpp"

namespace {

using namespace maproom;

const proto::TcpTableCodec tcp_table;
const proto::SocketmapCodec socketmap;

void round_trip(benchmark::State& state, const proto::Codec& codec, std::string_view bytes, const Answer& answer) {
  proto::Request request;
  std::string out;
  for (auto _ : state) {
    auto input = bytes;
    out.clear();
    if (codec.next(input, request) != proto::Next::request) state.SkipWithError("not a request");
    benchmark::DoNotOptimize(request.key.data());
    codec.append_reply(out, answer);
    benchmark::DoNotOptimize(out.data());
  }
}

const auto value = Answer::found("mbox.example/joe/");
const auto quoted_value = Answer::found(std::string(1000, ' '));

BENCHMARK_CAPTURE(round_trip, tcp_table, tcp_table, "get joe@mbox.example\n", value);
BENCHMARK_CAPTURE(round_trip, tcp_table_quoted_key, tcp_table, "get J%C3%B6e%20X@mbox.example\n", value);
BENCHMARK_CAPTURE(round_trip, tcp_table_quoted_value, tcp_table, "get joe@mbox.example\n", quoted_value);
BENCHMARK_CAPTURE(round_trip, socketmap, socketmap, "37:virtual_mailbox_maps joe@mbox.example,", value);

}  // namespace

BENCHMARK_MAIN();
