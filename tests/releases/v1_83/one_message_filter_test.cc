#include "transport/releases/v1_83/one_message_filter.h"

#include <list>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "src/core/lib/iomgr/exec_ctx.h"

namespace loopy {
namespace {

using ::testing::ElementsAre;

// A batch as gRPC's retries and surface start it.
struct NamedBatch {
  std::string name;
  grpc_transport_stream_op_batch batch;
  grpc_closure start;
  grpc_closure on_complete;
};

// The filter in a stack of two, whose second filter notes what comes to it.
class OneMessageFilterTest : public ::testing::Test {
 protected:
  OneMessageFilterTest() {
    elements_[1].filter = &next_filter_;
    elements_[1].call_data = this;
    elements_[0].call_data = &call_;
  }

  void StartMessage(const std::string& name) {
    NamedBatch* const batch = NewBatch(name);
    batch->batch.send_message = true;
    Start(batch);
  }
  void StartEnd(const std::string& name) {
    NamedBatch* const batch = NewBatch(name);
    batch->batch.send_trailing_metadata = true;
    Start(batch);
  }
  // The transport completes a batch that has come to it.
  void Complete(const std::string& name,
                const absl::Status& status = absl::OkStatus()) {
    for (NamedBatch& batch : batches_) {
      if (batch.name != name) continue;
      GRPC_CALL_COMBINER_START(&combiner_, batch.batch.on_complete, status, "");
    }
    exec_ctx_.Flush();
  }

  std::vector<std::string> arrived_;  // the batches that came to the end
  int completed_ = 0;                 // how many came back
  absl::Status error_;                // of the last that came back

 private:
  NamedBatch* NewBatch(const std::string& name) {
    batches_.emplace_back();
    NamedBatch* const batch = &batches_.back();
    batch->name = name;
    GRPC_CLOSURE_INIT(&batch->start, StartInCombiner, this, nullptr);
    GRPC_CLOSURE_INIT(&batch->on_complete, OnComplete, this, nullptr);
    batch->batch.on_complete = &batch->on_complete;
    return batch;
  }
  void Start(NamedBatch* batch) {
    starting_ = batch;
    GRPC_CALL_COMBINER_START(&combiner_, &batch->start, absl::OkStatus(), "");
    exec_ctx_.Flush();
  }
  static void StartInCombiner(void* arg, grpc_error_handle /*error*/) {
    auto* const self = static_cast<OneMessageFilterTest*>(arg);
    OneMessageFilter::StartBatch(&self->elements_[0], &self->starting_->batch);
  }

  // Functions that gRPC calls.
  static void Arrive(grpc_call_element* elem,
                     grpc_transport_stream_op_batch* batch) {
    auto* const self = static_cast<OneMessageFilterTest*>(elem->call_data);
    for (const NamedBatch& named : self->batches_) {
      if (&named.batch == batch) self->arrived_.push_back(named.name);
    }
    GRPC_CALL_COMBINER_STOP(&self->combiner_, "");
  }
  static void OnComplete(void* arg, grpc_error_handle error) {
    auto* const self = static_cast<OneMessageFilterTest*>(arg);
    self->error_ = error;
    ++self->completed_;
    GRPC_CALL_COMBINER_STOP(&self->combiner_, "");
  }

  grpc_core::ExecCtx exec_ctx_;
  grpc_core::CallCombiner combiner_;
  const grpc_channel_filter next_filter_ = {
      Arrive,  nullptr, 0,       nullptr,
      nullptr, nullptr, 0,       nullptr,
      nullptr, nullptr, nullptr, GRPC_UNIQUE_TYPE_NAME_HERE("next")};
  grpc_call_element elements_[2] = {};
  OneMessageFilter::Call call_{&elements_[0], &combiner_};
  std::list<NamedBatch> batches_;
  NamedBatch* starting_ = nullptr;
};

// Catches: a message that overtakes the one before, and one that waits for
// ever.
TEST_F(OneMessageFilterTest, AMessageWaitsUntilTheOneBeforeIsComplete) {
  StartMessage("first");
  StartMessage("second");
  EXPECT_THAT(arrived_, ElementsAre("first"));
  Complete("first");
  EXPECT_EQ(completed_, 1);
  EXPECT_THAT(arrived_, ElementsAre("first", "second"));
  Complete("second");
  EXPECT_EQ(completed_, 2);
  StartMessage("third");
  EXPECT_THAT(arrived_, ElementsAre("first", "second", "third"));
}

// Catches: an end of the requests that overtakes the last of them.
TEST_F(OneMessageFilterTest, TheEndWaitsWithItsMessage) {
  StartMessage("first");
  StartMessage("second");
  StartEnd("end");
  EXPECT_THAT(arrived_, ElementsAre("first"));
  Complete("first");
  EXPECT_THAT(arrived_, ElementsAre("first", "second", "end"));
  Complete("end");
  Complete("second");
  EXPECT_EQ(completed_, 3);
}

// The transport puts END_STREAM on a message that still waits.
TEST_F(OneMessageFilterTest, TheEndWaitsForNoMessageThatIsOnItsWay) {
  StartMessage("only");
  StartEnd("end");
  EXPECT_THAT(arrived_, ElementsAre("only", "end"));
}

// Catches: a failure that gRPC's retries do not see, and a message behind it
// that never fails.
TEST_F(OneMessageFilterTest, AFailureGoesBackAndTheNextMessageGoesOn) {
  StartMessage("first");
  StartMessage("second");
  Complete("first", absl::UnavailableError("gone"));
  EXPECT_EQ(error_, absl::UnavailableError("gone"));
  EXPECT_THAT(arrived_, ElementsAre("first", "second"));
}

}  // namespace
}  // namespace loopy
