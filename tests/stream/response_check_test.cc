#include "transport/stream/response_check.h"

#include <string>
#include <utility>

#include "absl/status/status.h"
#include "gtest/gtest.h"

namespace loopy {
namespace {

using absl::StatusCode;

HeaderList List(std::initializer_list<std::pair<const char*, std::string>> f) {
  HeaderList list;
  for (const auto& [name, value] : f) list.Add(name, value);
  return list;
}

ResponseKind KindOf(const std::string& content_type) {
  return CheckResponseHeaders(
             List({{":status", "200"}, {"content-type", content_type}}))
      .kind;
}

TEST(ResponseCheckTest, KnowsGrpcsContentTypes) {
  for (const char* type :
       {"application/grpc", "application/grpc+proto", "application/grpc;x=y",
        "APPLICATION/GRPC", "application/grpc+"}) {
    EXPECT_EQ(KindOf(type), ResponseKind::kGrpc) << type;
  }
  for (const char* type : {"", "text/html", "application/grpc-web",
                           "application/grp", "application/grpcx"}) {
    EXPECT_EQ(KindOf(type), ResponseKind::kNotGrpc) << type;
  }
}

TEST(ResponseCheckTest, AStatusOrAPlain200CountsAsGrpc) {
  EXPECT_EQ(CheckResponseHeaders(List({{":status", "200"}})).kind,
            ResponseKind::kGrpc);
  EXPECT_EQ(
      CheckResponseHeaders(List({{":status", "503"}, {"grpc-status", "14"}}))
          .kind,
      ResponseKind::kGrpc);
}

TEST(ResponseCheckTest, KnowsInformationalResponses) {
  for (const char* status : {"100", "103", "199"}) {
    EXPECT_EQ(CheckResponseHeaders(List({{":status", status}})).kind,
              ResponseKind::kInformational)
        << status;
  }
}

TEST(ResponseCheckTest, AStatusIsThreeDigits) {
  for (const char* status :
       {"", "2", "20", "2000", "abc", "099", "-20", "20x", "\xff\xff\xff"}) {
    const ResponseCheck check =
        CheckResponseHeaders(List({{":status", status}}));
    EXPECT_EQ(check.kind, ResponseKind::kMalformed) << status;
    EXPECT_EQ(check.status.code(), StatusCode::kInternal);
  }
  EXPECT_EQ(CheckResponseHeaders(List({{"grpc-status", "0"}})).kind,
            ResponseKind::kMalformed)
      << "none at all";
}

TEST(ResponseCheckTest, AnotherServersAnswerIsDescribed) {
  const ResponseCheck check = CheckResponseHeaders(
      List({{":status", "502"}, {"content-type", "text/html\n"}}));
  EXPECT_EQ(check.kind, ResponseKind::kNotGrpc);
  EXPECT_EQ(check.status.code(), StatusCode::kUnavailable);
  EXPECT_EQ(check.status.message(),
            "Received http2 header with status: 502, content-type: "
            "\"text/html\\n\"");
  EXPECT_EQ(CheckResponseHeaders(List({{":status", "500"}})).status.message(),
            "Received http2 header with status: 500, no content-type");
}

TEST(CheckTrailersTest, AStatusIsANumber) {
  for (const char* status : {"0", "16", "17", "4294967295"}) {
    EXPECT_TRUE(CheckTrailers(List({{"grpc-status", status}})).ok()) << status;
  }
  for (const char* status : {"", "x", "-1", "1.5", "4294967296", "\x01"}) {
    EXPECT_EQ(CheckTrailers(List({{"grpc-status", status}})).code(),
              StatusCode::kUnknown)
        << status;
  }
}

TEST(CheckTrailersTest, WithoutAStatusTheHttpStatusCounts) {
  EXPECT_EQ(CheckTrailers(List({})).code(), StatusCode::kUnknown);
  EXPECT_EQ(CheckTrailers(List({{":status", "200"}})).code(),
            StatusCode::kUnknown);
  EXPECT_EQ(CheckTrailers(List({{":status", "401"},
                                {"content-type", "application/grpc"}}))
                .code(),
            StatusCode::kUnauthenticated);
}

TEST(CheckTrailersTest, ALongStatusIsCut) {
  EXPECT_LT(CheckTrailers(List({{"grpc-status", std::string(100000, 'x')}}))
                .message()
                .size(),
            200u);
}

}  // namespace
}  // namespace loopy
