#include "transport/wire/frame.h"

#include <string>
#include <utility>

#include "gtest/gtest.h"

namespace loopy {
namespace {

TEST(FrameTest, UnknownTypesHaveANumber) {
  EXPECT_EQ(FrameTypeName(FrameType::kWindowUpdate), "WINDOW_UPDATE");
  EXPECT_EQ(FrameTypeName(FrameType{0x17}), "UNKNOWN(0x17)");
}

// A trace stays one short line, whatever the peer sends.
TEST(FrameTest, DebugDataIsEscapedAndCut) {
  GoAwayFrame frame;
  frame.debug_data = "a\n\"" + std::string(4000, '\x01');
  const std::string text = DescribeFrame(std::move(frame));
  EXPECT_EQ(text.substr(0, 42),
            "GOAWAY last stream 0, NO_ERROR, \"a\\n\\\"\\x01");
  EXPECT_LT(text.size(), 600u);
}

TEST(FrameTest, LongSettingsAreCut) {
  SettingsFrame frame;
  for (uint16_t i = 0; i < 2000; ++i) frame.settings.push_back({i, i});
  EXPECT_EQ(DescribeFrame(frame),
            "SETTINGS 0x0=0 0x1=1 0x2=2 0x3=3 0x4=4 0x5=5 0x6=6 0x7=7 and 1992 "
            "more");
}

}  // namespace
}  // namespace loopy
