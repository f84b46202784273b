// Calls follow the service config and the channel: retries, deadlines, limits,
// waiting for a connection, compression, interceptors.

#include <grpcpp/grpcpp.h>
#include <grpcpp/support/client_interceptor.h>
#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <limits>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/notification.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "proto/grpc/testing/test.grpc.pb.h"
#include "tests/integration/programs/program_test.h"
#include "tests/integration/programs/test_server.h"

namespace loopy {
namespace {

using grpc::testing::SimpleRequest;
using grpc::testing::SimpleResponse;
using grpc::testing::StreamingOutputCallRequest;
using grpc::testing::StreamingOutputCallResponse;

class CallPoliciesTest : public ProgramTest {
 protected:
  // A server whose first calls end with UNAVAILABLE, and maybe a trailer.
  static TestServer::Options FailsFirst(int calls, std::string pushback = "") {
    auto left = std::make_shared<std::atomic<int>>(calls);
    TestServer::Options options;
    options.unary = [left, pushback](grpc::ServerContext* context,
                                     const SimpleRequest& request,
                                     SimpleResponse* response) {
      if (--*left < 0) {
        return TestServer::EchoUnary(context, request, response);
      }
      if (!pushback.empty()) {
        context->AddTrailingMetadata("grpc-retry-pushback-ms", pushback);
      }
      return grpc::Status(grpc::StatusCode::UNAVAILABLE, "not yet");
    };
    return options;
  }
  void UseMethodConfig(const std::string& config) {
    args_.SetServiceConfigJSON(
        absl::StrCat(R"({"methodConfig": [{"name": [{}], )", config, "}]}"));
  }
  void UseRetries() {
    UseMethodConfig(R"("retryPolicy": {
        "maxAttempts": 3, "initialBackoff": "0.01s", "maxBackoff": "0.02s",
        "backoffMultiplier": 2, "retryableStatusCodes": ["UNAVAILABLE"]})");
  }
};

// ---- Retries

TEST_P(CallPoliciesTest, ACallIsRetried) {
  const TestServer server(FailsFirst(2));
  UseRetries();
  grpc::ClientContext context;
  const grpc::Status status =
      Call(NewChannel(server.target()), std::string(100000, 'x'), &context);
  EXPECT_TRUE(status.ok()) << status.error_message();
  EXPECT_EQ(server.unary_calls(), 3);
}

TEST_P(CallPoliciesTest, ACallIsNotRetriedMoreThanItMayBe) {
  const TestServer server(FailsFirst(10));
  UseRetries();
  const grpc::Status status = Call(NewChannel(server.target()));
  EXPECT_EQ(status.error_code(), grpc::StatusCode::UNAVAILABLE);
  EXPECT_EQ(status.error_message(), "not yet");
  EXPECT_EQ(server.unary_calls(), 3);
}

TEST_P(CallPoliciesTest, TheServerSaysWhenToRetry) {
  const TestServer server(FailsFirst(1, "300"));
  UseRetries();
  const absl::Time begin = absl::Now();
  EXPECT_TRUE(Call(NewChannel(server.target())).ok());
  EXPECT_GE(absl::Now() - begin, absl::Milliseconds(300));
}

TEST_P(CallPoliciesTest, TheServerForbidsRetries) {
  const TestServer server(FailsFirst(1, "-1"));
  UseRetries();
  EXPECT_EQ(Call(NewChannel(server.target())).error_code(),
            grpc::StatusCode::UNAVAILABLE);
  EXPECT_EQ(server.unary_calls(), 1);
}

// gRPC C++ has no hedging, but the bound on an attempt that came with it.
TEST_P(CallPoliciesTest, AnAttemptThatTakesTooLongIsGivenUp) {
  std::atomic<int> attempts{0};
  TestServer::Options options;
  options.unary = [&attempts](grpc::ServerContext* context,
                              const SimpleRequest& request,
                              SimpleResponse* response) {
    if (attempts++ > 0) {
      return TestServer::EchoUnary(context, request, response);
    }
    const absl::Time bound = absl::Now() + absl::Seconds(10);
    while (!context->IsCancelled() && absl::Now() < bound) {
      absl::SleepFor(absl::Milliseconds(10));
    }
    return grpc::Status(grpc::StatusCode::ABORTED, "given up");
  };
  const TestServer server(options);
  args_.SetInt(GRPC_ARG_EXPERIMENTAL_ENABLE_HEDGING, 1);
  UseMethodConfig(R"("retryPolicy": {
      "maxAttempts": 2, "initialBackoff": "0.01s", "maxBackoff": "0.02s",
      "backoffMultiplier": 2, "perAttemptRecvTimeout": "0.3s",
      "retryableStatusCodes": ["UNAVAILABLE"]})");
  const grpc::Status status = Call(NewChannel(server.target()));
  EXPECT_TRUE(status.ok()) << status.error_message();
  EXPECT_EQ(attempts, 2);
}

TEST_P(CallPoliciesTest, AStreamIsRetriedWithAllItHasSent) {
  TestServer::Options options;
  options.failing_input_streams = 2;
  const TestServer server(options);
  UseRetries();
  grpc::ClientContext context;
  context.set_deadline(InSeconds(10));
  const auto stub =
      grpc::testing::TestService::NewStub(NewChannel(server.target()));
  grpc::testing::StreamingInputCallResponse response;
  const auto writer = stub->StreamingInputCall(&context, &response);
  grpc::testing::StreamingInputCallRequest request;
  request.mutable_payload()->set_body(std::string(10000, 'x'));
  for (int i = 0; i < 10; ++i) ASSERT_TRUE(writer->Write(request));
  ASSERT_TRUE(writer->WritesDone());
  EXPECT_TRUE(writer->Finish().ok());
  EXPECT_EQ(response.aggregated_payload_size(), 100000);
}

// ---- Waiting for a connection

TEST_P(CallPoliciesTest, ACallWaitsForAServer) {
  std::string target;
  TestServer::Options options;
  {
    const TestServer gone;
    target = gone.target();
  }
  args_.SetInt(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, 100);
  args_.SetInt(GRPC_ARG_MIN_RECONNECT_BACKOFF_MS, 100);
  args_.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, 100);
  const auto channel = NewChannel(target);
  EXPECT_EQ(Call(channel).error_code(), grpc::StatusCode::UNAVAILABLE);
  auto waits = std::async(std::launch::async, [&channel] {
    grpc::ClientContext context;
    context.set_wait_for_ready(true);
    return Call(channel, "hello", &context);
  });
  EXPECT_EQ(waits.wait_for(std::chrono::milliseconds(300)),
            std::future_status::timeout);
  options.address = target;
  const TestServer server(options);
  EXPECT_TRUE(waits.get().ok());
}

TEST_P(CallPoliciesTest, ACallThatWaitsEndsAtItsDeadline) {
  std::string target;
  {
    const TestServer gone;
    target = gone.target();
  }
  grpc::ClientContext context;
  context.set_wait_for_ready(true);
  context.set_deadline(InSeconds(0.3));
  EXPECT_EQ(Call(NewChannel(target), "hello", &context).error_code(),
            grpc::StatusCode::DEADLINE_EXCEEDED);
}

// ---- Deadlines and cancels

TestServer::Options WaitsForCancel(absl::Notification* cancelled) {
  TestServer::Options options;
  options.unary = [cancelled](grpc::ServerContext* context,
                              const SimpleRequest&, SimpleResponse*) {
    const absl::Time bound = absl::Now() + absl::Seconds(10);
    while (!context->IsCancelled() && absl::Now() < bound) {
      absl::SleepFor(absl::Milliseconds(5));
    }
    if (context->IsCancelled()) cancelled->Notify();
    return grpc::Status::OK;
  };
  return options;
}

// When it ends is gRPC 1.51's business: it counts from its cycle counter, which
// virtual machines may get wrong.
TEST_P(CallPoliciesTest, TheServiceConfigsTimeout) {
  absl::Notification cancelled;
  const TestServer server(WaitsForCancel(&cancelled));
  UseMethodConfig(R"("timeout": "0.3s")");
  const absl::Time begin = absl::Now();
  EXPECT_EQ(Call(NewChannel(server.target())).error_code(),
            grpc::StatusCode::DEADLINE_EXCEEDED);
  EXPECT_LE(absl::Now() - begin, absl::Seconds(5));
}

TEST_P(CallPoliciesTest, ADeadlineReachesTheServer) {
  absl::Notification cancelled;
  const TestServer server(WaitsForCancel(&cancelled));
  const auto channel = NewChannel(server.target());
  ASSERT_TRUE(channel->WaitForConnected(InSeconds(10)));
  grpc::ClientContext context;
  context.set_deadline(InSeconds(0.3));
  EXPECT_EQ(Call(channel, "hello", &context).error_code(),
            grpc::StatusCode::DEADLINE_EXCEEDED);
  EXPECT_TRUE(cancelled.WaitForNotificationWithTimeout(absl::Seconds(10)));
}

TEST_P(CallPoliciesTest, TheServerKnowsTheDeadline) {
  absl::Duration left;
  TestServer::Options options;
  options.unary = [&left](grpc::ServerContext* context,
                          const SimpleRequest& request,
                          SimpleResponse* response) {
    left = absl::FromChrono(context->deadline()) - absl::Now();
    return TestServer::EchoUnary(context, request, response);
  };
  const TestServer server(options);
  grpc::ClientContext context;
  context.set_deadline(InSeconds(7));
  EXPECT_TRUE(Call(NewChannel(server.target()), "hello", &context).ok());
  EXPECT_LE(left, absl::Milliseconds(7100));  // it is rounded up
  EXPECT_GE(left, absl::Seconds(3));
}

TEST_P(CallPoliciesTest, ACancelReachesTheServer) {
  absl::Notification cancelled;
  const TestServer server(WaitsForCancel(&cancelled));
  const auto channel = NewChannel(server.target());
  ASSERT_TRUE(channel->WaitForConnected(InSeconds(10)));
  grpc::ClientContext context;
  auto call = std::async(std::launch::async, [&channel, &context] {
    return Call(channel, "hello", &context);
  });
  while (server.unary_calls() == 0) absl::SleepFor(absl::Milliseconds(5));
  context.TryCancel();
  EXPECT_EQ(call.get().error_code(), grpc::StatusCode::CANCELLED);
  EXPECT_TRUE(cancelled.WaitForNotificationWithTimeout(absl::Seconds(10)));
}

// gRPC C++'s server of 1.51 may send a call's trailers twice at its deadline.
// Catches: trailers that end the connection.
TEST_P(CallPoliciesTest, DeadlinesThatPassHurtNoOtherCall) {
  const TestServer server;
  const auto channel = NewChannel(server.target());
  const auto stub = grpc::testing::TestService::NewStub(channel);
  StreamingOutputCallResponse response;
  grpc::ClientContext context;
  context.set_deadline(InSeconds(30));
  const auto bystander = stub->FullDuplexCall(&context);
  ASSERT_TRUE(bystander->Write(StreamingOutputCallRequest()));
  ASSERT_TRUE(bystander->Read(&response));
  std::vector<std::future<void>> callers;
  for (int i = 0; i < 8; ++i) {
    callers.push_back(std::async(std::launch::async, [&stub] {
      for (int call = 0; call < 40; ++call) {
        grpc::ClientContext short_context;
        short_context.set_deadline(InSeconds(0.03));
        StreamingOutputCallResponse none;
        const auto stream = stub->FullDuplexCall(&short_context);
        EXPECT_FALSE(stream->Read(&none));
        stream->Finish();
      }
    }));
  }
  for (auto& caller : callers) caller.get();
  ASSERT_TRUE(bystander->Write(StreamingOutputCallRequest()));
  EXPECT_TRUE(bystander->Read(&response));
  bystander->WritesDone();
  const grpc::Status status = bystander->Finish();
  EXPECT_TRUE(status.ok()) << status.error_message();
}

// gRPC C++'s server announces more than 2^31-1 bytes to a stream then. Catches:
// streams that end with FLOW_CONTROL_ERROR.
TEST_P(CallPoliciesTest, AServerWithTheLargestWindowsCanBeCalled) {
  TestServer::Options options;
  options.arguments[GRPC_ARG_HTTP2_STREAM_LOOKAHEAD_BYTES] =
      std::numeric_limits<int>::max();
  options.arguments[GRPC_ARG_HTTP2_BDP_PROBE] = 0;
  const TestServer server(options);
  const auto stub =
      grpc::testing::TestService::NewStub(NewChannel(server.target()));
  grpc::ClientContext context;
  context.set_deadline(InSeconds(30));
  const auto stream = stub->FullDuplexCall(&context);
  for (int i = 0; i < 3; ++i) {
    StreamingOutputCallResponse response;
    EXPECT_TRUE(stream->Write(StreamingOutputCallRequest()));
    EXPECT_TRUE(stream->Read(&response));
  }
  stream->WritesDone();
  const grpc::Status status = stream->Finish();
  EXPECT_TRUE(status.ok()) << status.error_message();
}

// ---- Limits

TEST_P(CallPoliciesTest, LimitsOfMessages) {
  const TestServer server;
  UseMethodConfig(
      R"("maxRequestMessageBytes": 100, "maxResponseMessageBytes": 50)");
  const auto channel = NewChannel(server.target());
  EXPECT_TRUE(Call(channel, std::string(10, 'x')).ok());
  const grpc::Status received = Call(channel, std::string(70, 'x'));
  EXPECT_EQ(received.error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
  EXPECT_TRUE(absl::StrContains(received.error_message(),
                                "Received message larger than max"))
      << received.error_message();
  const grpc::Status sent = Call(channel, std::string(200, 'x'));
  EXPECT_EQ(sent.error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
  EXPECT_TRUE(
      absl::StrContains(sent.error_message(), "Sent message larger than max"))
      << sent.error_message();
}

// ---- Compression, both ways

class CompressionTest : public CallPoliciesTest {
 protected:
  void ExpectCompressed(grpc_compression_algorithm algorithm, bool by_channel) {
    TestServer::Options options;
    options.unary = [algorithm](grpc::ServerContext* context,
                                const SimpleRequest& request,
                                SimpleResponse* response) {
      context->set_compression_algorithm(algorithm);
      return TestServer::EchoUnary(context, request, response);
    };
    const TestServer server(options);
    grpc::ClientContext context;
    if (by_channel) {
      args_.SetCompressionAlgorithm(algorithm);
    } else {
      context.set_compression_algorithm(algorithm);
    }
    const grpc::Status status =
        Call(NewChannel(server.target()), std::string(1 << 20, 'x'), &context);
    EXPECT_TRUE(status.ok()) << status.error_message();
  }
};

TEST_P(CompressionTest, OfACall) {
  ExpectCompressed(GRPC_COMPRESS_GZIP, false);
  ExpectCompressed(GRPC_COMPRESS_DEFLATE, false);
  ExpectCompressed(GRPC_COMPRESS_NONE, false);
}

TEST_P(CompressionTest, OfAChannel) {
  ExpectCompressed(GRPC_COMPRESS_GZIP, true);
}

TEST_P(CompressionTest, AMessageMayBeLeftAsItIs) {
  const TestServer server;
  const auto stub =
      grpc::testing::TestService::NewStub(NewChannel(server.target()));
  grpc::ClientContext context;
  context.set_deadline(InSeconds(10));
  context.set_compression_algorithm(GRPC_COMPRESS_GZIP);
  const auto stream = stub->FullDuplexCall(&context);
  grpc::testing::StreamingOutputCallRequest request;
  grpc::testing::StreamingOutputCallResponse response;
  for (int i = 0; i < 6; ++i) {
    request.mutable_payload()->set_body(std::string(10000 + i, 'x'));
    grpc::WriteOptions options;
    if (i % 2 == 0) options.set_no_compression();
    ASSERT_TRUE(stream->Write(request, options));
    ASSERT_TRUE(stream->Read(&response));
    EXPECT_EQ(response.payload().body(), request.payload().body());
  }
  stream->WritesDone();
  EXPECT_TRUE(stream->Finish().ok());
}

// ---- Interceptors

// Adds metadata to a call, and counts what passes.
class Interceptor final : public grpc::experimental::Interceptor {
 public:
  explicit Interceptor(std::atomic<int>* seen) : seen_(seen) {}

  void Intercept(
      grpc::experimental::InterceptorBatchMethods* methods) override {
    using Points = grpc::experimental::InterceptionHookPoints;
    if (methods->QueryInterceptionHookPoint(
            Points::PRE_SEND_INITIAL_METADATA)) {
      methods->GetSendInitialMetadata()->insert({"echo-added", "value"});
      ++*seen_;
    }
    for (Points point : {Points::PRE_SEND_MESSAGE, Points::PRE_SEND_CLOSE,
                         Points::POST_RECV_INITIAL_METADATA,
                         Points::POST_RECV_MESSAGE, Points::POST_RECV_STATUS}) {
      if (methods->QueryInterceptionHookPoint(point)) ++*seen_;
    }
    methods->Proceed();
  }

 private:
  std::atomic<int>* const seen_;
};

class InterceptorFactory final
    : public grpc::experimental::ClientInterceptorFactoryInterface {
 public:
  explicit InterceptorFactory(std::atomic<int>* seen) : seen_(seen) {}
  grpc::experimental::Interceptor* CreateClientInterceptor(
      grpc::experimental::ClientRpcInfo*) override {
    return new Interceptor(seen_);
  }

 private:
  std::atomic<int>* const seen_;
};

TEST_P(CallPoliciesTest, Interceptors) {
  const TestServer server;
  std::atomic<int> seen{0};
  std::vector<
      std::unique_ptr<grpc::experimental::ClientInterceptorFactoryInterface>>
      factories;
  factories.push_back(std::make_unique<InterceptorFactory>(&seen));
  const auto channel = grpc::experimental::CreateCustomChannelWithInterceptors(
      server.target(), grpc::InsecureChannelCredentials(), args_,
      std::move(factories));
  grpc::ClientContext context;
  ASSERT_TRUE(Call(channel, "hello", &context).ok());
  EXPECT_EQ(context.GetServerInitialMetadata().count("echo-added"), 1u);
  EXPECT_EQ(seen, 6);
}

LOOPY_OVER_BOTH_TRANSPORTS(CallPoliciesTest);
LOOPY_OVER_BOTH_TRANSPORTS(CompressionTest);

}  // namespace
}  // namespace loopy
