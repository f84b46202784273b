#include "interop/client/unary_cases.h"

#include <grpcpp/client_context.h>

#include "interop/client/expect.h"
#include "interop/client/payloads.h"
#include "proto/grpc/testing/test.grpc.pb.h"

namespace loopy {
namespace interop {

using grpc::testing::TestService;

absl::Status EmptyUnary(const TestContext& test) {
  grpc::ClientContext context;
  SetCaseDeadline(&context);
  const grpc::testing::Empty request;
  grpc::testing::Empty response;
  LOOPY_RETURN_IF_ERROR(ExpectOk(TestService::NewStub(test.channel)
                                     ->EmptyCall(&context, request, &response),
                                 "the call"));
  return Expect(response.ByteSizeLong() == 0, "the response is empty");
}

absl::Status LargeUnary(const TestContext& test) {
  grpc::ClientContext context;
  SetCaseDeadline(&context);
  grpc::testing::SimpleResponse response;
  LOOPY_RETURN_IF_ERROR(
      ExpectOk(TestService::NewStub(test.channel)
                   ->UnaryCall(&context, LargeRequest(), &response),
               "the call"));
  return ExpectZeros(response.payload().body(), kLargeResponseSize,
                     "the response");
}

}  // namespace interop
}  // namespace loopy
