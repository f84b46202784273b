#include <random>
#include <string>

#include "gtest/gtest.h"
#include "tests/adapter/grpc_call_fixture.h"

// gRPC's batches, the peer's frames and the ends of writes come in any order.

namespace loopy {
namespace {

class RandomBatchesTest : public GrpcCallTest,
                          public testing::WithParamInterface<unsigned> {
 protected:
  // Does what gRPC may do next: one batch of a kind at a time.
  void PerformSomething() {
    switch (random_() % 8) {
      case 0:
        return Maybe(&trailers_,
                     [](TestBatch* b) { return b->RecvTrailingMetadata(); });
      case 1:
        if (message_ != nullptr && message_->message_ready.runs == 0) return;
        message_ = Perform(Batch()->RecvMessage());
        return;
      case 2:
        if (random_() % 5 != 0) return;
        Perform(Batch()->Cancel(GRPC_STATUS_CANCELLED, "random"));
        return;
      case 3:
        if (sent_end_ || (send_ != nullptr && send_->complete.runs == 0)) {
          return;
        }
        sent_end_ = true;
        send_ = Perform(Batch()->SendTrailingMetadata());
        return;
      default:
        if (sent_end_ || (send_ != nullptr && send_->complete.runs == 0)) {
          return;
        }
        send_ =
            Perform(Batch()->SendMessage(std::string(random_() % 50000, 'x')));
    }
  }
  template <typename F>
  void Maybe(TestBatch** slot, F add) {
    if (*slot == nullptr) *slot = Perform(add(Batch()));
  }

  void ReceiveSomething() {
    switch (random_() % 8) {
      case 0:
        if (answered_) return;
        answered_ = true;
        return Receive(ResponseHeaders(1));
      case 1:
        if (answered_ && random_() % 4 == 0) Receive(Trailers(1));
        return;
      case 2:
        if (random_() % 8 == 0) {
          Receive(FrameBuilder().RstStream(1, Http2ErrorCode::kCancel));
        }
        return;
      case 3:
        if (random_() % 16 == 0) endpoint_->CloseByPeer();
        exec_ctx_.Flush();
        return;
      case 4:
        return Receive(
            FrameBuilder().WindowUpdate(0, 20000).WindowUpdate(1, 20000));
      case 5:
        endpoint_->CompleteWrite();
        endpoint_->Pump();
        exec_ctx_.Flush();
        return;
      default:
        if (!answered_) return;
        const std::string bytes = Framed(std::string(random_() % 200, 'r'));
        Receive(FrameBuilder().Data(1, bytes));
    }
  }

  std::mt19937 random_{GetParam()};
  TestBatch* trailers_ = nullptr;
  TestBatch* message_ = nullptr;
  TestBatch* send_ = nullptr;
  bool sent_end_ = false;
  bool answered_ = false;
};

// TearDown cancels, and asserts that each closure has run once (contract, 7).
TEST_P(RandomBatchesTest, RunEachClosureOnce) {
  ConnectAndCreateCall();
  if (random_() % 10 == 0) {
    Perform(Batch()->Cancel(GRPC_STATUS_CANCELLED, "early"));
  }
  StartStreaming();
  DropFrames();
  for (int i = 0; i < 200; ++i) {
    if (random_() % 2 == 0) {
      PerformSomething();
    } else {
      ReceiveSomething();
    }
    for (const auto& batch : batches_) batch->ExpectNoneRanTwice();
  }
  Maybe(&trailers_, [](TestBatch* b) { return b->RecvTrailingMetadata(); });
}

INSTANTIATE_TEST_SUITE_P(Seeds, RandomBatchesTest, testing::Range(0u, 200u));

}  // namespace
}  // namespace loopy
