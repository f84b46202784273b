#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "gtest/gtest.h"
#include "tests/writer/loopy_writer_fixture.h"
#include "transport/writer/write_sizer.h"

// The writer shares the connection by windows, turns and overtaking
// (contract, 6 and 7).

namespace loopy {
namespace {

using LoopyWriterFlowTest = LoopyWriterFixture;
using Strings = std::vector<std::string>;

constexpr uint32_t kMax = 0x7fffffff;

std::string Bytes(size_t n) { return std::string(n, 'x'); }

// Bytes of DATA a stream.
std::map<uint32_t, size_t> DataSizes(const std::vector<WrittenFrame>& frames) {
  std::map<uint32_t, size_t> sizes;
  for (const WrittenFrame& frame : frames) {
    if (frame.type == FrameType::kData) {
      sizes[frame.stream_id] += frame.payload.size();
    }
  }
  return sizes;
}

TEST_F(LoopyWriterFlowTest, AStreamStaysWithinItsWindow) {
  Settings settings;
  settings.initial_window_size = 10;
  PutSettings(settings);
  WriterStream* stream = Open();
  PutData(stream, Bytes(25), /*end_stream=*/true);
  EXPECT_EQ(ReadTexts(),
            (Strings{"SETTINGS ACK", "HEADERS 1", "DATA 1, 10 bytes"}));
  stream->outbound()->OnWindowUpdate(4);
  EXPECT_EQ(ReadTexts(), Strings{"DATA 1, 4 bytes"});
  stream->outbound()->OnWindowUpdate(100);
  EXPECT_EQ(ReadTexts(), Strings{"DATA 1, 11 bytes, END_STREAM"});
}

TEST_F(LoopyWriterFlowTest, AllStreamsStayWithinTheConnectionsWindow) {
  for (int i = 0; i < 3; ++i) PutData(Open(), Bytes(60000));
  size_t sum = 0;
  for (const auto& [id, size] : DataSizes(ReadFrames())) sum += size;
  EXPECT_EQ(sum, kDefaultWindow);
  buffer_.PutConnectionUpdateFromPeer(1000);
  sum = 0;
  for (const auto& [id, size] : DataSizes(ReadFrames())) sum += size;
  EXPECT_LE(sum, 1000u);
}

TEST_F(LoopyWriterFlowTest, ALoweredWindowMayBecomeNegative) {
  WriterStream* stream = Open();
  PutData(stream, Bytes(30000));
  DropFrames();
  Settings settings;
  settings.initial_window_size = 0;
  PutSettings(settings);
  PutData(stream, Bytes(10));
  EXPECT_EQ(ReadTexts(), Strings{"SETTINGS ACK"});
  stream->outbound()->OnWindowUpdate(30000);
  EXPECT_EQ(ReadTexts(), Strings{});
  stream->outbound()->OnWindowUpdate(1);
  EXPECT_EQ(ReadTexts(), Strings{"DATA 1, 1 bytes"});
  settings.initial_window_size = 5;
  PutSettings(settings);
  EXPECT_EQ(ReadTexts(), (Strings{"SETTINGS ACK", "DATA 1, 5 bytes"}));
}

TEST_F(LoopyWriterFlowTest, ALoweredWindowStopsAStreamThatHasItsTurn) {
  Settings settings;
  settings.initial_window_size = 1 << 20;
  PutSettings(settings);
  buffer_.PutConnectionUpdateFromPeer(1 << 20);
  PutData(Open(), Bytes(500000));
  writer_.MaybeRun();  // one write of it
  const size_t sent = DataSizes(TakeFrames())[1];
  EXPECT_EQ(sent, 2 * Endpoint::kInitialUnsentLimit);
  settings.initial_window_size = 10;
  PutSettings(settings);
  EXPECT_EQ(DataSizes(ReadFrames())[1], 0u);
}

TEST_F(LoopyWriterFlowTest, AStreamWindowThatOverflowsIsAStreamError) {
  WriterStream* stream = Open();
  DropFrames();
  stream->outbound()->OnWindowUpdate(kMax);
  stream->outbound()->OnWindowUpdate(kMax);
  DropFrames();
  ASSERT_EQ(errors_.size(), 1u);
  EXPECT_NE(errors_[0].find("FLOW_CONTROL_ERROR"), std::string::npos);
  EXPECT_NE(errors_[0].find("stream 1"), std::string::npos) << errors_[0];
}

TEST_F(LoopyWriterFlowTest, AConnectionWindowThatOverflowsIsAnError) {
  buffer_.PutConnectionUpdateFromPeer(kMax);
  DropFrames();
  ASSERT_EQ(errors_.size(), 1u);
  EXPECT_NE(errors_[0].find("connection error FLOW_CONTROL_ERROR"),
            std::string::npos)
      << errors_[0];
}

TEST_F(LoopyWriterFlowTest, SettingsThatOverflowAWindowAreAnError) {
  WriterStream* stream = Open();
  DropFrames();
  stream->outbound()->OnWindowUpdate(kMax - kDefaultWindow);
  DropFrames();
  Settings settings;
  settings.initial_window_size = 65536;
  PutSettings(settings);
  DropFrames();
  ASSERT_EQ(errors_.size(), 1u);
  EXPECT_NE(errors_[0].find("connection error FLOW_CONTROL_ERROR"),
            std::string::npos)
      << errors_[0];
}

// Updates of a peer that are within the rules at its pace are so when merged.
TEST_F(LoopyWriterFlowTest, MergedUpdatesAreNoOverflow) {
  WriterStream* stream = Open();
  PutData(stream, Bytes(60000));
  writer_.MaybeRun();
  Settings settings;
  settings.initial_window_size = 0;
  PutSettings(settings);
  stream->outbound()->OnWindowUpdate(kMax - 70000);
  settings.initial_window_size = kDefaultWindow;
  PutSettings(settings);
  DropFrames();
  EXPECT_EQ(errors_, Strings{});
}

// Catches: the size of a turn, which costs a stream that is alone a frame for
// every 16 KiB; and frames larger than the peer takes.
TEST_F(LoopyWriterFlowTest, AStreamThatIsAloneSendsFramesAsThePeerTakesThem) {
  Settings settings;
  settings.max_frame_size = 20000;
  PutSettings(settings);
  peer_.set_max_frame_size(20000);
  PutData(Open(), Bytes(50000));
  EXPECT_EQ(ReadTexts(),
            (Strings{"SETTINGS ACK", "HEADERS 1", "DATA 1, 20000 bytes",
                     "DATA 1, 20000 bytes", "DATA 1, 10000 bytes"}));
}

// Catches: frames of any size, which make a write as large.
TEST_F(LoopyWriterFlowTest, AFrameIsNotLargerThanAWrite) {
  Settings settings;
  settings.max_frame_size = kMaxMaxFrameSize;
  settings.initial_window_size = 16 << 20;
  PutSettings(settings);
  buffer_.PutConnectionUpdateFromPeer(1u << 30);
  PutData(Open(), Bytes(4 << 20));
  writer_.MaybeRun();
  for (int i = 0; i < 12; ++i) {  // the peer is slow
    clock_.Advance(absl::Milliseconds(10));
    endpoint_->CompleteWrite();
  }
  EXPECT_LE(endpoint_->writes().back().size(), 2 * WriteSizer::kMinUnsent + 9);
}

// Catches: a turn that lasts until the window is used up (chttp2's).
TEST_F(LoopyWriterFlowTest, StreamsTakeTurnsOfOneFrame) {
  Settings settings;
  settings.max_frame_size = 1000000;
  PutSettings(settings);
  buffer_.PutConnectionUpdateFromPeer(1000000);
  for (int i = 0; i < 3; ++i) PutData(Open(), Bytes(40000));
  std::vector<uint32_t> turns;
  for (const WrittenFrame& frame : ReadFrames()) {
    if (frame.type == FrameType::kData) turns.push_back(frame.stream_id);
  }
  EXPECT_EQ(turns, (std::vector<uint32_t>{1, 3, 5, 1, 3, 5, 1, 3, 5}));
}

// Break that it catches: the endpoint does not get the limit of the sizer.
TEST_F(LoopyWriterFlowTest, ASlowPeerGetsSmallWrites) {
  Settings settings;
  settings.initial_window_size = 16 << 20;
  PutSettings(settings);
  buffer_.PutConnectionUpdateFromPeer(1u << 30);
  PutData(Open(), Bytes(4 << 20));
  writer_.MaybeRun();
  for (int i = 0; i < 12; ++i) {
    clock_.Advance(absl::Milliseconds(10));
    endpoint_->CompleteWrite();
  }
  EXPECT_EQ(endpoint_->unsent_limit(), WriteSizer::kMinUnsent);
  EXPECT_LE(endpoint_->writes().back().size(),
            2 * WriteSizer::kMinUnsent + LoopyWriter::kMaxDataFrame);
}

// Catches: writes of several streams that are as long as those of one alone. If
// they get stuck they hold the messages of all these streams (contract, 8).
TEST_F(LoopyWriterFlowTest, AWriteOfSeveralStreamsIsNotOneOfTheLongest) {
  Settings settings;
  settings.initial_window_size = 16 << 20;
  PutSettings(settings);
  buffer_.PutConnectionUpdateFromPeer(1u << 30);
  for (int i = 0; i < 2; ++i) PutData(Open(), Bytes(8 << 20));
  DropFrames();
  for (const std::string& write : endpoint_->writes()) {
    EXPECT_LE(write.size(), WriteSizer::kLongWrite + WriteSizer::kSlack +
                                LoopyWriter::kMaxDataFrame + 1000);
  }
}

// Catches: small messages that are not noticed (bulk then goes on as if it were
// alone, and each of them waits behind 4 MiB), or for ever held against bulk.
TEST_F(LoopyWriterFlowTest, BulkGetsLittleAtATimeWhileSmallMessagesOvertake) {
  Settings settings;
  settings.initial_window_size = 1 << 30;
  PutSettings(settings);
  buffer_.PutConnectionUpdateFromPeer(1u << 30);
  WriterStream* bulk = Open();
  PutData(bulk, Bytes(16 << 20));
  DropFrames();
  EXPECT_EQ(endpoint_->unsent_limit(), WriteSizer::Alone().max_unsent);
  PutData(bulk, Bytes(8 << 20));
  writer_.MaybeRun();
  PutData(Open(), Bytes(100), /*end_stream=*/true);
  DropFrames();
  EXPECT_EQ(endpoint_->unsent_limit(), WriteSizer::Quick().max_unsent);
  clock_.Advance(WriteSizer::Calm());
  PutData(bulk, Bytes(16 << 20));
  DropFrames();
  EXPECT_EQ(endpoint_->unsent_limit(), WriteSizer::Alone().max_unsent);
}

// Catches: overtaking that is seen only if bulk waits in the writer, but not if
// all of it is in the kernel already.
TEST_F(LoopyWriterFlowTest, ASmallMessageBehindBulkCountsToo) {
  Settings settings;
  settings.initial_window_size = 1 << 30;
  PutSettings(settings);
  buffer_.PutConnectionUpdateFromPeer(1u << 30);
  WriterStream* bulk = Open();
  PutData(bulk, Bytes(32 << 20));
  DropFrames();
  EXPECT_EQ(endpoint_->unsent_limit(), WriteSizer::Alone().max_unsent);
  PutData(Open(), Bytes(100), /*end_stream=*/true);
  DropFrames();
  PutData(bulk, Bytes(100000));
  DropFrames();
  EXPECT_EQ(endpoint_->unsent_limit(), WriteSizer::Quick().max_unsent);
}

// Catches: items that queue behind data.
TEST_F(LoopyWriterFlowTest, ControlItemsOvertakeData) {
  WriterStream* bulk = Open();
  PutData(bulk, Bytes(kDefaultWindow));
  writer_.MaybeRun();
  TakeFrames();
  buffer_.PutPingAck(1);
  Open();
  PutClose(bulk, Http2ErrorCode::kCancel);
  EXPECT_EQ(ReadTexts(),
            (Strings{"HEADERS 3", "RST_STREAM 1 CANCEL", "PING ACK 1"}));
}

// Counts the bytes that go out between a small call's put and its last byte,
// beside `bulk` streams that have had their share.
class SmallCallTest : public LoopyWriterFixture,
                      public testing::WithParamInterface<int> {};

// Catches: a new stream that is put behind the old ones. With 64 of them it
// would wait for a MiB.
TEST_P(SmallCallTest, WaitsForOneWriteHoweverManyBulkStreams) {
  Settings settings;
  settings.initial_window_size = 16 << 20;
  PutSettings(settings);
  buffer_.PutConnectionUpdateFromPeer(1u << 30);
  for (int i = 0; i < GetParam(); ++i) PutData(Open(), Bytes(1 << 20));
  writer_.MaybeRun();
  // Each has used up its credit, and is in the old list.
  for (int i = 0; i < GetParam() * 4; ++i) endpoint_->CompleteWrite();
  TakeFrames();
  WriterStream* small = Open();
  PutData(small, Bytes(1000), /*end_stream=*/true);
  writer_.MaybeRun();
  EXPECT_TRUE(endpoint_->CompleteWrite());
  const std::vector<WrittenFrame> next = TakeFrames();
  ASSERT_GE(next.size(), 2u);
  EXPECT_EQ(next[0].ToString(),
            "HEADERS " + std::to_string(small->outbound()->id));
  EXPECT_EQ(next[1].stream_id, small->outbound()->id);
  EXPECT_TRUE(next[1].end_stream);
}

INSTANTIATE_TEST_SUITE_P(BulkStreams, SmallCallTest,
                         testing::Values(1, 4, 16, 64));

// Catches: old streams that may send while a byte of the window is left.
TEST_F(LoopyWriterFlowTest, BulkLeavesTheLastOfTheWindowToTheNew) {
  WriterStream* bulk = Open();
  // 64 KiB as a new stream, then some in the old list.
  buffer_.PutConnectionUpdateFromPeer(34001);  // of 99,536
  bulk->outbound()->OnWindowUpdate(0);
  Settings settings;
  settings.initial_window_size = 1 << 20;
  PutSettings(settings);
  PutData(bulk, Bytes(200000));
  const size_t sent = DataSizes(ReadFrames())[1];
  EXPECT_EQ(sent, 99536u - WindowReserve::kMax);
  WriterStream* small = Open();
  PutData(small, Bytes(16000), /*end_stream=*/true);
  EXPECT_EQ(ReadTexts(),
            (Strings{"HEADERS 3", "DATA 3, 16000 bytes, END_STREAM"}));
}

// Catches: bulk that waits for good for a peer which gives window back only
// when all of it is used.
TEST_F(LoopyWriterFlowTest, BulkUsesTheReserveOfAPeerThatGivesBackLate) {
  Settings settings;
  settings.initial_window_size = 1 << 20;
  PutSettings(settings);
  WriterStream* bulk = Open();
  buffer_.PutConnectionUpdateFromPeer(34465);  // 100,000 in all
  PutData(bulk, Bytes(1 << 20));
  EXPECT_EQ(DataSizes(ReadFrames())[1], 100000u - WindowReserve::kMax);
  EXPECT_EQ(held_back_, 1);
  buffer_.Put(ReleaseReserve{});
  EXPECT_EQ(DataSizes(ReadFrames())[1], WindowReserve::kMax);
  buffer_.PutConnectionUpdateFromPeer(100000);
  EXPECT_EQ(DataSizes(ReadFrames())[1], 100000u) << "it is late for good";
  EXPECT_EQ(held_back_, 1);
}

TEST_F(LoopyWriterFlowTest, TheReserveIsKeptForAPeerThatGivesBackEarly) {
  Settings settings;
  settings.initial_window_size = 1 << 20;
  PutSettings(settings);
  WriterStream* bulk = Open();
  buffer_.PutConnectionUpdateFromPeer(34465);
  PutData(bulk, Bytes(1 << 20));
  DropFrames();
  buffer_.PutConnectionUpdateFromPeer(10000);  // meanwhile
  buffer_.Put(ReleaseReserve{});
  EXPECT_EQ(DataSizes(ReadFrames())[1], 10000u);
  EXPECT_EQ(held_back_, 2) << "it is held back again";
}

// A peer with a small window gives a quarter of it up, no more.
TEST_F(LoopyWriterFlowTest, TheReserveIsAQuarterOfASmallWindow) {
  WriterStream* bulk = Open();
  PutData(bulk, Bytes(200000));
  Settings settings;
  settings.initial_window_size = 1 << 20;
  PutSettings(settings);
  EXPECT_EQ(DataSizes(ReadFrames())[1], kDefaultWindow)
      << "it is new at its start";
  buffer_.PutConnectionUpdateFromPeer(1);
  EXPECT_EQ(DataSizes(ReadFrames())[1], 1u) << "the last of its credit";
  buffer_.PutConnectionUpdateFromPeer(30000);
  EXPECT_EQ(DataSizes(ReadFrames())[1], 30000u - kDefaultWindow / 4);
}

// Catches: new streams that are always served first (an old one then waits as
// long as calls come).
TEST_F(LoopyWriterFlowTest, SmallCallsCannotStarveABulkStream) {
  Settings settings;
  settings.initial_window_size = 1 << 30;
  PutSettings(settings);
  buffer_.PutConnectionUpdateFromPeer(1u << 30);
  WriterStream* bulk = Open();
  PutData(bulk, Bytes(64 << 20));
  writer_.MaybeRun();
  // Until writes are as large as they get: here they take no time.
  for (int i = 0; i < 12; ++i) endpoint_->CompleteWrite();
  TakeFrames();
  constexpr size_t kFrame = LoopyWriter::kMaxDataFrame;
  constexpr size_t kFramesPerWrite =
      (WriteSizer::kLongWrite + WriteSizer::kSlack) / kFrame;
  constexpr size_t kRounds = 30;
  size_t bulk_bytes = 0;
  size_t others = 0;
  for (size_t round = 0; round < kRounds; ++round) {
    for (size_t i = 0; i < 2 * kFramesPerWrite; ++i) {  // more than can go
      PutData(Open(), Bytes(kFrame), /*end_stream=*/true);
    }
    EXPECT_TRUE(endpoint_->CompleteWrite());
    for (const auto& [id, size] : DataSizes(TakeFrames())) {
      (id == 1 ? bulk_bytes : others) += size;
    }
  }
  EXPECT_EQ(bulk_bytes + others, kRounds * kFramesPerWrite * kFrame);
  EXPECT_GE(
      bulk_bytes / kFrame,
      kRounds * kFramesPerWrite / (StreamScheduler::kNewTurnsPerOldTurn + 1));
}

}  // namespace
}  // namespace loopy
