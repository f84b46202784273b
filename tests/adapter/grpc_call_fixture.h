#ifndef LOOPY_TESTS_ADAPTER_GRPC_CALL_FIXTURE_H_
#define LOOPY_TESTS_ADAPTER_GRPC_CALL_FIXTURE_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "gtest/gtest.h"
#include "src/core/lib/iomgr/exec_ctx.h"
#include "tests/adapter/release_for_tests.h"
#include "tests/adapter/test_batch.h"
#include "tests/connection/connection_fixture.h"
#include "transport/adapter/call/call_resources.h"
#include "transport/adapter/call/grpc_call.h"
#include "transport/adapter/call/transport_stats.h"
#include "transport/adapter/release.h"

namespace loopy {

inline constexpr char kPeer[] = "ipv4:192.0.2.1:443";

// Counts what happened to a connection's calls.
struct CallCounts {
  int started = 0;
  int succeeded = 0;
  int failed = 0;
  int sent = 0;
  int received = 0;
};

class CountingStats final : public TransportStats {
 public:
  explicit CountingStats(CallCounts* counts) : counts_(counts) {}

  void OnStreamStarted() override { ++counts_->started; }
  void OnStreamEnded(bool ok) override {
    ++(ok ? counts_->succeeded : counts_->failed);
  }
  void OnMessageSent() override { ++counts_->sent; }
  void OnMessageReceived() override { ++counts_->received; }

 private:
  CallCounts* const counts_;
};

class GrpcCallTest : public ConnectionFixture {
 protected:
  GrpcCallTest()
      : allocator_(MakeMemoryAllocator()), arena_(MakeArena(&allocator_)) {}

  // Asserts that all closures have run, and that each stream that was started
  // has ended.
  void TearDown() override {
    if (call_ != nullptr)
      Perform(Batch()->Cancel(GRPC_STATUS_CANCELLED, "end"));
    for (const auto& batch : batches_) batch->ExpectAllRan();
    EXPECT_EQ(stats_.started, stats_.succeeded + stats_.failed);
    call_.reset();
    ConnectionFixture::TearDown();
  }

  void ConnectAndCreateCall(ConnectionOptions options = WithoutBdp()) {
    Connect(options);
    call_ =
        std::make_shared<GrpcCall>(connection_.get(), resources_, arena_.get());
  }

  TestBatch* Batch() {
    batches_.push_back(std::make_unique<TestBatch>(arena_.get()));
    return batches_.back().get();
  }
  TestBatch* Perform(TestBatch* batch) {
    call_->Perform(batch->c_batch());
    exec_ctx_.Flush();
    return batch;
  }
  // Delivers the peer's frames, then runs the closures that they have
  // scheduled.
  void Receive(const FrameBuilder& frames) {
    Feed(frames);
    exec_ctx_.Flush();
  }
  // A call that has sent its headers; its receive operations wait.
  TestBatch* StartUnary() {
    return Perform(Batch()
                       ->SendInitialMetadata()
                       ->SendMessage("question")
                       ->SendTrailingMetadata()
                       ->RecvInitialMetadata()
                       ->RecvMessage()
                       ->RecvTrailingMetadata());
  }
  TestBatch* StartStreaming() {
    return Perform(Batch()->SendInitialMetadata()->RecvInitialMetadata());
  }
  // Starts a call, and delivers a whole response: `data`, which nobody asks
  // for, and the status. Returns the batch that waits for the trailers.
  TestBatch* ReceiveUnread(const std::string& data,
                           absl::string_view status = "0") {
    StartStreaming();
    TestBatch* trailers = Perform(Batch()->RecvTrailingMetadata());
    DropFrames();
    Receive(ResponseHeaders(1));
    Receive(FrameBuilder().Data(1, data));
    Receive(Trailers(1, status));
    return trailers;
  }

  grpc_core::ExecCtx exec_ctx_;
  grpc_core::MemoryAllocator allocator_;
  ArenaHolder arena_;
  CallCounts stats_;
  std::shared_ptr<CallResources> resources_ = std::make_shared<CallResources>(
      kPeer, std::make_shared<CountingStats>(&stats_));
  std::vector<std::unique_ptr<TestBatch>> batches_;
  std::shared_ptr<GrpcCall> call_;
};

}  // namespace loopy

#endif  // LOOPY_TESTS_ADAPTER_GRPC_CALL_FIXTURE_H_
