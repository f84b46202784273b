#include "transport/adapter/call/metadata.h"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "src/core/lib/iomgr/exec_ctx.h"
#include "src/core/lib/slice/percent_encoding.h"
#include "tests/adapter/release_for_tests.h"
#include "transport/adapter/release.h"

namespace loopy {
namespace {

using Fields = std::vector<std::pair<std::string, std::string>>;
using grpc_core::Slice;

class MetadataTest : public ::testing::Test {
 protected:
  MetadataTest()
      : allocator_(MakeMemoryAllocator()),
        arena_(MakeArena(&allocator_)),
        batch_(NewMetadataBatch(arena_.get())) {}

  void AddUnknown(const char* name, absl::string_view value) {
    batch_.Append(name, Slice::FromCopiedString(value),
                  [](absl::string_view, const Slice&) { FAIL(); });
  }

  Fields Sent() {
    HeaderList headers;
    MetadataToHeaders(batch_, &headers);
    Fields fields;
    for (const HeaderField field : headers) {
      fields.emplace_back(field.name, field.value);
    }
    return fields;
  }

  void Receive(const Fields& fields) {
    HeaderList headers;
    for (const auto& field : fields) headers.Add(field.first, field.second);
    HeadersToMetadata(headers, &batch_);
  }

  // Returns the values under `name`, joined with commas as gRPC joins them.
  std::string Received(absl::string_view name) {
    std::string buffer;
    return std::string(
        batch_.GetStringValue(name, &buffer).value_or("<nothing>"));
  }

  grpc_core::ExecCtx exec_ctx_;
  grpc_core::MemoryAllocator allocator_;
  ArenaHolder arena_;
  grpc_metadata_batch batch_;
};

// Breaks when a pseudo-header follows another field (RFC 9113 section 8.3).
TEST_F(MetadataTest, RequestHeadersHavePseudoHeadersFirst) {
  AddUnknown("custom", "value");
  batch_.Set(grpc_core::UserAgentMetadata(), Slice::FromStaticString("agent"));
  batch_.Set(grpc_core::TeMetadata(), grpc_core::TeMetadata::kTrailers);
  batch_.Set(grpc_core::ContentTypeMetadata(),
             grpc_core::ContentTypeMetadata::kApplicationGrpc);
  batch_.Set(grpc_core::GrpcEncodingMetadata(), GRPC_COMPRESS_GZIP);
  batch_.Set(grpc_core::GrpcAcceptEncodingMetadata(),
             grpc_core::CompressionAlgorithmSet{GRPC_COMPRESS_NONE,
                                                GRPC_COMPRESS_GZIP});
  batch_.Set(grpc_core::HttpMethodMetadata(),
             grpc_core::HttpMethodMetadata::kPost);
  batch_.Set(grpc_core::HttpSchemeMetadata(),
             grpc_core::HttpSchemeMetadata::kHttps);
  batch_.Set(grpc_core::HttpPathMetadata(), Slice::FromStaticString("/s/m"));
  batch_.Set(grpc_core::HttpAuthorityMetadata(),
             Slice::FromStaticString("host"));
  EXPECT_EQ(Sent(), (Fields{{":path", "/s/m"},
                            {":authority", "host"},
                            {":method", "POST"},
                            {":scheme", "https"},
                            {"content-type", "application/grpc"},
                            {"te", "trailers"},
                            {"grpc-encoding", "gzip"},
                            {"grpc-accept-encoding", "identity, gzip"},
                            {"user-agent", "agent"},
                            {"custom", "value"}}));
}

TEST_F(MetadataTest, ADeadlineIsSentAsTheTimeThatIsLeft) {
  batch_.Set(grpc_core::GrpcTimeoutMetadata(),
             grpc_core::Timestamp::Now() + grpc_core::Duration::Seconds(7));
  EXPECT_EQ(Sent(), (Fields{{"grpc-timeout", "7S"}}));
}

// Breaks when secrets go into the peer's dynamic table.
TEST_F(MetadataTest, WhatIsTheApplicationsIsNotIndexed) {
  AddUnknown("authorization", "Bearer secret");
  batch_.Set(grpc_core::HttpPathMetadata(), Slice::FromStaticString("/s/m"));
  batch_.Set(grpc_core::GrpcTimeoutMetadata(),
             grpc_core::Timestamp::Now() + grpc_core::Duration::Seconds(7));
  HeaderList headers;
  MetadataToHeaders(batch_, &headers);
  ASSERT_EQ(headers.size(), 3);
  for (const HeaderField field : headers) {
    EXPECT_EQ(field.never_index, field.name == "authorization") << field.name;
  }
}

// An interceptor may do this by mistake. gRPC's own encoders abort.
TEST_F(MetadataTest, ValuesThatHaveNoWireFormAreLeftOut) {
  batch_.Set(grpc_core::TeMetadata(), grpc_core::TeMetadata::kInvalid);
  batch_.Set(grpc_core::HttpMethodMetadata(),
             grpc_core::HttpMethodMetadata::kInvalid);
  batch_.Set(grpc_core::HttpSchemeMetadata(),
             grpc_core::HttpSchemeMetadata::kInvalid);
  batch_.Set(grpc_core::ContentTypeMetadata(),
             grpc_core::ContentTypeMetadata::kInvalid);
  batch_.Set(grpc_core::GrpcLbClientStatsMetadata(), nullptr);
  EXPECT_EQ(Sent(), Fields());
}

// Breaks when the base64 is padded or has the alphabet of URLs.
TEST_F(MetadataTest, BinaryValuesAreUnpaddedBase64) {
  AddUnknown("a-bin", "\xfb\xef\xff");
  AddUnknown("b-bin", "\xfb\xef");
  AddUnknown("c-bin", "\xfb");
  AddUnknown("d-bin", "");
  batch_.Set(grpc_core::GrpcTraceBinMetadata(),
             Slice::FromStaticString("\xfb\xef"));
  EXPECT_EQ(Sent(), (Fields{{"grpc-trace-bin", "++8"},
                            {"a-bin", "++//"},
                            {"b-bin", "++8"},
                            {"c-bin", "+w"},
                            {"d-bin", ""}}));
}

TEST_F(MetadataTest, BinaryValuesComePaddedOrNot) {
  Receive({{"a-bin", "++8="}, {"b-bin", "++8"}, {"c-bin", ""}});
  EXPECT_EQ(Received("a-bin"), "\xfb\xef");
  EXPECT_EQ(Received("b-bin"), "\xfb\xef");
  EXPECT_EQ(Received("c-bin"), "");
}

TEST_F(MetadataTest, EveryByteSurvivesARoundTrip) {
  std::string bytes;
  for (int i = 0; i < 256; ++i) bytes.push_back(static_cast<char>(i));
  for (size_t size = 0; size <= bytes.size(); ++size) {
    batch_.Clear();
    AddUnknown("a-bin", bytes.substr(bytes.size() - size));
    const Fields sent = Sent();
    batch_.Clear();
    Receive(sent);
    EXPECT_EQ(Received("a-bin"), bytes.substr(bytes.size() - size));
  }
}

// Breaks when only a whole value is decoded: then both parts are lost.
TEST_F(MetadataTest, JoinedBinaryValuesAreSeveral) {
  Receive({{"a-bin", "YQ==,Yg"}, {"a-bin", "Yw"}});
  EXPECT_EQ(Received("a-bin"), "a,b,c");
}

TEST_F(MetadataTest, ABrokenBinaryValueIsLeftOut) {
  Receive({{"a-bin", "!!"}, {"b-bin", "Yg,Y"}, {"c", "kept"}});
  EXPECT_EQ(Received("a-bin"), "<nothing>");
  EXPECT_EQ(Received("b-bin"), "b");
  EXPECT_EQ(Received("c"), "kept");
}

TEST_F(MetadataTest, ResponsesAreParsedByTheTraits) {
  Receive({{":status", "200"},
           {"content-type", "application/grpc+proto"},
           {"grpc-encoding", "deflate"},
           {"grpc-status", "7"},
           {"grpc-message", "no%20way"},
           {"grpc-retry-pushback-ms", "250"},
           {"x", "1"},
           {"x", "2"}});
  EXPECT_EQ(batch_.get(grpc_core::HttpStatusMetadata()), 200);
  EXPECT_EQ(batch_.get(grpc_core::ContentTypeMetadata()),
            grpc_core::ContentTypeMetadata::kApplicationGrpc);
  EXPECT_EQ(batch_.get(grpc_core::GrpcEncodingMetadata()),
            GRPC_COMPRESS_DEFLATE);
  EXPECT_EQ(batch_.get(grpc_core::GrpcStatusMetadata()),
            GRPC_STATUS_PERMISSION_DENIED);
  // The HTTP filter decodes it.
  EXPECT_EQ(Received("grpc-message"), "no%20way");
  EXPECT_EQ(batch_.get(grpc_core::GrpcRetryPushbackMsMetadata()),
            grpc_core::Duration::Milliseconds(250));
  EXPECT_EQ(Received("x"), "1,2");
  EXPECT_EQ(batch_.get(grpc_core::GrpcStatusFromWire()), true);
}

// The test sends every name that gRPC knows, with values that it does not
// (contract, 10). Breaks when request fields are let in: their traits abort
// when they are printed.
TEST_F(MetadataTest, NoValueOfThePeerCrashes) {
  const std::vector<std::string> names = {":path",
                                          ":authority",
                                          ":method",
                                          ":status",
                                          ":scheme",
                                          "content-type",
                                          "te",
                                          "grpc-encoding",
                                          "grpc-internal-encoding-request",
                                          "grpc-accept-encoding",
                                          "grpc-status",
                                          "grpc-timeout",
                                          "grpc-previous-rpc-attempts",
                                          "grpc-retry-pushback-ms",
                                          "user-agent",
                                          "grpc-message",
                                          "host",
                                          "endpoint-load-metrics-bin",
                                          "grpc-server-stats-bin",
                                          "grpc-trace-bin",
                                          "grpc-tags-bin",
                                          "grpclb_client_stats",
                                          "lb-cost-bin",
                                          "lb-token",
                                          "x",
                                          "x-bin",
                                          ""};
  const std::vector<std::string> values = {"",
                                           " ",
                                           "-1",
                                           "99999999999999999999",
                                           "0x10",
                                           "1 ",
                                           "%",
                                           "%zz",
                                           "\xff",
                                           std::string(1, '\0'),
                                           std::string(70000, 'a'),
                                           "YQ",
                                           "=",
                                           ",",
                                           ",,YQ="};
  for (const std::string& name : names) {
    for (const std::string& value : values) {
      batch_.Clear();
      Receive({{name, value}, {name, value}});
      batch_.DebugString();
      SUCCEED();
    }
  }
}

TEST_F(MetadataTest, AFakeStatusComesOutOfTheHttpFilterAsItWas) {
  const std::string text = "100%25 \xc3\xa9: closing transport";
  SetFakeStatus(absl::UnavailableError(text), &batch_);
  EXPECT_EQ(batch_.get(grpc_core::GrpcStatusMetadata()),
            GRPC_STATUS_UNAVAILABLE);
  Slice* const message = batch_.get_pointer(grpc_core::GrpcMessageMetadata());
  ASSERT_NE(message, nullptr);
  // The filter does the same.
  EXPECT_EQ(grpc_core::PermissivePercentDecodeSlice(std::move(*message)),
            absl::string_view(text));
}

TEST_F(MetadataTest, RetriesLearnHowFarTheRequestGot) {
  SetNetworkState(StreamEnd::Processed::kPossiblyProcessed, &batch_);
  EXPECT_FALSE(batch_.get(grpc_core::GrpcStreamNetworkState()).has_value());
  SetNetworkState(StreamEnd::Processed::kNotSeenByServer, &batch_);
  EXPECT_EQ(batch_.get(grpc_core::GrpcStreamNetworkState()),
            grpc_core::GrpcStreamNetworkState::kNotSeenByServer);
  SetNetworkState(StreamEnd::Processed::kNotSentOnWire, &batch_);
  EXPECT_EQ(batch_.get(grpc_core::GrpcStreamNetworkState()),
            grpc_core::GrpcStreamNetworkState::kNotSentOnWire);
}

}  // namespace
}  // namespace loopy
