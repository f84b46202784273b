#include "transport/connection/goaway.h"

#include <string>

#include "gtest/gtest.h"

namespace loopy {
namespace {

GoAwayFrame Frame(uint32_t id, Http2ErrorCode code = Http2ErrorCode::kNoError,
                  std::string debug_data = "") {
  GoAwayFrame frame;
  frame.last_stream_id = id;
  frame.code = code;
  frame.debug_data = std::move(debug_data);
  return frame;
}

TEST(GoAwayTest, KnowsNothingAtFirst) {
  const GoAway goaway;
  EXPECT_FALSE(goaway.received());
  EXPECT_EQ(goaway.reason(), "");
  EXPECT_FALSE(goaway.too_many_pings());
}

TEST(GoAwayTest, TheIdMayFall) {
  GoAway goaway;
  for (const uint32_t id : {0x7fffffffu, 101u, 101u, 99u, 0u}) {
    EXPECT_TRUE(goaway.OnFrame(Frame(id)).ok()) << id;
    EXPECT_EQ(goaway.last_stream_id(), id);
  }
  EXPECT_TRUE(goaway.received());
}

TEST(GoAwayTest, TheIdMustNotRise) {
  GoAway goaway;
  EXPECT_TRUE(goaway.OnFrame(Frame(0)).ok());
  const Http2Error error = goaway.OnFrame(Frame(1));
  EXPECT_EQ(error.scope(), Http2Error::Scope::kConnection);
  EXPECT_EQ(error.code(), Http2ErrorCode::kProtocolError);
  EXPECT_EQ(goaway.last_stream_id(), 0u) << "the wrong one does not count";
}

TEST(GoAwayTest, TheIdMustBeAClients) {
  GoAway goaway;
  EXPECT_FALSE(goaway.OnFrame(Frame(2)).ok());
  EXPECT_FALSE(goaway.OnFrame(Frame(0x7ffffffe)).ok());
  EXPECT_FALSE(goaway.received());
}

TEST(GoAwayTest, TheReasonIsTheLastOnesAndPrintable) {
  GoAway goaway;
  EXPECT_TRUE(goaway.OnFrame(Frame(5)).ok());
  EXPECT_EQ(goaway.reason(), "code: NO_ERROR, debug data: \"\"");
  EXPECT_TRUE(
      goaway.OnFrame(Frame(5, Http2ErrorCode::kInternalError, "a\"\n\xff"))
          .ok());
  EXPECT_EQ(goaway.reason(),
            "code: INTERNAL_ERROR, debug data: \"a\\\"\\n\\xff\"");
}

TEST(GoAwayTest, TooManyPingsIsACodeAndAText) {
  GoAway goaway;
  EXPECT_TRUE(
      goaway.OnFrame(Frame(0, Http2ErrorCode::kNoError, "too_many_pings"))
          .ok());
  EXPECT_TRUE(
      goaway.OnFrame(Frame(0, Http2ErrorCode::kEnhanceYourCalm, "x")).ok());
  EXPECT_FALSE(goaway.too_many_pings());
  EXPECT_TRUE(
      goaway
          .OnFrame(Frame(0, Http2ErrorCode::kEnhanceYourCalm, "too_many_pings"))
          .ok());
  EXPECT_TRUE(goaway.too_many_pings());
  EXPECT_TRUE(goaway.OnFrame(Frame(0)).ok());
  EXPECT_TRUE(goaway.too_many_pings()) << "it has said so";
}

}  // namespace
}  // namespace loopy
