// Channel arguments that a server sees in the client's SETTINGS, windows and
// HEADERS.

#include <grpc/grpc.h>
#include <grpcpp/version_info.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <string>
#include <utility>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "tests/integration/recorded_call.h"
#include "tests/support/raw_peer.h"
#include "tests/support/recording_peer.h"

namespace loopy {
namespace {

// RFC 9113 section 6.5.2.
constexpr int kHeaderTableSize = 1;
constexpr int kInitialWindowSize = 4;
constexpr int kMaxFrameSize = 5;
constexpr int kMaxHeaderListSize = 6;

class SettingsArgumentsTest : public ::testing::TestWithParam<TransportKind> {
 protected:
  grpc::ChannelArguments args_;
};

LOOPY_OVER_BOTH_RECORDED_TRANSPORTS(SettingsArgumentsTest);

// Catches: a setting that is not the argument's.
TEST_P(SettingsArgumentsTest, SettingsFollow) {
  args_.SetInt(GRPC_ARG_HTTP2_HPACK_TABLE_SIZE_DECODER, 1000);
  args_.SetInt(GRPC_ARG_HTTP2_STREAM_LOOKAHEAD_BYTES, 70000);
  args_.SetInt(GRPC_ARG_HTTP2_MAX_FRAME_SIZE, 20000);
  args_.SetInt(GRPC_ARG_HTTP2_BDP_PROBE, 0);  // chttp2's overrides both
  const RecordedCall call(GetParam(), args_);
  EXPECT_EQ(call.Setting(kHeaderTableSize), 1000);
  EXPECT_EQ(call.Setting(kInitialWindowSize), 70000);
  EXPECT_EQ(call.Setting(kMaxFrameSize), 20000);
}

// The connection's window is enlarged by a WINDOW_UPDATE. Catches: one that is
// written before the SETTINGS, which makes servers close the connection, or
// that is too small for one stream's window.
TEST(LoopySettingsArgumentsTest, ALargeLookaheadIsGrantedAfterSettings) {
  grpc::ChannelArguments args;
  args.SetInt(GRPC_ARG_HTTP2_STREAM_LOOKAHEAD_BYTES, 1000000);
  const RecordedCall call(TransportKind::kLoopy, args);
  const auto frames = call.peer().Frames({kSettingsFrame, kWindowUpdateFrame});
  ASSERT_EQ(frames.size(), 2u);
  EXPECT_EQ(frames[0].type, kSettingsFrame);
  EXPECT_EQ(frames[1].stream_id, 0u);
  EXPECT_EQ(frames[1].payload,
            std::string("\x00\x0e\x42\x41", 4));  // 1,000,000 - 65,535
}

// Catches: ids that begin at 1 whatever the argument says.
TEST_P(SettingsArgumentsTest, InitialSequenceNumber) {
  args_.SetInt(GRPC_ARG_HTTP2_INITIAL_SEQUENCE_NUMBER, 1001);
  const RecordedCall call(GetParam(), args_);
  const ReceiveOnlyCall second(call.channel());
  EXPECT_TRUE(call.peer().Await(kHeadersFrame, 2, absl::Seconds(10)));
  const auto headers = call.peer().Frames({kHeadersFrame});
  EXPECT_EQ(headers.at(0).stream_id, 1001u);
  EXPECT_EQ(headers.at(1).stream_id, 1003u);
}

// Without a table, the second call's headers are spelled out again. Catches: an
// encoder that uses the peer's table size alone.
TEST_P(SettingsArgumentsTest, EncoderTableSize) {
  const auto sizes = [this] {
    const RecordedCall call(GetParam(), args_);
    const ReceiveOnlyCall second(call.channel());
    EXPECT_TRUE(call.peer().Await(kHeadersFrame, 2, absl::Seconds(10)));
    const auto headers = call.peer().Frames({kHeadersFrame});
    return std::make_pair(headers.at(0).payload.size(),
                          headers.at(1).payload.size());
  };
  const auto with_table = sizes();
  EXPECT_LT(with_table.second, with_table.first / 2);
  args_.SetInt(GRPC_ARG_HTTP2_HPACK_TABLE_SIZE_ENCODER, 0);
  const auto without = sizes();
  EXPECT_GT(without.second, without.first / 2);
}

// A response that needs more than a quarter of the window.
std::string LargeResponse() {
  const std::string prefix("\0\0\0\xea\x60", 5);  // 60,000 bytes follow
  const std::string part(16000, 'x');
  return RawPeer::Frame(kHeadersFrame, kEndHeadersFlag, 1, kOkGrpcHeaders) +
         RawPeer::Frame(kDataFrame, 0, 1, prefix + part) +
         RawPeer::Frame(kDataFrame, 0, 1, part) +
         RawPeer::Frame(kDataFrame, 0, 1, part);
}

// Catches: a BDP ping although the argument forbids it.
TEST_P(SettingsArgumentsTest, BdpProbe) {
  RecordingPeer::Options options;
  options.answer = LargeResponse();
  {
    const RecordedCall call(GetParam(), args_, options);
    EXPECT_TRUE(call.peer().Await(kPingFrame, 1, absl::Seconds(10)));
  }
  args_.SetInt(GRPC_ARG_HTTP2_BDP_PROBE, 0);
  const RecordedCall call(GetParam(), args_, options);
  EXPECT_TRUE(call.peer().Await(kWindowUpdateFrame, 1, absl::Seconds(10)));
  EXPECT_FALSE(call.peer().Await(kPingFrame, 1, absl::Milliseconds(500)));
}

// ---- The limits of metadata

// An answer that ends the call well, with a field of 18,000 bytes: more than
// either release takes by default.
std::string AnswerWithLargeMetadata() {
  const std::string large_field(
      "\x00\x05"
      "large"
      "\x7f\xd1\x8b\x01",  // 18,000 (RFC 7541 section 5.1)
      11);
  return RawPeer::Frame(kHeadersFrame, kEndStreamFlag, 1,
                        std::string(kOkGrpcHeaders) + std::string(kOkTrailers) +
                            large_field + std::string(9000, 'x')) +
         RawPeer::Frame(kContinuationFrame, kEndHeadersFlag, 1,
                        std::string(9000, 'x'));
}

class MetadataArgumentsTest : public SettingsArgumentsTest {
 protected:
  // Makes a call whose answer has that field. Returns the call's status code,
  // and the limit that the peer has got.
  std::pair<grpc::StatusCode, int64_t> Call() {
    RecordingPeer::Options options;
    options.answer = AnswerWithLargeMetadata();
    RecordedCall call(GetParam(), args_, std::move(options));
    const int64_t limit = call.Setting(kMaxHeaderListSize);
    return {call.AwaitEnd().error_code(), limit};
  }

  static constexpr grpc::StatusCode kTooLarge =
      grpc::StatusCode::RESOURCE_EXHAUSTED;
};

LOOPY_OVER_BOTH_RECORDED_TRANSPORTS(MetadataArgumentsTest);

// Catches: a limit that is not the argument's, in SETTINGS or for what arrives.
TEST_P(MetadataArgumentsTest, MaxMetadataSize) {
  EXPECT_EQ(Call().first, kTooLarge);
  args_.SetInt(GRPC_ARG_MAX_METADATA_SIZE, 40000);
  // In gRPC 1.83 the argument is a soft limit, with a hard one above it.
  EXPECT_EQ(Call(), std::make_pair(
                        grpc::StatusCode::OK,
                        int64_t{GRPC_CPP_VERSION_MINOR == 51 ? 40000 : 50000}));
}

#if GRPC_CPP_VERSION_MINOR != 51

// Catches: a hard limit that is not the argument's. gRPC 1.51 has none.
TEST_P(MetadataArgumentsTest, AbsoluteMaxMetadataSize) {
  args_.SetInt(GRPC_ARG_ABSOLUTE_MAX_METADATA_SIZE, 30000);
  EXPECT_EQ(Call(), std::make_pair(grpc::StatusCode::OK, int64_t{30000}));
  args_ = grpc::ChannelArguments();  // a second value would be ignored
  args_.SetInt(GRPC_ARG_ABSOLUTE_MAX_METADATA_SIZE, 17000);
  EXPECT_EQ(Call(), std::make_pair(kTooLarge, int64_t{17000}));
}

#endif

}  // namespace
}  // namespace loopy
