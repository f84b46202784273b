#include "transport/adapter/call/response_metadata.h"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "src/core/lib/iomgr/exec_ctx.h"
#include "tests/adapter/release_for_tests.h"
#include "transport/adapter/release.h"
#include "transport/hpack/header_list.h"

namespace loopy {
namespace {

using Fields = std::vector<std::pair<std::string, std::string>>;

class ResponseMetadataTest : public ::testing::Test {
 protected:
  ResponseMetadataTest()
      : allocator_(MakeMemoryAllocator()), arena_(MakeArena(&allocator_)) {}

  // Returns what a response of these fields becomes, as text.
  std::string Receive(const Fields& fields) {
    HeaderList headers;
    for (const auto& field : fields) headers.Add(field.first, field.second);
    grpc_metadata_batch batch = NewMetadataBatch(arena_.get());
    metadata_.Append(headers, &batch);
    EXPECT_TRUE(batch.get(grpc_core::GrpcStatusFromWire()).value_or(false));
    return Text(batch, fields);
  }

  // Does the same without a memory of earlier lists.
  std::string Parse(const Fields& fields) {
    HeaderList headers;
    for (const auto& field : fields) headers.Add(field.first, field.second);
    grpc_metadata_batch batch = NewMetadataBatch(arena_.get());
    HeadersToMetadata(headers, &batch);
    return Text(batch, fields);
  }

  // gRPC 1.83's own description hides values.
  static std::string Text(const grpc_metadata_batch& batch,
                          const Fields& fields) {
    std::string text = batch.DebugString();
    for (const auto& field : fields) {
      std::string buffer;
      absl::StrAppend(
          &text, "\n", field.first, ": ",
          batch.GetStringValue(field.first, &buffer).value_or("<nothing>"));
    }
    return text;
  }

  grpc_core::ExecCtx exec_ctx_;
  grpc_core::MemoryAllocator allocator_;
  ArenaHolder arena_;
  ResponseMetadata metadata_;
};

const Fields& Headers() {
  static const Fields* const headers = new Fields{
      {":status", "200"},
      {"content-type", "application/grpc"},
      {"grpc-accept-encoding", "identity, deflate, gzip"},
      {"x-name", "first"},
      {"x-name", "second, of a text that no slice holds inline"},
      {"x-raw-bin", "AAEC,AwQ"},
  };
  return *headers;
}

// Catches: a kept list that is moved into the first batch, or lacks a field.
TEST_F(ResponseMetadataTest, AListThatComesAgainBecomesTheSame) {
  const std::string parsed = Parse(Headers());
  EXPECT_NE(parsed.find("of a text that no slice holds"), std::string::npos);
  for (int i = 0; i < 5; ++i) EXPECT_EQ(Receive(Headers()), parsed);
}

TEST_F(ResponseMetadataTest, ValuesThatCannotBeParsedBecomeTheSame) {
  const Fields broken = {
      {"grpc-status", "x"}, {"grpc-encoding", "?"}, {"x-bin", "*"}};
  for (int i = 0; i < 3; ++i) EXPECT_EQ(Receive(broken), Parse(broken));
}

// Catches: a list that is found by its names, or its size, alone.
TEST_F(ResponseMetadataTest, ListsThatDifferInAValueAreOthers) {
  const Fields ok = {{"grpc-status", "0"}};
  const Fields cancelled = {{"grpc-status", "1"}};
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(Receive(ok), Parse(ok));
    EXPECT_EQ(Receive(ok), Parse(ok));
    EXPECT_EQ(Receive(cancelled), Parse(cancelled));
    EXPECT_EQ(Receive(cancelled), Parse(cancelled));
  }
}

// Catches: a replaced list that keeps the old one's fields.
TEST_F(ResponseMetadataTest, MoreListsThanAreKept) {
  for (int round = 0; round < 2; ++round) {
    for (size_t i = 0; i < 2 * ResponseMetadata::kKept; ++i) {
      const Fields fields = {{"x-number", absl::StrCat(i)}};
      for (int again = 0; again < 3; ++again) {
        EXPECT_EQ(Receive(fields), Parse(fields));
      }
    }
  }
}

TEST_F(ResponseMetadataTest, LargeLists) {
  const Fields large = {
      {"x-text", std::string(ResponseMetadata::kMaxSize, 'a')}};
  for (int i = 0; i < 3; ++i) EXPECT_EQ(Receive(large), Parse(large));
}

}  // namespace
}  // namespace loopy
