#include "transport/wire/settings.h"

#include <cstdint>
#include <initializer_list>

#include "gtest/gtest.h"

namespace loopy {
namespace {

SettingsFrame FrameOf(std::initializer_list<Setting> settings) {
  SettingsFrame frame;
  frame.settings.assign(settings.begin(), settings.end());
  return frame;
}

void ExpectEqual(const Settings& a, const Settings& b) {
  EXPECT_EQ(a.header_table_size, b.header_table_size);
  EXPECT_EQ(a.enable_push, b.enable_push);
  EXPECT_EQ(a.max_concurrent_streams, b.max_concurrent_streams);
  EXPECT_EQ(a.initial_window_size, b.initial_window_size);
  EXPECT_EQ(a.max_frame_size, b.max_frame_size);
  EXPECT_EQ(a.max_header_list_size, b.max_header_list_size);
  EXPECT_EQ(a.allow_true_binary_metadata, b.allow_true_binary_metadata);
}

TEST(SettingsTest, EachIdSetsItsField) {
  Settings settings;
  ASSERT_TRUE(settings
                  .Apply(FrameOf({{0x1, 1},
                                  {0x2, 0},
                                  {0x3, 3},
                                  {0x4, 4},
                                  {0x5, 50000},
                                  {0x6, 6},
                                  {0xfe03, 1}}))
                  .ok());
  EXPECT_EQ(settings.header_table_size, 1u);
  EXPECT_FALSE(settings.enable_push);
  EXPECT_EQ(settings.max_concurrent_streams, 3u);
  EXPECT_EQ(settings.initial_window_size, 4u);
  EXPECT_EQ(settings.max_frame_size, 50000u);
  EXPECT_EQ(settings.max_header_list_size, 6u);
  EXPECT_TRUE(settings.allow_true_binary_metadata);
}

TEST(SettingsTest, UnknownIdsAreIgnored) {
  Settings settings;
  EXPECT_TRUE(settings.Apply(FrameOf({{0x0, 9}, {0x8, 9}, {0xffff, 9}})).ok());
  ExpectEqual(settings, Settings());
}

TEST(SettingsTest, TheLastOfRepeatedSettingsHolds) {
  Settings settings;
  ASSERT_TRUE(settings.Apply(FrameOf({{0x4, 1}, {0x4, 2}})).ok());
  EXPECT_EQ(settings.initial_window_size, 2u);
}

TEST(SettingsTest, SettingsThatAFrameDoesNotHaveStay) {
  Settings settings;
  ASSERT_TRUE(settings.Apply(FrameOf({{0x3, 100}})).ok());
  ASSERT_TRUE(settings.Apply(FrameOf({{0x4, 2}})).ok());
  EXPECT_EQ(settings.max_concurrent_streams, 100u);
}

struct Bounds {
  uint16_t id;
  uint32_t lowest;
  uint32_t highest;
  Http2ErrorCode code;
};

// Fails if a bound is off by one (RFC 9113 section 6.5.2).
TEST(SettingsTest, ValuesOutsideTheirRangeEndTheConnection) {
  const Bounds all[] = {
      {0x2, 0, 1, Http2ErrorCode::kProtocolError},
      {0x4, 0, 0x7fffffff, Http2ErrorCode::kFlowControlError},
      {0x5, 16384, 16777215, Http2ErrorCode::kProtocolError},
  };
  for (const Bounds& bounds : all) {
    Settings settings;
    EXPECT_TRUE(settings.Apply(FrameOf({{bounds.id, bounds.lowest}})).ok());
    EXPECT_TRUE(settings.Apply(FrameOf({{bounds.id, bounds.highest}})).ok());
    for (const uint32_t value : {bounds.lowest - 1, bounds.highest + 1}) {
      const Http2Error error = settings.Apply(FrameOf({{bounds.id, value}}));
      EXPECT_EQ(error.scope(), Http2Error::Scope::kConnection) << value;
      EXPECT_EQ(error.code(), bounds.code) << value;
    }
  }
}

TEST(SettingsTest, AnErrorChangesNothing) {
  Settings settings;
  EXPECT_FALSE(settings.Apply(FrameOf({{0x3, 7}, {0x2, 2}, {0x1, 0}})).ok());
  ExpectEqual(settings, Settings());
}

TEST(SettingsTest, DefaultsAreNotWritten) {
  EXPECT_TRUE(Settings().ToFrame().settings.empty());
  EXPECT_FALSE(Settings().ToFrame().ack);
}

TEST(SettingsTest, ThePeerAppliesTheFrameOfToFrame) {
  Settings ours;
  ours.header_table_size = 0;
  ours.enable_push = false;
  ours.max_concurrent_streams = 0;
  ours.initial_window_size = 1 << 20;
  ours.max_frame_size = kMaxMaxFrameSize;
  ours.max_header_list_size = 16384;
  ours.allow_true_binary_metadata = true;
  Settings peers;
  ASSERT_TRUE(peers.Apply(ours.ToFrame()).ok());
  ExpectEqual(peers, ours);
}

}  // namespace
}  // namespace loopy
