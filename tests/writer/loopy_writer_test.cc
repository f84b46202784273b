#include "transport/writer/loopy_writer.h"

#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "gtest/gtest.h"
#include "tests/wire/frame_builder.h"
#include "tests/writer/loopy_writer_fixture.h"
#include "transport/base/slice.h"

namespace loopy {
namespace {

using LoopyWriterTest = LoopyWriterFixture;
using Strings = std::vector<std::string>;

TEST_F(LoopyWriterTest, WritesNothingOfItself) {
  writer_.MaybeRun();
  EXPECT_FALSE(endpoint_->write_pending());
}

TEST_F(LoopyWriterTest, ThePrefaceGoesBeforeTheFirstFrame) {
  buffer_.Put(SendSettings{SettingsFrame{false, {{2, 0}}}, 0});
  EXPECT_EQ(ReadTexts(), (Strings{"SETTINGS"}));
  ASSERT_EQ(endpoint_->writes().size(), 1u) << "in one write";
  EXPECT_EQ(endpoint_->writes()[0].substr(0, 24), kConnectionPreface);
}

TEST_F(LoopyWriterTest, ACallIsOneWrite) {
  WriterStream* stream = Open();
  PutData(stream, "hello");
  PutData(stream, " world", /*end_stream=*/true);
  const std::vector<WrittenFrame> frames = ReadFrames();
  EXPECT_EQ(Describe(frames),
            (Strings{"HEADERS 1", "DATA 1, 11 bytes, END_STREAM"}));
  EXPECT_EQ(frames[0].headers.Find(":path"), "/stream/1");
  EXPECT_EQ(frames[1].payload, "hello world");
  EXPECT_EQ(endpoint_->writes().size(), 1u);
}

// Catches: quota that comes back only when a write has ended, which a peer that
// does not read puts off for ever.
TEST_F(LoopyWriterTest, TheQuotaComesBackWhenBytesLeaveTheQueue) {
  WriterStream* stream = NewStream(/*write_quota=*/1000);
  PutOpen(stream);
  PutData(stream, std::string(20000, 'x'));
  EXPECT_EQ(stream->accepted, 0);
  writer_.MaybeRun();
  EXPECT_TRUE(endpoint_->write_pending());
  EXPECT_EQ(stream->accepted, 1);
}

class LargeMessageTest : public LoopyWriterTest {
 protected:
  static constexpr uint32_t kSize = OutboundStream::kLargeMessage;

  void SetUp() override {
    buffer_.PutConnectionUpdateFromPeer(1 << 30);
    Settings settings;
    settings.initial_window_size = kSize - 1000;
    PutSettings(settings);
    DropFrames();
    stream_ = NewStream(/*write_quota=*/1000);
    PutOpen(stream_);
  }

  // All but what the window keeps back is in a write, or written.
  void PutMessage() {
    PutData(stream_, std::string(kSize, 'x'));
    writer_.MaybeRun();
    while (stream_->outbound()->queued().bytes > 1000) {
      EXPECT_TRUE(endpoint_->CompleteWrite());
    }
  }
  void Write() {
    while (endpoint_->CompleteWrite()) {
    }
  }
  void LetPeerTakeTheRest() {
    stream_->outbound()->OnWindowUpdate(kSize);
    writer_.MaybeRun();
  }

  WriterStream* stream_ = nullptr;
};

// Catches: a large message that is accepted while it is written, or while its
// last bytes hold its memory. The next one is then made beside it, and malloc
// gives the memory of both back to the system each time.
TEST_F(LargeMessageTest, IsAcceptedWhenAllOfItIsWritten) {
  PutMessage();
  EXPECT_EQ(message_waits_, 1) << "it is within the quota";
  Write();
  EXPECT_EQ(stream_->accepted, 0);
  LetPeerTakeTheRest();
  EXPECT_EQ(stream_->accepted, 0);
  Write();
  EXPECT_EQ(stream_->accepted, 1);
}

// Catches: a message that waits for a stuck write (contract, 1), or that is
// accepted a second time by the write's end.
TEST_F(LargeMessageTest, IsAcceptedOnceWhenItHasWaitedForLong) {
  PutMessage();
  EXPECT_TRUE(endpoint_->write_pending());
  writer_.AcceptMessages();
  EXPECT_EQ(stream_->accepted, 1);
  LetPeerTakeTheRest();
  Write();
  EXPECT_EQ(stream_->accepted, 1);
}

// Catches: a message that is forgotten when a write ends without its last
// bytes, and so waits for the peer's window for ever.
TEST_F(LargeMessageTest, IsAcceptedWithoutAWriteToo) {
  PutMessage();
  Write();
  EXPECT_EQ(stream_->accepted, 0);
  writer_.AcceptMessages();
  EXPECT_EQ(stream_->accepted, 1);
}

// Catches: a wait that is reported once for all, so that nothing bounds the
// next one; or for every message, a timer each.
TEST_F(LargeMessageTest, OneWaitIsReportedAtATime) {
  const auto send = [&] {
    PutMessage();
    LetPeerTakeTheRest();
    Write();
  };
  send();
  send();
  EXPECT_EQ(stream_->accepted, 2);
  EXPECT_EQ(message_waits_, 1);
  writer_.AcceptMessages();
  send();
  EXPECT_EQ(stream_->accepted, 3);
  EXPECT_EQ(message_waits_, 2);
}

// Catches: a stream that is kept until a stuck write ends (contract, 8).
TEST_F(LargeMessageTest, AStreamThatEndsIsNotKept) {
  PutMessage();
  PutClose(stream_, absl::nullopt);
  EXPECT_LE(stream_->outbound().use_count(), 3)
      << "the test's, the writer's, and a link in the buffer";
  writer_.AcceptMessages();
  EXPECT_EQ(stream_->accepted, 0);
}

TEST_F(LoopyWriterTest, WhatIsPutDuringAWriteGoesWithTheNext) {
  WriterStream* stream = Open();
  writer_.MaybeRun();
  PutData(stream, "one");
  writer_.MaybeRun();
  PutData(stream, "two");
  writer_.MaybeRun();
  EXPECT_EQ(Describe(TakeFrames()), Strings{"HEADERS 1"});
  EXPECT_TRUE(endpoint_->CompleteWrite());
  EXPECT_EQ(Describe(TakeFrames()), Strings{"DATA 1, 6 bytes"});
}

TEST_F(LoopyWriterTest, EndOfStreamWithoutDataIsAnEmptyFrame) {
  WriterStream* stream = Open();
  EXPECT_EQ(ReadTexts(), Strings{"HEADERS 1"});
  PutData(stream, "", /*end_stream=*/true);
  EXPECT_EQ(ReadTexts(), Strings{"DATA 1, 0 bytes, END_STREAM"});
}

TEST_F(LoopyWriterTest, AnEndThatWasPutBeforeTheStreamIsPartOfItsHeaders) {
  WriterStream* stream = NewStream();
  PutData(stream, "", /*end_stream=*/true);
  PutOpen(stream);
  EXPECT_EQ(ReadTexts(), Strings{"HEADERS 1, END_STREAM"});
}

TEST_F(LoopyWriterTest, DataThatWasPutBeforeTheStreamFollowsItsHeaders) {
  WriterStream* stream = NewStream();
  PutData(stream, "early");
  EXPECT_EQ(ReadTexts(), Strings{});
  PutOpen(stream);
  EXPECT_EQ(ReadTexts(), (Strings{"HEADERS 1", "DATA 1, 5 bytes"}));
}

TEST_F(LoopyWriterTest, AStreamThatEndedBeforeItWasWrittenNeverIs) {
  WriterStream* stream = Open();
  PutData(stream, "x");
  PutClose(stream, Http2ErrorCode::kCancel);
  EXPECT_EQ(ReadTexts(), Strings{}) << "the peer does not know it";
}

// Contract 8. Catches: calls that come and go while a write is stuck, and leave
// their streams, their bytes or links to them behind.
TEST_F(LoopyWriterTest, AStuckWriteKeepsNothingOfCallsThatEnd) {
  WriterStream* half_sent = Open();
  PutData(half_sent, std::string(1 << 20, 'x'));
  writer_.MaybeRun();
  ASSERT_TRUE(endpoint_->write_pending());
  for (int i = 0; i < 100; ++i) {
    WriterStream* stream = Open();
    PutData(stream, std::string(1000, 'y'), /*end_stream=*/true);
    writer_.MaybeRun();
    PutClose(stream, Http2ErrorCode::kCancel);
    writer_.MaybeRun();
    EXPECT_EQ(stream->outbound().use_count(), 1) << i;
  }
  PutClose(half_sent, Http2ErrorCode::kCancel);
  SliceBuffer left;
  EXPECT_EQ(half_sent->outbound()->TakeData(1 << 20, &left).size, 0u);
  TakeFrames();
  endpoint_->CompleteWrite();
  EXPECT_EQ(ReadTexts(), Strings{"RST_STREAM 1 CANCEL"});
}

TEST_F(LoopyWriterTest, AResetFollowsWhatWasWritten) {
  WriterStream* stream = Open();
  EXPECT_EQ(ReadTexts(), Strings{"HEADERS 1"});
  PutData(stream, "never written");
  PutClose(stream, Http2ErrorCode::kCancel);
  EXPECT_EQ(ReadTexts(), Strings{"RST_STREAM 1 CANCEL"});
  PutData(stream, "too late");
  PutClose(stream, Http2ErrorCode::kCancel);
  EXPECT_EQ(ReadTexts(), Strings{}) << "one RST_STREAM a stream";
}

TEST_F(LoopyWriterTest, NoErrorIsSentOnlyIfWeWereStillSending) {
  WriterStream* finished = Open();
  PutData(finished, "", /*end_stream=*/true);
  Open();
  DropFrames();
  PutClose(finished, Http2ErrorCode::kNoError, /*peer_ended=*/true);
  PutClose(streams_[1].get(), Http2ErrorCode::kNoError, /*peer_ended=*/true);
  EXPECT_EQ(ReadTexts(), Strings{"RST_STREAM 3 NO_ERROR"});
}

// A call that ends as it should costs the writer one visit. Catches: a stream
// that the writer keeps after END_STREAM, or that is linked again when the peer
// has ended it, too.
TEST_F(LoopyWriterTest, AStreamIsLetGoWhenItsEndIsWritten) {
  WriterStream* with_data = Open();
  PutData(with_data, "x", /*end_stream=*/true);
  WriterStream* without = Open();
  PutData(without, "", /*end_stream=*/true);
  WriterStream* end_later = Open();
  DropFrames();
  PutData(end_later, "", /*end_stream=*/true);
  DropFrames();
  for (const auto& stream : streams_) {
    EXPECT_EQ(stream->outbound().use_count(), 1) << stream->outbound()->id;
    PutClose(stream.get(), Http2ErrorCode::kNoError, /*peer_ended=*/true);
    EXPECT_EQ(stream->outbound().use_count(), 1) << stream->outbound()->id;
  }
}

// Catches: a reset that is lost because the writer has let go of the stream.
TEST_F(LoopyWriterTest, AStreamThatHasSentItsEndIsReset) {
  WriterStream* stream = Open();
  PutData(stream, "x", /*end_stream=*/true);
  DropFrames();
  PutClose(stream, Http2ErrorCode::kCancel);
  EXPECT_EQ(ReadTexts(), Strings{"RST_STREAM 1 CANCEL"});
}

// RFC 9113 section 5.1. Catches: RST_STREAM on a stream that is closed.
TEST_F(LoopyWriterTest, AStreamThatBothSidesEndedIsNotReset) {
  WriterStream* stream = Open();
  PutData(stream, "x", /*end_stream=*/true);
  WriterStream* answered_early = Open();
  DropFrames();
  PutClose(stream, Http2ErrorCode::kProtocolError, /*peer_ended=*/true);
  PutClose(answered_early, Http2ErrorCode::kProtocolError, /*peer_ended=*/true);
  EXPECT_EQ(ReadTexts(), Strings{"RST_STREAM 3 PROTOCOL_ERROR"});
}

TEST_F(LoopyWriterTest, AStreamThatThePeerEndedIsForgottenSilently) {
  WriterStream* stream = Open();
  DropFrames();
  PutClose(stream, absl::nullopt);
  EXPECT_EQ(ReadTexts(), Strings{});
  EXPECT_EQ(stream->outbound().use_count(), 1);
}

TEST_F(LoopyWriterTest, WindowUpdatesArePutTogether) {
  WriterStream* stream = Open();
  DropFrames();
  stream->outbound()->PutWindowUpdate(5);
  buffer_.PutConnectionUpdate(7, /*enough=*/0);
  stream->outbound()->PutWindowUpdate(6);
  EXPECT_EQ(ReadTexts(),
            (Strings{"WINDOW_UPDATE 0 +7", "WINDOW_UPDATE 1 +11"}));
  PutClose(stream, absl::nullopt);
  DropFrames();
  stream->outbound()->PutWindowUpdate(5);
  EXPECT_EQ(ReadTexts(), Strings{}) << "of a stream that is gone";
}

// Catches: what answers the peer's SETTINGS before our own (RFC 9113 section
// 3.4).
TEST_F(LoopyWriterTest, OurSettingsGoFirst) {
  PutSettings({});
  buffer_.PutConnectionUpdate(7, /*enough=*/0);
  buffer_.Put(SendSettings{SettingsFrame{false, {{2, 0}}}, 0});
  EXPECT_EQ(ReadTexts(),
            (Strings{"SETTINGS", "SETTINGS ACK", "WINDOW_UPDATE 0 +7"}));
}

TEST_F(LoopyWriterTest, AWindowUpdateGoesBeforeThePingThatMeasures) {
  Open();
  DropFrames();
  buffer_.Put(SendPing{42});
  buffer_.PutConnectionUpdate(7, /*enough=*/0);
  EXPECT_EQ(ReadTexts(), (Strings{"WINDOW_UPDATE 0 +7", "PING 42"}));
  EXPECT_EQ(pings_, std::vector<uint64_t>{42});
}

// Catches: a frame after which servers forgive PINGs and that is not reported;
// one of the others that is.
TEST_F(LoopyWriterTest, ReportsHeadersDataAndWindowUpdates) {
  buffer_.Put(SendPing{1});
  buffer_.PutPingAck(2);
  PutSettings(Settings());
  DropFrames();
  EXPECT_EQ(data_writes_, 0);
  buffer_.PutConnectionUpdate(7, /*enough=*/0);
  DropFrames();
  EXPECT_EQ(data_writes_, 1);
  WriterStream* stream = Open();
  DropFrames();
  EXPECT_EQ(data_writes_, 2);
  PutData(stream, "x");
  DropFrames();
  EXPECT_EQ(data_writes_, 3);
  buffer_.Put(SendPing{3});
  DropFrames();
  EXPECT_EQ(data_writes_, 3);
}

TEST_F(LoopyWriterTest, PingsAndSettingsAreAcknowledged) {
  buffer_.PutPingAck(8);
  buffer_.PutPingAck(9);
  PutSettings(Settings());
  PutSettings(Settings());
  EXPECT_EQ(ReadTexts(), (Strings{"SETTINGS ACK", "SETTINGS ACK", "PING ACK 8",
                                  "PING ACK 9"}));
}

TEST_F(LoopyWriterTest, AStreamThatItHasForgottenCanBeReset) {
  buffer_.PutReset(5, Http2ErrorCode::kStreamClosed);
  EXPECT_EQ(ReadTexts(), Strings{"RST_STREAM 5 STREAM_CLOSED"});
}

TEST_F(LoopyWriterTest, HeadersRespectThePeersFrameSize) {
  WriterStream* stream = NewStream();
  for (const char* name : {"a", "b", "c", "d"}) {
    stream->outbound()->request_headers.Add(name, std::string(30000, '?'));
  }
  PutOpen(stream);
  EXPECT_EQ(ReadTexts(), Strings{"HEADERS 1"})
      << "WrittenFrames checks the size";
}

// Catches: a size that counts the headers of frames, the bytes of fields before
// HPACK has coded them, or the first frame alone.
TEST_F(LoopyWriterTest, TheSizeOfAHeaderBlockIsKept) {
  Open();
  DropFrames();  // the preface
  WriterStream* stream = NewStream();
  EXPECT_EQ(stream->outbound()->header_bytes.load(), 0u);
  stream->outbound()->request_headers.Add("a", std::string(30000, '?'));
  PutOpen(stream);
  DropFrames();
  constexpr size_t kFrames = 2;  // HEADERS and CONTINUATION
  EXPECT_EQ(stream->outbound()->header_bytes.load(),
            endpoint_->writes().back().size() - kFrames * kFrameHeaderSize);
}

TEST_F(LoopyWriterTest, TheHeaderTableFollowsThePeer) {
  const auto encoded_size = [this] {
    WriterStream* stream = NewStream();
    stream->outbound()->request_headers.Add("repeated", std::string(100, 'v'));
    PutOpen(stream);
    DropFrames();
    return endpoint_->writes().back().size();
  };
  encoded_size();
  EXPECT_LT(encoded_size(), 60u) << "indexed";
  Settings settings;
  settings.header_table_size = 0;
  PutSettings(settings);
  encoded_size();
  EXPECT_GT(encoded_size(), 80u) << "there is no table";
}

// ---- The end

// Catches: frames of items that were put before or after the GOAWAY was taken.
TEST_F(LoopyWriterTest, NothingFollowsGoAway) {
  WriterStream* stream = Open();
  DropFrames();
  PutData(stream, std::string(40000, 'x'));
  buffer_.Put(SendGoAway{Http2ErrorCode::kNoError, "bye"});
  Open();
  buffer_.Put(SendPing{1});
  buffer_.PutPingAck(2);
  EXPECT_EQ(ReadTexts(), Strings{"GOAWAY 0 NO_ERROR: bye"});
  EXPECT_EQ(goaways_written_, 1);
  Open();
  buffer_.Put(SendPing{3});
  buffer_.PutConnectionUpdate(4, /*enough=*/0);
  EXPECT_EQ(ReadTexts(), Strings{});
  EXPECT_EQ(finished_, 0);
}

TEST_F(LoopyWriterTest, GoAwayIsWrittenOnlyWhenTheWriteEnds) {
  buffer_.Put(SendGoAway{Http2ErrorCode::kEnhanceYourCalm, "calm"});
  writer_.MaybeRun();
  EXPECT_EQ(goaways_written_, 0);
  EXPECT_TRUE(endpoint_->CompleteWrite());
  EXPECT_EQ(goaways_written_, 1);
  EXPECT_EQ(Describe(TakeFrames()),
            Strings{"GOAWAY 0 ENHANCE_YOUR_CALM: calm"});
}

TEST_F(LoopyWriterTest, AFailedWriteEndsEverything) {
  WriterStream* stream = Open();
  PutData(stream, std::string(100000, 'x'));
  writer_.MaybeRun();
  PutData(stream, "more");
  EXPECT_TRUE(endpoint_->FailWrite(absl::UnavailableError("broken pipe")));
  EXPECT_EQ(failures_,
            std::vector<absl::Status>{absl::UnavailableError("broken pipe")});
  EXPECT_EQ(stream->outbound().use_count(), 1);
  Open();
  buffer_.Put(SendGoAway{Http2ErrorCode::kNoError, "bye"});
  writer_.MaybeRun();
  EXPECT_FALSE(endpoint_->write_pending());
  EXPECT_EQ(goaways_written_, 0);
}

TEST_F(LoopyWriterTest, CloseConnectionWaitsForTheWriteOnly) {
  WriterStream* stream = Open();
  PutData(stream, std::string(100000, 'x'));
  writer_.MaybeRun();
  buffer_.Put(CloseConnection{});
  writer_.MaybeRun();
  EXPECT_EQ(finished_, 0) << "a write is under way";
  EXPECT_TRUE(endpoint_->CompleteWrite());
  EXPECT_EQ(finished_, 1);
  EXPECT_FALSE(endpoint_->write_pending());
}

// Fails if the writer keeps what a frame leaves of its payload: an empty slice
// holds memory of the application.
TEST_F(LoopyWriterTest, KeepsNoEmptySliceBehindAMessage) {
  WriterStream* stream = Open();
  bool released = false;
  SliceBuffer data(Slice::FromCopy("message"));
  data.Append(HeapSlice("", &released));
  stream->outbound()->PutMessage(std::move(data), /*end_stream=*/false,
                                 /*buffer_hint=*/false);
  DropFrames();
  EXPECT_TRUE(released);
}

// Catches: a CloseConnection that is dropped with what else came after the
// GOAWAY: the connection would never be released.
TEST_F(LoopyWriterTest, CloseConnectionMayComeWithTheGoAway) {
  buffer_.Put(SendPing{1});
  writer_.MaybeRun();
  buffer_.Put(SendGoAway{Http2ErrorCode::kNoError, "bye"});
  buffer_.Put(CloseConnection{});
  EXPECT_TRUE(endpoint_->CompleteWrite());
  EXPECT_EQ(finished_, 1);
  EXPECT_EQ(goaways_written_, 0) << "there is nowhere to write to";
  EXPECT_FALSE(endpoint_->write_pending());
}

// Catches: items that nobody takes out of the buffer any more. They hold their
// streams, which hold the connection, which holds the buffer.
TEST_F(LoopyWriterTest, ItemsThatComeAfterTheEndAreDropped) {
  buffer_.Put(CloseConnection{});
  buffer_.Put(SendPing{1});
  writer_.MaybeRun();
  EXPECT_EQ(finished_, 1);
  WriterStream* stream = Open();
  PutClose(stream, Http2ErrorCode::kCancel);
  stream->outbound()->PutWindowUpdate(1);
  writer_.MaybeRun();
  EXPECT_EQ(stream->outbound().use_count(), 1);
  EXPECT_EQ(finished_, 1) << "reported once";
  EXPECT_TRUE(endpoint_->writes().empty());
}

}  // namespace
}  // namespace loopy
