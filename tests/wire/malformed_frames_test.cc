// A FrameParser rejects frames that break RFC 9113.

#include <ostream>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/wire/frame_builder.h"
#include "tests/wire/recording_frame_handler.h"
#include "transport/wire/frame_parser.h"

namespace loopy {
namespace {

using ::testing::HasSubstr;

struct Malformed {
  const char* name;
  FrameBuilder bytes;
  Http2ErrorCode code;
  const char* text;
};

void PrintTo(const Malformed& malformed, std::ostream* out) {
  *out << malformed.name;
}

class MalformedTest : public testing::TestWithParam<Malformed> {};

// Each frame ends the connection, however it is cut. The PING after it is not
// seen.
TEST_P(MalformedTest, EndsTheConnection) {
  const Malformed& malformed = GetParam();
  FrameBuilder builder = malformed.bytes;
  const std::string bytes = builder.Ping(99).str();
  for (const std::vector<size_t>& cuts : EverySplit(bytes.size())) {
    const ParseResult result = ParsePieces(CutInto(bytes, cuts));
    ASSERT_EQ(result.error.scope(), Http2Error::Scope::kConnection);
    ASSERT_EQ(result.error.code(), malformed.code) << result.error.ToString();
    ASSERT_THAT(result.error.text(), HasSubstr(malformed.text));
    for (const std::string& event : result.events) {
      ASSERT_FALSE(absl::StartsWith(event, "PING")) << event;
    }
  }
}

constexpr auto kProtocol = Http2ErrorCode::kProtocolError;
constexpr auto kFrameSize = Http2ErrorCode::kFrameSizeError;

INSTANTIATE_TEST_SUITE_P(
    Stream, MalformedTest,
    testing::Values(
        Malformed{"DataWithout", FrameBuilder().Data(0, "x"), kProtocol,
                  "DATA frame without a stream"},
        Malformed{"HeadersWithout", FrameBuilder().Headers(0, "x"), kProtocol,
                  "HEADERS frame without a stream"},
        Malformed{"PriorityWithout", FrameBuilder().Priority(0), kProtocol,
                  "PRIORITY frame without a stream"},
        Malformed{"RstStreamWithout",
                  FrameBuilder().RstStream(0, Http2ErrorCode::kCancel),
                  kProtocol, "RST_STREAM frame without a stream"},
        Malformed{"PushPromiseWithout", FrameBuilder().PushPromise(0, 2, ""),
                  kProtocol, "PUSH_PROMISE frame without a stream"},
        Malformed{"SettingsWith",
                  FrameBuilder().Frame(FrameType::kSettings, 0, 1, ""),
                  kProtocol, "SETTINGS frame of stream 1"},
        Malformed{"PingWith",
                  FrameBuilder().Frame(FrameType::kPing, 0, 3, "12345678"),
                  kProtocol, "PING frame of stream 3"},
        Malformed{"GoAwayWith",
                  FrameBuilder().Frame(FrameType::kGoAway, 0, 5, "12345678"),
                  kProtocol, "GOAWAY frame of stream 5"}),
    [](const auto& info) { return info.param.name; });

INSTANTIATE_TEST_SUITE_P(
    Size, MalformedTest,
    testing::Values(
        Malformed{"AboveTheLimit",
                  FrameBuilder().Header(16385, FrameType::kData, 0, 1),
                  kFrameSize, "exceeds our limit of 16384"},
        Malformed{
            "UnknownAboveTheLimit",
            FrameBuilder().Settings({}).Header(16385, FrameType{0xfa}, 0, 1),
            kFrameSize, "exceeds our limit of 16384"},
        Malformed{"RstStream",
                  FrameBuilder().Frame(FrameType::kRstStream, 0, 1, "123"),
                  kFrameSize, "RST_STREAM frame of 3 bytes"},
        Malformed{"Settings",
                  FrameBuilder().Frame(FrameType::kSettings, 0, 0, "1234567"),
                  kFrameSize, "SETTINGS frame of 7 bytes"},
        Malformed{"SettingsAck",
                  FrameBuilder().Frame(FrameType::kSettings, 1, 0, "123456"),
                  kFrameSize, "SETTINGS frame of 6 bytes"},
        Malformed{"Ping",
                  FrameBuilder().Frame(FrameType::kPing, 0, 0, "123456789"),
                  kFrameSize, "PING frame of 9 bytes"},
        Malformed{"GoAway",
                  FrameBuilder().Frame(FrameType::kGoAway, 0, 0, "1234567"),
                  kFrameSize, "GOAWAY frame of 7 bytes"},
        Malformed{"WindowUpdate",
                  FrameBuilder().Frame(FrameType::kWindowUpdate, 0, 1, "12345"),
                  kFrameSize, "WINDOW_UPDATE frame of 5 bytes"},
        Malformed{"DataWithoutPadLength",
                  FrameBuilder().Frame(FrameType::kData, 0x8, 1, ""),
                  kFrameSize, "DATA frame of 0 bytes"},
        Malformed{"HeadersWithoutPriority",
                  FrameBuilder().Frame(FrameType::kHeaders, 0x2c, 1, "12345"),
                  kFrameSize, "HEADERS frame of 5 bytes"},
        Malformed{"PushPromiseWithoutStream",
                  FrameBuilder().Frame(FrameType::kPushPromise, 0x4, 1, "123"),
                  kFrameSize, "PUSH_PROMISE frame of 3 bytes"}),
    [](const auto& info) { return info.param.name; });

INSTANTIATE_TEST_SUITE_P(
    Content, MalformedTest,
    testing::Values(
        Malformed{"DataPadding",
                  FrameBuilder().Frame(FrameType::kData, 0x8, 1, "\x04xxx"),
                  kProtocol, "more padding than payload"},
        Malformed{"HeadersPadding",
                  FrameBuilder().Frame(FrameType::kHeaders, 0x2c, 1,
                                       "\x01"
                                       "12345"),
                  kProtocol, "more padding than payload"},
        Malformed{"PushPromisePadding",
                  FrameBuilder().Frame(FrameType::kPushPromise, 0xc, 1,
                                       "\x03"
                                       "1234ab"),
                  kProtocol, "more padding than payload"},
        Malformed{"WindowUpdateOfTheConnection",
                  FrameBuilder().WindowUpdate(0, 0), kProtocol, "increment 0"},
        Malformed{"WindowUpdateOfReservedBit",
                  FrameBuilder().WindowUpdate(0, 0x80000000), kProtocol,
                  "increment 0"}),
    [](const auto& info) { return info.param.name; });

// These fail if CheckContinuation accepts the frame (RFC 9113 sections 6.2,
// 6.10).
INSTANTIATE_TEST_SUITE_P(
    HeaderBlock, MalformedTest,
    testing::Values(
        Malformed{"ContinuationOutside", FrameBuilder().Continuation(1, "x"),
                  kProtocol, "without a header block"},
        Malformed{"ContinuationAfterTheEnd",
                  FrameBuilder().Headers(1, "x").Continuation(1, "x"),
                  kProtocol, "without a header block"},
        Malformed{"OtherStream",
                  FrameBuilder()
                      .Headers(1, "x", false, /*end_headers=*/false)
                      .Continuation(3, "x"),
                  kProtocol, "of stream 3 inside the header block of stream 1"},
        Malformed{"DataInside",
                  FrameBuilder()
                      .Headers(1, "x", false, /*end_headers=*/false)
                      .Data(1, "x"),
                  kProtocol, "DATA frame of stream 1 inside"},
        Malformed{"HeadersInside",
                  FrameBuilder()
                      .Headers(1, "x", false, /*end_headers=*/false)
                      .Headers(1, "x"),
                  kProtocol, "HEADERS frame of stream 1 inside"},
        Malformed{"UnknownInside",
                  FrameBuilder()
                      .Headers(1, "x", false, /*end_headers=*/false)
                      .Unknown(0xfa, 0, 1, "x"),
                  kProtocol, "UNKNOWN(0xfa) frame of stream 1 inside"},
        Malformed{"ErrorOfAStreamInside",
                  FrameBuilder()
                      .Headers(1, "x", false, /*end_headers=*/false)
                      .Frame(FrameType::kPriority, 0, 1, "123"),
                  kProtocol, "PRIORITY frame of stream 1 inside"},
        Malformed{"PushPromiseInside",
                  FrameBuilder()
                      .PushPromise(1, 2, "x", /*end_headers=*/false)
                      .Continuation(1, "x", /*end_headers=*/false)
                      .Settings({}),
                  kProtocol, "SETTINGS frame of stream 0 inside"}),
    [](const auto& info) { return info.param.name; });

INSTANTIATE_TEST_SUITE_P(
    NotHttp2, MalformedTest,
    testing::Values(
        Malformed{
            "Http11Response",
            FrameBuilder().Bytes("HTTP/1.1 400 Bad Request\r\n\r\n"), kProtocol,
            "the peer is not an HTTP/2 server: it began with \"HTTP/1.1 "},
        Malformed{
            "Http10Response", FrameBuilder().Bytes("HTTP/1.0 200\r\n"),
            kProtocol,
            "the peer is not an HTTP/2 server: it began with \"HTTP/1.0 "},
        Malformed{"Html", FrameBuilder().Bytes("<html>\n<body>"), kProtocol,
                  "it began with \"<html>\\n<b\""},
        Malformed{"TlsAlert",
                  FrameBuilder().Bytes("\x15\x03\x01\x00\x02\x02\x46"),
                  kFrameSize, "exceeds our limit"}),
    [](const auto& info) { return info.param.name; });

}  // namespace
}  // namespace loopy
