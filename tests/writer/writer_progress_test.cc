#include "transport/control/writer_progress.h"

#include <string>

#include "absl/time/time.h"
#include "gtest/gtest.h"
#include "tests/writer/loopy_writer_fixture.h"

// What the writer says of itself and of streams, for those who ask what a call
// waits for (contract, 9).

namespace loopy {
namespace {

class WriterProgressTest : public LoopyWriterFixture {
 protected:
  const WriterProgress& progress() { return writer_.progress(); }
  static const StreamProgress& Of(WriterStream* stream) {
    return stream->outbound()->progress;
  }
};

// Catches: a write that has ended and counts as under way, or the reverse.
TEST_F(WriterProgressTest, AWriteIsUnderWayUntilItEnds) {
  WriterStream* stream = Open();
  clock_.Advance(absl::Seconds(1));
  const absl::Time began = clock_.Now();
  writer_.MaybeRun();
  clock_.Advance(absl::Seconds(1));
  EXPECT_EQ(progress().write_begun, 1u);
  EXPECT_EQ(progress().write_ended, 0u);
  EXPECT_EQ(progress().write_began_at.Get(), began);
  EXPECT_EQ(progress().write_bytes, endpoint_->writes().back().size());
  EXPECT_EQ(Of(stream).last_write, 1u);
  EXPECT_EQ(Of(stream).last_frame_at.Get(), began);
  EXPECT_TRUE(endpoint_->CompleteWrite());
  EXPECT_EQ(progress().write_ended, 1u);
  TakeFrames();
}

// Catches: a time that is kept from one turn of the writer to the next.
TEST_F(WriterProgressTest, EachWriteHasItsTime) {
  WriterStream* stream = Open();
  DropFrames();
  clock_.Advance(absl::Seconds(5));
  PutData(stream, "x");
  DropFrames();
  EXPECT_EQ(progress().write_began_at.Get(), clock_.Now());
  EXPECT_EQ(Of(stream).last_frame_at.Get(), clock_.Now());
  EXPECT_EQ(Of(stream).last_write, 2u);
  clock_.Advance(absl::Seconds(5));
  PutData(stream, "", /*end_stream=*/true);
  DropFrames();
  EXPECT_EQ(Of(stream).last_write, 3u) << "END_STREAM alone";
}

// Catches: a window that is not noted as used up, or stays so.
TEST_F(WriterProgressTest, AStreamsWindowIsUsedUpUntilItIsOpened) {
  Settings settings;
  settings.initial_window_size = 10;
  PutSettings(settings);
  WriterStream* stream = Open();
  PutData(stream, "0123456789");
  DropFrames();
  EXPECT_FALSE(Of(stream).window_used_up_at.Get().has_value())
      << "nothing is kept back";
  clock_.Advance(absl::Seconds(1));
  const absl::Time since = clock_.Now();
  PutData(stream, "more");
  DropFrames();
  clock_.Advance(absl::Seconds(1));
  PutData(stream, "and more");
  DropFrames();
  EXPECT_EQ(Of(stream).window_used_up_at.Get(), since);
  stream->outbound()->OnWindowUpdate(100);
  DropFrames();
  EXPECT_FALSE(Of(stream).window_used_up_at.Get().has_value());
}

// Catches: SETTINGS that open the window, and nobody notes it.
TEST_F(WriterProgressTest, SettingsOpenAStreamsWindow) {
  Settings settings;
  settings.initial_window_size = 0;
  PutSettings(settings);
  WriterStream* stream = Open();
  PutData(stream, "0123456789");
  DropFrames();
  EXPECT_EQ(Of(stream).window_used_up_at.Get(), clock_.Now());
  settings.initial_window_size = 100;
  PutSettings(settings);
  DropFrames();
  EXPECT_FALSE(Of(stream).window_used_up_at.Get().has_value());
}

// Catches: a connection's window that is not noted as used up, or stays so; one
// that is used up for longer than it is; a full write taken for one.
TEST_F(WriterProgressTest, TheConnectionsWindowIsUsedUpUntilItIsOpened) {
  Settings settings;
  settings.initial_window_size = 1 << 20;
  PutSettings(settings);
  buffer_.PutConnectionUpdateFromPeer(200000);
  WriterStream* first = Open();
  WriterStream* second = Open();
  PutData(first, std::string(300000, 'x'));
  PutData(second, std::string(300000, 'x'));
  writer_.MaybeRun();
  EXPECT_FALSE(progress().window_used_up_at.Get().has_value())
      << "the write is full";
  DropFrames();
  EXPECT_EQ(progress().window_used_up_at.Get(), clock_.Now());
  EXPECT_FALSE(Of(second).window_used_up_at.Get().has_value());
  clock_.Advance(absl::Seconds(1));
  buffer_.PutConnectionUpdateFromPeer(1000);
  DropFrames();
  EXPECT_EQ(progress().window_used_up_at.Get(), clock_.Now()) << "again";
  buffer_.PutConnectionUpdateFromPeer(1000000);
  DropFrames();
  EXPECT_FALSE(progress().window_used_up_at.Get().has_value());
}

}  // namespace
}  // namespace loopy
