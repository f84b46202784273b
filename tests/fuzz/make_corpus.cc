// Writes the corpora of the fuzz targets, one file for each input:
//
//   bazel run //tests/fuzz:make_corpus -- "$PWD/tests/fuzz"
//
// It overwrites files and removes none.

#include <cstdio>
#include <fstream>
#include <initializer_list>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "tests/fuzz/connection_steps.h"
#include "tests/hpack/hex.h"
#include "tests/wire/frame_builder.h"
#include "transport/hpack/header_encoder.h"

namespace loopy {
namespace {

class CorpusWriter {
 public:
  explicit CorpusWriter(std::string folder) : folder_(std::move(folder)) {}

  void Write(absl::string_view name, absl::string_view bytes) {
    const std::string path = absl::StrCat(folder_, "/", name);
    std::ofstream file(path, std::ios::binary);
    file.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    if (!file.flush()) {
      std::fprintf(stderr, "cannot write %s\n", path.c_str());
      failed_ = true;
    }
  }
  bool failed() const { return failed_; }

 private:
  const std::string folder_;
  bool failed_ = false;
};

void WriteFrames(absl::string_view name, const FrameBuilder& frames,
                 CorpusWriter* out) {
  // These are the limit of 16 KiB, and a seed for the cuts.
  out->Write(name, std::string("\0\1\2", 3) + frames.str());
}

void WriteRightFrames(CorpusWriter* out) {
  using B = FrameBuilder;
  WriteFrames("data", B().Data(1, "hello").Data(1, "", true), out);
  WriteFrames("data_padded", B().PaddedData(1, "hello", 7).PaddedData(3, "", 0),
              out);
  WriteFrames("data_large", B().Data(1, std::string(600, 'x')).Ping(1), out);
  WriteFrames("headers", B().Headers(1, "\x88").Headers(1, "\xbe", true), out);
  WriteFrames("headers_padded", B().PaddedHeaders(1, "\x88", 3, true), out);
  WriteFrames("headers_continued",
              B().Headers(1, "a", false, false)
                  .Continuation(1, "b", false)
                  .Continuation(1, "c"),
              out);
  WriteFrames("priority", B().Priority(5), out);
  WriteFrames("rst_stream", B().RstStream(1, Http2ErrorCode::kCancel), out);
  WriteFrames(
      "settings",
      B().Settings({{1, 0}, {3, 100}, {4, 65535}, {5, 16384}}).SettingsAck(),
      out);
  WriteFrames("push_promise",
              B().PushPromise(1, 2, "x").PaddedPushPromise(1, 4, "y", 1), out);
  WriteFrames("ping", B().Ping(0x1122334455667788).Ping(2, true), out);
  WriteFrames(
      "goaway",
      B().GoAway(0x7fffffff, Http2ErrorCode::kNoError)
          .GoAway(1, Http2ErrorCode::kEnhanceYourCalm, "too_many_pings"),
      out);
  WriteFrames("window_update", B().WindowUpdate(0, 1).WindowUpdate(1, 65535),
              out);
  WriteFrames("unknown", B().Unknown(0xfa, 0xff, 1, "extension").Ping(3), out);
  WriteFrames("call",
              B().Settings({{4, 1048576}})
                  .SettingsAck()
                  .WindowUpdate(0, 983041)
                  .Headers(1, "\x88")
                  .Data(1, std::string("\0\0\0\0\2ok", 7))
                  .Headers(1, "\xbe", true),
              out);
}

void WriteWrongFrames(CorpusWriter* out) {
  using B = FrameBuilder;
  WriteFrames("bad_http1", B().Bytes("HTTP/1.1 400 Bad Request\r\n\r\n"), out);
  WriteFrames("bad_stream_zero", B().Data(0, "x"), out);
  WriteFrames("bad_settings_stream", B().Frame(FrameType::kSettings, 0, 1, ""),
              out);
  WriteFrames("bad_settings_size",
              B().Frame(FrameType::kSettings, 0, 0, "12345"), out);
  WriteFrames("bad_settings_ack",
              B().Frame(FrameType::kSettings, 1, 0, "123456"), out);
  WriteFrames("bad_padding", B().Frame(FrameType::kData, 8, 1, "\x09xx"), out);
  WriteFrames("bad_no_padding", B().Frame(FrameType::kData, 8, 1, ""), out);
  WriteFrames("bad_priority_size",
              B().Frame(FrameType::kPriority, 0, 1, "1").Ping(1), out);
  WriteFrames("bad_increment", B().WindowUpdate(1, 0).WindowUpdate(0, 0), out);
  WriteFrames("bad_continuation", B().Continuation(1, "x"), out);
  WriteFrames("bad_interleaved",
              B().Headers(1, "x", false, false).Continuation(3, "x"), out);
  WriteFrames("bad_too_large", B().Header(16385, FrameType::kData, 0, 1), out);
  out->Write("bad_too_large_for_more",
             std::string("\2\0\0", 3) +
                 B().Header(1 << 20 | 1, FrameType::kGoAway, 0, 0).str());
}

// Returns the input for a connection with these blocks, in hex.
std::string Blocks(char table_size, char limit,
                   std::initializer_list<absl::string_view> blocks) {
  std::string input = {table_size, limit};
  for (const absl::string_view hex : blocks) {
    const std::string block = FromHex(hex);
    input += static_cast<char>(block.size());
    input += block;
  }
  return input;
}

void WriteHeaderBlocks(CorpusWriter* out) {
  out->Write("literals", Blocks(0, 0,
                                {"400a637573746f6d2d6b65790d637573746f6d2d68"
                                 "6561646572",
                                 "be", "040c2f73616d706c652f70617468",
                                 "100870617373776f726406736563726574", "82"}));
  out->Write(
      "huffman",
      Blocks(0, 0,
             {"828684418cf1e3c2e5f23a6ba0ab90f4ff", "828684be5886a8eb10649cbf",
              "828785bf408825a849e95ba97d7f8925a849e95bb8e8b4bf"}));
  out->Write(
      "evictions",
      Blocks(2, 3,
             {"3fe1014882640258"
              "85aec3771a4b6196d07abe941054d444a8200595040b8166e082a62d1b"
              "ff6e919d29ad171863c78f0b97c8e9ae82ae43d3",
              "4883640effc1c0bf"}));
  out->Write("table_sizes", Blocks(0, 3, {"203fe11f88", "2088", "3f00be"}));
  out->Write("table_of_zero", Blocks(1, 0, {"2088", "400161016288", "88"}));
  out->Write("small_limit", Blocks(0, 2, {"8286848286848286", "88"}));
  out->Write("no_list_allowed", Blocks(0, 1, {"88", ""}));
  out->Write("bad_index", Blocks(0, 0, {"80"}));
  out->Write("bad_table_size", Blocks(0, 0, {"3fe21f"}));
  out->Write("bad_integer", Blocks(0, 0, {"ffffffffffffffffff"}));
  out->Write("bad_huffman", Blocks(0, 0, {"0085f2b24a84ff874951fffffffa7f"}));
  out->Write("bad_end", Blocks(0, 0, {"88", "400a6375"}));
  HeaderEncoder encoder;
  std::string input = std::string("\0\0", 2);
  for (int i = 0; i < 3; ++i) {
    HeaderList list;
    list.Add(":status", "200");
    list.Add("content-type", "application/grpc");
    list.Add("grpc-status", absl::StrCat(i));
    list.Add("data-bin", "AAECAw", /*never_index=*/true);
    std::string block;
    encoder.Encode(list, &block);
    input += static_cast<char>(block.size());
    input += block;
  }
  out->Write("responses", input);
}

// The options come first, and then the steps of connection_steps.h. The fuzzer
// found the rest of that corpus.
void WriteConnections(CorpusWriter* out) {
  const auto write = [out](absl::string_view name,
                           std::initializer_list<int> bytes) {
    std::string text;
    for (const int byte : bytes) text.push_back(static_cast<char>(byte));
    out->Write(name, text);
  };
  constexpr int kDefaults = 0;
  constexpr int kSetting = kFirstPeerStep;
  constexpr int kHeaders = kFirstPeerStep + 3;
  constexpr int kStuck = 2;
  write("call", {kDefaults,
                 kSetting,
                 0,
                 0,
                 0,
                 0,
                 kStartAndFlush,
                 0,
                 kSendSmall,
                 0,
                 15,
                 0,
                 kCompleteWrite,
                 kHeaders,
                 0,
                 0,
                 kHeaders,
                 0,
                 1,
                 0,
                 kRead,
                 0});
  // It found a writer that kept the empty slice of the message.
  write("empty_message",
        {kDefaults, kWriteMode, 1, kCompleteWrite, kStartAndFlush, 0,
         kSendSmall, 0, 0, 0, kCancel, 0, 0, 0});
  // It found a connection that became ready after its owner was notified of its
  // end.
  write("drain_before_settings",
        {kDefaults, kStartAndFlush, 0, kDrain, 'R', kSetting, 0, 3, 0, 5});
  // It found calls that left their message with the stuck writer.
  write("ended_in_stall",
        {kDefaults, kWriteMode, kStuck, kStartAndFlush, 0, kSendLarge, 0, 64, 0,
         kCancel, 0, 0, 0, kStart, 0, kCancel, 1, 0, 0});
  // After a pause, in which the peer closes, a second call.
  write("peer_closes_in_pause",
        {kDefaults, kWriteMode, 1, kCompleteWrite, kStartAndFlush, 0, kPump,
         kPassTime, 0, 5, kUnsentBytes, 'R', kStartAndFlush, 0});
  // One stream is allowed; the second call waits, and ends waiting.
  write("stream_limit", {kDefaults,
                         kSetting,
                         0,
                         3,
                         0,
                         1,
                         kCompleteWrite,
                         kStartAndFlush,
                         0,
                         kStartAndFlush,
                         0,
                         kSendSmall,
                         1,
                         8,
                         0,
                         kCancel,
                         1,
                         0,
                         0,
                         kCancel,
                         0,
                         0,
                         0});
}

int Main(absl::string_view folder) {
  CorpusWriter frames(absl::StrCat(folder, "/frame_parser_corpus"));
  WriteRightFrames(&frames);
  WriteWrongFrames(&frames);
  CorpusWriter blocks(absl::StrCat(folder, "/header_decoder_corpus"));
  WriteHeaderBlocks(&blocks);
  CorpusWriter connections(absl::StrCat(folder, "/client_connection_corpus"));
  WriteConnections(&connections);
  return frames.failed() || blocks.failed() || connections.failed() ? 1 : 0;
}

}  // namespace
}  // namespace loopy

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fprintf(stderr, "usage: make_corpus FOLDER\n");
    return 2;
  }
  return loopy::Main(argv[1]);
}
